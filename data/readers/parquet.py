"""Parquet tables of utterances, one a row; columns as in `columns.py`. Needs pyarrow (`pip install .[tables]`).

The file is decoded in a process of its own: a damaged one can make the library end the process it runs in. Only the
columns that are needed are read, a batch at a time, texts left in their dictionaries, and the process may take no more
than `MAX_MEMORY`, so that a small file that unpacks to gigabytes is refused.
"""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from importlib.util import find_spec
from multiprocessing import get_context
from typing import Any

from data.readers import limits
from data.readers.columns import resolve
from data.readers.draft import Draft
from data.readers.source import Source
from data.readers.tables import MAX_COLUMNS, to_drafts
from rubric.errors import ConversationError

MAGIC = b"PAR1"
MAX_ROWS = 500_000
BATCH_ROWS = 10_000
MAX_MEMORY = 4_000_000_000


def read(source: Source) -> list[Draft]:
    """The conversations of a Parquet file; ConversationError where it is none, too large, or lacks the columns."""
    name = source.name
    if find_spec("pyarrow") is None:
        raise ConversationError(
            f"{name}: reading Parquet needs pyarrow: pip install 'foursignal[tables]', or save the table as CSV"
        )
    if not (source.data.startswith(MAGIC) and source.data.endswith(MAGIC)):
        raise ConversationError(f"{name}: expected a Parquet file, which begins and ends with PAR1; is it cut off?")
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_confine) as pool:
        try:
            columns, rows, n_bytes = pool.submit(
                _decode, source.data, dict(source.columns), name, limits.MAX_BYTES
            ).result()
        except BrokenProcessPool as error:
            raise ConversationError(f"{name}: not a Parquet file that can be read: it is damaged") from error
    limits.check_size(n_bytes, f"{name}, unpacked,")
    return to_drafts(((f"row {number}", row) for number, row in enumerate(rows, start=1)), columns, source)


def _confine() -> None:
    """Bound the memory of this process, where the system can, and keep the library's last words off the terminal."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    if find_spec("resource") is not None:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))


def _decode(
    content: bytes, mapping: Mapping[str, str], name: str, max_bytes: int
) -> tuple[list[str], list[dict[str, Any]], int]:
    """The columns that are needed, the rows, and how many bytes they have; it stops where these exceed `max_bytes`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(io.BytesIO(content), pre_buffer=False)
        metadata = file.metadata
        columns = [column.name for column in file.schema_arrow]
        if metadata.num_rows > MAX_ROWS or len(columns) > MAX_COLUMNS:
            raise ConversationError(
                f"{name}: {metadata.num_rows:,} rows and {len(columns):,} columns, more than the limit of "
                f"{MAX_ROWS:,} and {MAX_COLUMNS:,}; split it by conversation"
            )
        needed = list(dict.fromkeys(resolve(columns, mapping, name).values()))
        chunks = (metadata.row_group(g).column(c) for g in range(metadata.num_row_groups) for c in range(len(columns)))
        claimed = sum(chunk.total_uncompressed_size for chunk in chunks if chunk.path_in_schema.split(".")[0] in needed)
        if claimed > max_bytes:
            return needed, [], claimed
        file = pq.ParquetFile(io.BytesIO(content), pre_buffer=False, read_dictionary=needed)
        rows: list[dict[str, Any]] = []
        n_bytes = 0
        for batch in file.iter_batches(batch_size=BATCH_ROWS, columns=needed):
            for row in batch.to_pylist():
                rows.append(row)
                n_bytes += sum(len(value) for value in row.values() if isinstance(value, str))
                if n_bytes > max_bytes:
                    return needed, [], n_bytes
        return needed, rows, n_bytes
    except (pa.ArrowException, OSError, ValueError, LookupError, TypeError, OverflowError, MemoryError) as error:
        fault = " ".join(str(error).split())[:200]
        raise ConversationError(f"{name}: not a Parquet file that can be read: {fault}") from error
