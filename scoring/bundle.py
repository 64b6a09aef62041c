"""A bundle: one folder with all that scoring needs, and a manifest with the hash of every part."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from rubric.errors import BundleError
from scoring.windows import WindowConfig

MANIFEST = "manifest.json"
MODEL, TOKENIZER, LINKS, CALIBRATION = "model.onnx", "tokenizer.json", "links.safetensors", "calibration.json"
FILES = (MODEL, TOKENIZER, LINKS, CALIBRATION)
FORMAT = 1


class Manifest(BaseModel):
    """What a bundle is. The sha256 fields hash: data, the labelled conversations; rubric, codebook and bands at
    training; base, the base encoder's weights; files, each file of the bundle."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: int
    name: str
    language: str
    windows: WindowConfig
    base: str
    base_sha256: str
    data_sha256: str
    rubric_sha256: str
    commit: str
    seed: int
    files: dict[str, str]

    @property
    def sha256(self) -> str:
        """The bundle's own hash, over everything in the manifest."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest into the bundle's folder."""
    (folder / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> Manifest:
    """Read a bundle's manifest and check every file against it; raise BundleError that says what to do."""
    path = folder / MANIFEST
    if not path.is_file():
        raise BundleError(
            f"no scorer bundle in {folder}: expected {MANIFEST} there; `make bundle` builds the shipped one"
        )
    try:
        manifest = Manifest.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise BundleError(
            f"{path} is not a bundle's manifest; `make bundle` builds the shipped one anew: {error}"
        ) from error
    if manifest.format != FORMAT:
        raise BundleError(f"{path} has format {manifest.format}, this version reads {FORMAT}: build the bundle anew")
    for name in FILES:
        file = folder / name
        if not file.is_file():
            raise BundleError(f"the bundle {folder} is incomplete: {name} is missing; build it anew with `make bundle`")
        found, expected = sha256_of(file), manifest.files.get(name, "nothing")
        if found != expected:
            raise BundleError(
                f"the bundle {folder} was changed: {name} has sha256 {found[:12]}…, the manifest says {expected[:12]}…; "
                "build it anew with `make bundle`"
            )
    return manifest
