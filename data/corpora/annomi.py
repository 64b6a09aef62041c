"""AnnoMI: counselling conversations (motivational interviewing) labelled by experts, some of them by ten raters.

The therapist stands in for the rep, the client for the customer. Labels are of whole utterances: an open or closed
question, a reflection (listening cue; one of sustain talk would be an objection restatement, which AnnoMI does not tell
apart) and the client's sustain talk (objection, each utterance with an id of its own, since AnnoMI has no links). An
utterance with a question and a reflection has two spans of the same extent: compare by turn, not by span.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from data.corpora.source import Source, read_rows
from data.readers.turns import WORDS_PER_MINUTE
from rubric.codebook import Label, Role
from rubric.conversation import Conversation, Turn
from rubric.errors import DataError, refuse
from rubric.spans import Labelled, Rating, Span

SOURCE = Source(
    name="AnnoMI",
    licence="none stated: for evaluation, ship no weights trained on it",
    citation="Wu et al., Creation, Analysis and Evaluation of AnnoMI, a Dataset of Expert-Annotated Counselling Dialogues, "
    "Future Internet 15(3):110, 2023, doi:10.3390/fi15030110",
    url="https://github.com/uccollab/AnnoMI",
    file="AnnoMI-full.csv",
)
COVERS = frozenset({Label.DISCOVERY_QUESTION, Label.CLOSED_QUESTION, Label.LISTENING_CUE, Label.OBJECTION})

_COLUMNS = (
    "transcript_id",
    "video_url",
    "topic",
    "utterance_id",
    "interlocutor",
    "timestamp",
    "utterance_text",
    "annotator_id",
    "reflection_exists",
    "question_subtype",
    "client_talk_type",
)
_ROLES: dict[str, Role] = {"therapist": "rep", "client": "customer"}
_LABELS = {
    "question_subtype": {"open": Label.DISCOVERY_QUESTION, "closed": Label.CLOSED_QUESTION, "n/a": None},
    "reflection_exists": {"True": Label.LISTENING_CUE, "False": None, "n/a": None},
    "client_talk_type": {"sustain": Label.OBJECTION, "change": None, "neutral": None, "n/a": None},
}
_TIME = re.compile(r"(\d+):(\d\d):(\d+)")
_VIDEO = re.compile(r"(?:[?&]v=|youtu\.be/|vimeo\.com/)([\w-]+)")


@dataclass
class _Transcript:
    video: str
    topic: str
    said: dict[int, tuple[Role, str, float]] = field(default_factory=dict)
    marks: dict[str, dict[int, list[Label]]] = field(default_factory=dict)


def read(path: Path) -> list[Labelled]:
    """One Labelled for each transcript and annotator of AnnoMI-full.csv; `trade` holds the topic.

    Times: an utterance begins at its time stamp and lasts until the next begins. Raises DataError with every fault.
    """
    transcripts: dict[str, _Transcript] = {}
    faults: list[str] = []
    for where, row in read_rows(path, _COLUMNS, SOURCE):
        found = len(faults)
        time = _TIME.fullmatch(row["timestamp"])
        video = _VIDEO.search(row["video_url"])
        if not time:
            faults.append(f"{where}timestamp: expected such as 00:00:13, found {row['timestamp']!r}")
        if not video:
            faults.append(f"{where}video_url: expected a YouTube or Vimeo address, found {row['video_url']!r}")
        if not row["utterance_id"].isdecimal():
            faults.append(f"{where}utterance_id: expected a whole number, found {row['utterance_id']!r}")
        for column, known in {
            "interlocutor": tuple(_ROLES),
            **{key: tuple(values) for key, values in _LABELS.items()},
        }.items():
            if row[column] not in known:
                faults.append(f"{where}{column}: expected one of {', '.join(known)}, found {row[column]!r}")
        if len(faults) > found or not time or not video:
            continue
        held = transcripts.setdefault(row["transcript_id"], _Transcript(video[1], row["topic"].strip()))
        number = int(row["utterance_id"])
        hours, minutes, seconds = map(int, time.groups())
        utterance = (_ROLES[row["interlocutor"]], row["utterance_text"], 3600.0 * hours + 60 * minutes + seconds)
        if held.said.setdefault(number, utterance) != utterance:
            faults.append(f"{where}utterance {number} of transcript {row['transcript_id']} has another text further up")
        marked = held.marks.setdefault(row["annotator_id"], {})
        if number in marked:
            faults.append(f"{where}annotator {row['annotator_id']} has labelled utterance {number} further up already")
        marked[number] = [label for column, known in _LABELS.items() if (label := known[row[column]])]
    refuse(DataError, str(path), faults)
    return [item for name, held in transcripts.items() for item in _labelled(f"annomi-{held.video}-{name}", held)]


def group_of(conversation_id: str) -> str:
    """The video a transcript is taken from: several transcripts of one video belong into one fold.

    >>> group_of("annomi-wcu8oq-HIsbc-17")
    'annomi-wcu8oq-HIsbc'
    """
    return conversation_id.rpartition("-")[0]


def _labelled(name: str, held: _Transcript) -> list[Labelled]:
    numbers = sorted(held.said)
    starts: list[float] = []
    for number in numbers:  # a few stamps go back in time: such an utterance begins with the one before
        starts.append(max(held.said[number][2], starts[-1] if starts else 0.0))
    last = starts[-1] + 60 * len(held.said[numbers[-1]][1].split()) / WORDS_PER_MINUTE
    turns = tuple(
        Turn(
            speaker="therapist" if held.said[number][0] == "rep" else "client",
            role=held.said[number][0],
            text=held.said[number][1],
            start=start,
            end=end,
        )
        for number, start, end in zip(numbers, starts, [*starts[1:], last], strict=True)
    )
    conversation = Conversation(
        id=name, language="en", turns=turns, kind="counselling", trade=held.topic or None, times="measured"
    )
    return [
        Labelled(conversation, Rating(conversation=name, rater=rater, spans=_spans(turns, numbers, marked)))
        for rater, marked in held.marks.items()
    ]


def _spans(turns: tuple[Turn, ...], numbers: list[int], marked: dict[int, list[Label]]) -> tuple[Span, ...]:
    spans: list[Span] = []
    n_objections = 0
    for index, number in enumerate(numbers):
        for label in marked.get(number, ()):
            n_objections += label == Label.OBJECTION
            own = f"O{n_objections}" if label == Label.OBJECTION else None
            spans.append(Span(turn=index, start=0, end=len(turns[index].text), label=label, id=own))
    return tuple(spans)
