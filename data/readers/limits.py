"""What is refused as too large or unfit for scoring, in one place: the limits, and the check of a finished conversation."""

from __future__ import annotations

from math import isfinite

from rubric.conversation import Conversation
from rubric.errors import ConversationError, refuse

MAX_BYTES = 20_000_000
MAX_PARTS = 2_000
MAX_TURNS = 10_000
MAX_TURN_CHARACTERS = 50_000


def check_size(n_bytes: int, name: str) -> None:
    """Raise ConversationError where a file or text is larger than `MAX_BYTES`."""
    if n_bytes > MAX_BYTES:
        raise ConversationError(
            f"{name} has {n_bytes / 1e6:.1f} MB, more than the limit of {MAX_BYTES / 1e6:.0f} MB; split it by conversation"
        )


def check_scorable(conversation: Conversation, name: str) -> None:
    """Raise ConversationError, with every fault, where a conversation is too large or lacks what scoring needs."""
    faults: list[str] = []
    turns = conversation.turns
    if len(turns) > MAX_TURNS:
        faults.append(f"{len(turns):,} turns, more than the limit of {MAX_TURNS:,}; split it into calls")
    for index, turn in enumerate(turns):
        if len(turn.text) > MAX_TURN_CHARACTERS:
            faults.append(
                f"turn {index} has {len(turn.text):,} characters, more than the limit of {MAX_TURN_CHARACTERS:,}; "
                "is the change of speakers missing?"
            )
        if turn.end is not None and not isfinite(turn.end):
            faults.append(f"turn {index} has a time without end")
    if not any(turn.n_words for turn in turns):
        faults.append("no turn holds a word")
    elif not (conversation.has_role("rep") and conversation.has_role("customer")):
        found = "rep" if conversation.has_role("rep") else "customer"
        faults.append(f"scoring needs a rep and a customer, but every turn is a {found}'s; is a role mixed up?")
    refuse(ConversationError, name, faults)
