# ruff: noqa: RUF001 (typographic apostrophes and dashes, as transcripts write them)
"""Redaction measured: how much personal data it finds, what else it takes, and how far that moves the scorer.

People's names on the held-out English conversations, held against a reading of them (`personal_data.yaml`); what the
corpus hardly holds (mail addresses, numbers) on planted sentences. A word is the unit of names, a stretch that of the
rest. Nothing here prints what was found.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
import yaml
from rich.console import Console
from rich.progress import track

from data.personal_data import Kind
from data.redact import Redacted, Redactor
from data.splits import Split, load_split
from eval.agreement import MEAN, turn_agreement
from eval.bootstrap import Resamples, draw
from eval.documents.markdown import table_lines
from eval.pairs import Pair
from eval.report import show
from rubric.conversation import Conversation
from rubric.spans import Labelled, Span
from scoring.scorer import Scorer

ANSWERS = Path(__file__).parent / "personal_data.yaml"
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")


@dataclass
class Counted:
    """Words of one conversation. hit: names replaced; missed: names left; taken: other words replaced; ordinary: those
    of them that the corpus writes small; left: other words left.
    """

    hit: int = 0
    missed: int = 0
    taken: int = 0
    ordinary: int = 0
    left: int = 0
    kinds: dict[Kind, int] = field(default_factory=dict)


def count_names(
    conversation: Conversation, redactor: Redactor, answer: Mapping[str, object], small: set[str]
) -> Counted:
    """One conversation's names against the reading of it. small: words that the corpus writes small."""
    names, either = (set(str(answer.get(key, "")).split()) for key in ("names", "either"))
    phrases = answer.get("not", [])
    counted = Counted()
    for turn, found in zip(conversation.turns, redactor.mentions(conversation), strict=True):
        excepted = [
            m.span()
            for phrase in (phrases if isinstance(phrases, list) else [])
            for m in re.finditer(re.escape(phrase), turn.text)
        ]
        for mention in found:
            counted.kinds[mention.kind] = counted.kinds.get(mention.kind, 0) + 1
        taken = [(mention.start, mention.end) for mention in found if mention.kind is Kind.NAME]
        for word in _WORD.finditer(turn.text):
            text = word.group() if word.group() in names | either else re.sub(r"['’]s?$", "", word.group())
            if text in either or any(start <= word.start() < end for start, end in excepted):
                continue
            is_taken = any(start < word.end() and word.start() < end for start, end in taken)
            if text in names:
                counted.hit += is_taken
                counted.missed += not is_taken
            else:
                counted.taken += is_taken
                counted.ordinary += is_taken and text.casefold() in small
                counted.left += not is_taken
    return counted


def share(part: Sequence[int], whole: Sequence[int], resamples: Resamples) -> str:
    """A share with its 90 % interval over conversations (percentiles)."""
    parts, wholes = resamples.weights @ np.array(part), resamples.weights @ np.array(whole)
    if not sum(whole):
        return "none"
    low, high = np.quantile(parts[wholes > 0] / wholes[wholes > 0], [0.05, 0.95])
    return f"{sum(part) / sum(whole):.3f} [{low:.3f}, {high:.3f}] of {sum(whole):,}"


def planted(redactor: Redactor, sentences: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Rows of kind, how many planted stretches were replaced whole and as that kind, and how many others."""
    rows: list[list[str]] = []
    for kind, held in sentences.items():
        n_right = n_other = 0
        for sentence in held:
            before, _, rest = sentence.partition("{")
            inner, _, after = rest.partition("}")
            found = {(m.start, m.end, m.kind.value) for m in redactor.find(before + inner + after)}
            wanted = {(len(before), len(before) + len(inner), kind)} if inner else set()
            n_right += len(found & wanted)
            n_other += len(found - wanted)
        rows.append([kind, f"{n_right} of {len(held)}" if kind != "NONE" else "", str(n_other)])
    return rows


def moved_decisions(pairs: Sequence[tuple[Redacted, Sequence[Span], Sequence[Span]]]) -> list[tuple[int, int]]:
    """Of each conversation, turn-level decisions that changed, and those that held before or after."""
    counts: list[tuple[int, int]] = []
    for _, before, after in pairs:
        old, new = ({(span.turn, span.label) for span in spans} for spans in (before, after))
        counts.append((len(old ^ new), len(old | new)))
    return counts


def main(
    bundle: Annotated[Path, typer.Argument(help="The scorer's folder.")] = Path("artifacts/bundles/en"),
    score: Annotated[bool, typer.Option(help="Also measure how far redaction moves the scorer; takes longer.")] = True,
) -> None:
    """Measure redaction on the held-out English conversations."""
    console = Console()
    redactor = Redactor()
    answers = yaml.safe_load(ANSWERS.read_text(encoding="utf-8"))
    splits: tuple[Split, ...] = ("validation", "calibration")
    labelled = {split: load_split("en", split) for split in splits}
    small = _small_words([item.conversation for item in load_split("en", "train")])
    groups: dict[str, list[Counted]] = defaultdict(list)
    for split, items in labelled.items():
        for item in track(items, f"reading {split}", console=Console(stderr=True)):
            answer = answers["people"].get(item.conversation.id, {})
            counted = count_names(item.conversation, redactor, answer, small)
            groups[f"{split}, with capitals" if answer.get("capitals", True) else "without capitals"].append(counted)
    rows = []
    for name, held in groups.items():
        resamples = draw(len(held))
        rows.append(
            [
                name,
                str(len(held)),
                share([c.hit for c in held], [c.hit + c.missed for c in held], resamples),
                share([c.hit for c in held], [c.hit + c.taken for c in held], resamples),
                f"{sum(c.ordinary for c in held)} of {sum(c.left + c.taken for c in held):,}",
                str({str(kind): n for kind in Kind if (n := sum(c.kinds.get(kind, 0) for c in held))}),
            ]
        )
    head = ["conversations", "n", "recall of names", "precision", "ordinary words taken", "replaced by kind"]
    console.print(table_lines(head, rows), markup=False, soft_wrap=True)
    console.print(table_lines(["planted", "found", "else"], planted(redactor, answers["planted"])), markup=False)
    if score:
        _moved(console, labelled["validation"], redactor, Scorer.load(bundle))


def _small_words(conversations: Sequence[Conversation]) -> set[str]:
    return {
        word for held in conversations for turn in held.turns for word in _WORD.findall(turn.text) if word.islower()
    }


def _moved(console: Console, items: Sequence[Labelled], redactor: Redactor, scorer: Scorer) -> None:
    """Print how far the scorer moves, and its agreement before and after."""
    found: list[tuple[Redacted, Sequence[Span], Sequence[Span]]] = []
    for item in track(items, "scoring", console=Console(stderr=True)):
        redacted = redactor.redact(item.conversation, [item.rating])
        found.append((redacted, scorer.score(item.conversation).spans, scorer.score(redacted.conversation).spans))
    resamples = draw(len(items))
    counts = moved_decisions(found)
    moved = share([changed for changed, _ in counts], [held for _, held in counts], resamples)
    console.print(f"turn-level decisions changed: {moved}", markup=False)
    old = [
        Pair(item.conversation, item.rating.spans, tuple(before))
        for item, (_, before, _) in zip(items, found, strict=True)
    ]
    new = [Pair(one.conversation, one.ratings[0].spans, tuple(after)) for one, _, after in found]
    for name, pairs in (("as it was", old), ("with placeholders", new)):
        console.print(f"mean alpha {name}: {show(turn_agreement(pairs, resamples)[MEAN]['alpha'])}", markup=False)


if __name__ == "__main__":
    typer.run(main)
