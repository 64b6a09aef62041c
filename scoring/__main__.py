"""`python -m scoring FILE…`: score conversations and name the next practice.

This command is the room's edge: it alone reads transcript files and asks coaching for the practice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from coaching.library import Library, load_library
from coaching.selector import next_practice
from data.language import guess_language
from data.readers.formats import FORMATS
from data.readers.read import Transcript, read_source
from data.readers.source import open_source
from data.role_flags import Columns, GuessRoles, Rep, RepDomain, RoleFile, columns_of, flags_in_errors, hints_of
from rubric.conversation import Conversation
from rubric.errors import BundleError, FoursignalError, complain, plain_errors
from rubric.scorecard import Scorecard
from scoring.render import render
from scoring.scorer import Scorer

BUNDLES = Path("artifacts/bundles")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def score(
    files: Annotated[
        list[Path], typer.Argument(help="Transcripts: WebVTT, SRT, `Name: text`, JSON of tools, tables, mail ...")
    ],
    format: Annotated[
        str | None,
        typer.Option(help=f"The files' format, one of {', '.join(FORMATS)}; detected by content if not given."),
    ] = None,
    language: Annotated[
        str | None, typer.Option(help="ISO 639 code of the conversations; the bundle's if the file does not say.")
    ] = None,
    bundle: Annotated[
        Path | None, typer.Option(help="The scorer bundle; artifacts/bundles/<language> if not given.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print each scorecard as one line of JSON.")] = False,
    rep: Rep = None,
    roles: RoleFile = None,
    rep_domain: RepDomain = None,
    guess_roles: GuessRoles = False,
    columns: Columns = None,
    all_evidence: Annotated[
        bool, typer.Option("--all-evidence", help="Quote all the evidence, not only the first.")
    ] = False,
) -> None:
    """Score conversations: four signals with evidence, two axes, what to work on, the next practice.

    Speakers called Rep and Customer (or R and C, Seller and Buyer …) need no mapping; else name the rep:

        python -m scoring call.vtt --rep "Maya Lindqvist"
    """
    with plain_errors():
        scorer = Scorer.load(bundle or BUNDLES / (language or "en"))
        library = load_library()
        hints = hints_of(rep, roles, rep_domain, guess_roles)
        mapping = columns_of(columns)
    failed = False
    for file in files:
        try:
            with flags_in_errors():
                transcripts = read_source(open_source(file, mapping), format, language or scorer.language, hints)
            if language is None:
                _check_language(transcripts, scorer.language)
            for conversation, card in _scored(transcripts, scorer, library):
                if as_json:
                    typer.echo(card.to_json())
                else:
                    Console().print(render(conversation, card, all_evidence))
        except FoursignalError as error:
            complain(error)
            failed = True
    if failed:
        raise typer.Exit(1)


def _scored(
    transcripts: Sequence[Transcript], scorer: Scorer, library: Library
) -> Iterator[tuple[Conversation, Scorecard]]:
    for transcript in transcripts:
        card = scorer.score(transcript.conversation, transcript.notes)
        practice = next_practice([card], library, scorer.rubric).summary()
        yield transcript.conversation, card.model_copy(update={"next_practice": practice})


def _check_language(transcripts: Sequence[Transcript], expected: str) -> None:
    """Raise BundleError where a conversation's words are plainly of another language than the bundle's."""
    for transcript in transcripts:
        conversation = transcript.conversation
        found = guess_language(" ".join(turn.text for turn in conversation.turns))
        if found not in (None, expected):
            raise BundleError(
                f"{conversation.id} reads like {found!r}, the bundle scores {expected!r}: give a bundle of its language "
                f"with --bundle, or --language {expected} if it is {expected!r} after all"
            )


if __name__ == "__main__":
    app()
