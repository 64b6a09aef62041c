"""`python -m eval raters`: do raters agree, on what, who with whom, and where do they differ most?"""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.table import Table as TerminalTable

from eval.documents.document import Table
from eval.documents.terminal import terminal_table
from eval.documents.write import write
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
from eval.workbench.raters_report import RaterStudy, chance, raters_document, study_raters, weakest_first
from rubric.errors import plain_errors


def raters(
    paths: Paths,
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
    """Do raters agree, on what, who with whom, and where do they differ most?

    Every label with Krippendorff's alpha, Cohen's and Fleiss' kappa, Gwet's AC1, raw and class-specific agreement and
    prevalence, weakest first, with 90 % intervals over conversations; every rater's severity and agreement with each
    other one; the turns with the widest disagreement, quoted; spans and links where raters marked them.

    The shipped test split's raters:

        python -m eval raters data/transcripts/en.test.ratings.jsonl --conversations data/transcripts/en.test.jsonl

    A table of one's own, with one's own codebook:

        python -m eval raters mine.csv --codebook mine.yaml --raters-are "Four sales coaches."
    """
    with plain_errors():
        study = open_study(paths, codebook, format, conversations, about)
        console = Console(stderr=True)
        found = study_raters(study, resamples, seed, console)
        provenance = provenance_of(study, raters_are, commit=commit)
        folder = output or Path("artifacts/eval/raters") / paths[0].stem
        page = write(raters_document(found, provenance), folder)
        out = Console()
        out.print(_summary(found))
        out.print(f"Report: {page}", markup=False, highlight=False, soft_wrap=True)


def _summary(found: RaterStudy) -> TerminalTable:
    """Alpha per label for the terminal, weakest first, with what is missing below."""
    heads = ("label", "n", "alpha", "P(< .667)", "P(< .800)")
    rows = [
        (held.label.replace("_", " "), held.n_units, held.alpha, chance(held.below_least), chance(held.below_good))
        for held in weakest_first(found.labels)
    ]
    title = f"Krippendorff's alpha: {len(found.study.raters)} raters, {found.study.n_conversations} conversations"
    return terminal_table(Table(heads, rows), title)
