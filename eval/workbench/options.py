"""What the workbench's commands share: their options, a study opened by them, and what a report rests on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from eval.documents.commit import current_commit
from eval.documents.document import Provenance
from eval.workbench.codebook import load_codebook
from eval.workbench.read import FORMATS, read_study
from eval.workbench.study import Study
from rubric.config import RubricConfig, load_rubric

UNSTATED = "Who the raters are was not stated; say it with --raters-are."

Paths = Annotated[
    list[Path], typer.Argument(help="Raters' labels: JSONL, the written form, CSV, scorecards, public data sets.")
]
CodebookFile = Annotated[
    Path | None, typer.Option("--codebook", help="YAML of what was rated.", show_default="this project's")
]
Format = Annotated[
    str | None, typer.Option(help=f"Format of the files: {', '.join(FORMATS)}.", show_default="by content")
]
Conversations = Annotated[Path | None, typer.Option(help="The conversations' texts, for ratings that come without.")]
AboutFile = Annotated[
    Path | None, typer.Option("--about", help="CSV of attributes by conversation: rep, kind, level, quality ...")
]
RatersAre = Annotated[str, typer.Option(help="A sentence on who the raters are, printed at the top of the report.")]
Output = Annotated[Path | None, typer.Option(help="Folder of the report.")]
NResamples = Annotated[int, typer.Option("--resamples", min=1, help="Bootstrap resamples of the conversations.")]
Seed = Annotated[int, typer.Option(help="Seed of all that is drawn.")]
Commit = Annotated[str | None, typer.Option(help="Commit to record.", show_default="the checkout's")]


def open_study(
    paths: list[Path],
    codebook: Path | None = None,
    format: str | None = None,
    conversations: Path | None = None,
    about: Path | None = None,
) -> Study:
    """The study that a command's options describe; raises FoursignalError with every fault of every file."""
    return read_study(
        paths,
        load_codebook(codebook) if codebook else None,
        format=format,
        conversations=conversations,
        about=about,
    )


def provenance_of(
    study: Study,
    raters: str,
    *,
    commit: str | None = None,
    bundle: str | None = None,
    rubric: RubricConfig | None = None,
) -> Provenance:
    """What a report on a study rests on. rubric: of signals, whose hash stands where the study has our labels."""
    own = study.codebook.is_ours
    return Provenance(
        raters=raters,
        data=study.sha256(),
        rubric=(rubric or load_rubric()).sha256 if own else study.codebook.sha256,
        bundle=bundle,
        commit=commit or current_commit(),
    )
