"""A transcript of any known format to conversations: `read` a file or folder, `read_text` what is at hand.

>>> (transcript,) = read_text("Rep: What slows you down?\\nCustomer: Month-end does.", language="en", name="call.txt")
>>> [(turn.role, turn.text) for turn in transcript.conversation.turns]
[('rep', 'What slows you down?'), ('customer', 'Month-end does.')]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from data.language import guess_language
from data.readers.draft import Draft
from data.readers.formats import FORMATS, OF_PARTS, WITH_COLUMNS, detect
from data.readers.foursignal_json import describe
from data.readers.limits import check_scorable
from data.readers.pieces import pieces
from data.readers.roles import RoleHints, RolesUnknownError, check_hints, resolve_roles
from data.readers.source import Source, open_source, source_of
from data.readers.turns import tidy, to_turns
from rubric.conversation import Conversation
from rubric.errors import ConversationError

MAX_REFUSED = 20

T = TypeVar("T")


@dataclass(frozen=True)
class Transcript:
    """A conversation, and what a caller should know of how it was read: roles guessed, times repaired, lines left out."""

    conversation: Conversation
    notes: tuple[str, ...] = ()


def read(
    path: Path,
    format: str | None = None,
    *,
    language: str | None = None,
    rep: Sequence[str] = (),
    roles: Mapping[str, str] | None = None,
    rep_domain: Sequence[str] = (),
    guess_roles: bool = False,
    columns: Mapping[str, str] | None = None,
) -> list[Transcript]:
    """The conversations of a file or folder: one, or several where it holds several (JSON lists, tables, mailboxes ...).

    format: a key of `FORMATS`, None to detect it by content. language: ISO 639 code for formats that do not carry one;
    None to guess it. rep: names of the reps, everybody else is a customer. roles: speaker or e-mail address to rep or
    customer. rep_domain: whose e-mail address is in one of these domains is a rep. Speakers whose names say the role
    (`Rep`, `C2`, `Bo (Prospect)`) need none of them. guess_roles: guess the rep where nothing tells. columns: of a
    table, from the parts of an utterance (`columns.COLUMNS`) to the table's names.
    Raises ConversationError, which says of every conversation that is refused what was expected, found and to be done.
    """
    return read_source(
        open_source(path, columns), format, language, RoleHints(rep, roles or {}, rep_domain, guess_roles)
    )


def read_text(
    content: str | bytes,
    format: str | None = None,
    *,
    name: str = "transcript",
    language: str | None = None,
    rep: Sequence[str] = (),
    roles: Mapping[str, str] | None = None,
    rep_domain: Sequence[str] = (),
    guess_roles: bool = False,
    columns: Mapping[str, str] | None = None,
) -> list[Transcript]:
    """As `read`, from text or bytes. name: how errors call it; its stem is the id of a conversation that has none."""
    return read_source(
        source_of(content, name, columns), format, language, RoleHints(rep, roles or {}, rep_domain, guess_roles)
    )


def read_source(
    source: Source, format: str | None = None, language: str | None = None, hints: RoleHints | None = None
) -> list[Transcript]:
    """As `read`, from an opened source."""
    hints = hints or RoleHints()
    items = parse(source, format)[1]
    check_hints(hints, speakers_of(items), source.name)
    return _assembled(items, source.name, language, hints)


def read_large(
    path: Path,
    format: str | None = None,
    *,
    language: str | None = None,
    hints: RoleHints | None = None,
    columns: Mapping[str, str] | None = None,
) -> Iterator[tuple[list[Transcript], int]]:
    """As `read`, of a file of any size in pieces (see `pieces.py`): each piece's conversations, and about how many bytes
    of the file they took. Raises as `read` does, where the fault is met; hints that fit nobody, at the end."""
    hints = hints or RoleHints()
    speakers: dict[str, None] = {}
    for piece in pieces(path, columns or {}, format):
        items = parse(piece.source, piece.format)[1]
        speakers |= dict.fromkeys(speakers_of(items))
        yield _assembled(items, piece.source.name, language, hints), piece.n_bytes
    check_hints(hints, list(speakers), str(path))


def _assembled(
    items: Sequence[Draft | Conversation], name: str, language: str | None, hints: RoleHints
) -> list[Transcript]:
    transcripts: list[Transcript] = []
    refused: list[ConversationError] = []
    for item in items:
        try:
            if isinstance(item, Draft):
                called = name if len(items) == 1 else f"{name}, conversation {item.id!r}"
                transcripts.append(assemble(item, called, language, hints))
            else:
                check_scorable(item, f"{name}, conversation {item.id!r}")
                transcripts.append(Transcript(item))
        except ConversationError as error:
            refused.append(error)
    if len(refused) == 1:
        raise refused[0]
    if refused:
        more = [f"and {len(refused) - MAX_REFUSED:,} more"] if len(refused) > MAX_REFUSED else []
        message = "\n".join([*map(str, refused[:MAX_REFUSED]), *more])
        unknown = next((error for error in refused if isinstance(error, RolesUnknownError)), None)
        raise RolesUnknownError(message, unknown.speakers, unknown.guessed) if unknown else ConversationError(message)
    return transcripts


def parse(source: Source, format: str | None) -> tuple[str, list[Draft] | list[Conversation]]:
    """The format, given or detected, and what its reader finds, before roles are resolved."""
    if not source.parts and (not source.data or source.data.isspace()):
        raise ConversationError(f"{source.name} is empty; expected a transcript ({', '.join(FORMATS)})")
    found = format or detect(source)
    if found not in FORMATS:
        raise ConversationError(f"{source.name}: unknown format {found!r}, expected one of {', '.join(FORMATS)}")
    if source.parts and found not in OF_PARTS:
        raise ConversationError(
            f"{source.name} is a folder or zip archive, which {found!r} is not read from; expected {' or '.join(OF_PARTS)}"
        )
    if source.columns and found not in WITH_COLUMNS:
        raise ConversationError(
            f"{source.name} is read as {found!r}, and columns are for {', '.join(WITH_COLUMNS)} alone"
        )
    return found, FORMATS[found](source)


def speakers_of(items: Sequence[Draft | Conversation]) -> list[str]:
    """Everybody who speaks in what a reader found, by name and, where it is known, by e-mail address."""
    speakers: dict[str, None] = {}
    for item in items:
        if isinstance(item, Draft):
            speakers |= dict.fromkeys(" ".join(said.speaker.split()) for said in item.utterances if said.text.strip())
            speakers |= dict.fromkeys(item.emails.values())
        else:
            speakers |= dict.fromkeys(turn.speaker for turn in item.turns)
    return list(speakers)


def assemble(
    draft: Draft,
    name: str,
    language: str | None = None,
    hints: RoleHints | None = None,
) -> Transcript:
    """A draft with its language, roles and turns, checked for scoring; language as for `read`."""
    utterances, repairs = tidy(draft.utterances)
    notes = [*draft.notes, *repairs]
    if not utterances:
        raise ConversationError(f"{name} holds no words; expected a conversation of a rep and a customer")
    said: dict[str, list[str]] = {}
    for utterance in utterances:
        said.setdefault(utterance.speaker, []).append(utterance.text)
    if len(said) == 1:
        only = next(iter(said))
        raise ConversationError(f"{name}: only one speaker found, {only!r}; scoring needs a rep and a customer")
    spoken_in = draft.language or language
    if spoken_in is None:
        spoken_in = guess_language(" ".join(utterance.text for utterance in utterances))
        if spoken_in is None:
            raise ConversationError(f"{name}: cannot tell the language; give it as an ISO 639 code, such as en")
        notes.append(f"the language was guessed: {spoken_in}")
    role_of, guesses = resolve_roles(
        said, name, hints=hints, known=_tidied(draft.roles), emails=_tidied(draft.emails), language=spoken_in
    )
    turns = to_turns(utterances, role_of, draft.apart)
    try:
        conversation = Conversation(
            id=draft.id or Path(name).stem or "transcript",
            language=spoken_in,
            turns=tuple(turns),
            times="none" if turns[0].start is None else "measured",
        )
    except ValidationError as error:
        raise ConversationError(f"{name}: {'; '.join(describe(error, {}))}") from error
    check_scorable(conversation, name)
    return Transcript(conversation, tuple(notes + guesses))


def _tidied(by_speaker: Mapping[str, T]) -> dict[str, T]:
    """The same by names as `tidy` leaves them."""
    return {" ".join(speaker.split()): value for speaker, value in by_speaker.items()}
