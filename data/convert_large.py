"""A file of any size to conversations as JSONL, piece by piece, for `python -m data convert`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from rich.progress import DownloadColumn, Progress

from data.personal_data import Kind
from data.readers import foursignal_json
from data.readers.pieces import large_size
from data.readers.read import read_large
from data.readers.roles import RoleHints
from data.redact import Redactor, note_of

MAX_NOTES = 20


def convert_large(
    source: Path,
    target: Path,
    format: str | None,
    language: str | None,
    hints: RoleHints,
    columns: Mapping[str, str] | None,
    redactor: Redactor | None = None,
) -> tuple[int, list[str]]:
    """Convert with a progress bar; the target appears when all is written, nothing where it fails. How many conversations,
    and the notes.

    Raises as `data.readers.read.read_large` does.
    """
    n, notes, replaced = 0, Counter[str](), Counter[Kind]()
    partial = target.with_name(f"{target.name}.partial")
    bar = Progress(*Progress.get_default_columns(), DownloadColumn(), console=Console(stderr=True))
    with ExitStack() as stack:
        stack.callback(partial.unlink, missing_ok=True)
        stack.enter_context(bar)
        written = stack.enter_context(partial.open("w", encoding="utf-8"))
        task = bar.add_task(f"converting {source.name}", total=large_size(source))
        for transcripts, n_bytes in read_large(source, format, language=language, hints=hints, columns=columns):
            for transcript in transcripts:
                conversation = transcript.conversation
                notes.update(transcript.notes)
                if redactor:
                    redacted = redactor.redact(conversation)
                    conversation = redacted.conversation
                    replaced.update(redacted.counts)
                written.write(json.dumps(foursignal_json.plain(conversation), ensure_ascii=False) + "\n")
            n += len(transcripts)
            bar.advance(task, n_bytes)
        written.close()
        partial.replace(target)
    told = [f"{note} ({times:,} conversations)" if times > 1 else note for note, times in notes.most_common(MAX_NOTES)]
    return n, [*told, note_of(replaced)] if redactor else told
