"""brat standoff: a folder of `.txt` and `.ann` files, one pair a conversation and rater, folders in it as deep as one likes.

In an `.ann` file `T1` is a span, `R1` a relation, `*` an equivalence (mentions of one need or objection), and a note of
the annotator, `#1	AnnotatorNotes T1	N1`, gives a span its id; a note that is no id is passed over. Offsets are code
points into the `.txt`. INCEpTION, WebAnno and others import and export the same form. https://brat.nlplab.org/standoff.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from data.annotations.collection import Collection, Hints
from data.annotations.document import Document, excerpt, lay_out, read_document
from data.annotations.jsonl import AUTHOR
from data.annotations.marks import COLOURS, REFERS_TO, SAME_AS, Link, Mark, links_of, spans_of
from data.readers.source import decode, read_bytes
from rubric.codebook import CODEBOOK, Label
from rubric.conversation import Conversation
from rubric.errors import LabelError
from rubric.spans import Labelled, Span

EXPECTED = "a folder of brat's .txt and .ann files"
MAX_FILES = 20_000
_SPAN = re.compile(r"(T\d+)\t(\S+) ([\d ;]+)\t(.*)", re.DOTALL)
_RELATION = re.compile(r"R\d+\t\S+ [^\s:]+:(\S+) [^\s:]+:(\S+)\s*")
_EQUIVALENCE = re.compile(r"\*\t\S+((?: \S+)+)\s*")
_NOTE = re.compile(r"#\d+\tAnnotatorNotes (\S+)\t(.*)", re.DOTALL)
_ID = re.compile(r"(?:([A-Z]\d+)\b)?\s*(?:probability=(\S+))?")
_UNSAFE = re.compile(r"[^A-Za-z0-9.-]+")


@dataclass
class _Standoff:
    """What one .ann file says, by key; notes: the annotator's, by the key of the span."""

    spans: dict[str, tuple[str, int, int, str]] = field(default_factory=dict)
    links: list[Link] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)


def read_folder(path: Path, hints: Hints) -> list[Labelled]:
    """The labels of a folder, or of one .ann or .txt file and the other beside it; raise LabelError with every fault.

    A rater is whom the document's `@call` line names, else the folder that the pair lies in below `path`.
    """
    texts = sorted(path.rglob("*.txt")) if path.is_dir() else [path.with_suffix(".txt")]
    if len(texts) > MAX_FILES:
        raise LabelError(f"{path} has {len(texts):,} texts, more than the limit of {MAX_FILES:,}; split the folder")
    collection = Collection(str(path))
    for text_path in texts:
        standoff_path = text_path.with_suffix(".ann")
        where = str(text_path.relative_to(path)) if path.is_dir() else text_path.name
        if not standoff_path.exists():
            collection.fault(where, f"{standoff_path.name} is missing; an empty one says that nothing was marked")
            continue
        try:
            text = decode(read_bytes(text_path), str(text_path))
            document = read_document(text, where, text_path.stem, hints)
        except LabelError as error:
            collection.faults.append(str(error))
            continue
        place = f"{where.removesuffix('.txt')}.ann"
        standoff = _read_standoff(decode(read_bytes(standoff_path), str(standoff_path)), place, collection)
        folder = text_path.parent.name if path.is_dir() and text_path.parent != path else AUTHOR
        rater = document.rater if document.rater != AUTHOR else folder
        collection.add(place, document.conversation, rater, _spans(standoff, document, place, collection))
    return collection.done(EXPECTED)


def files(labelled: Iterable[Labelled]) -> dict[str, str]:
    """Labelled conversations as pairs of files, by name, with brat's `annotation.conf` and `visual.conf`."""
    return _files([(lay_out(item.conversation, item.rating.rater), item.rating.spans) for item in labelled])


def tasks(conversations: Iterable[Conversation]) -> dict[str, str]:
    """Conversations to be labelled: the same with empty .ann files."""
    return _files([(lay_out(conversation), ()) for conversation in conversations])


def annotation_configuration() -> str:
    """`annotation.conf`: the codebook's labels and what may refer to what."""
    references = [
        f"{REFERS_TO}\tArg1:{label}, Arg2:{definition.refers_to}"
        for label, definition in CODEBOOK.items()
        if definition.refers_to
    ]
    same = [
        f"{SAME_AS}\tArg1:{label}, Arg2:{label}, <REL-TYPE>:symmetric-transitive"
        for label, definition in CODEBOOK.items()
        if definition.id_prefix
    ]
    return "\n".join(
        ["[entities]", *map(str, Label), "", "[relations]", *references, *same, "", "[events]", "", "[attributes]", ""]
    )


def visual_configuration() -> str:
    """`visual.conf`: a colour for each label."""
    colours = [f"{label}\tbgColor:{colour}" for label, colour in COLOURS.items()]
    return "\n".join(
        [
            "[labels]",
            *(f"{label} | {label} | {definition.tag}" for label, definition in CODEBOOK.items()),
            "",
            "[drawing]",
            *colours,
            "",
        ]
    )


def _read_standoff(text: str, name: str, collection: Collection) -> _Standoff:
    standoff = _Standoff()
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.removesuffix("\r")
        where = f"{name}, line {number}"
        span, relation = _SPAN.fullmatch(line), _RELATION.fullmatch(line)
        equivalence, note = _EQUIVALENCE.fullmatch(line), _NOTE.fullmatch(line)
        if span:
            edges = span[3].split()
            if ";" in span[3] or len(edges) != 2:
                collection.fault(where, f"{span[1]} has {span[3]!r}; a span is one stretch, start and end")
            elif span[1] in standoff.spans:
                collection.fault(where, f"{span[1]} is given twice")
            else:
                standoff.spans[span[1]] = (span[2], int(edges[0][:12]), int(edges[1][:12]), span[4])
        elif relation:
            standoff.links.append(Link(relation[1], relation[2]))
        elif equivalence:
            standoff.links += [Link(left, right) for left, right in pairwise(equivalence[1].split())]
        elif note:
            standoff.notes[note[1]] = note[2].strip()
        elif line.strip() and not line.startswith("#"):
            collection.fault(
                where, f"expected a span (T), relation (R), equivalence (*) or note (#), found {line[:60]!r}"
            )
    return standoff


def _spans(standoff: _Standoff, document: Document, where: str, collection: Collection) -> list[Span]:
    marks: list[Mark] = []
    faulty: set[str] = set()
    for key, (label, start, end, words) in standoff.spans.items():
        place = document.locate(start, end)
        found = document.text[start:end]
        if place is None:
            collection.fault(
                where,
                f"{key}, {label} at characters {start} to {end}, {excerpt(found, 0, 80)}: expected words of one turn",
            )
            faulty.add(key)
        elif words != found:
            collection.fault(
                where, f"{key}: reads {excerpt(words, 0, 80)}, but there the text is {excerpt(found, 0, 80)}"
            )
            faulty.add(key)
        else:
            note = _ID.fullmatch(standoff.notes.get(key, ""))
            probability = _probability(note[2], f"{where}: {key}", collection) if note and note[2] else None
            marks.append(Mark(key, *place, label, note[1] if note else None, probability))
    links = [link for link in standoff.links if not {link.source, link.target} & faulty]
    spans, faults = spans_of(marks, links)
    for fault in faults:
        collection.fault(where, fault)
    return spans


def _probability(written: str, where: str, collection: Collection) -> float | None:
    try:
        return float(written)
    except ValueError:
        collection.fault(where, f"expected a probability, found {written!r}")
        return None


def _files(documents: Sequence[tuple[Document, Sequence[Span]]]) -> dict[str, str]:
    held = {"annotation.conf": annotation_configuration(), "visual.conf": visual_configuration()}
    width = len(str(len(documents)))
    for number, (document, spans) in enumerate(documents, start=1):
        stem = f"{number:0{width}}-{_UNSAFE.sub('-', document.conversation.id)[:60]}"
        held |= {f"{stem}.txt": document.text, f"{stem}.ann": _standoff(document, spans)}
    return held


def _standoff(document: Document, spans: Sequence[Span]) -> str:
    lines = []
    for number, span in enumerate(spans, start=1):
        start, end = document.place(span.turn, span.start, span.end)
        lines.append(f"T{number}\t{span.label} {start} {end}\t{document.text[start:end]}")
    links = links_of(spans)
    lines += [
        f"R{number}\t{kind} Arg1:T{source + 1} Arg2:T{target + 1}"
        for number, (source, target, kind) in enumerate(links, start=1)
        if kind == REFERS_TO
    ]
    lines += [f"*\t{SAME_AS} T{source + 1} T{target + 1}" for source, target, kind in links if kind == SAME_AS]
    notes = [
        (number, f"{span.id or ''} {'' if span.probability is None else f'probability={span.probability!r}'}".strip())
        for number, span in enumerate(spans, start=1)
    ]
    lines += [f"#{number}\tAnnotatorNotes T{number}\t{note}" for number, note in notes if note]
    return "".join(line + "\n" for line in lines)
