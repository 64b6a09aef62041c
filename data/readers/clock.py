"""Times as people and tools write them, in seconds: `12.5`, `0:12.5`, `1:02:03`, a comma for the point too."""

from __future__ import annotations

import re
from math import isfinite

MAX_SECONDS = 1e7
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{1,2}(?:[.,]\d{1,9})?)")
_NUMBER = re.compile(r"-?\d{1,15}(?:[.,]\d{1,15})?")


def seconds_of(value: object) -> float | None:
    """The seconds that a number or a text says, None where it says none.

    >>> [seconds_of(value) for value in (12, "12,5", "1:02:03.5", "2024-05-01T10:00", None, True, float("nan"))]
    [12.0, 12.5, 3723.5, None, None, None, None]
    """
    if isinstance(value, str):
        text = value.strip()
        if match := _CLOCK.fullmatch(text):
            hours, minutes, seconds = match.groups()
            return 3600.0 * int(hours or 0) + 60 * int(minutes) + float(seconds.replace(",", "."))
        value = float(text.replace(",", ".")) if _NUMBER.fullmatch(text) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) <= MAX_SECONDS and isfinite(value) else None
