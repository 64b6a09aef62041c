"""AnnoMI's own label set in the codebook's slots, for a study that trains the scorer's architecture on human labels.

The heads have a fixed set of labels, each of one role. A study of another label set borrows them: `SLOTS` says which
slot stands for what. The names mean nothing here beyond their role, and nothing trained so is a sales scorer.
"""

from __future__ import annotations

from pathlib import Path

from data.corpora import annomi
from data.corpora.source import read_rows
from rubric.codebook import Label
from rubric.errors import DataError, refuse
from rubric.spans import Labelled, Rating, Span

# column → value → slot. The last two are exclusive: one main behaviour, one type of talk ("neutral" is no slot).
SLOTS: dict[str, dict[str, Label]] = {
    "question_subtype": {"open": Label.DISCOVERY_QUESTION, "closed": Label.CLOSED_QUESTION},
    "reflection_exists": {"True": Label.LISTENING_CUE},
    "main_therapist_behaviour": {
        "question": Label.CLOSE_ASK,
        "reflection": Label.EMPATHY,
        "therapist_input": Label.VALUE_CLAIM,
        "other": Label.ACKNOWLEDGEMENT,
    },
    "client_talk_type": {"change": Label.NEED, "sustain": Label.OBJECTION},
}
_KEYS = ("transcript_id", "utterance_id", "annotator_id")


def read(path: Path) -> list[Labelled]:
    """One Labelled a transcript, with its first annotator's labels; each label spans its whole utterance.

    Utterances with several labels have several spans of the same extent. Raises DataError with every fault.
    """
    marked: dict[tuple[str, str], dict[int, list[Label]]] = {}
    first: dict[str, str] = {}
    faults: list[str] = []
    for where, row in read_rows(path, (*_KEYS, *SLOTS), annomi.SOURCE):
        transcript, number, rater = (row[key] for key in _KEYS)
        if not number.isdecimal():
            faults.append(f"{where}utterance_id: expected a whole number, found {number!r}")
            continue
        first.setdefault(transcript, rater)
        held = [slots[row[column]] for column, slots in SLOTS.items() if row[column] in slots]
        marked.setdefault((transcript, rater), {})[int(number)] = held
    refuse(DataError, str(path), faults)
    labelled: dict[str, Labelled] = {}
    for item in annomi.read(path):
        name = item.conversation.id
        if name in labelled:
            continue
        transcript = name.rpartition("-")[2]
        of_turn = [held for _, held in sorted(marked[transcript, first[transcript]].items())]
        spans = tuple(
            Span(turn=turn, start=0, end=len(item.conversation.turns[turn].text), label=label)
            for turn, held in enumerate(of_turn)
            for label in held
            if item.conversation.turns[turn].text
        )
        labelled[name] = Labelled(item.conversation, Rating(conversation=name, rater=first[transcript], spans=spans))
    return list(labelled.values())
