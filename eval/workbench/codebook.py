"""Codebook: what raters were asked, as data; any rubric given as YAML, or this project's own.

>>> codebook = parse_codebook({"name": "Tone", "labels": {"tone": {"level": "ordinal", "values": ["cold", "warm"]}}}, "x")
>>> codebook.labels["tone"].code("warm")
1.0
"""

from __future__ import annotations

import hashlib
import json
from math import isfinite, isnan
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from rubric.codebook import CODEBOOK, VERSION
from rubric.config import RubricConfig, load_rubric
from rubric.errors import ConfigError, refuse
from rubric.strict import Strict, faults_of, read_yaml

Level = Literal["nominal", "ordinal", "interval"]
Unit = Literal["turn", "conversation"]
NO, YES = "no", "yes"
_BINARY = {"0": NO, "1": YES, "0.0": NO, "1.0": YES, "false": NO, "true": YES, "n": NO, "y": YES}


class LabelDefinition(Strict):
    """One thing that raters judge.

    unit: of a turn, or of the whole conversation. level: of measurement. role: whose turns carry it, None for
    everybody's. values: the categories, in order where ordinal; none for numbers (interval). spans: whether raters
    mark stretches of text with it. refers_to: the label that its references point to. called: its name in the
    raters' files (a label, a column, a scorecard's question) where that is another one. recode: values of the files
    to values here; null is "not rated".
    """

    unit: Unit = "turn"
    level: Level = "nominal"
    role: str | None = None
    values: tuple[str, ...] = ()
    spans: bool = False
    refers_to: str | None = None
    called: str | None = None
    recode: dict[str, str | None] = Field(default_factory=dict)
    meaning: str = ""

    @model_validator(mode="after")
    def _values_fit_the_level(self) -> LabelDefinition:
        if self.level == "interval" and self.values:
            raise ValueError("an interval label takes numbers: leave `values` out, or make it ordinal")
        if self.level == "ordinal" and len(self.values) < 2:
            raise ValueError("an ordinal label needs `values`, two or more, from low to high")
        if len(set(self.values)) < len(self.values) or len(self.values) == 1:
            raise ValueError("`values` needs two or more different categories")
        if self.spans and (self.unit != "turn" or self.categories != (NO, YES)):
            raise ValueError("a label with `spans` is of turns and has no `values`: a turn holds it or not")
        return self

    @property
    def categories(self) -> tuple[str, ...]:
        """The categories by code, no and yes where none are given; empty for numbers."""
        return () if self.level == "interval" else self.values or (NO, YES)

    def code(self, found: str) -> float | None:
        """A file's value as a number: the category's index, or the number itself; None for not rated.

        Raises ValueError, with what was expected, where it is neither.
        """
        value = self.recode.get(found, found) if self.recode else found
        if value is None or not value.strip():
            return None
        if self.level == "interval":
            try:
                number = float(value)
            except ValueError:
                number = float("nan")
            if isnan(number) or not isfinite(number):
                raise ValueError(f"expected a number, found {found!r}")
            return number
        if not self.values:
            value = _BINARY.get(value.lower(), value.lower())
        if value not in self.categories:
            raise ValueError(f"expected one of {', '.join(self.categories)}, found {found!r}")
        return float(self.categories.index(value))


class Columns(Strict):
    """What the columns of a wide table are called: a row for each turn (or conversation) and rater."""

    conversation: str = "conversation"
    turn: str = "turn"
    rater: str = "rater"
    role: str = "role"
    text: str = "text"


class Codebook(Strict):
    """A rubric: its labels, and what its raters' tables call their columns."""

    name: str
    version: str = ""
    columns: Columns = Columns()
    labels: dict[str, LabelDefinition] = Field(min_length=1)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    @property
    def is_ours(self) -> bool:
        """Whether it holds this project's labels, so that spans follow the written codebook's rules."""
        return all(str(label) in self.labels for label in CODEBOOK)

    def named(self, name: str) -> str | None:
        """The label that the raters' files call `name`, None where there is none."""
        if name in self.labels and self.labels[name].called is None:
            return name
        return next((label for label, definition in self.labels.items() if definition.called == name), None)

    def to_yaml(self) -> str:
        """The codebook as `load_codebook` reads it, without what is as it would be anyway."""
        plain = json.loads(self.model_dump_json(exclude_defaults=True))
        return yaml.safe_dump(plain, sort_keys=False, allow_unicode=True, width=120)


def load_codebook(path: Path) -> Codebook:
    """Read and check a codebook; raise ConfigError with all faults at once."""
    return parse_codebook(read_yaml(path, "the codebook"), str(path))


def parse_codebook(raw: dict[str, Any], name: str) -> Codebook:
    """Check a codebook given as plain data; `name` is how errors call it."""
    try:
        codebook = Codebook.model_validate(raw)
    except ValidationError as error:
        refuse(ConfigError, f"the codebook {name}", faults_of(error))
        raise
    refuse(ConfigError, f"the codebook {name}", _cross_faults(codebook))
    return codebook


def _cross_faults(codebook: Codebook) -> list[str]:
    faults = []
    called: dict[str, str] = {}
    for label, definition in codebook.labels.items():
        if definition.refers_to and definition.refers_to not in codebook.labels:
            faults.append(f"labels.{label}: refers to {definition.refers_to!r}, which is no label")
        other = called.setdefault(definition.called or label, label)
        if other != label:
            faults.append(f"labels.{label}: is called {definition.called or label!r} in the files, as {other} is")
        for found, value in definition.recode.items():
            if value is not None and definition.categories and value not in definition.categories:
                known = ", ".join(definition.categories)
                faults.append(f"labels.{label}: recodes {found!r} to {value!r}, expected one of {known}")
    return faults


def our_codebook(rubric: RubricConfig | None = None) -> Codebook:
    """This project's labels, of turns and with spans, and its four signals, of whole conversations."""
    rubric = rubric or load_rubric()
    labels = {
        str(label): LabelDefinition(
            role=definition.role,
            spans=True,
            refers_to=str(definition.refers_to) if definition.refers_to else None,
            meaning=definition.meaning,
        )
        for label, definition in CODEBOOK.items()
    }
    signals = {
        name: LabelDefinition(unit="conversation", level="interval", meaning=config.unit)
        for name, config in rubric.signals.items()
    }
    return Codebook(name="foursignal", version=VERSION, labels=labels | signals)
