# ruff: noqa: RUF001 (typographic apostrophes and dashes, as transcripts write them)
"""What a conversation itself knows of its names: its speakers', and those that one turn gives away for all others."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence

from data.people import bare, parts_of
from data.personal_data import PLACEHOLDER, Kind, Mention
from data.readers.roles import ROLE_WORDS

_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_ADDRESS = re.compile(r"[^\s@<>]{1,64}@[^\s@<>]{1,255}")
_PART = re.compile(r"(?!\s)(?:[^()\[\]<>,|/–—-]|(?<=\w)-(?=\w))+(?<!\s)")
_NO_NAME = ("speaker", "unknown", "participant", "channel", "user", "guest", "person", "voice", "left", "right")
# Before a word that names a thing or a place: "the Kestrel", "in Landau", "this is Ana from Zetor".
_OF_THINGS = re.compile(
    r"\b(?:the|an?|in|near|via|outside|from|at|your|our|my|old|new|every|each|some|any|these|those)$", re.I
)
# First names that are everyday words too; in a transcript without capitals nothing tells them apart.
_EVERYDAY = frozenset(
    [
        "will",
        "may",
        "mark",
        "bill",
        "art",
        "rich",
        "sue",
        "pat",
        "don",
        "grant",
        "chase",
        "frank",
        "rose",
        "grace",
        "hope",
        "faith",
        "joy",
        "june",
        "april",
        "august",
        "dawn",
        "jack",
        "rob",
        "miles",
        "drew",
        "gene",
        "guy",
        "max",
        "ray",
        "sandy",
        "summer",
        "autumn",
        "christian",
        "chance",
        "page",
        "price",
        "king",
        "young",
        "long",
        "best",
        "day",
        "love",
        "little",
        "white",
        "black",
        "brown",
        "green",
        "wood",
        "field",
        "moon",
        "banks",
        "cash",
    ]
)
_FEW_CAPITALS = 0.005


def speakers_names(speaker: str) -> list[tuple[int, int, Kind]]:
    """Where in a speaker's name a person or a mail address is named; nowhere where it is a role or a number alone.

    >>> speakers_names("Bo Li - Prospect"), speakers_names("R2"), speakers_names("SPEAKER_00")
    ([(0, 5, <Kind.NAME: 'NAME'>)], [], [])
    """
    address = _ADDRESS.search(speaker)
    found = [(address.start(), address.end(), Kind.EMAIL)] if address else []
    done = [*PLACEHOLDER.finditer(speaker), *([address] if address else [])]
    for part in _PART.finditer(speaker):
        if any(part.start() < other.end() and other.start() < part.end() for other in done):
            continue
        word = re.sub(r"[\s_#]{0,9}\d{1,9}$", "", part.group()).casefold()
        inner = bare(part.group())
        if len(word) > 1 and word not in ROLE_WORDS and word not in _NO_NAME and inner:
            found.append((part.start() + inner[0], part.start() + inner[1], Kind.NAME))
    return sorted(found)


def in_all_turns(
    texts: Sequence[str], found: Sequence[Sequence[Mention]], speakers: Collection[str]
) -> list[list[Mention]]:
    """(n_texts,) the mentions in each text, names that are known from elsewhere in the conversation added.

    texts: of the turns. found: what each text gives away by itself. Names that the model alone sees and that the
    conversation uses as a word or as a thing are taken back. In a text without capitals known names are found too.
    """
    letters = [character for text in texts for character in text if character.isalpha()]
    cased = sum(map(str.isupper, letters)) > _FEW_CAPITALS * len(letters)
    in_lower_case = {word.group() for text in texts for word in _WORD.finditer(text) if word.group().islower()}
    of_speakers = {
        part
        for speaker in speakers
        for start, end, kind in speakers_names(speaker)
        if kind is Kind.NAME
        for part in parts_of(speaker[start:end])
    }
    sure = set(of_speakers)
    used: dict[tuple[str, ...], Counter[bool]] = defaultdict(Counter)
    for text, mentions in zip(texts, found, strict=True):
        for mention in mentions:
            parts = parts_of(text[mention.start : mention.end]) if mention.kind is Kind.NAME else ()
            if mention.sure:
                sure.update(parts)
            if parts:
                used[parts][bool(_OF_THINGS.search(text[: mention.start].rstrip()))] += 1
    kept = [
        [
            mention
            for mention in mentions
            if mention.kind is not Kind.NAME
            or mention.sure
            or _is_name(parts_of(text[mention.start : mention.end]), sure, used, in_lower_case if cased else set())
        ]
        for text, mentions in zip(texts, found, strict=True)
    ]
    known = sure | {
        part
        for text, mentions in zip(texts, kept, strict=True)
        for mention in mentions
        if mention.kind is Kind.NAME
        for part in parts_of(text[mention.start : mention.end])
    }
    known = {part for part in known if len(part) > 1 and part not in (_EVERYDAY if not cased else ())}
    return [
        _with_known(text, mentions, known, cased, in_lower_case) for text, mentions in zip(texts, kept, strict=True)
    ]


def _is_name(
    parts: tuple[str, ...], sure: set[str], used: dict[tuple[str, ...], Counter[bool]], in_lower_case: set[str]
) -> bool:
    """Whether what the model takes for a name holds: a part is known for sure, or it is not used as a word or a thing."""
    if not parts or sure.intersection(parts):
        return bool(parts)
    as_thing = used[parts]
    return not (len(parts) == 1 and parts[0] in in_lower_case) and as_thing[True] < max(1, as_thing[False])


def _with_known(
    text: str, mentions: Sequence[Mention], known: set[str], cased: bool, in_lower_case: set[str]
) -> list[Mention]:
    """The mentions and every known part of a name outside of them; neighbours that only a space parts become one."""
    added = list(mentions)
    for word in _WORD.finditer(text):
        inner = bare(word.group())
        if inner is None:
            continue
        name, start, end = word.group()[slice(*inner)], word.start() + inner[0], word.start() + inner[1]
        if name.casefold() not in known or (cased and not name[0].isupper()):
            continue
        if cased and name.casefold() in in_lower_case and not text[:start].rstrip(" \"'“(")[-1:].isalnum():
            continue  # "Will" at a sentence's beginning, where it may be the word
        if all(end <= other.start or other.end <= start for other in mentions):
            added.append(Mention(start, end, Kind.NAME))
    added.sort(key=lambda mention: mention.start)
    joined: list[Mention] = []
    for mention in added:
        last = joined[-1] if joined else None
        if last and last.kind is mention.kind is Kind.NAME and text[last.end : mention.start] == " ":
            joined[-1] = Mention(last.start, mention.end, Kind.NAME)
        else:
            joined.append(mention)
    return joined
