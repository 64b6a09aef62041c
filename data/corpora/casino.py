"""CaSiNo: two people negotiate over food, water and firewood for a camping trip.

Neither sells, so each dialogue is read twice, once with either side as the rep: a rep's question for preferences and
empathy, a customer's needs. Labels are of whole utterances and an utterance may have several, so compare by turn, not by
span. A question for preferences is taken as a discovery question, although CaSiNo does not say whether it is open.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from data.corpora.source import Source
from data.readers.foursignal_json import describe, load
from data.readers.source import decode, read_bytes
from rubric.codebook import CODEBOOK, Label
from rubric.conversation import Conversation, Turn
from rubric.errors import DataError, refuse
from rubric.spans import Labelled, Rating, Span

SOURCE = Source(
    name="CaSiNo",
    licence="CC BY 4.0",
    citation="Chawla et al., CaSiNo: A Corpus of Campsite Negotiation Dialogues for Automatic Negotiation Systems, "
    "NAACL 2021, arXiv:2103.15721",
    url="https://github.com/kushalchawla/CaSiNo",
    file="casino.json, or one of its splits",
)
COVERS = frozenset({Label.NEED, Label.DISCOVERY_QUESTION, Label.EMPATHY})
RATER = "merged"

_LABELS = {
    "self-need": Label.NEED,
    "other-need": Label.NEED,
    "elicit-pref": Label.DISCOVERY_QUESTION,
    "showing-empathy": Label.EMPATHY,
}
_NO_TALK = ("Submit-Deal", "Accept-Deal", "Reject-Deal", "Walk-Away")


class _Said(BaseModel):
    model_config = ConfigDict(extra="ignore")

    text: str
    id: str


class _Dialogue(BaseModel):
    model_config = ConfigDict(extra="ignore")

    dialogue_id: int
    chat_logs: list[_Said]
    annotations: list[tuple[str, str]]


def read(path: Path) -> list[Labelled]:
    """Two Labelled, one for each side as the rep, of every annotated dialogue; the others have no labels and are left out.

    Utterances that the source leaves unannotated within an annotated dialogue are left out too. Raises DataError with
    every fault.
    """
    try:
        raw = load(decode(read_bytes(path), str(path)))
    except ValueError as error:
        raise DataError(f"{path}: {error}") from error
    if not isinstance(raw, list):
        raise DataError(f"{path}: expected a list of dialogues, the original {SOURCE.file}, see {SOURCE.url}")
    labelled: list[Labelled] = []
    faults: list[str] = []
    for number, item in enumerate(raw):
        try:
            dialogue = _Dialogue.model_validate(item)
        except ValidationError as error:
            faults += [f"dialogue {number}: {fault}" for fault in describe(error, {})]
            continue
        said = _annotated(dialogue)
        if len(said) != len(dialogue.annotations):
            faults.append(f"dialogue {number}: the annotations are of other texts than the chat logs")
        elif said:
            people = sorted({speaker for speaker, _, _ in said})
            labelled += [_view(f"casino-{dialogue.dialogue_id}", side, rep, said) for side, rep in enumerate(people, 1)]
    refuse(DataError, str(path), faults)
    return labelled


def group_of(conversation_id: str) -> str:
    """The dialogue that both views are of: they belong into one fold.

    >>> group_of("casino-938-2")
    'casino-938'
    """
    return conversation_id.rpartition("-")[0]


def _annotated(dialogue: _Dialogue) -> list[tuple[str, str, list[Label]]]:
    """Speaker, text and labels of the utterances that have annotations, which follow the order of the chat."""
    said: list[tuple[str, str, list[Label]]] = []
    annotations = list(dialogue.annotations)
    for utterance in dialogue.chat_logs:
        if annotations and utterance.text not in _NO_TALK and utterance.text == annotations[0][0]:
            names = [name.strip() for name in annotations.pop(0)[1].split(",")]
            labels = list(dict.fromkeys(_LABELS[name] for name in names if name in _LABELS))
            said.append((utterance.id, utterance.text, labels))
    return said


def _view(name: str, side: int, rep: str, said: list[tuple[str, str, list[Label]]]) -> Labelled:
    turns: list[Turn] = []
    spans: list[Span] = []
    n_needs = 0
    for index, (speaker, text, labels) in enumerate(said):
        turn = Turn(speaker=speaker, role="rep" if speaker == rep else "customer", text=text)
        turns.append(turn)
        for label in labels:
            if CODEBOOK[label].role == turn.role and text:
                n_needs += label == Label.NEED
                own = f"N{n_needs}" if label == Label.NEED else None
                spans.append(Span(turn=index, start=0, end=len(text), label=label, id=own))
    view = f"{name}-{side}"
    conversation = Conversation(id=view, language="en", turns=tuple(turns), kind="negotiation", times="none")
    return Labelled(conversation, Rating(conversation=view, rater=RATER, spans=tuple(spans)))
