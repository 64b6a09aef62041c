"""Conversational uptake: whether a teacher builds on what a student said, near to a listening cue.

The source holds exchanges out of their conversations, and their raters only in sum, so they are read as they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from data.corpora.source import Source, read_rows
from rubric.codebook import Label
from rubric.errors import DataError, refuse

SOURCE = Source(
    name="Conversational uptake (NCTE)",
    licence="MIT",
    citation="Demszky et al., Measuring Conversational Uptake: A Case Study on Student-Teacher Interactions, ACL 2021, "
    "arXiv:2106.03873",
    url="https://github.com/ddemszky/conversational-uptake",
    file="uptake_data.csv",
)
COVERS = frozenset({Label.LISTENING_CUE})

_COLUMNS = ("obs_id", "exchange_idx", "student_text", "teacher_text", "uptake", "uptake_num_agree", "uptake_majority")


@dataclass(frozen=True)
class Exchange:
    """A student's turn and the teacher's answer.

    uptake: mean of up to three raters, 0 (low) to 2 (high), None where nobody rated it. majority: 0, 1 or 2, None
    where no two agree. n_agree: raters who agree.
    """

    id: str
    student: str
    teacher: str
    uptake: float | None
    majority: int | None
    n_agree: int


def read(path: Path) -> list[Exchange]:
    """The exchanges of uptake_data.csv, `observation-exchange` as their id; raise DataError with every fault."""
    exchanges: list[Exchange] = []
    faults: list[str] = []
    for where, row in read_rows(path, _COLUMNS, SOURCE):
        uptake, majority, n_agree = (
            _number(row, column, where, faults) for column in ("uptake", "uptake_majority", "uptake_num_agree")
        )
        name = f"{row['obs_id']}-{row['exchange_idx']}"
        exchanges.append(
            Exchange(
                name,
                row["student_text"],
                row["teacher_text"],
                uptake,
                None if majority is None else int(majority),
                int(n_agree or 0),
            )
        )
    refuse(DataError, str(path), faults)
    return exchanges


def group_of(exchange_id: str) -> str:
    """The lesson that an exchange is from.

    >>> group_of("7-69")
    '7'
    """
    return exchange_id.rpartition("-")[0]


def _number(row: dict[str, str], column: str, where: str, faults: list[str]) -> float | None:
    """The number of a column, None where it is empty."""
    if not row[column]:
        return None
    most = 3 if column == "uptake_num_agree" else 2
    try:
        number = float(row[column])
    except ValueError:
        number = float("nan")
    if isfinite(number) and 0 <= number <= most:
        return number
    faults.append(f"{where}{column}: expected a number from 0 to {most}, found {row[column]!r}")
    return None
