"""The first sheet of an Excel workbook as rows of text, for data sets that come so."""

from __future__ import annotations

import io
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from data.corpora.source import Source
from data.readers import limits
from data.readers.source import read_bytes
from rubric.errors import DataError

MAX_UNPACKED_BYTES = 5 * limits.MAX_BYTES


def read_sheet(path: Path, columns: Sequence[str], source: Source) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row of the first sheet, by column as stripped text, after its number as Excel counts (the header is row 1).

    Raises DataError where the file is no workbook, unpacks to more than `MAX_UNPACKED_BYTES` or lacks one of `columns`,
    and where openpyxl is not installed; ConversationError where the file cannot be read or is too large.
    """
    try:
        from openpyxl import load_workbook
    except ImportError as error:
        raise DataError("reading .xlsx files needs openpyxl: pip install foursignal[excel]") from error
    content = read_bytes(path)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        if unpacked > MAX_UNPACKED_BYTES:
            raise DataError(
                f"{path} unpacks to {unpacked / 1e6:.0f} MB, more than the limit of {MAX_UNPACKED_BYTES / 1e6:.0f} MB"
            )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # styles and extensions that nothing here reads
            book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
            rows = [[_text(cell) for cell in row] for row in book.worksheets[0].iter_rows(values_only=True)]
    except DataError:
        raise
    except Exception as error:  # openpyxl and the parsers under it raise many classes over a damaged workbook
        raise DataError(f"{path} is no Excel workbook that can be read: {error}; save it anew as .xlsx") from error
    header = rows[0] if rows else []
    missing = [column for column in columns if column not in header]
    if missing:
        raise DataError(
            f"{path} lacks the columns {', '.join(missing)}; expected the original {source.file} of {source.name}, "
            f"see {source.url}"
        )
    at = {column: header.index(column) for column in columns}
    for number, row in enumerate(rows[1:], start=2):
        yield number, {column: row[index] if index < len(row) else "" for column, index in at.items()}


def _text(cell: object) -> str:
    return "" if cell is None else str(cell).strip()
