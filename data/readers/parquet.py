"""Parquet tables of utterances, one a row; columns as in `columns.py`. Needs pyarrow (`pip install .[tables]`).

Only the columns that are needed are read, a batch at a time, texts left in their dictionaries, so that a small file that
unpacks to gigabytes is refused before it has taken them.
"""

from __future__ import annotations

import io
from collections.abc import Iterator

from data.readers import limits
from data.readers.columns import resolve
from data.readers.draft import Draft
from data.readers.source import Source
from data.readers.tables import MAX_COLUMNS, Row, to_drafts
from rubric.errors import ConversationError

MAGIC = b"PAR1"
MAX_ROWS = 500_000
BATCH_ROWS = 10_000


def read(source: Source) -> list[Draft]:
    """The conversations of a Parquet file; ConversationError where it is none, too large, or lacks the columns."""
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise ConversationError(
            f"{source.name}: reading Parquet needs pyarrow: pip install 'foursignal[tables]', or save the table as CSV"
        ) from error
    if not (source.data.startswith(MAGIC) and source.data.endswith(MAGIC)):
        raise ConversationError(
            f"{source.name}: expected a Parquet file, which begins and ends with PAR1; is it cut off?"
        )
    try:
        file = pq.ParquetFile(io.BytesIO(source.data), pre_buffer=False)
        metadata = file.metadata
        columns = [column.name for column in file.schema_arrow]
        if metadata.num_rows > MAX_ROWS or len(columns) > MAX_COLUMNS:
            raise ConversationError(
                f"{source.name}: {metadata.num_rows:,} rows and {len(columns):,} columns, more than the limit of "
                f"{MAX_ROWS:,} and {MAX_COLUMNS:,}; split it by conversation"
            )
        needed = list(dict.fromkeys(resolve(columns, source.columns, source.name).values()))
        n_bytes = sum(
            metadata.row_group(group).column(index).total_uncompressed_size
            for group in range(metadata.num_row_groups)
            for index in range(metadata.num_columns)
            if metadata.row_group(group).column(index).path_in_schema.split(".")[0] in needed
        )
        limits.check_size(n_bytes, f"{source.name}, unpacked,")
        file = pq.ParquetFile(io.BytesIO(source.data), pre_buffer=False, read_dictionary=needed)
        return to_drafts(_rows(file, needed, source.name), needed, source)
    except (pa.ArrowException, OSError, ValueError, KeyError, OverflowError, MemoryError) as error:
        raise ConversationError(
            f"{source.name}: not a Parquet file that can be read: {' '.join(str(error).split())[:200]}"
        ) from error


def _rows(file: object, needed: list[str], name: str) -> Iterator[Row]:
    number = n_characters = 0
    for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=needed):  # type: ignore[attr-defined]
        for row in batch.to_pylist():
            number += 1
            n_characters += sum(len(value) for value in row.values() if isinstance(value, str))
            limits.check_size(n_characters, f"{name}, unpacked,")
            yield f"row {number}", row
