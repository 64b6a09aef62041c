"""Gong's call transcripts: the answer of `POST /v2/calls/transcript`, times in milliseconds.

Who sells stands in the parties of `POST /v2/calls/extensive` (`affiliation`: Internal or External). Put that answer's
`calls` beside `callTranscripts` in one object, or the call's `parties`, and no role need be given.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from data.readers.draft import Draft, Utterance
from data.readers.vendor_json import Shape, has_keys, validate
from rubric.codebook import Role

_ROLE_OF_AFFILIATION: dict[str, Role] = {"internal": "rep", "external": "customer"}


class _Party(Shape):
    speakerId: str | None = None  # noqa: N815
    name: str | None = None
    emailAddress: str | None = None  # noqa: N815
    affiliation: str | None = None


class _Sentence(Shape):
    start: float
    end: float
    text: str


class _Monologue(Shape):
    speakerId: str | None = None  # noqa: N815
    sentences: list[_Sentence]


class _CallTranscript(Shape):
    callId: str  # noqa: N815
    transcript: list[_Monologue]


class _MetaData(Shape):
    id: str


class _Call(Shape):
    metaData: _MetaData  # noqa: N815
    parties: list[_Party] = Field(default_factory=list)


class _Answer(Shape):
    callTranscripts: list[_CallTranscript]  # noqa: N815
    calls: list[_Call] = Field(default_factory=list)
    parties: list[_Party] = Field(default_factory=list)


def looks_like(raw: Any) -> bool:
    return has_keys(raw, "callTranscripts")


def read(text: str, name: str) -> list[Draft]:
    """One draft a call, with roles where the parties are given; raise ConversationError where the shape is another."""
    answer = validate(_Answer, text, name, "Gong")
    parties_of_call = {call.metaData.id: call.parties for call in answer.calls}
    return [_draft(call, [*answer.parties, *parties_of_call.get(call.callId, [])]) for call in answer.callTranscripts]


def _draft(call: _CallTranscript, parties: list[_Party]) -> Draft:
    names: dict[str, str] = {}
    roles: dict[str, Role] = {}
    for party in parties:
        if party.speakerId is None:
            continue
        named = party.name or party.emailAddress or f"Speaker {party.speakerId}"
        names[party.speakerId] = named if named not in names.values() else f"{named} ({party.speakerId})"
        role = _ROLE_OF_AFFILIATION.get((party.affiliation or "").lower())
        if role:
            roles[names[party.speakerId]] = role
    utterances = tuple(
        Utterance(
            names.get(monologue.speakerId or "", f"Speaker {monologue.speakerId or 'unknown'}"),
            sentence.text,
            sentence.start / 1000,
            sentence.end / 1000,
        )
        for monologue in call.transcript
        for sentence in monologue.sentences
    )
    return Draft(utterances, id=call.callId, roles=roles)
