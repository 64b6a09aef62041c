"""The codebook as data: the labels, who may carry them, what they refer to, what they are and are not.

The page for people is `rubric/codebook.md`; a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

VERSION = "1.1"

Role = Literal["rep", "customer"]
ROLES: tuple[Role, ...] = ("rep", "customer")


class Label(StrEnum):
    """A behaviour of the codebook; a span carries exactly one."""

    NEED = "need"
    OBJECTION = "objection"
    DISCOVERY_QUESTION = "discovery_question"
    CLOSED_QUESTION = "closed_question"
    OBJECTION_RESTATEMENT = "objection_restatement"
    VALUE_CLAIM = "value_claim"
    CLOSE_ASK = "close_ask"
    ACKNOWLEDGEMENT = "acknowledgement"
    LISTENING_CUE = "listening_cue"
    EMPATHY = "empathy"


@dataclass(frozen=True)
class LabelDefinition:
    """One row of the codebook.

    tag: the short name in the written form. id_prefix: the letter of the ids its spans carry, None where they
    carry none. refers_to: the label a reference of it points to, None where it refers to nothing.
    """

    tag: str
    role: Role
    meaning: str
    is_not: str
    id_prefix: str | None = None
    refers_to: Label | None = None


CODEBOOK: dict[Label, LabelDefinition] = {
    Label.NEED: LabelDefinition(
        "need",
        "customer",
        "A problem, goal, requirement, wished-for outcome or constraint of the customer's own situation that an offer could serve, in the customer's words.",
        "A complaint about the rep's offer, small talk, a bare fact with no problem or wish in it, anything that only the rep said.",
        id_prefix="N",
    ),
    Label.OBJECTION: LabelDefinition(
        "obj",
        "customer",
        "Resistance, doubt, worry or a reason not to go ahead, aimed at the rep's offer, product, company, price, timing, the change itself, or the step the rep proposed.",
        "A neutral question, a problem with today's situation, a polite ending.",
        id_prefix="O",
    ),
    Label.DISCOVERY_QUESTION: LabelDefinition(
        "dq",
        "rep",
        "An open, non-leading question or invitation to tell that seeks information about the customer's situation, problems, goals, process, criteria or impact.",
        "Rapport, logistics, checking back, rhetorical questions, a question that asks for a next step, an open start that ends in offered options.",
    ),
    Label.CLOSED_QUESTION: LabelDefinition(
        "cq",
        "rep",
        "A question about the customer's situation that yes, no, one fact or one of the offered options answers, or that leads.",
        "Rapport, logistics, checking back.",
    ),
    Label.OBJECTION_RESTATEMENT: LabelDefinition(
        "rst",
        "rep",
        "The content of the customer's objection said back, in the same or other words, before answering it.",
        "Acknowledgement, sympathy without content, the objection repeated inside or after the rebuttal, something restated that is not an objection.",
        refers_to=Label.OBJECTION,
    ),
    Label.VALUE_CLAIM: LabelDefinition(
        "vc",
        "rep",
        "A statement that the offer brings something good: a benefit, a result, a capability presented as a benefit, a proof or a difference from others.",
        "A neutral description, price or logistics, what the customer says, a proposal of a next step.",
        refers_to=Label.NEED,
    ),
    Label.CLOSE_ASK: LabelDefinition(
        "ask",
        "rep",
        "An explicit ask for a next concrete action that needs the customer's yes.",
        "What the rep alone will do, 'does that sound good?' with no step named in the turn, agreeing to a step that the customer proposed.",
    ),
    Label.ACKNOWLEDGEMENT: LabelDefinition(
        "ack",
        "rep",
        "A short sign that the customer's words arrived.",
        "A bare 'okay' or 'yeah' that only takes the turn.",
    ),
    Label.LISTENING_CUE: LabelDefinition(
        "lis",
        "rep",
        "The customer's content said back or built on, where that content is not an objection: a summary, a reflection, a call-back.",
        "An echo shorter than a clause.",
    ),
    Label.EMPATHY: LabelDefinition(
        "emp",
        "rep",
        "What the customer feels or goes through, named or legitimised.",
        "A summary of facts.",
    ),
}

BY_TAG: dict[str, Label] = {definition.tag: label for label, definition in CODEBOOK.items()}


def labels_of(role: Role) -> tuple[Label, ...]:
    """The labels that spans of this role may carry, in the codebook's order.

    >>> [str(label) for label in labels_of("customer")]
    ['need', 'objection']
    """
    return tuple(label for label, definition in CODEBOOK.items() if definition.role == role)
