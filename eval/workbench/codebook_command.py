"""`python -m eval codebook`: a codebook as YAML, checked; without a file this project's own, to begin one's own with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from eval.workbench.codebook import load_codebook, our_codebook
from rubric.errors import plain_errors


def codebook(
    path: Annotated[Path | None, typer.Argument(help="A codebook to check.", show_default="this project's")] = None,
) -> None:
    """Print a codebook as the workbench reads it; every fault of a file at once.

    python -m eval codebook > mine.yaml
    """
    with plain_errors():
        typer.echo((load_codebook(path) if path else our_codebook()).to_yaml(), nl=False)
