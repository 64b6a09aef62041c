# ruff: noqa: RUF001 (letters and marks of several languages)
"""`Name: text`: which words before a colon are a speaker's name, and which are part of what is said."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from data.readers.roles import role_in_name

MAX_NAME_CHARACTERS = 60
MAX_NAME_WORDS = 6
_LABEL = re.compile(rf"\s*([^:：\s][^:：]{{0,{MAX_NAME_CHARACTERS - 1}}}?)\s*(?::(?=\s|$)|：)\s*")
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
_ADDRESS = re.compile(r"[^\s@]{1,40}@[^\s@]{1,40}")
_WORD = re.compile(r"[^\W_]+")
_NEVER_IN_NAMES = re.compile(r"[?!;\"“”…]|\w{5}\. ")


def candidate(line: str) -> tuple[str, str] | None:
    """The words before the first colon and the rest of the line, where those could be a name.

    >>> candidate("Ana Ruiz (guest): Hello: again")
    ('Ana Ruiz (guest)', 'Hello: again')
    >>> candidate("at 10:30 or later") is candidate("Really? One thing: no") is None
    True
    """
    match = _LABEL.match(line)
    if not match:
        return None
    name = " ".join(match[1].split())
    return (name, line[match.end() :]) if _may_be_a_name(name) else None


def speaker_names(lines: Iterable[str]) -> frozenset[str]:
    """The candidates that are speakers: a role word, or spelt like a name, or before the colon at least twice.

    Spelt like a name means that the first and the last word begin with a capital, a digit or a letter without case, so
    that "One thing: ..." within somebody's talk stays talk. Where role words name both sides, spelling counts for nothing.

    >>> sorted(speaker_names(["Ana Ruiz: hi", "bo: hi", "bo: yes", "rep: so", "One thing: it is late"]))
    ['Ana Ruiz', 'bo', 'rep']
    """
    counts = Counter(found[0] for line in lines if (found := candidate(line)))
    by_role = {role_in_name(name) for name in counts} >= {"rep", "customer"}
    return frozenset(
        name
        for name, n in counts.items()
        if n > 1 or role_in_name(name) or (not by_role and _is_spelt_like_a_name(name))
    )


def split_speaker(line: str, names: frozenset[str]) -> tuple[str | None, str]:
    """The speaker of a line, None where it names none of `names`, and what is said."""
    found = candidate(line)
    return found if found and found[0] in names else (None, line)


def is_name(text: str) -> bool:
    """Whether a line of its own is a name: a role word, or short and spelt like one, without a sentence's punctuation.

    >>> [is_name(text) for text in ("Ana Ruiz", "rep", "Speaker 1", "Well, I think so.", "Not today")]
    [True, True, True, False, False]
    """
    name = text.strip()
    if role_in_name(name):
        return True
    return (
        len(name) <= MAX_NAME_CHARACTERS
        and name[-1:] not in ".,:"
        and _may_be_a_name(name)
        and _is_spelt_like_a_name(name)
    )


def _may_be_a_name(name: str) -> bool:
    return len(name.split()) <= MAX_NAME_WORDS and not _NEVER_IN_NAMES.search(name) and bool(_WORD.search(name))


def _is_spelt_like_a_name(name: str) -> bool:
    if _ADDRESS.fullmatch(name):
        return True
    words = _WORD.findall(_ASIDE.sub("", name)) or _WORD.findall(name)
    return not (words[0][0].islower() or words[-1][0].islower())
