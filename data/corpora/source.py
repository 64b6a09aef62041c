"""Source: what a public data set is called, under which licence it stands, whom to cite and where to get it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from data.readers.source import decode, read_bytes
from rubric.errors import DataError


@dataclass(frozen=True)
class Source:
    """Where a data set comes from; `file` is the original file that the reader takes."""

    name: str
    licence: str
    citation: str
    url: str
    file: str


def read_rows(path: Path, columns: Sequence[str], source: Source) -> Iterator[tuple[str, dict[str, str]]]:
    """Each row of a CSV file by column, after the words that begin a fault in it, such as "line 7: ".

    Raises DataError where the file lacks one of `columns` or is no CSV; ConversationError where it cannot be read.
    """
    reader = csv.DictReader(io.StringIO(decode(read_bytes(path), str(path)), newline=""), strict=True, restval="")
    missing = [column for column in columns if column not in (reader.fieldnames or ())]
    if missing:
        raise DataError(
            f"{path} lacks the columns {', '.join(missing)}; expected the original {source.file} of {source.name}, "
            f"see {source.url}"
        )
    try:
        for row in reader:
            yield f"line {reader.line_num}: ", {column: row[column] for column in columns}
    except csv.Error as error:
        raise DataError(f"{path}: line {reader.line_num}: not CSV: {error}") from error
