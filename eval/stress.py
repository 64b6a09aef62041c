"""How robust is a scorer? Labelled conversations made harder, their spans kept in place, and what that costs.

`stress` changes the words of a conversation as recordings and speech recognisers do; `measure` compares a scorer's
agreement with gold on clean and on changed text. Changes are made word by word, so white space becomes single spaces.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, get_args

import matplotlib as mpl
import numpy as np
import typer
from matplotlib.figure import Figure
from pydantic import BaseModel, ConfigDict
from rich.console import Console

from data.annotations import jsonl
from data.splits import Split, load_split
from eval.agreement import LABELS, MEAN, UNDEFINED_ALPHA, confusion_alpha, confusion_counts
from eval.bootstrap import Estimate, Floats, Statistic, draw, estimate, mean_over
from eval.documents.markdown import table_lines
from eval.documents.write import STYLE
from eval.pairs import Pair, RaterFunction
from eval.plots import GRID, JUDGED, words
from eval.report import show
from rubric.conversation import Turn
from rubric.errors import DataError, plain_errors
from rubric.spans import Labelled, Span

Kind = Literal["plain", "word_errors", "split", "fillers"]
FILLERS = ("um", "uh", "you know", "like")
INSERTED = ("the", "a", "and", "to", "of", "it", "that", "in")
SHARES = (0.25, 0.15, 0.6)  # deletions, insertions, substitutions; this project's choice
CONDITIONS: dict[str, tuple[Kind, float]] = {
    "word errors 0 %": ("word_errors", 0.0),
    "word errors 10 %": ("word_errors", 0.1),
    "word errors 18 %": ("word_errors", 0.18),
    "word errors 30 %": ("word_errors", 0.3),
    "no capitals or punctuation": ("plain", 1.0),
    "turns split": ("split", 0.5),
    "fillers": ("fillers", 0.08),
}
SHORTEST_SPLIT = 6


@dataclass(frozen=True)
class _Word:
    """A word, the index of the span it belongs to (None outside all spans), and its offset in the original turn."""

    text: str
    span: int | None
    offset: int


def stress(labelled: Labelled, kind: Kind, rate: float, seed: int) -> Labelled:
    """The conversation made harder, with its labels; the same seed gives the same text.

    plain: no capitals, no punctuation (rate is not used). word_errors: the chance, 0 to 1, that a word is deleted,
    preceded by another, or replaced by one spelt like it from the corpus. split: the chance that a turn of six words
    or more becomes two or three of the same speaker; a span that is cut stays in the part that holds most of it.
    fillers: the chance of a filler before a word. At rate 0 nothing changes. Raises DataError for other rates or kinds.
    """
    if kind not in get_args(Kind):
        raise DataError(f"unknown kind of stress {kind!r}, expected one of {', '.join(get_args(Kind))}")
    if not 0 <= rate <= 1:
        raise DataError(f"expected a rate from 0 to 1, found {rate:g}")
    if rate == 0:
        return labelled
    conversation, spans = labelled.conversation, labelled.rating.spans
    chance = random.Random(f"{seed} {kind} {rate} {conversation.id}")
    turns: list[Turn] = []
    moved: dict[int, Span] = {}
    for index, turn in enumerate(conversation.turns):
        held = _words(turn.text, [(i, span) for i, span in enumerate(spans) if span.turn == index])
        parts = [held]
        if kind == "plain":
            parts = [_plain(held)]
        elif kind == "word_errors":
            parts = [_with_errors(held, rate, chance, conversation.language)]
        elif kind == "fillers":
            parts = [_with_fillers(held, rate, chance)]
        elif len(held) >= SHORTEST_SPLIT and chance.random() < rate:
            parts = _split(held, chance)
        for place, part in enumerate(parts):
            ends = parts[place + 1][0].offset if place + 1 < len(parts) else len(turn.text)
            for i, (start, end) in _bounds(part).items():
                moved[i] = spans[i].model_copy(update={"turn": len(turns), "start": start, "end": end})
            times: dict[str, float | None] = {}
            if len(parts) > 1:
                times = {"start": turn.time_at(part[0].offset if place else 0), "end": turn.time_at(ends)}
            turns.append(turn.model_copy(update={"text": " ".join(word.text for word in part), **times}))
    changed = conversation.model_copy(update={"turns": tuple(turns)})
    kept = tuple(moved[i] for i in range(len(spans)) if i in moved)
    return Labelled(changed, labelled.rating.model_copy(update={"spans": kept}))


def _words(text: str, spans: Sequence[tuple[int, Span]]) -> list[_Word]:
    """The turn's words; one that lies on a span's edge goes to the span with most of its characters."""
    found: list[_Word] = []
    for match in re.finditer(r"\S+", text):
        shared = {i: min(span.end, match.end()) - max(span.start, match.start()) for i, span in spans}
        best = max(shared, key=lambda i: shared[i], default=None)
        inside = best if best is not None and shared[best] > 0 else None
        found.append(_Word(match.group(), inside, match.start()))
    return found


def _bounds(held: Sequence[_Word]) -> dict[int, tuple[int, int]]:
    """Characters of each span once the words are joined by single spaces."""
    bounds: dict[int, tuple[int, int]] = {}
    position = 0
    for word in held:
        end = position + len(word.text)
        if word.span is not None:
            bounds[word.span] = (bounds.get(word.span, (position, end))[0], end)
        position = end + 1
    return bounds


def _dispensable(held: Sequence[_Word]) -> Iterator[tuple[_Word, bool]]:
    """Each word, and whether it may go: the last one left of a span or of the turn stays."""
    left: dict[int | None, int] = defaultdict(int)
    for word in held:
        left[word.span] += 1
    for word in held:
        yield word, left[word.span] > 1
        left[word.span] -= 1


def _plain(held: Sequence[_Word]) -> list[_Word]:
    plain: list[_Word] = []
    for word, may_go in _dispensable(held):
        pieces = re.sub(r"[^\w\s]|_", "", re.sub(r"[-–—/]", " ", word.text)).lower().split()
        if not pieces and not may_go and not any(other.span == word.span for other in plain):
            pieces = [word.text.lower()]
        plain += [replace(word, text=piece) for piece in pieces]
    return plain


def _with_errors(held: Sequence[_Word], rate: float, chance: random.Random, language: str) -> list[_Word]:
    changed: list[_Word] = []
    for word, may_go in _dispensable(held):
        what = chance.choices(("delete", "insert", "replace"), SHARES)[0] if chance.random() < rate else None
        if what == "delete" and may_go:
            continue
        if what == "insert":
            changed.append(_before(word, changed, chance.choice(INSERTED)))
        if what == "replace":
            alike = _alike(word.text.lower().strip(".,;:!?\"'…"), language)
            word = replace(word, text=chance.choice(alike)) if alike else word
        changed.append(word)
    return changed


def _with_fillers(held: Sequence[_Word], rate: float, chance: random.Random) -> list[_Word]:
    changed: list[_Word] = []
    for word in held:
        if chance.random() < rate:
            changed.append(_before(word, changed, chance.choice(FILLERS)))
        changed.append(word)
    return changed


def _before(word: _Word, so_far: Sequence[_Word], text: str) -> _Word:
    """A new word before `word`; inside a span only where the word before it is in the same one."""
    inside = word.span if so_far and so_far[-1].span == word.span else None
    return _Word(text, inside, word.offset)


def _split(held: Sequence[_Word], chance: random.Random) -> list[list[_Word]]:
    cuts = sorted(chance.sample(range(1, len(held)), chance.choice((1, 2))))
    parts = [list(held[start:end]) for start, end in zip([0, *cuts], [*cuts, len(held)], strict=True)]
    size: dict[int, list[int]] = defaultdict(lambda: [0] * len(parts))
    for place, part in enumerate(parts):
        for word in part:
            if word.span is not None:
                size[word.span][place] += len(word.text)
    home = {span: sizes.index(max(sizes)) for span, sizes in size.items()}
    return [
        [word if word.span is None or home[word.span] == place else replace(word, span=None) for word in part]
        for place, part in enumerate(parts)
    ]


@lru_cache(maxsize=8)
def _vocabulary(language: str) -> dict[tuple[str, int], tuple[str, ...]]:
    """The training split's words by first letter and length."""
    seen = {
        word
        for item in load_split(language, "train")
        for turn in item.conversation.turns
        for word in re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", turn.text.lower())
    }
    by_shape: dict[tuple[str, int], list[str]] = defaultdict(list)
    for word in sorted(seen):
        by_shape[word[0], len(word)].append(word)
    return {shape: tuple(held) for shape, held in by_shape.items()}


@lru_cache(maxsize=50_000)
def _alike(word: str, language: str) -> tuple[str, ...]:
    """Up to four other words of the corpus with the same first letter, a like length and a like spelling."""
    shapes = [(word[:1], len(word) + more) for more in (-1, 0, 1)]
    candidates = [other for shape in shapes for other in _vocabulary(language).get(shape, ()) if other != word]
    return tuple(get_close_matches(word, candidates, n=4, cutoff=0.5))


class Robustness(BaseModel):
    """alpha and loss (clean minus stressed, paired): by condition, then label; n counts turns, all 90 % intervals."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    n_conversations: int
    seed: int
    alpha: dict[str, dict[str, Estimate]]
    loss: dict[str, dict[str, Estimate]]


def measure(
    scorer: RaterFunction,
    labelled: Sequence[Labelled],
    n_resamples: int = 1000,
    seed: int = 0,
    conditions: Mapping[str, tuple[Kind, float]] = CONDITIONS,
) -> Robustness:
    """Alpha of turns under each condition, and its loss against clean text over the same resampled conversations."""
    if not labelled:
        raise DataError("expected labelled conversations, found none")
    clean = _counts(scorer, labelled)
    resamples = draw(len(labelled), n_resamples, seed)
    alpha: dict[str, dict[str, Estimate]] = {}
    loss: dict[str, dict[str, Estimate]] = {}
    for name, (kind, rate) in conditions.items():
        counts = clean if rate == 0 else _counts(scorer, [stress(item, kind, rate, seed) for item in labelled])
        both = np.concatenate([clean, counts], axis=-1)  # (n_conversations, n_labels, 8)
        columns = {str(label): both[:, [i]] for i, label in enumerate(LABELS)} | {MEAN: both}
        for figures, statistic in ((alpha, _alpha_of(slice(4, 8))), (loss, _loss)):
            figures[name] = {
                label: estimate(
                    held.reshape(len(held), -1),
                    mean_over(statistic, held.shape[1]),
                    resamples,
                    n=int(held[..., 4:].sum()),
                    undefined=UNDEFINED_ALPHA,
                )
                for label, held in columns.items()
            }
    return Robustness(n_conversations=len(labelled), seed=seed, alpha=alpha, loss=loss)


def _counts(scorer: RaterFunction, labelled: Sequence[Labelled]) -> Floats:
    pairs = [Pair(item.conversation, item.rating.spans, tuple(scorer(item.conversation))) for item in labelled]
    return np.array([confusion_counts(pair) for pair in pairs])


def _alpha_of(columns: slice) -> Statistic:
    return lambda sums: confusion_alpha(sums[..., columns])


def _loss(sums: Floats) -> Floats:
    return np.asarray(confusion_alpha(sums[..., :4]) - confusion_alpha(sums[..., 4:]), dtype=np.float64)


def markdown(found: Robustness, judged: str) -> str:
    """The report's text: alpha by condition, then the loss."""
    heads = ["label", *found.alpha]
    parts = [
        table_lines(
            heads,
            [[words(label), *(show(held[label]) for held in figures.values())] for label in (*map(str, LABELS), MEAN)],
        )
        for figures in (found.alpha, found.loss)
    ]
    return f"""# Robustness: {judged}

Alpha of turns with gold on {found.n_conversations} conversations whose text was changed by machine, with 90 % intervals over conversations. Simulated errors are milder than a recogniser's own: they do not cluster where speech is hard.

{parts[0]}

## Loss against the clean text

Over the same resampled conversations; where the interval holds 0, no loss is shown.

{parts[1]}

![alpha against word errors](stress.png)
"""


def error_plot(found: Robustness) -> Figure:
    """Mean alpha over labels against the rate of word errors, with its interval."""
    figure = Figure(figsize=(7, 4.4), layout="constrained")
    axes = figure.subplots()
    points = [
        (100 * rate, found.alpha[name])
        for name, (kind, rate) in CONDITIONS.items()
        if kind == "word_errors" and name in found.alpha
    ]
    rates = [rate for rate, _ in points]
    for label in [*map(str, LABELS), MEAN]:
        values = [np.nan if (value := held[label].value) is None else value for _, held in points]
        mean = label == MEAN
        axes.plot(rates, values, "o-" if mean else "-", color=JUDGED if mean else GRID, lw=1.5)
    for rate, held in points:
        found_mean = held[MEAN]
        if found_mean.low is not None and found_mean.high is not None:
            axes.plot([rate, rate], [found_mean.low, found_mean.high], color=JUDGED, alpha=0.5)
    axes.set_xlabel("word error rate, %")
    axes.set_ylabel("alpha: mean of labels, each label in grey")
    return figure


def write_report(found: Robustness, judged: str, folder: Path) -> Path:
    """Write stress.md, stress.json and stress.png; returns the report's path. DataError where it cannot."""
    report = folder / "stress.md"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with mpl.rc_context(STYLE):
            error_plot(found).savefig(folder / "stress.png", dpi=150, metadata={"Software": None})
        (folder / "stress.json").write_text(found.model_dump_json(indent=1) + "\n", encoding="utf-8")
        report.write_text(markdown(found, judged), encoding="utf-8")
    except OSError as error:
        raise DataError(f"cannot write the report into {folder}: {error.strerror}; give another --output") from error
    return report


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    bundle: Annotated[Path, typer.Argument(help="A scorer's folder, such as artifacts/bundles/en.")],
    split: Annotated[Split, typer.Option(help="Split of the shipped corpus.")] = "validation",
    gold: Annotated[Path | None, typer.Option(help="Your own labelled conversations (JSONL) instead.")] = None,
    output: Annotated[
        Path | None, typer.Option(help="Folder of the report.", show_default="artifacts/eval/NAME")
    ] = None,
    resamples: Annotated[int, typer.Option(min=1, help="Bootstrap resamples of the conversations.")] = 1000,
    seed: Annotated[int, typer.Option(help="Seed of the changes and of the bootstrap.")] = 0,
) -> None:
    """How much agreement does a scorer lose on text as recordings and speech recognisers give it?

    python -m eval.stress artifacts/bundles/en
    """
    from scoring.scorer import Scorer

    with plain_errors():
        scorer = Scorer.load(bundle)
        labelled = jsonl.read(gold) if gold else load_split(scorer.language, split)
        found = measure(lambda conversation: scorer.score(conversation).spans, labelled, resamples, seed)
        judged = f"scorer {scorer.manifest.name}"
        report = write_report(found, judged, output or Path("artifacts/eval") / bundle.stem)
    console = Console()
    for name, held in found.alpha.items():
        line = f"{name}: alpha {show(held[MEAN])}, loss {show(found.loss[name][MEAN])}"
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    console.print(f"Report: {report}", markup=False, highlight=False, soft_wrap=True)


if __name__ == "__main__":
    app()
