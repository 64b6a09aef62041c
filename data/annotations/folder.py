"""A folder of files that are written together, or not at all where something lies there already."""

from __future__ import annotations

from pathlib import Path

from rubric.errors import LabelError


def write_files(folder: Path, files: dict[str, str]) -> None:
    """Write texts by name into a new or empty folder; raise LabelError where it cannot be written or holds something."""
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise LabelError(f"{folder} is there already; expected a new or an empty folder")
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_bytes(text.encode())
    except OSError as error:
        raise LabelError(f"cannot write {folder}: {error.strerror}") from error
