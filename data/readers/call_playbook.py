"""Call-playbook text: `[SELLER_A] What slows you down? [PROSPECT_A] Month-end does.`, tags in the running text.

Gong's public data set writes its snippets so (https://github.com/gong-io/call-playbook). `[SPEAKER_A]` is somebody
whose side is not known.
"""

from __future__ import annotations

import re

from data.readers.draft import Draft, Utterance
from rubric.codebook import Role
from rubric.errors import ConversationError

_TAG = re.compile(r"\[((SELLER|PROSPECT|SPEAKER)_[A-Z0-9]{1,3})\]")
_ROLES: dict[str, Role] = {"SELLER": "rep", "PROSPECT": "customer"}


def looks_like(text: str) -> bool:
    """Whether a text begins with a tag, as every snippet does, and holds a second."""
    return bool(_TAG.match(text.lstrip())) and len(_TAG.findall(text)) > 1


def read(text: str, name: str) -> list[Draft]:
    """The one snippet of a text; ConversationError where it holds no tag."""
    parts = _TAG.split(text)  # what stands before the first tag, then tag, side and words of each utterance
    if len(parts) == 1:
        raise ConversationError(
            f"{name}: expected tags such as [SELLER_A] and [PROSPECT_A] before what each says, found {text.strip()[:60]!r}"
        )
    roles: dict[str, Role] = {
        tag: _ROLES[side] for tag, side in zip(parts[1::3], parts[2::3], strict=True) if side in _ROLES
    }
    utterances = tuple(Utterance(tag, said) for tag, said in zip(parts[1::3], parts[3::3], strict=True))
    before = parts[0].strip()
    notes = (f"left out before the first tag: {before[:60]!r}",) if before else ()
    return [Draft(utterances, notes, roles=roles)]
