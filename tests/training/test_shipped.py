"""The shipped scorers rest on the data, rubric and recipe that are shipped beside them, and their cards say so."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from data.splits import data_sha256
from rubric.config import load_rubric
from rubric.errors import BundleError
from training.bases import BASES
from training.card import CARD, EVALUATION, SHIPPED, figures, put_figures, ship
from training.config import load_config
from training.record import read_record

ROOT = Path(__file__).parent.parent.parent
SCORERS = sorted(path for path in (ROOT / "scorers").iterdir() if path.is_dir())


@pytest.mark.parametrize("scorer", SCORERS, ids=lambda path: path.name)
def test_a_shipped_scorer_is_whole_and_of_its_time(scorer: Path) -> None:
    record = read_record(scorer)
    assert {path.name for path in scorer.iterdir()} == set(SHIPPED)
    assert not record.quick
    assert record.config == load_config(ROOT / "configs" / "train" / f"{scorer.name}.yaml")
    assert record.data_sha256 == data_sha256(scorer.name)
    assert record.rubric_sha256 == load_rubric().sha256
    assert record.base_sha256 == BASES[record.config.base].weights_sha256
    card = (scorer / CARD).read_text(encoding="utf-8")
    for fact in (
        record.commit,
        record.data_sha256,
        record.rubric_sha256,
        record.base_sha256,
        f"| {record.config.seed} |",
    ):
        assert fact in card


def test_the_readme_shows_the_shipped_figures(tmp_path: Path) -> None:
    readme = ROOT / "README.md"
    copy = tmp_path / "README.md"
    copy.write_text(readme.read_text(encoding="utf-8"), encoding="utf-8")
    put_figures(copy, ROOT / "scorers" / "en")
    assert copy.read_text(encoding="utf-8") == readme.read_text(encoding="utf-8")


def test_figures_carry_n_interval_and_the_raters() -> None:
    report = json.loads((ROOT / "scorers" / "en" / EVALUATION).read_text(encoding="utf-8"))
    assert "raters among themselves" in figures(report)
    report["evaluation"]["raters"] = None
    assert "no second rater" in figures(report)


def test_a_run_that_is_not_finished_is_not_shipped(tmp_path: Path) -> None:
    (tmp_path / "scorer").mkdir()
    with pytest.raises(BundleError, match="is not ready to ship"):
        ship(tmp_path, tmp_path / "target")
