"""`python -m eval versus-raters`: is the scorer as good as a rater, and for whom is it not?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table as TerminalTable

from eval.documents.document import Table
from eval.documents.terminal import terminal_table
from eval.documents.write import write
from eval.statistics.alternative_annotator import EPSILON
from eval.workbench.abstention import abstention
from eval.workbench.judged import rater_as_judged, scorer_as_judged
from eval.workbench.options import (
    UNSTATED,
    AboutFile,
    CodebookFile,
    Commit,
    Conversations,
    Format,
    NResamples,
    Output,
    Paths,
    RatersAre,
    Seed,
    open_study,
    provenance_of,
)
from eval.workbench.slices import slice_figures
from eval.workbench.versus_report import versus_document
from eval.workbench.versus_study import VersusStudy, hold_against_raters, refuse_anonymous
from rubric.errors import DataError, plain_errors

Bundle = Annotated[Path | None, typer.Option(help="The scorer's folder, such as artifacts/bundles/en.")]
JudgedRater = Annotated[str | None, typer.Option("--rater", help="Judge this rater of the files instead of a scorer.")]
CountAs = Annotated[
    list[str] | None,
    typer.Option(help="LABEL=RATED: the scorer's LABEL counts as RATED too, where raters did not tell them apart."),
]
Epsilon = Annotated[
    float,
    typer.Option(
        min=0,
        max=1,
        help="What replacing a rater saves, as a share of units: .2 for experts, .15 for trained people, .1 for crowds.",
    ),
]


def versus_raters(
    paths: Paths,
    bundle: Bundle = None,
    rater: JudgedRater = None,
    epsilon: Epsilon = EPSILON["experts"],
    count_as: CountAs = None,
    codebook: CodebookFile = None,
    format: Format = None,
    conversations: Conversations = None,
    about: AboutFile = None,
    raters_are: RatersAre = UNSTATED,
    output: Output = None,
    resamples: NResamples = 1000,
    seed: Seed = 0,
    commit: Commit = None,
) -> None:
    """Is the scorer as good as a rater, and for whom is it not?

    Agreement with and without the scorer, the scorer in each rater's place, the alternative annotator test, kappa,
    degradation, standardised difference and PRMSE; a constant, a random and a length-only judge go through the same.
    Then slices of the conversations (kind, length, language, and what --about adds), and what abstaining would bring.

    The English scorer beside the shipped test split's raters:

        python -m eval versus-raters data/transcripts/en.test.ratings.jsonl \\
            --conversations data/transcripts/en.test.jsonl --bundle artifacts/bundles/en

    One of the raters beside the others:

        python -m eval versus-raters data/transcripts/en.test.ratings.jsonl \\
            --conversations data/transcripts/en.test.jsonl --rater A
    """
    with plain_errors():
        if (bundle is None) == (rater is None):
            raise DataError("expected either --bundle FOLDER or --rater NAME; see python -m eval versus-raters --help")
        study = open_study(paths, codebook, format, conversations, about).overlapping()
        refuse_anonymous(study)
        console = Console(stderr=True)
        provenance_study = study
        if bundle is not None:
            judged = scorer_as_judged(study, bundle, _counted(count_as or []), console)
        else:
            study, judged = rater_as_judged(study, rater or "")
        found = hold_against_raters(study, judged, epsilon=epsilon, n_resamples=resamples, seed=seed, console=console)
        provenance = provenance_of(
            provenance_study, raters_are, commit=commit, bundle=judged.bundle.sha256 if judged.bundle else None
        )
        folder = output or Path("artifacts/eval/versus-raters") / (paths[0].stem + (f"-{rater}" if rater else ""))
        page = write(versus_document(found, slice_figures(found), abstention(found), provenance), folder)
        out = Console()
        out.print(_summary(found))
        out.print(f"Report: {page}", markup=False, highlight=False, soft_wrap=True)


def _counted(pairs: list[str]) -> dict[str, str]:
    found = {}
    for pair in pairs:
        own, equals, theirs = pair.partition("=")
        if not (own and equals and theirs):
            raise DataError(
                f"--count-as: expected LABEL=RATED, such as objection_restatement=listening_cue, found {pair!r}"
            )
        found[own] = theirs
    return found


def _summary(found: VersusStudy) -> TerminalTable:
    heads = ("label", "n", "raters' alpha", "with it", "rho", "verdict")
    rows = [
        (
            held.units.label.replace("_", " "),
            held.judged.n_units,
            held.alpha,
            held.judged.alpha_with,
            held.judged.published.advantage,
            held.verdict,
        )
        for held in found.labels
    ]
    title = f"{found.judged.name} beside {len(found.study.raters)} raters, {found.study.n_conversations} conversations"
    return terminal_table(Table(heads, rows), title, words=("verdict",), wrapped=True)
