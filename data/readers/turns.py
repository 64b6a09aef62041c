"""Utterances to turns: what one speaker says without a break is one turn.

Two neighbouring utterances of one speaker become one turn unless a silence of `GAP_SECONDS` or more lies between them.
Where there are no times, or only times of beginning, nothing shows a silence and all of them are joined.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import zip_longest

from data.readers.draft import Growing, Utterance
from rubric.codebook import Role
from rubric.conversation import Turn

GAP_SECONDS = 2.0
WORDS_PER_MINUTE = 155


def tidy(utterances: Sequence[Utterance]) -> tuple[list[Utterance], list[str]]:
    """Utterances with words, in the order in which they were said, all of them timed or none; and notes on repairs.

    Text is stripped and its white space made single. Without an end an utterance lasts until the next begins, the last
    one as long as its words take.
    """
    spoken = [
        Utterance(" ".join(utterance.speaker.split()), text, utterance.start, utterance.end)
        for utterance in utterances
        if (text := " ".join(utterance.text.split()))
    ]
    notes: list[str] = []
    n_timed = sum(utterance.start is not None for utterance in spoken)
    if n_timed < len(spoken):
        if n_timed:
            notes.append(f"times left out: only {n_timed} of {len(spoken)} utterances with a time")
        return [Utterance(utterance.speaker, utterance.text) for utterance in spoken], notes
    ordered = sorted(spoken, key=_start)
    if ordered != spoken:
        notes.append("put in the order of the times")
    timed: list[Utterance] = []
    n_open = n_negative = n_backward = 0
    for utterance, following in zip_longest(ordered, ordered[1:]):
        start, end = _start(utterance), utterance.end
        if end is None:
            n_open += 1
            end = _start(following) if following else start + 60 * len(utterance.text.split()) / WORDS_PER_MINUTE
        n_negative += start < 0
        start = max(0.0, start)
        n_backward += end < start
        timed.append(Utterance(utterance.speaker, utterance.text, start, max(start, end)))
    if n_open:
        notes.append(
            f"without an end: {n_open} of {len(timed)} utterances; each is taken to last until the next begins"
        )
    if n_negative:
        notes.append(f"set to 0: {n_negative} of {len(timed)} utterances that begin before it")
    if n_backward:
        notes.append(f"given no length: {n_backward} of {len(timed)} utterances that end before they begin")
    return timed, notes


def to_turns(utterances: Sequence[Utterance], roles: Mapping[str, Role], apart: bool = False) -> list[Turn]:
    """Turns of tidy utterances, neighbours of one speaker joined by a space where the gap rule joins them.

    apart: none are joined, as in mail, where each utterance was sent on its own.
    """
    joined: list[Growing] = []
    for utterance in utterances:
        if joined and not apart and _continues(joined[-1], utterance):
            last = joined[-1]
            last.lines.append(utterance.text)
            last.end = None if utterance.end is None else max(utterance.end, last.end or 0.0)
        else:
            joined.append(Growing(utterance.speaker, [utterance.text], utterance.start, utterance.end))
    return [
        Turn(speaker=said.speaker, role=roles[said.speaker], text=said.text, start=said.start, end=said.end)
        for said in (growing.done() for growing in joined)
    ]


def _continues(last: Growing, following: Utterance) -> bool:
    if last.speaker != following.speaker:
        return False
    return last.end is None or following.start is None or following.start - last.end < GAP_SECONDS


def _start(utterance: Utterance) -> float:
    return utterance.start or 0.0
