# ruff: noqa: RUF001 (typographic apostrophes and dashes, as transcripts write them)
"""Names of people: what is left of a mention without its title, and which mentions are of one person.

>>> bare("Mrs. Adeyemi-Clarke's"), bare("Hello, Dr Lind"), bare("Mister")
((5, 19), (10, 14), None)
>>> numbers_of(["Mossop", "Dean Mossop", "Ruth Amsel", "R. Amsel", "Dean", "Josie"])
{'Mossop': 1, 'Dean Mossop': 1, 'Ruth Amsel': 2, 'R. Amsel': 2, 'Dean': 1, 'Josie': 3}
"""

from __future__ import annotations

import re
from collections.abc import Iterable

TITLES = [
    "mr",
    "mrs",
    "ms",
    "miss",
    "mister",
    "missus",
    "mx",
    "dr",
    "doctor",
    "prof",
    "professor",
    "sir",
    "madam",
    "dame",
    "rev",
    "reverend",
    "father",
    "sister",
    "herr",
    "frau",
    "monsieur",
    "madame",
    "señor",
    "señora",
    "signor",
    "signora",
]
_GREETINGS = [
    "hi",
    "hello",
    "hey",
    "dear",
    "morning",
    "afternoon",
    "evening",
    "thanks",
    "cheers",
    "bye",
    "regards",
    "yours",
    "best",
    "good",
]
_WORD = re.compile(r"[^\W\d_]+(?:[-'’.][^\W\d_]+)*")
_POSSESSIVE = re.compile(r"['’]s?$")


def bare(mention: str) -> tuple[int, int] | None:
    """Where in a mention the name itself lies: no title, greeting or possessive ending; None where nothing is left."""
    words = [(found.start(), found.end()) for found in _WORD.finditer(mention)]
    while words and mention[slice(*words[0])].casefold().rstrip(".") in (*TITLES, *_GREETINGS):
        words.pop(0)
    if not words:
        return None
    start, end = words[0][0], words[-1][1]
    return start, end - (len(found.group()) if (found := _POSSESSIVE.search(mention[start:end])) else 0)


def parts_of(name: str) -> tuple[str, ...]:
    """The parts of a name, in lower case, titles left out.

    >>> parts_of("Dr. Ruth Adeyemi-Clarke")
    ('ruth', 'adeyemi-clarke')
    """
    words = (_POSSESSIVE.sub("", found.group()).casefold() for found in _WORD.finditer(name))
    return tuple(word for word in words if word and word not in TITLES)


def numbers_of(names: Iterable[str]) -> dict[str, int]:
    """The number of each name's person, from 1 in the order of first appearance.

    Two names are one person's where all parts of the shorter are parts of the longer, an initial standing for any part
    that begins so. Where a part fits several people (`Amsel` after Ruth Amsel and Wilfred Amsel) it is the first one's.
    """
    seen = list(dict.fromkeys(names))
    people: list[tuple[str, ...]] = []
    person_of: dict[str, int] = {}
    # Longer names first, so that a surname that opens the call finds the full name that comes later.
    for name in sorted(seen, key=lambda name: (-len(parts_of(name)), seen.index(name))):
        parts = parts_of(name)
        person = next((index for index, known in enumerate(people) if _within(parts, known)), len(people))
        if person == len(people):
            people.append(parts)
        person_of[name] = person
    numbers: dict[int, int] = {}
    return {name: numbers.setdefault(person_of[name], len(numbers) + 1) for name in seen}


def _within(parts: tuple[str, ...], known: tuple[str, ...]) -> bool:
    """Whether each part of a name, or what it is the initial of, is among the parts of a known one."""
    initials = {part[0] for part in known}
    return bool(parts) and all(
        part in known or (len(part.rstrip(".")) == 1 and len(parts) > 1 and part[0] in initials) for part in parts
    )
