"""`python -m eval scorer`: a bundle on a split, or stored scores, and how well they agree with labels, as a report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.console import Console
from rich.progress import track
from rich.table import Table

from data.annotations import jsonl
from data.splits import Split, load_ratings, load_split
from eval.agreement import LABELS, MEAN
from eval.baselines import constant_rater, keyword_rater
from eval.evaluation import Against, Evaluation, evaluate
from eval.pairs import RaterFunction, data_sha256
from eval.report import BY_LANGUAGE_MODELS, NO_RATERS, Provenance, show, write_report
from eval.scores import Scored, of_scorecard, pair_up, read_scores
from rubric.config import load_rubric
from rubric.errors import DataError, plain_errors
from rubric.spans import Labelled

UNSTATED = "Who wrote and labelled these conversations was not stated; say it with `--labels-by`."
BASELINES: dict[str, RaterFunction] = {"constant": constant_rater}
ENGLISH_BASELINES: dict[str, RaterFunction] = {"constant": constant_rater, "keywords": keyword_rater}


def scorer(
    bundle: Annotated[Path | None, typer.Argument(help="A scorer's folder, such as artifacts/bundles/en.")] = None,
    scores: Annotated[
        Path | None, typer.Option(help="Judge stored scores instead: JSONL of scorecards, or of labels (id, spans).")
    ] = None,
    rater: Annotated[
        str | None, typer.Option(help="Whose labels of --scores to judge, where it holds several.")
    ] = None,
    language: Annotated[str | None, typer.Option(help="Language of the split; the bundle's own, or en.")] = None,
    split: Annotated[
        Split, typer.Option(help="Split of the shipped corpus. Tune on validation; test is for the last word.")
    ] = "test",
    gold: Annotated[
        Path | None, typer.Option(help="Your own labelled conversations (JSONL) instead of a split.")
    ] = None,
    ratings: Annotated[
        Path | None, typer.Option(help="Single raters' labels of them (JSONL: id, rater, spans), two raters or more.")
    ] = None,
    against: Annotated[
        Against, typer.Option(help="gold: one set of labels. raters: each rater singly, like with like.")
    ] = "gold",
    output: Annotated[
        Path | None, typer.Option(help="Folder of the report.", show_default="artifacts/eval/NAME")
    ] = None,
    resamples: Annotated[int, typer.Option(min=1, help="Bootstrap resamples of the conversations.")] = 1000,
    seed: Annotated[int, typer.Option(help="Seed of the bootstrap.")] = 0,
    commit: Annotated[str | None, typer.Option(help="Commit to record in the report.")] = None,
    labels_by: Annotated[
        str | None, typer.Option(help="With --gold: a sentence on who labelled, for the report.")
    ] = None,
) -> None:
    """How well does a scorer agree with labels, and do raters agree any better among themselves?

    Every conversation of the split goes through the scorer that serves. The report (HTML, Markdown, JSON) gives
    agreement on turns, spans, links and the four signals, calibration, each with a 90 % interval over conversations,
    beside the raters' own agreement and beside raters without a model.

    Judge the English scorer on the test split:

        python -m eval artifacts/bundles/en

    Judge one rater by the others:

        python -m eval --scores data/transcripts/en.test.ratings.jsonl --rater A --against raters

    Judge a scorer on your own labels:

        python -m eval artifacts/bundles/en --gold mine.jsonl --ratings mine.ratings.jsonl --labels-by "Two sales coaches."
    """
    with plain_errors():
        if (bundle is None) == (scores is None):
            raise DataError(
                "expected either a bundle's folder or --scores FILE.jsonl; see python -m eval scorer --help"
            )
        loaded = None
        if bundle is not None:
            from scoring.scorer import Scorer

            loaded = Scorer.load(bundle)
            language = language or loaded.language
        labelled, rated = _labels(language or "en", split, gold, ratings)
        if against == "raters" and not rated:
            raise DataError(
                "expected single raters' labels for --against raters: give --ratings FILE, or the test split"
            )
        if loaded is not None:
            scored = {
                item.conversation.id: of_scorecard(loaded.score(item.conversation))
                for item in track(labelled, "Scoring", console=Console(stderr=True))
            }
        else:
            scored = read_scores(scores or Path(), [item.conversation for item in labelled], rater)
        rubric = load_rubric()
        evaluation = evaluate(
            pair_up(labelled, scored),
            [item.rating for item in rated],
            resamples,
            seed,
            baselines=_baselines(labelled),
            against=against,
            judged_rater=next(iter(scored.values())).rater if scores else None,
            rubric=rubric,
        )
        provenance = _provenance(
            next(iter(scored.values())),
            bundle or scores or Path(),
            labels_by=labels_by or (UNSTATED if gold else BY_LANGUAGE_MODELS),
            rubric=rubric.sha256,
            data=data_sha256([*labelled, *rated]),
            commit=commit,
        )
        source = (bundle or scores or Path()).stem + (f"-{rater}" if rater else "")
        report = write_report(evaluation, provenance, rubric, output or Path("artifacts/eval") / source)
        Console().print(summary(evaluation, provenance.judged))
        Console().print(f"Report: {report}", markup=False, highlight=False, soft_wrap=True)


def _labels(
    language: str, split: Split, gold: Path | None, ratings: Path | None
) -> tuple[list[Labelled], list[Labelled]]:
    """Gold labels, and single raters' labels where there are any."""
    labelled = jsonl.read(gold) if gold else load_split(language, split)
    if not labelled:
        raise DataError(f"expected labelled conversations, found none in {gold or f'the split {split}'}")
    if ratings:
        return labelled, jsonl.read_ratings(ratings, [item.conversation for item in labelled])
    return labelled, [] if gold else load_ratings(language, split)


def _baselines(labelled: Sequence[Labelled]) -> dict[str, RaterFunction]:
    english = all(item.conversation.language == "en" for item in labelled)
    return ENGLISH_BASELINES if english else BASELINES


def _provenance(
    scored: Scored, source: Path, *, labels_by: str, rubric: str, data: str, commit: str | None
) -> Provenance:
    bundle = scored.bundle
    return Provenance(
        judged=f"scorer {bundle.name}"
        if bundle
        else source.stem
        if scored.rater == "unnamed"
        else f"rater {scored.rater}",
        labels_by=labels_by,
        rubric=rubric,
        data=data,
        bundle=bundle.sha256 if bundle else None,
        bundle_data=bundle.data if bundle else None,
        base=bundle.base if bundle else None,
        commit=commit,
    )


def summary(evaluation: Evaluation, judged: str) -> Table:
    """Alpha of turns, a label a row, as a table for the terminal; the keyword baseline without its interval."""
    against = "gold" if evaluation.against == "gold" else "each rater"
    raters = evaluation.raters
    title = f"Alpha of turns: {judged} against {against}, {evaluation.n_conversations} conversations"
    table = Table(title=title if raters else f"{title}, {NO_RATERS}", title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("label", no_wrap=True)
    shown = [name for name in evaluation.baselines if name not in BASELINES]
    for heading in ("n", judged, *(["raters"] if raters else []), *shown):
        table.add_column(heading, justify="right", no_wrap=True)
    for label in [*map(str, LABELS), MEAN]:
        alpha = evaluation.scorer.turns[label]["alpha"]
        baselines = [evaluation.baselines[name].turns[label]["alpha"] for name in shown]
        table.add_row(
            label.replace("_", " "),
            str(alpha.n),
            show(alpha),
            *([show(raters.turns[label]["alpha"])] if raters else []),
            *(show(found).partition(" [")[0] for found in baselines),
            end_section=label == str(LABELS[-1]),
        )
    return table
