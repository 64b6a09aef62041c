"""The commands that move labels: `python -m data convert`, `validate` and `tasks`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import DownloadColumn, Progress
from rich.table import Table

from data.annotations import jsonl
from data.annotations.read import FORMATS, detect_file, read_labels, write_labels
from data.annotations.tasks import TOOLS, write_tasks
from data.readers import foursignal_json
from data.readers.formats import FORMATS as TRANSCRIPT_FORMATS
from data.readers.pieces import is_large, large_size
from data.readers.read import Transcript, read, read_large, read_source
from data.readers.roles import RoleHints
from data.readers.source import open_source
from data.role_flags import Columns, GuessRoles, Rep, RepDomain, RoleFile, columns_of, flags_in_errors, hints_of
from rubric.codebook import Label
from rubric.conversation import Conversation
from rubric.errors import ConversationError, DataError, FoursignalError, LabelError, plain_errors
from rubric.spans import Labelled, Rating

Language = Annotated[str | None, typer.Option(help="ISO 639 code such as en; guessed if neither file nor you say it.")]
Rated = Annotated[
    Path | None,
    typer.Option("--conversations", help="The conversations that labels without text (csv, ratings) are of."),
]
LabelFormat = Annotated[
    str | None, typer.Option(help=f"Format of the labels: {', '.join(FORMATS)}; found by content if left out.")
]
ENDINGS = (".jsonl", ".json", ".txt", ".csv", ".conll")


def convert_file(
    source: Annotated[Path, typer.Argument(help="A transcript or labels of any format; a folder of brat's.")],
    target: Annotated[
        Path,
        typer.Argument(help="To write: .jsonl, .json, .txt for the written form; of labels also .csv, .conll."),
    ],
    to: Annotated[str | None, typer.Option(help=f"Labels to: {', '.join(FORMATS)}; by the target's ending.")] = None,
    format: Annotated[str | None, typer.Option(help="The source's format; found by content if left out.")] = None,
    language: Language = None,
    rep: Rep = None,
    roles: RoleFile = None,
    rep_domain: RepDomain = None,
    guess_roles: GuessRoles = False,
    columns: Columns = None,
    conversations: Rated = None,
    rater: Annotated[
        str | None, typer.Option(help="Name of the one who labelled, where the tool does not say.")
    ] = None,
) -> None:
    """Convert a transcript to conversation JSON, JSONL or the written form, or labels from any format to any other.

    A .txt is ready to be labelled: put each span into braces, {dq|What slows you down?}, and convert it back to .jsonl.
    Labels of an annotation tool: python -m data convert export.json labels.jsonl
    A JSONL file, table or ConvoKit corpus of any size becomes .jsonl piece by piece, in little memory.
    """
    with plain_errors():
        if to is None and target.suffix not in ENDINGS:
            raise DataError(
                f"cannot write {target.name!r}, expected a name that ends in {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}, "
                "or say the format of labels with --to"
            )
        if is_large(source):
            if target.suffix != ".jsonl" or to not in (None, "jsonl"):
                raise DataError(f"{source} is large and read piece by piece, which only a .jsonl can be written from")
            hints = hints_of(rep, roles, rep_domain, guess_roles)
            with flags_in_errors():
                n, notes = _convert_large(source, target, format, language, hints, columns_of(columns))
        elif _holds_labels(source, format):
            if to is None and target.suffix == ".json":
                raise DataError(f"{source} holds labels, which a .json does not keep; write .jsonl or .txt")
            rated = _conversations(conversations)
            labelled = read_labels(source, format, conversations=rated, rater=rater, rep=rep or (), language=language)
            write_labels(target, labelled, to)
            n, notes = len({item.conversation.id for item in labelled}), []
        else:
            if to not in (None, "jsonl", "markup") or target.suffix in (".csv", ".conll"):
                raise DataError(f"{source} holds no labels; to hand it to annotators: python -m data tasks {source}")
            hints = hints_of(rep, roles, rep_domain, guess_roles)
            with flags_in_errors():
                transcripts = read_source(open_source(source, columns_of(columns)), format, language, hints)
            _write_conversations(target, transcripts, to)
            n, notes = len(transcripts), [note for transcript in transcripts for note in transcript.notes]
    for note in notes:
        typer.echo(f"note: {note}", err=True)
    typer.echo(f"wrote {n} conversation{'s' if n != 1 else ''} to {target}")


def validate_labels(
    labels: Annotated[list[Path], typer.Argument(help="Files of labels, of any format; folders of brat's.")],
    format: LabelFormat = None,
    conversations: Rated = None,
    language: Language = None,
    rep: Rep = None,
) -> None:
    """Check labels against the codebook and their conversations: every fault, with its line or task, or the counts."""
    table = Table("file", "conversations", "raters", *(str(label) for label in Label), box=None)
    faulty = False
    with plain_errors():
        rated = _conversations(conversations)
    for file in labels:
        try:
            labelled = read_labels(file, format, conversations=rated, rep=rep or (), language=language)
        except FoursignalError as error:
            typer.echo(str(error), err=True)
            faulty = True
            continue
        counts = Counter(span.label for item in labelled for span in item.rating.spans)
        table.add_row(
            escape(file.name),
            str(len({item.conversation.id for item in labelled})),
            ", ".join(sorted({escape(item.rating.rater) for item in labelled})),
            *(str(counts[label]) for label in Label),
        )
    if table.row_count:
        _print_down(table)
    if faulty:
        raise typer.Exit(1)


def export_tasks(
    transcripts: Annotated[list[Path], typer.Argument(help="Transcripts of any format.")],
    tool: Annotated[str, typer.Option(help=f"Where they will be labelled: {', '.join(TOOLS)}.")],
    output: Annotated[Path, typer.Option(help="A new folder for the tasks and the labelling interface.")],
    language: Language = None,
    rep: Rep = None,
    roles: RoleFile = None,
    rep_domain: RepDomain = None,
    guess_roles: GuessRoles = False,
) -> None:
    """Write conversations as tasks of an annotation tool, with its labelling interface made from the codebook.

    What comes back out of the tool is labels: python -m data validate EXPORT
    """
    with plain_errors():
        hints = hints_of(rep, roles, rep_domain, guess_roles)
        with flags_in_errors():
            found = [
                transcript.conversation
                for file in transcripts
                for transcript in read_source(open_source(file), None, language, hints)
            ]
        written = write_tasks(output, tool, found)
    for path in written[:5]:
        typer.echo(f"wrote {path}")
    if len(written) > 5:
        typer.echo(f"and {len(written) - 5} more")


def _convert_large(
    source: Path,
    target: Path,
    format: str | None,
    language: str | None,
    hints: RoleHints,
    columns: Mapping[str, str] | None,
) -> tuple[int, list[str]]:
    """Convert piece by piece with a progress bar; the target appears when all is written."""
    n, notes, partial = 0, Counter[str](), target.with_name(f"{target.name}.partial")
    bar = Progress(*Progress.get_default_columns(), DownloadColumn(), console=Console(stderr=True))
    with bar, partial.open("w", encoding="utf-8") as written:
        task = bar.add_task(f"converting {source.name}", total=large_size(source))
        for transcripts, n_bytes in read_large(source, format, language=language, hints=hints, columns=columns):
            for transcript in transcripts:
                written.write(json.dumps(foursignal_json.plain(transcript.conversation), ensure_ascii=False) + "\n")
                notes.update(transcript.notes)
            n += len(transcripts)
            bar.advance(task, n_bytes)
    partial.replace(target)
    return n, [f"{note} ({times:,} conversations)" if times > 1 else note for note, times in notes.most_common(20)]


def _conversations(path: Path | None) -> list[Conversation]:
    return [transcript.conversation for transcript in read(path, language="en")] if path else []


def _holds_labels(source: Path, format: str | None) -> bool:
    """Whether a file or folder is labels. A format of both kinds, such as jsonl, is told by content."""
    if format in FORMATS and format not in TRANSCRIPT_FORMATS:
        return True
    if source.is_dir() and not any(source.glob("*.ann")):
        return False
    try:
        found = detect_file(source)
    except (ConversationError, LabelError):
        return False  # the transcript's reader says what is wrong with it
    return format in (None, found)


def _write_conversations(target: Path, transcripts: list[Transcript], to: str | None) -> None:
    conversations = [transcript.conversation for transcript in transcripts]
    if to == "markup" or (to is None and target.suffix == ".txt"):
        unlabelled = [Labelled(held, Rating(conversation=held.id, rater=jsonl.AUTHOR)) for held in conversations]
        write_labels(target, unlabelled, "markup")
        return
    objects = [foursignal_json.plain(conversation) for conversation in conversations]
    if to is None and target.suffix == ".json":
        text = json.dumps(objects[0] if len(objects) == 1 else objects, ensure_ascii=False, indent=1) + "\n"
    else:
        text = "".join(json.dumps(held, ensure_ascii=False) + "\n" for held in objects)
    target.write_bytes(text.encode())


def _print_down(table: Table) -> None:
    """Print a table of few rows and many columns turned on its side, so that it fits a terminal."""
    turned = Table(box=None, show_header=False)
    for column in table.columns:
        turned.add_row(str(column.header), *(str(cell) for cell in column.cells))
    Console().print(turned)
