"""`python -m eval reliability`: how exact is a value of a conversation, and how many calls does a score need?"""

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
from eval.workbench.reliability_report import reliability_document
from eval.workbench.reliability_study import ReliabilityStudy, study_reliability
from rubric.errors import plain_errors


def reliability(
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
    """How exact is a value of a conversation, and how many calls and raters does a trustworthy score need?

    For each signal, or with a codebook of one's own for each label of whole conversations (without any, for the share
    of turns that have a label): ICC(A,1) and ICC(A,k), limits of agreement, standard error and minimal detectable
    change, the variance between reps, calls and raters, and the table of calls needed for .70, .80 and .90. Reps come
    from a table with the columns conversation and rep (--about).

    The shipped test split's raters:

        python -m eval reliability data/transcripts/en.test.ratings.jsonl --conversations data/transcripts/en.test.jsonl

    A table of scores with the reps of its calls:

        python -m eval reliability scores.csv --codebook mine.yaml --about reps.csv --raters-are "Four sales coaches."
    """
    with plain_errors():
        study = open_study(paths, codebook, format, conversations, about)
        found = study_reliability(study, resamples, seed, Console(stderr=True))
        provenance = provenance_of(study, raters_are, commit=commit)
        page = write(
            reliability_document(found, provenance), output or Path("artifacts/eval/reliability") / paths[0].stem
        )
        out = Console()
        out.print(_summary(found))
        out.print(f"Report: {page}", markup=False, highlight=False, soft_wrap=True)


def _summary(found: ReliabilityStudy) -> TerminalTable:
    heads = ("signal", "n", "ICC(A,1)", "SEM", "MDC", "calls for .80")
    rows = [
        (
            one.measured.name.replace("_", " "),
            one.n_conversations,
            one.intraclass.single,
            one.error,
            one.change,
            one.calls[0.8, 1, True].shown(),
        )
        for one in found.signals
    ]
    reps = "no rep named" if found.n_reps is None else f"{found.n_reps} reps"
    title = f"{len(found.study.raters)} raters, {found.study.n_conversations} conversations, {reps}"
    return terminal_table(Table(heads, rows), title, wrapped=True)
