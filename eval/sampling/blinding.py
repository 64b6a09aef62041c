"""Blinding: raters see neither whose conversation it is nor who else rates it, and the key lies apart.

Conversations and raters get codes in random order; kind, trade and names of speakers are left out. The words stay: names
in them are for redaction to remove before. `unblind` takes labels under codes back to conversations and people.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from rubric.conversation import Conversation
from rubric.errors import DataError, LabelError, refuse
from rubric.spans import Labelled, Rating
from rubric.strict import Strict, faults_of


class Key(Strict):
    """What codes stand for. conversations: code to id; raters: code to name; drawn: code of a conversation to how it
    was chosen."""

    conversations: dict[str, str]
    raters: dict[str, str]
    drawn: dict[str, str]


def codes(names: Sequence[str], letter: str, seed: int) -> dict[str, str]:
    """Name to code, such as c07; which name gets which number is chance.

    >>> codes(["Ana", "Bo"], "r", seed=1)
    {'Ana': 'r2', 'Bo': 'r1'}
    """
    numbers = np.random.default_rng([seed, ord(letter)]).permutation(len(names)).tolist()
    width = len(str(len(names)))
    return {name: f"{letter}{number + 1:0{width}}" for name, number in zip(names, numbers, strict=True)}


def blind(conversation: Conversation, code: str) -> Conversation:
    """The conversation under a code: words, roles and times alone; speakers are R, R2, C ... by appearance."""
    letters = {"rep": "R", "customer": "C"}
    seen: dict[tuple[str, str], str] = {}
    for turn in conversation.turns:
        if (turn.role, turn.speaker) not in seen:
            number = 1 + sum(role == turn.role for role, _ in seen)
            seen[turn.role, turn.speaker] = f"{letters[turn.role]}{number if number > 1 else ''}"
    turns = [turn.model_copy(update={"speaker": seen[turn.role, turn.speaker]}) for turn in conversation.turns]
    return Conversation(id=code, language=conversation.language, turns=tuple(turns))


def read_key(path: Path) -> Key:
    """The key that a plan wrote; raise DataError where there is none."""
    try:
        return Key.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot read the key {path}: {error}") from error
    except ValidationError as error:
        refuse(DataError, f"the key {path}", faults_of(error))
        raise


def unblind(
    labelled: Iterable[Labelled], key: Key, conversations: Mapping[str, Conversation], where: str
) -> list[Labelled]:
    """Labels under codes, as labels of the conversations by id and of the raters by name.

    A rater whom the key does not know keeps the name that the tool gives. Raises LabelError with every fault: a code
    that the key does not know, a conversation that is not given, words that are not those that were handed out.
    """
    faults: list[str] = []
    found: list[Labelled] = []
    for item in labelled:
        code = item.conversation.id
        name = key.conversations.get(code)
        original = conversations.get(name) if name else None
        if name is None:
            faults.append(f"{code}: the key does not know this code")
        elif original is None:
            faults.append(f"{code}: {name!r} is not among the conversations that were given")
        elif [turn.text for turn in original.turns] != [turn.text for turn in item.conversation.turns]:
            faults.append(f"{code}: the words are not those of {name!r}; spans would point elsewhere")
        else:
            rater = key.raters.get(item.rating.rater, item.rating.rater)
            found.append(Labelled(original, Rating(conversation=name, rater=rater, spans=item.rating.spans)))
    refuse(LabelError, where, faults)
    return found
