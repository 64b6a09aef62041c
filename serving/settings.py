"""configs/serving.yaml as checked data; every fault of a file is reported at once."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from data.readers.limits import MAX_BYTES, MAX_TURNS
from rubric.errors import ConfigError, refuse

DEFAULT_PATH = Path(__file__).parent.parent / "configs" / "serving.yaml"

Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]


class Settings(BaseModel):
    """The whole of configs/serving.yaml.

    bundles: folder of the scorer bundle by language. max_turns: of one conversation. max_concurrent: conversations scored at a time; max_waiting: how
    many may wait for that. n_threads: of each scoring, 0 for one a core.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(min_length=1)
    port: int = Field(ge=0, le=65535)
    bundles: dict[Language, Path] = Field(min_length=1)
    max_turns: int = Field(ge=2, le=MAX_TURNS, description="no more than the readers take")
    max_body_bytes: int = Field(ge=1_000, le=MAX_BYTES, description="no more than the readers take")
    max_concurrent: int = Field(ge=1)
    max_waiting: int = Field(ge=0)
    n_threads: int = Field(ge=0)


def load_settings(path: Path = DEFAULT_PATH) -> Settings:
    """Read and check the settings; raise ConfigError with all faults at once."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read the settings {path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"the settings {path} are not YAML: {' '.join(str(error).split())}") from error
    return parse_settings(raw, str(path))


def parse_settings(raw: Any, name: str) -> Settings:
    """Check settings given as plain data; `name` is how errors call them."""
    if not isinstance(raw, dict):
        raise ConfigError(f"{name}: expected a mapping with {', '.join(Settings.model_fields)}, found {raw!r:.60}")
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
