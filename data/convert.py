"""The commands that move labels: `python -m data convert`, `validate` and `tasks`."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from data.annotations import jsonl
from data.annotations.read import FORMATS, detect_file, read_labels, write_labels
from data.annotations.tasks import TOOLS, write_tasks
from data.convert_large import convert_large
from data.personal_data import Kind
from data.readers import foursignal_json
from data.readers.formats import FORMATS as TRANSCRIPT_FORMATS
from data.readers.pieces import is_large
from data.readers.read import Transcript, assemble, read, read_source, speakers_of
from data.readers.roles import check_hints
from data.readers.sound import is_recording
from data.readers.source import open_source
from data.recordings import Consent, Diarisation, RepChannel, SpeechModel, transcribe
from data.redact import Redactor, note_of
from data.role_flags import Columns, GuessRoles, Rep, RepDomain, RoleFile, columns_of, flags_in_errors, hints_of
from rubric.codebook import Label
from rubric.conversation import Conversation
from rubric.errors import ConversationError, DataError, FoursignalError, LabelError, plain_errors
from rubric.spans import Labelled, Rating

Language = Annotated[str | None, typer.Option(help="ISO 639 code such as en; guessed if neither file nor you say it.")]
Words = Annotated[
    Path | None, typer.Option(help="Recordings: also write every word with its times here, as WhisperX's JSON.")
]
Rated = Annotated[
    Path | None,
    typer.Option("--conversations", help="The conversations that labels without text (csv, ratings) are of."),
]
LabelFormat = Annotated[
    str | None, typer.Option(help=f"Format of the labels: {', '.join(FORMATS)}; found by content if left out.")
]
Redact = Annotated[
    bool,
    typer.Option(
        "--redact",
        help="Names, mail addresses, phone numbers and cards become placeholders such as [NAME_1]; the labels move along. "
        "English; needs pip install 'foursignal[redact]'.",
    ),
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
    redact: Redact = False,
    consent: Consent = False,
    rep_channel: RepChannel = "left",
    diarisation: Diarisation = None,
    model: SpeechModel = None,
    words: Words = None,
) -> None:
    """Convert a transcript or a recorded call to conversation JSON, JSONL or the written form, or labels from any format to any other.

    A .txt is ready to be labelled: put each span into braces, {dq|What slows you down?}, and convert it back to .jsonl.
    Labels of an annotation tool: python -m data convert export.json labels.jsonl
    A JSONL file, table or ConvoKit corpus of any size becomes .jsonl piece by piece, in little memory.
    A recorded call, rep on the left channel: python -m data convert call.wav call.json --consent
    Without personal data: python -m data convert call.vtt call.jsonl --redact; python -m data inspect shows how much.
    """
    with plain_errors():
        if to is None and target.suffix not in ENDINGS:
            raise DataError(
                f"cannot write {target.name!r}, expected a name that ends in {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}, "
                "or say the format of labels with --to"
            )
        recorded = is_recording(source)
        if not recorded and is_large(source):
            if target.suffix != ".jsonl" or to not in (None, "jsonl"):
                raise DataError(f"{source} is large and read piece by piece, which only a .jsonl can be written from")
            hints = hints_of(rep, roles, rep_domain, guess_roles)
            redactor = Redactor() if redact else None
            with flags_in_errors():
                n, notes = convert_large(source, target, format, language, hints, columns_of(columns), redactor)
        elif not recorded and _holds_labels(source, format):
            if to is None and target.suffix == ".json":
                raise DataError(f"{source} holds labels, which a .json does not keep; write .jsonl or .txt")
            rated = _conversations(conversations)
            labelled = read_labels(source, format, conversations=rated, rater=rater, rep=rep or (), language=language)
            notes = []
            if redact:
                labelled, counts = Redactor().redact_labelled(labelled)
                notes.append(note_of(counts))
            write_labels(target, labelled, to)
            n = len({item.conversation.id for item in labelled})
        else:
            if to not in (None, "jsonl", "markup") or target.suffix in (".csv", ".conll"):
                raise DataError(f"{source} holds no labels; to hand it to annotators: python -m data tasks {source}")
            hints = hints_of(rep, roles, rep_domain, guess_roles)
            with flags_in_errors():
                if recorded:
                    draft = transcribe(source, consent, rep_channel, diarisation, model, language, words)
                    check_hints(hints, speakers_of([draft]), str(source))
                    transcripts = [assemble(draft, str(source), language, hints)]
                else:
                    transcripts = read_source(open_source(source, columns_of(columns)), format, language, hints)
            notes = [note for transcript in transcripts for note in transcript.notes]
            if redact:
                transcripts, counts = _redacted(transcripts)
                notes.append(note_of(counts))
            _write_conversations(target, transcripts, to)
            n = len(transcripts)
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


def _redacted(transcripts: list[Transcript]) -> tuple[list[Transcript], Counter[Kind]]:
    """The transcripts without personal data, and how much there was."""
    redactor = Redactor()
    redacted = [redactor.redact(transcript.conversation) for transcript in transcripts]
    counts = sum((Counter(one.counts) for one in redacted), Counter[Kind]())
    return [Transcript(one.conversation) for one in redacted], counts


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
