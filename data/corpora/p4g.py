"""PersuasionForGood with ResPer's resistance labels: one person asks another for a donation.

The persuader stands in for the rep, the persuadee for the customer. Labels are of sentences: asks for a donation (close
ask), appeals (value claim; none refers to a need, since needs are not labelled) and resisting strategies (objection,
each sentence with an id of its own). The persuader's inquiries are of both kinds of question and are not mapped.
"""

from __future__ import annotations

from pathlib import Path

from data.corpora.sentences import Sentence, labelled
from data.corpora.source import Source, read_rows
from rubric.codebook import Label, Role
from rubric.errors import DataError, refuse
from rubric.spans import Labelled

SOURCE = Source(
    name="PersuasionForGood with ResPer's labels",
    licence="Apache-2.0 (PersuasionForGood); none stated for ResPer's labels",
    citation="Wang et al., Persuasion for Good: Towards a Personalized Persuasive Dialogue System for Social Good, ACL 2019; "
    "Dutt et al., RESPER: Computationally Modelling Resisting Strategies in Persuasive Conversations, EACL 2021, "
    "arXiv:2101.10545",
    url="https://github.com/americast/resper",
    file="Final_annotations.csv",
)
COVERS = frozenset({Label.CLOSE_ASK, Label.VALUE_CLAIM, Label.OBJECTION})
RATER = "merged"

_COLUMNS = ("B2", "B4", "Turn", "Unit", "er_label_1", "Our Label")
_ROLES: dict[str, Role] = {"0": "rep", "1": "customer"}
_PERSUADER = {
    "proposition-of-donation": Label.CLOSE_ASK,
    "ask-donation-amount": Label.CLOSE_ASK,
    "ask-donate-more": Label.CLOSE_ASK,
    "confirm-donation": Label.CLOSE_ASK,
    "credibility-appeal": Label.VALUE_CLAIM,
    "logical-appeal": Label.VALUE_CLAIM,
    "emotion-appeal": Label.VALUE_CLAIM,
}
_NO_RESISTANCE = ("not-a-strategy", "organization-inquiry")


def read(path: Path) -> list[Labelled]:
    """One Labelled for each dialogue of Final_annotations.csv: neighbouring sentences of one speaker make a turn.

    Raises DataError with every fault: an unknown speaker, an empty sentence, a persuadee's sentence without a label.
    """
    dialogues: dict[str, list[Sentence]] = {}
    faults: list[str] = []
    for where, row in read_rows(path, _COLUMNS, SOURCE):
        role = _ROLES.get(row["B4"])
        text = " ".join(row["Unit"].split())
        if role is None:
            faults.append(f"{where}B4: expected 0 (persuader) or 1 (persuadee), found {row['B4']!r}")
            continue
        if not text:
            faults.append(f"{where}Unit: expected a sentence, found none")
        column = "er_label_1" if role == "rep" else "Our Label"
        if not row[column]:
            faults.append(f"{where}{column}: expected a label, found none")
        if role == "rep":
            label = _PERSUADER.get(row[column])
        else:
            label = None if row[column] in _NO_RESISTANCE else Label.OBJECTION
        speaker = "persuader" if role == "rep" else "persuadee"
        dialogues.setdefault(row["B2"], []).append(Sentence(row["Turn"], speaker, role, text, label))
    refuse(DataError, str(path), faults)
    return [labelled(f"p4g-{name}", sentences, RATER, "donation") for name, sentences in dialogues.items()]


def group_of(conversation_id: str) -> str:
    """Every dialogue is a group of its own."""
    return conversation_id
