"""Data sets that label sentences: neighbouring sentences of one speaker make a turn, each labelled one a span."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rubric.codebook import Label, Role
from rubric.conversation import Conversation, Turn
from rubric.spans import Labelled, Rating, Span


@dataclass(frozen=True)
class Sentence:
    """A sentence as the source has it. key: what sets its turn apart, sentences that share it in a row are one turn."""

    key: str
    speaker: str
    role: Role
    text: str
    label: Label | None


def labelled(name: str, sentences: Sequence[Sentence], rater: str, kind: str) -> Labelled:
    """The conversation of its sentences in order. Each objection has an id of its own; a claim is tied to nothing."""
    turns: list[Turn] = []
    spans: list[Span] = []
    n_objections = 0
    for index, said in enumerate(_turns(sentences)):
        start = 0
        for sentence in said:
            end = start + len(sentence.text)
            if sentence.label:
                n_objections += sentence.label == Label.OBJECTION
                own = f"O{n_objections}" if sentence.label == Label.OBJECTION else None
                spans.append(Span(turn=index, start=start, end=end, label=sentence.label, id=own))
            start = end + 1
        turns.append(
            Turn(speaker=said[0].speaker, role=said[0].role, text=" ".join(sentence.text for sentence in said))
        )
    conversation = Conversation(id=name, language="en", turns=tuple(turns), kind=kind, times="none")
    return Labelled(conversation, Rating(conversation=name, rater=rater, spans=tuple(spans)))


def _turns(sentences: Sequence[Sentence]) -> list[list[Sentence]]:
    turns: list[list[Sentence]] = []
    for sentence in sentences:
        if turns and (turns[-1][0].role, turns[-1][0].key) == (sentence.role, sentence.key):
            turns[-1].append(sentence)
        else:
            turns.append([sentence])
    return turns
