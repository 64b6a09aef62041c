"""A conversation in, its scorecard with the next practice out."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from email.message import Message
from math import isfinite
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, HTTPException, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, PlainValidator, Tag

from coaching.library import Library
from coaching.selector import next_practice
from data.language import guess_language
from data.readers.columns import COLUMNS
from data.readers.formats import BINARY, FORMATS
from data.readers.read import Transcript, read_text
from data.redact import Redactor, note_of
from rubric.codebook import Role
from rubric.conversation import Conversation
from rubric.errors import ConversationError
from rubric.scorecard import Scorecard
from serving.api.examples import EXAMPLES
from serving.openapi import problems
from serving.problems import VARIANTS
from serving.service import Service, service_of

MAX_HISTORY = 500
MAX_NAMED = 5
_QUOTED = re.compile(r"""'[^']*'|"[^"]*\"""")
TEXT_FORMATS = tuple(name for name in FORMATS if name not in BINARY)


def _has_measured_values(card: Scorecard) -> Scorecard:
    """Refuse values that no scorer gives: an average over them would be void."""
    for name, signal in card.signals.items():
        numbers = (signal.value, signal.numerator, signal.denominator)
        if any(number is not None and not (isfinite(number) and number >= 0) for number in numbers):
            raise ValueError(
                f"signals.{name}: expected finite numbers of 0 or more; post scorecards as they were given"
            )
    return card


def _is_whole(text: str) -> str:
    """Refuse half of a character pair, which JSON can escape but no text can hold."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(f"half of a character pair at character {error.start}, which is no text") from error
    return text


def _is_known(format: str) -> str:
    if format not in TEXT_FORMATS:
        raise ValueError(f"unknown format, expected one of {', '.join(TEXT_FORMATS)}")
    return format


def _is_a_part(mapping: dict[str, str]) -> dict[str, str]:
    unknown = [part for part in mapping if part not in COLUMNS]
    if unknown:
        raise ValueError(f"unknown {', '.join(map(repr, unknown[:MAX_NAMED]))}, expected {', '.join(COLUMNS)}")
    return mapping


WholeText = Annotated[str, AfterValidator(_is_whole)]
Format = Annotated[str, AfterValidator(_is_known), Field(json_schema_extra={"enum": list(TEXT_FORMATS)})]


class _ScoreRequest(BaseModel):
    """What both kinds of request may carry: what the rep did before."""

    model_config = ConfigDict(extra="forbid")

    history: list[Annotated[Scorecard, AfterValidator(_has_measured_values)]] = Field(
        default=[],
        max_length=MAX_HISTORY,
        description="earlier scorecards of the rep, oldest first, as they were given; the next practice rests on all",
    )
    practised: list[str] = Field(
        default=[], max_length=MAX_HISTORY, description="ids of the practices played so far, newest last"
    )


class PostedConversation(Conversation):
    """A conversation as the shipped corpus holds it: labels may stand beside it and are ignored."""

    spans: Any = Field(default=None, description="ignored: a scorer must not see labels")
    rater: Any = Field(default=None, description="ignored")


def _is_object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"expected an object with {', '.join(Conversation.model_fields)}")
    return value


class ConversationRequest(_ScoreRequest):
    """A conversation whose turns and roles are known."""

    # Checked by the reader of our JSON, so that the limits and the messages are those of the command.
    conversation: Annotated[dict[str, Any], PlainValidator(_is_object, json_schema_input_type=PostedConversation)] = (
        Field(description="turns with speaker, role (rep or customer), text, and start and end in seconds or neither")
    )


class TextRequest(_ScoreRequest):
    """A transcript as it was exported. Speakers whose names say the role (`Rep`, `C2`, `Bo (Prospect)`) need no more."""

    text: WholeText = Field(description="the file's content as text")
    format: Format | None = Field(default=None, description="detected where it is not given")
    language: str | None = Field(
        default=None,
        pattern=r"^[a-z]{2,3}$",
        description="ISO 639 code; guessed where neither this nor the text says, which takes some twenty words",
    )
    rep: list[str] = Field(default=[], description="names of the reps; everybody else is a customer")
    roles: dict[str, Role] = Field(
        default={}, description="the role of each speaker by name or e-mail address, instead of `rep`"
    )
    rep_domain: list[str] = Field(
        default=[], description="e-mail domains of the reps, such as acme.com; whose address is elsewhere is a customer"
    )
    columns: Annotated[dict[str, str], AfterValidator(_is_a_part)] = Field(
        default={},
        description="of a table: from speaker, text, start ... to the names of its columns, where they differ",
    )
    guess_roles: bool = Field(default=False, description="guess the rep where nothing tells; the notes then say so")
    id: Annotated[WholeText, Field(min_length=1, max_length=200)] | None = Field(
        default=None, description="what the scorecard calls the conversation"
    )


def _variant(body: Any) -> str | None:
    if not isinstance(body, dict) or ("conversation" in body) == ("text" in body):
        return None
    return VARIANTS[0] if "conversation" in body else VARIANTS[1]


ScoreRequest = Annotated[
    Annotated[ConversationRequest, Tag(VARIANTS[0])] | Annotated[TextRequest, Tag(VARIANTS[1])],
    Discriminator(
        _variant,
        custom_error_type="one_of_two",
        custom_error_message="expected an object with either `conversation` (turns with roles) or `text` (a transcript)",
    ),
]


def require_json(request: Request) -> None:
    """HTTPException 415 where the body is not said to be JSON: a form of another site cannot say so unasked."""
    header = Message()
    header["content-type"] = found = request.headers.get("content-type", "")
    is_json = header.get_content_maintype() == "application" and header.get_content_subtype().split("+")[-1] == "json"
    if not found or not is_json:
        raise HTTPException(415, f"expected Content-Type: application/json, found {found[:60] or 'none'}")


router = APIRouter(prefix="/v1/scorecards", tags=["scorecards"])


@router.post(
    "",
    summary="Score a conversation",
    response_model=Scorecard,
    response_description="The scorecard, with the next practice",
    dependencies=[Depends(require_json)],
    responses=problems(400, 413, 415, 422, 503),
)
async def score(
    service: Annotated[Service, Depends(service_of)],
    request: Annotated[ScoreRequest, Body(openapi_examples=EXAMPLES)],
) -> Response:
    """Post either `conversation` (our JSON, roles known) or `text` (a transcript), one conversation a request.

    `history` and `practised` let the next practice rest on more than this call. `notes` tell how the transcript was
    read: a language or roles that were guessed, times that were repaired.
    """
    card = await service.queue.run(lambda: scorecard(request, service))
    return Response(card.to_json(), media_type="application/json")


def scorecard(request: ConversationRequest | TextRequest, service: Service) -> Scorecard:
    """Read, score, and pick the next practice; raise ConversationError where the conversation is unfit."""
    transcript = _read(request)
    if service.redactor:
        transcript = _redacted(transcript, service.redactor)
    conversation = transcript.conversation
    scorer = service.scorer_of(conversation)
    _check_words(conversation)
    notes = [*transcript.notes, *_unknown(request.practised, service.library)]
    card = scorer.score(conversation, notes)
    practice = next_practice([*request.history, card], service.library, scorer.rubric, request.practised)
    return card.model_copy(update={"next_practice": practice.summary()})


def _read(request: ConversationRequest | TextRequest) -> Transcript:
    """The one conversation of a request."""
    if isinstance(request, ConversationRequest):
        found = read_text(json.dumps(request.conversation), "json", name="conversation")
    else:
        found = read_text(
            request.text,
            request.format,
            name="transcript",
            language=request.language,
            rep=request.rep,
            roles=request.roles,
            rep_domain=request.rep_domain,
            columns=request.columns,
            guess_roles=request.guess_roles,
        )
    if len(found) > 1:
        raise ConversationError(f"expected one conversation, found {len(found)}; post each in a request of its own")
    transcript = found[0]
    if isinstance(request, TextRequest) and request.id:
        named = transcript.conversation.model_copy(update={"id": request.id})
        return Transcript(named, transcript.notes)
    return transcript


def _redacted(transcript: Transcript, redactor: Redactor) -> Transcript:
    """The transcript without personal data; its notes lose what they quote of it."""
    redacted = redactor.redact(transcript.conversation)
    notes = (_QUOTED.sub("…", note) for note in transcript.notes)
    return Transcript(redacted.conversation, (*notes, note_of(redacted.counts)))


def _check_words(conversation: Conversation) -> None:
    """ConversationError where the words are plainly of another language than the conversation is said to be in."""
    found = guess_language(" ".join(turn.text for turn in conversation.turns))
    if found not in (None, conversation.language):
        raise ConversationError(
            f"the words read like {found!r}, the conversation is said to be in {conversation.language!r}, and a scorer "
            "reads its own language alone; correct the language"
        )


def _unknown(practised: Sequence[str], library: Library) -> list[str]:
    """A note on practices that the library does not hold, be they misspelt or of an earlier library."""
    known = {scenario.id for scenario in library.scenarios}
    unknown = [repr(played) for played in dict.fromkeys(practised) if played not in known]
    if not unknown:
        return []
    more = f" and {len(unknown) - MAX_NAMED} more" if len(unknown) > MAX_NAMED else ""
    return [f"practised: the library does not know {', '.join(unknown[:MAX_NAMED])}{more}"]
