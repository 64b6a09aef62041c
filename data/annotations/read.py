"""Labels of any known format to labelled conversations and back: the table of formats, their detection, both ways."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data.annotations import brat, conll, doccano, jsonl, label_studio, markup, prodigy, table
from data.annotations.collection import Hints
from data.annotations.folder import write_files
from data.readers.foursignal_json import load, numbered_lines
from data.readers.source import ZIP, decode, read_bytes
from rubric.conversation import Conversation
from rubric.errors import LabelError
from rubric.spans import Labelled, Rating, check


@dataclass(frozen=True)
class Format:
    """A format of labels, both ways. ending: of files that are written in it unless the caller says otherwise."""

    read: Callable[[Path, Hints], list[Labelled]]
    write: Callable[[Path, Sequence[Labelled]], None]
    ending: str | None = None


def _of_text(
    parse: Callable[[str, str, Hints], list[Labelled]],
    render: Callable[[Sequence[Labelled]], str],
    ending: str | None = None,
) -> Format:
    """A format of one text. parse: the text, its name for errors, and hints."""

    def read(path: Path, hints: Hints) -> list[Labelled]:
        return parse(_text_of(path), str(path), hints)

    def write(path: Path, labelled: Sequence[Labelled]) -> None:
        path.write_bytes(render(labelled).encode())

    return Format(read, write, ending)


FORMATS: dict[str, Format] = {
    "jsonl": _of_text(lambda text, name, _: jsonl.parse(text, name), jsonl.render, ".jsonl"),
    "ratings": _of_text(
        lambda text, name, hints: jsonl.parse_ratings(text, name, hints.conversations.values()), jsonl.render_ratings
    ),
    "markup": _of_text(lambda text, name, _: markup.parse(text, name), markup.render, ".txt"),
    "label-studio": _of_text(label_studio.parse, label_studio.render),
    "doccano": _of_text(doccano.parse, doccano.render),
    "prodigy": _of_text(prodigy.parse, prodigy.render),
    "brat": Format(brat.read_folder, lambda path, labelled: write_files(path, brat.files(labelled))),
    "csv": _of_text(table.parse, table.render, ".csv"),
    "conll": _of_text(conll.parse, conll.render, ".conll"),
}

# JSON and JSONL whose first object tells the format by its keys.
_SHAPES: dict[str, Callable[[Any], bool]] = {
    "label-studio": label_studio.looks_like,
    "doccano": doccano.looks_like,
    "prodigy": prodigy.looks_like,
    "jsonl": lambda raw: isinstance(raw, dict) and "turns" in raw and "spans" in raw,
    "ratings": lambda raw: isinstance(raw, dict) and set(raw) == set(jsonl.RATING_KEYS),
}


def read_labels(
    path: Path,
    format: str | None = None,
    *,
    conversations: Iterable[Conversation] = (),
    rater: str | None = None,
    rep: Sequence[str] = (),
    language: str | None = None,
) -> list[Labelled]:
    """The labelled conversations of a file, or of a folder of brat's: one item a conversation and rater.

    format: one of `FORMATS`, None to detect it by content. conversations: those that labels without text are of.
    rater: the name to give the one who labelled, for tools that do not say it. rep: speakers who sell, and language: an
    ISO 639 code, for texts that say neither.
    Raises ConversationError or LabelError that list every fault of the file with its line or task; nothing comes in then.
    """
    hints = Hints({conversation.id: conversation for conversation in conversations}, rep, language)
    if format is not None and format not in FORMATS:
        raise LabelError(f"unknown format {format!r} of labels, expected one of {', '.join(FORMATS)}")
    labelled = FORMATS[format or detect_file(path)].read(path, hints)
    return labelled if rater is None else _named(labelled, rater, path)


def write_labels(path: Path, labelled: Sequence[Labelled], format: str | None = None) -> None:
    """Write labelled conversations; `read_labels` gives them back. format: None to take it from the file's ending.

    Raises LabelError where labels contradict the codebook, or where the format is not known.
    """
    found = format or next((name for name, known in FORMATS.items() if known.ending == path.suffix), None)
    if found is None or found not in FORMATS:
        endings = ", ".join(f"{known.ending} ({name})" for name, known in FORMATS.items() if known.ending)
        raise LabelError(
            f"cannot tell the format of labels for {path.name!r}; name one of {', '.join(FORMATS)}, or let the file "
            f"end in {endings}"
        )
    for item in labelled:
        check(item.conversation, item.rating.spans)
    try:
        FORMATS[found].write(path, labelled)
    except OSError as error:
        raise LabelError(f"cannot write {path}: {error.strerror}") from error


def detect(text: str, name: str = "the labels") -> str:
    """The format of labels by content; raise LabelError where it fits none, or several.

    >>> detect("@call id=x lang=en"), detect('{"text": "R: Hi", "entities": []}')
    ('markup', 'doccano')
    """
    stripped = text.lstrip()
    if is_markup(text):
        return "markup"
    if conll.looks_like(stripped):
        return "conll"
    if table.looks_like(stripped):
        return "csv"
    fitting = [found for found, has_shape in _SHAPES.items() if has_shape(_first(stripped))]
    if len(fitting) == 1:
        return fitting[0]
    if len(fitting) > 1:
        raise LabelError(f"{name} may be labels of {' or of '.join(fitting)}: say which with the format")
    shown = repr(stripped.splitlines()[0][:60]) if stripped else "no text"
    raise LabelError(
        f"{name}: cannot tell the format of labels; expected one of {', '.join(FORMATS)}, found {shown}. "
        "Give the format if it is one of them."
    )


def detect_file(path: Path) -> str:
    """As `detect`, from a file, or from a folder, which is brat's."""
    if path.is_dir() or path.suffix == ".ann":
        return "brat"
    return detect(_text_of(path), str(path))


def is_markup(text: str) -> bool:
    """Whether a text begins as the written form does."""
    return text.lstrip().startswith("@call")


def _text_of(path: Path) -> str:
    """The text of a file; an archive is refused, since what it unfolds to has no bound."""
    content = read_bytes(path)
    if content.startswith(ZIP):
        raise LabelError(f"{path} is a zip file; unpack it and give the file or folder of labels in it")
    return decode(content, str(path))


def _first(text: str) -> Any:
    """The first object of JSONL, or the whole of a JSON text; None where it is neither."""
    if text[:1] not in ("{", "["):
        return None
    for candidate in (numbered_lines(text)[0][1], text):
        try:
            return load(candidate)
        except ValueError:
            continue
    return None


def _named(labelled: list[Labelled], rater: str, path: Path) -> list[Labelled]:
    raters = sorted({item.rating.rater for item in labelled})
    if len(raters) > 1:
        raise LabelError(
            f"{path} holds labels of {', '.join(raters)}; a name for the rater fits files of one rater only"
        )
    return [
        Labelled(
            item.conversation,
            Rating(conversation=item.rating.conversation, rater=rater, spans=item.rating.spans),
        )
        for item in labelled
    ]
