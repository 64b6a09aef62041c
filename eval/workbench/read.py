"""Raters' labels of any known form to a study: the table of formats, their detection, and `read_study`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from data.annotations.read import FORMATS as LABEL_FORMATS
from data.annotations.read import detect as detect_labels
from data.annotations.read import read_labels
from data.annotations.table import looks_like as is_table_of_spans
from data.corpora.corpora import CORPORA
from data.readers.foursignal_json import load, looks_like, numbered_lines
from data.readers.read import read
from data.readers.source import decode, read_bytes
from eval.workbench import corpora, scorecards, tables
from eval.workbench.codebook import Codebook, our_codebook
from eval.workbench.gathered import Gathered, Known
from eval.workbench.study import Observation, Said, Study, build, of_labelled, said_in
from rubric.config import RubricConfig
from rubric.conversation import Conversation
from rubric.errors import DataError, FoursignalError, refuse

Reader = Callable[[str, Path, Known], Gathered]


def _labels(format: str) -> Reader:
    """A format of `data.annotations`: spans of this project's labels."""
    return lambda _text, path, known: Gathered(
        labelled=read_labels(path, format, conversations=known.conversations.values())
    )


def _table(text: str, path: Path, known: Known) -> Gathered:
    return tables.parse(text, str(path), known)


def _scorecards(text: str, path: Path, known: Known) -> Gathered:
    return scorecards.parse(text, str(path), known)


def _corpus(name: str) -> Reader:
    return lambda _text, path, _known: corpora.read(name, path)


FORMATS: dict[str, Reader] = {
    "table": _table,
    "scorecards": _scorecards,
    **{name: _labels(name) for name in LABEL_FORMATS},
    **{name: _corpus(name) for name in CORPORA},
}


def read_study(
    paths: Sequence[Path],
    codebook: Codebook | None = None,
    *,
    format: str | None = None,
    conversations: Path | None = None,
    about: Path | None = None,
    rubric: RubricConfig | None = None,
) -> Study:
    """All ratings of some files as one study.

    codebook: this project's own where None, unless a file brings its own (scorecards, uptake). format: a key of
    `FORMATS`, None to detect each file's by content. conversations: a file of the texts, for ratings that come
    without. about: a table with a row for each conversation, whose other columns are attributes (rep, kind, ...).
    Raises FoursignalError with every fault of every file.
    """
    known = Known(codebook or our_codebook(), codebook is not None, _conversations(conversations))
    gathered: list[tuple[Path, Gathered]] = []
    errors: list[FoursignalError] = []
    for path in paths:
        try:
            gathered.append((path, _read(path, format, known)))
        except FoursignalError as error:
            errors.append(error)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise DataError("\n".join(map(str, errors)))
    study = _together(gathered, known, rubric)
    return (
        study.with_about(read_about(about, study.codebook.columns.conversation, study.conversations))
        if about
        else study
    )


def detect(text: str, path: Path, known: Known) -> str:
    """The format of a file by its content; raise FoursignalError where it fits none."""
    if looks_like(text):
        try:
            raw = load(text)
        except ValueError:  # not one object: the first line tells
            try:
                raw = load(numbered_lines(text)[0][1])
            except ValueError as error:
                raise DataError(f"{path}: line 1: {error}") from error
        return "scorecards" if scorecards.looks_like(raw) else detect_labels(text, str(path))
    heads = set(tables.headings(text))
    if not known.chosen:
        for name, needed in corpora.HEADS.items():
            if set(needed) <= heads:
                return name
    columns = known.codebook.columns
    if {columns.conversation, columns.rater} <= heads and not is_table_of_spans(text):
        return "table"
    return detect_labels(text, str(path))


def _read(path: Path, format: str | None, known: Known) -> Gathered:
    if path.is_dir():
        return FORMATS["brat"]("", path, known)
    text = decode(read_bytes(path), str(path))
    if not text.strip():
        raise DataError(f"{path} is empty; expected ratings ({', '.join(FORMATS)})")
    found = format or detect(text, path, known)
    if found not in FORMATS:
        raise DataError(f"unknown format {found!r}, expected one of {', '.join(FORMATS)}")
    return FORMATS[found](text, path, known)


def _together(gathered: Sequence[tuple[Path, Gathered]], known: Known, rubric: RubricConfig | None) -> Study:
    """One study of what all files hold; raise DataError where they do not go together."""
    with_spans = [held for _, held in gathered if held.labelled]
    codebooks = {(held.codebook or known.codebook).sha256: held.codebook or known.codebook for _, held in gathered}
    if len(codebooks) > 1:
        named = ", ".join(f"{path} ({(held.codebook or known.codebook).name})" for path, held in gathered)
        raise DataError(f"the files follow different codebooks: {named}; read them one by one, or give one --codebook")
    (codebook,) = codebooks.values()
    if with_spans and len(with_spans) < len(gathered):
        raise DataError("labels with spans and single values cannot be read together; read them one by one")
    if with_spans and not codebook.is_ours:
        raise DataError(
            f"labels with spans follow this project's codebook, but {codebook.name} was given: leave --codebook out, or "
            "give the labels as a table"
        )
    refuse(DataError, "what these files hold together", _crossed(gathered))
    notes = [note for _, held in gathered for note in held.notes]
    if with_spans:
        asked = [held.covers for held in with_spans]
        covers = None if None in asked else frozenset(label for held in asked if held for label in held)
        labelled = [item for held in with_spans for item in held.labelled]
        return of_labelled(labelled, codebook, covers=covers, rubric=rubric, notes=notes)
    said: dict[str, dict[int, Said]] = {name: said_in(held) for name, held in known.conversations.items()}
    about: dict[str, dict[str, str]] = {}
    for _, held in gathered:
        for name, turns in held.said.items():
            said.setdefault(name, {}).update(turns)
        for name, attributes in held.about.items():
            about.setdefault(name, {}).update(attributes)
    return build(
        codebook,
        (observation for _, held in gathered for observation in held.observations),
        said=said,
        source=known.conversations,
        about=about,
        anonymous=any(held.anonymous for _, held in gathered),
        notes=notes,
    )


def _crossed(gathered: Sequence[tuple[Path, Gathered]]) -> list[str]:
    """What one file says again that another has said already, or otherwise."""
    faults: list[str] = []
    rated: dict[tuple[str, str], Path] = {}
    single: dict[tuple[str, int | None, str, str], Path] = {}
    texts: dict[str, tuple[Conversation, Path]] = {}
    for path, held in gathered:
        for item in held.labelled:
            name, rater = item.conversation.id, item.rating.rater
            text, text_path = texts.setdefault(name, (item.conversation, path))
            if text != item.conversation:
                faults.append(f"{path}: {name!r} has another text than in {text_path}")
            if rated.setdefault((name, rater), path) != path:
                faults.append(f"{path}: {rater!r} has labelled {name!r} in {rated[name, rater]} already")
        for found in held.observations:
            key = found[:4]
            if single.setdefault(key, path) != path:
                faults.append(f"{path}: {_told(found)} is rated in {single[key]} already")
    return faults


def _told(found: Observation) -> str:
    of = "the conversation" if found.turn is None else f"turn {found.turn}"
    return f"{found.label} of {of} of {found.conversation!r} by {found.rater!r}"


def _conversations(path: Path | None) -> Mapping[str, Conversation]:
    """The conversations of a file by id; labels in it are passed over."""
    return {transcript.conversation.id: transcript.conversation for transcript in read(path)} if path else {}


def read_about(path: Path, column: str, wanted: Collection[str]) -> dict[str, dict[str, str]]:
    """Attributes of the wanted conversations by id, from a table whose `column` holds the id.

    Raises DataError where the table has a conversation twice, no attribute, or none of the wanted.
    """
    heads, rows = tables.read_rows(decode(read_bytes(path), str(path)), str(path))
    if column not in heads or len(heads) < 2:
        raise DataError(f"{path}: expected the column {column} and one for each attribute, found {', '.join(heads)}")
    found: dict[str, dict[str, str]] = {}
    faults: list[str] = []
    for row in rows:
        name = row.cells[column].strip()
        if name in found:
            faults.append(f"line {row.line}: {name!r} is further up already")
        elif name in wanted:
            found[name] = {head: cell.strip() for head, cell in row.cells.items() if head != column and cell.strip()}
    refuse(DataError, str(path), faults)
    missing = [name for name in wanted if name not in found]
    if len(missing) == len(wanted):
        raise DataError(f"{path} knows none of the {len(missing)} conversations, such as {missing[0]!r}")
    return found
