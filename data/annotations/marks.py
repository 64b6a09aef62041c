"""Marks and links: what annotation tools hold, regions and arrows between them, to spans with ids and back.

Tools know no ids such as N1. They know arrows: from a claim to the need it serves, from a restatement to the objection
it says back, and between two marks of the same need or objection. What an arrow means follows from the labels at its
ends, whatever it is called and whichever way it points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count

from rubric.codebook import CODEBOOK, Label
from rubric.spans import Span

REFERS_TO = "refers_to"
SAME_AS = "same_as"
LINK_MEANINGS = {
    REFERS_TO: "a claim serves this need, a restatement says this objection back",
    SAME_AS: "the same need or objection, said again",
}
# For the tools' labels: ten colours that stay apart for colour-blind eyes as far as ten can (Paul Tol's "muted").
COLOURS = {
    Label.NEED: "#CC6677",
    Label.OBJECTION: "#882255",
    Label.DISCOVERY_QUESTION: "#332288",
    Label.CLOSED_QUESTION: "#88CCEE",
    Label.OBJECTION_RESTATEMENT: "#AA4499",
    Label.VALUE_CLAIM: "#117733",
    Label.CLOSE_ASK: "#DDCC77",
    Label.ACKNOWLEDGEMENT: "#44AA99",
    Label.LISTENING_CUE: "#999933",
    Label.EMPATHY: "#BBBBBB",
}


@dataclass(frozen=True)
class Mark:
    """A region of a tool. key: how the tool calls it. label: a word that may not be one of the codebook's.

    turn: index of the turn; start, end: characters in its text. id: such as N1, None where the tool holds none.
    """

    key: str
    turn: int
    start: int
    end: int
    label: str
    id: str | None = None
    probability: float | None = None


@dataclass(frozen=True)
class Link:
    """An arrow of a tool between two marks, by their keys."""

    source: str
    target: str


def spans_of(marks: Sequence[Mark], links: Sequence[Link]) -> tuple[list[Span], list[str]]:
    """The spans that marks and links stand for, in the order of the marks, and every fault of them.

    Needs and objections without an id get the next free number in order of appearance; those linked to each other
    share one.

    >>> marks = [Mark("a", 1, 0, 4, "need"), Mark("b", 2, 0, 9, "value_claim"), Mark("c", 3, 2, 4, "need")]
    >>> spans, faults = spans_of(marks, [Link("b", "a"), Link("c", "a")])
    >>> [(str(span.label), span.id, span.refers_to) for span in spans], faults
    ([('need', 'N1', ()), ('value_claim', None, ('N1',)), ('need', 'N1', ())], [])
    """
    faults: list[str] = []
    known: dict[str, Mark] = {}
    for mark in marks:
        if _is_label(mark, faults) and known.setdefault(mark.key, mark) is not mark:
            faults.append(f"two spans are called {mark.key!r}, the second at {_place(mark)}")
    same: dict[str, str] = {key: key for key in known}
    references: dict[str, list[str]] = {key: [] for key in known}
    unknown = {mark.key for mark in marks} - set(known)
    for link in links:
        ends = (link.source, link.target)
        missing = [end for end in ends if end not in known and end not in unknown]
        if missing:
            faults.append(f"a link leads to {missing[0]!r}, which is no span")
        elif not unknown.intersection(ends):
            _read_link(known[link.source], known[link.target], same, references, faults)
    ids = _ids(known, same, faults)
    spans = []
    for mark in known.values():
        fault = _range_fault(mark)
        if fault:
            faults.append(fault)
            continue
        refers_to = tuple(ids[_leader(same, target)] for target in references[mark.key])
        own = ids[_leader(same, mark.key)] if CODEBOOK[Label(mark.label)].id_prefix else mark.id
        spans.append(
            Span(
                turn=mark.turn,
                start=mark.start,
                end=mark.end,
                label=Label(mark.label),
                id=own,
                refers_to=tuple(dict.fromkeys(refers_to)),
                probability=mark.probability,
            )
        )
    return spans, faults


def links_of(spans: Sequence[Span]) -> list[tuple[int, int, str]]:
    """The arrows that spans stand for, as (from, to, kind) with indices into `spans`.

    A reference leads to the first span that carries the id; a need or objection said again to its first mention.
    """
    first: dict[str, int] = {}
    for index in sorted(range(len(spans)), key=lambda index: (spans[index].turn, spans[index].start)):
        first.setdefault(spans[index].id or "", index)
    links = [
        (index, first[reference], REFERS_TO)
        for index, span in enumerate(spans)
        for reference in span.refers_to
        if reference in first
    ]
    return links + [
        (index, first[span.id], SAME_AS) for index, span in enumerate(spans) if span.id and first[span.id] != index
    ]


def _is_label(mark: Mark, faults: list[str]) -> bool:
    if mark.label in set(Label):
        return True
    faults.append(f"unknown label {mark.label!r} at {_place(mark)}, expected one of {', '.join(Label)}")
    return False


def _range_fault(mark: Mark) -> str | None:
    if not 0 <= mark.start < mark.end:
        return f"{mark.label} at {_place(mark)}: expected characters from 0 up, the end behind the start"
    if mark.probability is not None and not 0 <= mark.probability <= 1:
        return f"{mark.label} at {_place(mark)}: expected a probability from 0 to 1, found {mark.probability:g}"
    return None


def _read_link(
    source: Mark, target: Mark, same: dict[str, str], references: dict[str, list[str]], faults: list[str]
) -> None:
    """Take one link: two mentions of one thing, or a reference, turned round if it points the other way."""
    left, right = Label(source.label), Label(target.label)
    if left == right and CODEBOOK[left].id_prefix:
        same[_leader(same, source.key)] = _leader(same, target.key)
    elif CODEBOOK[left].refers_to == right:
        references[source.key].append(target.key)
    elif CODEBOOK[right].refers_to == left:
        references[target.key].append(source.key)
    else:
        faults.append(
            f"a link between {left} at {_place(source)} and {right} at {_place(target)} means nothing; expected one from a "
            "restatement to an objection, from a claim to a need, or between two mentions of one need or objection"
        )


def _leader(same: dict[str, str], key: str) -> str:
    while same[key] != key:
        same[key] = same[same[key]]
        key = same[key]
    return key


def _ids(known: dict[str, Mark], same: dict[str, str], faults: list[str]) -> dict[str, str]:
    """The id of each group of mentions, by the key of its leader."""
    ids: dict[str, str] = {}
    carriers = [mark for mark in known.values() if CODEBOOK[Label(mark.label)].id_prefix]
    for mark in carriers:
        leader = _leader(same, mark.key)
        if mark.id and ids.setdefault(leader, mark.id) != mark.id:
            faults.append(f"{mark.label} at {_place(mark)} is linked to {ids[leader]} and carries the id {mark.id}")
    taken = {mark.id for mark in carriers}
    last = dict.fromkeys((definition.id_prefix for definition in CODEBOOK.values()), 0)
    for mark in sorted(carriers, key=lambda mark: (mark.turn, mark.start)):
        leader = _leader(same, mark.key)
        if leader not in ids:
            prefix = CODEBOOK[Label(mark.label)].id_prefix
            last[prefix] = next(n for n in count(last[prefix] + 1) if f"{prefix}{n}" not in taken)
            ids[leader] = f"{prefix}{last[prefix]}"
    return ids


def _place(mark: Mark) -> str:
    return f"turn {mark.turn}, characters {mark.start} to {mark.end}"
