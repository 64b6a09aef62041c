"""`python -m eval plan`: how much to label next, what, and by whom. `python -m eval unblind`: the labels back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from data.annotations import jsonl
from data.annotations.read import read_labels
from data.readers.read import read
from eval.documents.document import Table
from eval.documents.write import write
from eval.sampling.blinding import read_key, unblind
from eval.sampling.plan import EVERY, MEAN, Assignment, Target, hand_out, how_many, which, who
from eval.sampling.plan_report import lead, plan_document
from eval.scores import read_scores
from eval.workbench.options import (
    UNSTATED,
    AboutFile,
    CodebookFile,
    Commit,
    Conversations,
    Format,
    Output,
    RatersAre,
    Seed,
    open_study,
    provenance_of,
)
from eval.workbench.read import read_about
from rubric.conversation import Conversation
from rubric.errors import DataError, plain_errors
from rubric.signals import Signal
from rubric.spans import Labelled

Pool = Annotated[
    list[Path] | None, typer.Option("--pool", help="Conversations to choose from, of any format; may be repeated.")
]


def plan(
    pilot: Annotated[list[Path], typer.Argument(help="Ratings that are there already, by two raters or more.")],
    half_width: Annotated[float, typer.Option(min=0.001, max=1, help="Of alpha's interval, to be reached.")] = 0.05,
    label: Annotated[str, typer.Option(help=f"Whose alpha: a label, '{MEAN}', or '{EVERY}'.")] = MEAN,
    pool: Pool = None,
    rater: Annotated[list[str] | None, typer.Option(help="Name of a rater who will take part; repeat it.")] = None,
    per_conversation: Annotated[
        int | None, typer.Option(min=2, help="Raters of each conversation.", show_default="the cheapest")
    ] = None,
    n: Annotated[int | None, typer.Option(min=1, help="Hand out so many.", show_default="as many as needed")] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="The pilot's ratings will not be used again.")] = False,
    random_share: Annotated[float, typer.Option(min=0, max=1, help="Share drawn at random, for figures.")] = 0.5,
    bundle: Annotated[Path | None, typer.Option(help="A scorer, to choose what it is unsure of.")] = None,
    scores: Annotated[Path | None, typer.Option(help="Its stored scorecards of the pool (JSONL) instead.")] = None,
    confidence: Annotated[float, typer.Option(min=0.5, max=0.999, help="Of the interval.")] = 0.9,
    assurance: Annotated[float, typer.Option(min=0.5, max=0.99, help="Against a lucky pilot; .5 for none.")] = 0.8,
    codebook: CodebookFile = None,
    format: Format = None,
    conversations: Conversations = None,
    about: AboutFile = None,
    raters_are: RatersAre = UNSTATED,
    output: Output = None,
    seed: Seed = 0,
    commit: Commit = None,
) -> None:
    """How many conversations and raters does a stated precision take, which to label next, and who rates what?

    How many, from the shipped test split's three raters:

        python -m eval plan data/transcripts/en.test.ratings.jsonl --conversations data/transcripts/en.test.jsonl

    And which, double-blind, as tasks for Label Studio and doccano:

        python -m eval plan pilot.jsonl --pool calls.jsonl --bundle artifacts/bundles/en --rater Ana --rater Bo --rater Cy

    With --about, what a table says of pilot and pool (customer, level, quality) counts as slices as well.
    """
    with plain_errors():
        raters = rater or []
        if bool(pool) != bool(raters):
            raise DataError(
                "expected both --pool, what to choose from, and --rater for everybody who rates, or neither"
            )
        if per_conversation and raters and per_conversation > len(raters):
            raise DataError(f"expected --per-conversation up to {len(raters)}, since so many take part")
        if about and not pool:
            raise DataError("expected --pool with --about: attributes decide which conversations are chosen")
        study = open_study(pilot, codebook, format, conversations)
        target = Target(label=label, half_width=half_width, confidence=confidence, assurance=assurance)
        options = {"n_raters": len(raters)} if raters else {}
        numbers = how_many(study, target, per_conversation=per_conversation, fresh=fresh, **options)
        folder = output or Path("artifacts/eval/plan") / pilot[0].stem
        labelled = list(study.source.values())
        assignment: Assignment | None = None
        choosable: list[Conversation] = []
        attributes: dict[str, dict[str, str]] = {}
        if pool:
            choosable = [held for held in _conversations(pool) if held.id not in set(study.conversations)]
            if about:
                known = [*study.conversations, *(held.id for held in choosable)]
                attributes = read_about(about, study.codebook.columns.conversation, known)
            signals = _signals(choosable, bundle, scores)
            chosen = which(
                choosable, n or numbers.next, signals, labelled, random_share=random_share, seed=seed, about=attributes
            )
            if not chosen:
                raise DataError(_nothing_to_do(numbers.next, choosable))
            assignment = who(chosen, raters, numbers.per_conversation, seed)
            _refuse_full(folder)
        document = plan_document(
            numbers, provenance_of(study, raters_are, commit=commit), assignment, choosable, labelled, attributes
        )
        key = hand_out(folder, assignment, seed) if assignment else None
        page = write(document, folder)
        _tell(document.sections[0].parts[0], lead(numbers, assignment), page, key)


def unblind_labels(
    key: Annotated[Path, typer.Argument(help="The key that `plan` wrote beside its folder.")],
    labels: Annotated[list[Path], typer.Argument(help="What the raters' tools exported, of any format.")],
    pool: Annotated[list[Path], typer.Option("--pool", help="The conversations, as they were given to `plan`.")],
    output: Annotated[Path, typer.Option(help="JSONL to write.")],
    rater: Annotated[
        str | None, typer.Option(help="The code of the rater, where the tool does not say who labelled.")
    ] = None,
) -> None:
    """Labels under codes, back to conversations and people: the other end of `python -m eval plan`.

    One rater's export:

        python -m eval unblind plan.key.json export.json --rater r1 --pool calls.jsonl --output r1.jsonl
    """
    with plain_errors():
        known = read_key(key)
        originals = {held.id: held for held in _conversations(pool)}
        found: list[Labelled] = []
        for path in labels:
            found += unblind(read_labels(path, rater=rater), known, originals, str(path))
        try:
            jsonl.write(output, found)
        except OSError as error:
            raise DataError(f"cannot write {output}: {error.strerror}") from error
    raters = sorted({item.rating.rater for item in found})
    typer.echo(f"wrote {len(found)} ratings by {', '.join(raters)} to {output}")


def _conversations(paths: Sequence[Path]) -> list[Conversation]:
    """The conversations of some files; raise DataError where two have one id."""
    found: dict[str, Conversation] = {}
    for path in paths:
        for transcript in read(path):
            conversation = transcript.conversation
            if conversation.id in found:
                raise DataError(f"{path}: the id {conversation.id!r} stands for two conversations of the pool")
            found[conversation.id] = conversation
    return list(found.values())


def _signals(
    pool: Sequence[Conversation], bundle: Path | None, scores: Path | None
) -> list[Mapping[str, Signal] | None]:
    if bundle and scores:
        raise DataError("expected --bundle or --scores, found both")
    if scores:
        scored = read_scores(scores, pool)
        return [scored[held.id].signals for held in pool]
    if not bundle:
        return [None] * len(pool)
    from scoring.scorer import Scorer

    scorer = Scorer.load(bundle)
    return [scorer.score(held).signals for held in track(pool, "Scoring", console=Console(stderr=True))]


def _nothing_to_do(needed: int, pool: Sequence[Conversation]) -> str:
    if not pool:
        return "the pool holds no conversation that is not in the pilot; give others with --pool"
    return f"the pilot is enough: {needed} more are needed. Ask for a smaller --half-width, or hand out some with --n"


def _refuse_full(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise DataError(f"{folder} is there already, maybe with tasks that were handed out; give another --output")


def _tell(table: object, said: str, page: Path, key: Path | None) -> None:
    out = Console()
    if isinstance(table, Table):
        from rich import box
        from rich.table import Table as TerminalTable

        cells, _ = table.shown()
        shown = TerminalTable(box=box.SIMPLE_HEAD, caption=table.caption, caption_justify="left")
        for index, head in enumerate(table.heads):
            shown.add_column(head, justify="left" if index < table.n_left else "right")
        for row in cells:
            shown.add_row(*row)
        out.print(shown)
    for line in (said, f"Report: {page}", *([f"Key, to be kept apart: {key}"] if key else [])):
        out.print(line, markup=False, highlight=False, soft_wrap=True)
