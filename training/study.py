"""The folder of a study that takes long: it goes on where it was killed, with the recipe it began with."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from rubric.errors import ConfigError

STAMP = "recipe.json"


def open_study(folder: Path, recipe: dict[str, Any], *, fresh: bool = False) -> None:
    """Make the folder, or take what lies there up again; `recipe` is all that decides the figures.

    Raises ConfigError where the folder holds a study of another recipe and `fresh`, which empties it, is not set.
    """
    if fresh:
        shutil.rmtree(folder, ignore_errors=True)
    stamp, kept = json.dumps(recipe, indent=1) + "\n", folder / STAMP
    if kept.exists() and kept.read_text(encoding="utf-8") != stamp:
        raise ConfigError(f"{folder} holds a study of another recipe: give --output another folder, or --fresh")
    folder.mkdir(parents=True, exist_ok=True)
    kept.write_text(stamp, encoding="utf-8")
