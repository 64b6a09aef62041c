"""The codebook's worked example, for doctests and for whoever wants a conversation at hand."""

from __future__ import annotations

from rubric.codebook import Label, Role
from rubric.conversation import Conversation, Turn
from rubric.spans import Span

_SAID: tuple[tuple[Role, str], ...] = (
    ("rep", "Hi Dana, thanks for making the time. How was the move?"),
    ("customer", "Chaotic, but done. So, we lose about two days a month reconciling carrier invoices."),
    ("rep", "Got it. What happens when an invoice doesn't match the rate card?"),
    ("customer", "Somebody digs through emails. And then I saw your price, and it's nearly double what we pay today."),
    (
        "rep",
        "So it's the jump from what you pay now that gives you pause. I'd be careful too. "
        "The matching runs overnight, so those two days come back to your team. "
        "Could we sit down on Thursday with your controller and scope a pilot?",
    ),
)

CODEBOOK_CALL = Conversation(
    id="en-0001",
    language="en",
    kind="discovery",
    turns=tuple(Turn(speaker="R" if role == "rep" else "C", role=role, text=text) for role, text in _SAID),
)


def _mark(turn: int, text: str, label: Label, id: str | None = None, refers_to: tuple[str, ...] = ()) -> Span:
    start = _SAID[turn][1].index(text)
    return Span(turn=turn, start=start, end=start + len(text), label=label, id=id, refers_to=refers_to)


CODEBOOK_SPANS = (
    _mark(1, "we lose about two days a month reconciling carrier invoices", Label.NEED, id="N1"),
    _mark(2, "Got it.", Label.ACKNOWLEDGEMENT),
    _mark(2, "What happens when an invoice doesn't match the rate card?", Label.DISCOVERY_QUESTION),
    _mark(3, "I saw your price, and it's nearly double what we pay today", Label.OBJECTION, id="O1"),
    _mark(
        4,
        "So it's the jump from what you pay now that gives you pause.",
        Label.OBJECTION_RESTATEMENT,
        refers_to=("O1",),
    ),
    _mark(4, "I'd be careful too.", Label.EMPATHY),
    _mark(
        4, "The matching runs overnight, so those two days come back to your team", Label.VALUE_CLAIM, refers_to=("N1",)
    ),
    _mark(4, "Could we sit down on Thursday with your controller and scope a pilot?", Label.CLOSE_ASK),
)
