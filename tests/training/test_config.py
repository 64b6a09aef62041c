"""Every shipped recipe loads; a broken one shows all its faults."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from rubric.errors import ConfigError
from training.bases import BASES
from training.config import load_config

RECIPES = sorted((Path(__file__).parent.parent.parent / "configs" / "train").glob("*.yaml"))


@pytest.mark.parametrize("path", RECIPES, ids=lambda path: path.stem)
def test_every_shipped_recipe_loads(path: Path) -> None:
    recipe = load_config(path)
    assert recipe.base in BASES
    assert path.stem == (recipe.corpus or recipe.language)


def test_all_faults_are_reported_together(tmp_path: Path) -> None:
    raw = yaml.safe_load(RECIPES[0].read_text())
    raw["seed"] = "lucky"
    raw["adapter"]["rang"] = 3
    raw["windows"]["context_tokens"] = 1000
    del raw["loss"]
    path = tmp_path / "broken.yaml"
    path.write_text(yaml.safe_dump(raw))
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    for part in ("4 faults", "seed", "adapter.rang", "more than half of max_tokens", "loss: Field required"):
        assert part in str(caught.value)


def test_what_is_no_recipe_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot read the recipe"):
        load_config(tmp_path / "missing.yaml")
    (tmp_path / "bad.yaml").write_text("a: [")
    with pytest.raises(ConfigError, match="is not YAML"):
        load_config(tmp_path / "bad.yaml")
