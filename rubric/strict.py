"""Strict configuration: a model that refuses unknown keys, and YAML read with errors that say what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from rubric.errors import ConfigError


class Strict(BaseModel):
    """A frozen part of a configuration; a key that it does not know is a fault."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def read_yaml(path: Path, what: str) -> dict[str, Any]:
    """The mapping in a YAML file; `what` is how errors call it. Raises ConfigError where it cannot be read."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"cannot read {what} {path}: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{what} {path} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(raw, dict):
        raise ConfigError(f"{what} {path}: expected a mapping of keys to values, found {type(raw).__name__}")
    return raw


def faults_of(error: ValidationError) -> list[str]:
    """Each fault that pydantic found, with its place."""
    return [f"{'.'.join(map(str, fault['loc'])) or 'top level'}: {fault['msg']}" for fault in error.errors()]
