"""configs/serving.yaml as checked data; every fault of a file is reported at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, StringConstraints, ValidationError

from data.readers.limits import MAX_BYTES, MAX_TURNS
from rubric.errors import ConfigError, refuse
from rubric.strict import Strict, read_yaml

DEFAULT_PATH = Path(__file__).parent.parent / "configs" / "serving.yaml"

Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]


class Settings(Strict):
    """The whole of configs/serving.yaml.

    bundles: folder of the scorer bundle by language. max_turns: of one conversation. max_concurrent: conversations scored at a time; max_waiting: how
    many may wait for that. n_threads: of each scoring, 0 for one a core. redact: take personal data out of a conversation
    before anything else sees it.
    """

    host: str = Field(min_length=1)
    port: int = Field(ge=0, le=65535)
    bundles: dict[Language, Path] = Field(min_length=1)
    max_turns: int = Field(ge=2, le=MAX_TURNS, description="no more than the readers take")
    max_body_bytes: int = Field(ge=1_000, le=MAX_BYTES, description="no more than the readers take")
    max_concurrent: int = Field(ge=1)
    max_waiting: int = Field(ge=0)
    n_threads: int = Field(ge=0)
    redact: bool = False


def load_settings(path: Path = DEFAULT_PATH) -> Settings:
    """Read and check the settings; raise ConfigError with all faults at once."""
    return parse_settings(read_yaml(path, "the settings"), str(path))


def parse_settings(raw: dict[str, Any], name: str) -> Settings:
    """Check settings given as plain data; `name` is how errors call them."""
    try:
        return Settings.model_validate(raw)
    except ValidationError as error:
        faults = [_describe(fault["type"], fault["loc"], fault["msg"]) for fault in error.errors()]
        refuse(ConfigError, name, faults)
        raise


def _describe(kind: str, location: tuple[int | str, ...], message: str) -> str:
    where = ".".join(str(part) for part in location if part != "[key]")
    if kind == "extra_forbidden":
        return f"unknown key {where!r}, expected {', '.join(Settings.model_fields)}"
    if kind == "missing":
        return f"{where} is missing"
    if location[-1] == "[key]":
        return f"{where} is no language: expected an ISO 639 code, such as en"
    return f"{where}: {message[0].lower()}{message[1:]}"
