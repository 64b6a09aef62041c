"""The practice library: personas and scenarios from configs/practice/, checked strictly, all faults in one error."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rubric.config import SIGNALS
from rubric.errors import ConfigError, FoursignalError, refuse
from rubric.signals import Signal

DEFAULT_FOLDER = Path(__file__).parent.parent / "configs" / "practice"

Difficulty = Literal[1, 2, 3]
DIFFICULTIES: dict[Difficulty, str] = {1: "easy", 2: "middle", 3: "hard"}
MINIMUM_PER_SIGNAL = 8
MINIMUM_PER_DIFFICULTY = 2
# What a scenario must offer so that the signal it practises can reach a band at all.
MINIMUM_NEEDS = {"discovery_density": 2, "value_framing": 2}
MINIMUM_OBJECTIONS = {"objection_acknowledgement": 2}

ID = r"^[a-z0-9]+(-[a-z0-9]+)*$"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, str_min_length=1)


class Persona(_Strict):
    """Who the customer is, whatever is being sold: enough for a colleague or a model to play them."""

    id: str = Field(pattern=ID)
    name: str
    role: str
    company: str
    temperament: str
    speech: str
    cares_about: tuple[str, ...] = Field(min_length=1)


class HiddenNeed(_Strict):
    """A need in the persona's words, and what makes them say it."""

    text: str
    revealed_by: str


class RaisedObjection(_Strict):
    """An objection in the persona's words, when it is raised, and what changes once the rep has said it back."""

    text: str
    raised_when: str
    softens: str


class Done(_Strict):
    """What counts as done: the signal's value in the practice conversation, and what else to look for.

    Bounds are in the signal's unit and included. `also` is for people: the rubric does not measure it.
    """

    signal: str
    at_least: float = Field(ge=0)
    at_most: float | None = None
    also: tuple[str, ...] = ()

    def reached(self, signals: Mapping[str, Signal]) -> bool | None:
        """Whether a scorecard's signals reach it; None where the signal is undefined."""
        value = signals[self.signal].value
        if value is None:
            return None
        return value >= self.at_least and (self.at_most is None or value <= self.at_most)


class Scenario(_Strict):
    """One practice conversation. `situation` and `offer` are for the rep; needs and objections for the customer only."""

    id: str = Field(pattern=ID)
    title: str
    signal: str
    difficulty: Difficulty
    persona: str
    situation: str
    offer: str
    opening_line: str
    needs: tuple[HiddenNeed, ...] = Field(min_length=1)
    objections: tuple[RaisedObjection, ...] = Field(min_length=1)
    done: Done
    tip: str


class Library(_Strict):
    """All personas and scenarios, in the stable order of the files: by signal as in the rubric, then as written."""

    personas: tuple[Persona, ...]
    scenarios: tuple[Scenario, ...]

    @property
    def sha256(self) -> str:
        """Hash of everything a scenario says, whatever the layout of its file."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    def of(self, signal: str, difficulty: int | None = None) -> tuple[Scenario, ...]:
        """The scenarios that practise a signal, of one difficulty (1 to 3) or of all."""
        return tuple(
            scenario
            for scenario in self.scenarios
            if scenario.signal == signal and difficulty in (None, scenario.difficulty)
        )

    def scenario(self, id: str) -> Scenario:
        """The scenario of this id; FoursignalError where there is none."""
        for scenario in self.scenarios:
            if scenario.id == id:
                return scenario
        raise FoursignalError(f"no scenario has the id {id!r}; `python -m coaching library` lists all ids")

    def persona(self, id: str) -> Persona:
        """The persona of this id; FoursignalError where there is none."""
        for persona in self.personas:
            if persona.id == id:
                return persona
        raise FoursignalError(f"no persona has the id {id!r}, expected one of {', '.join(p.id for p in self.personas)}")


def load_library(folder: Path = DEFAULT_FOLDER) -> Library:
    """Read personas.yaml and one file per signal; raise ConfigError with every fault, each with file and scenario."""
    if not folder.is_dir():
        raise ConfigError(f"no practice library: {folder} is not a folder")
    faults = [
        f"{path.name}: unknown file, expected personas.yaml and {', '.join(f'{name}.yaml' for name in SIGNALS)}"
        for path in sorted(folder.glob("*.y*ml"))
        if path.name not in {"personas.yaml", *(f"{name}.yaml" for name in SIGNALS)}
    ]
    personas = _read(folder / "personas.yaml", "personas", Persona, faults)
    of_signal = {name: _read(folder / f"{name}.yaml", "scenarios", Scenario, faults) for name in SIGNALS}
    faults += _cross_faults(personas, of_signal)
    refuse(ConfigError, f"the practice library in {folder}", faults)
    return Library(
        personas=tuple(entry.item for entry in personas or () if entry.item),
        scenarios=tuple(entry.item for name in SIGNALS for entry in of_signal[name] or () if entry.item),
    )


Item = TypeVar("Item", Persona, Scenario)


@dataclass(frozen=True)
class _Entry(Generic[Item]):
    """One entry of a file; item is None where it has faults."""

    file: str
    index: int
    id: str | None
    item: Item | None

    @property
    def where(self) -> str:
        return f"{self.file}: {self.id or f'entry {self.index}'}"


def _read(path: Path, key: str, model: type[Item], faults: list[str]) -> list[_Entry[Item]] | None:
    """The entries of the list under `key`, None where there is no such list; what is wrong is added to `faults`."""
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        faults.append(f"{path.name}: the file is missing")
        return None
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        faults.append(f"{path.name}: cannot be read as YAML: {' '.join(str(error).split())}")
        return None
    if not isinstance(raw, dict) or not isinstance(raw.get(key), list):
        faults.append(f"{path.name}: expected a mapping with a list under {key!r}")
        return None
    faults += [f"{path.name}: unknown key {other!r}, expected only {key!r}" for other in raw if other != key]
    return [_entry(path.name, index, item, model, faults) for index, item in enumerate(raw[key], start=1)]


def _entry(file: str, index: int, raw: Any, model: type[Item], faults: list[str]) -> _Entry[Item]:
    named = raw.get("id") if isinstance(raw, dict) else None
    entry = _Entry[Item](file, index, named if isinstance(named, str) else None, None)
    try:
        return replace(entry, item=model.model_validate(raw))
    except ValidationError as error:
        faults += [
            f"{entry.where}: {'.'.join(map(str, fault['loc'])) or 'the entry'}: {fault['msg']}"
            for fault in error.errors()
        ]
        return entry


def _cross_faults(
    personas: list[_Entry[Persona]] | None, of_signal: Mapping[str, list[_Entry[Scenario]] | None]
) -> list[str]:
    """What only shows between entries. Where an entry is faulty nothing is counted or looked up that it may be."""
    people = personas or []
    known = {entry.id for entry in people}
    faults = _repeats(people) + _repeats([entry for entries in of_signal.values() for entry in entries or ()])
    for signal, entries in of_signal.items():
        for entry in entries or ():
            if entry.item is None:
                continue
            faults += [f"{entry.where}: {fault}" for fault in _scenario_faults(entry.item, signal)]
            if personas is not None and entry.item.persona not in known:
                faults.append(f"{entry.where}: unknown persona {entry.item.persona!r}, expected an id of personas.yaml")
        read = [entry.item for entry in entries or () if entry.item]
        if entries is not None and len(read) == len(entries):
            faults += [f"{signal}.yaml: {fault}" for fault in _count_faults(read)]
    return faults


def _repeats(entries: Sequence[_Entry[Any]]) -> list[str]:
    """Ids that more than one entry carries, within a file or across files."""
    by_id: dict[str, list[_Entry[Any]]] = {}
    for entry in entries:
        if entry.id:
            by_id.setdefault(entry.id, []).append(entry)
    return [
        f"{same[-1].where}: {len(same)} entries carry this id, in {' and '.join(dict.fromkeys(e.file for e in same))}"
        for same in by_id.values()
        if len(same) > 1
    ]


def _scenario_faults(scenario: Scenario, signal: str) -> list[str]:
    faults = []
    if scenario.signal != signal:
        faults.append(f"signal is {scenario.signal!r}, but the file holds {signal!r}")
    if scenario.done.signal != scenario.signal:
        faults.append(f"done measures {scenario.done.signal!r}, expected the scenario's own signal {scenario.signal!r}")
    if scenario.done.at_most is not None and scenario.done.at_most < scenario.done.at_least:
        faults.append(f"done.at_most {scenario.done.at_most:g} lies below at_least {scenario.done.at_least:g}")
    for what, found, least in (
        ("needs", scenario.needs, MINIMUM_NEEDS.get(signal, 1)),
        ("objections", scenario.objections, MINIMUM_OBJECTIONS.get(signal, 1)),
    ):
        if len(found) < least:
            faults.append(f"{len(found)} {what}, but practising {signal} takes at least {least}")
    return faults


def _count_faults(scenarios: list[Scenario]) -> list[str]:
    faults = []
    if len(scenarios) < MINIMUM_PER_SIGNAL:
        faults.append(f"{len(scenarios)} scenarios, expected at least {MINIMUM_PER_SIGNAL}")
    counts = Counter(scenario.difficulty for scenario in scenarios)
    return faults + [
        f"{counts[difficulty]} scenarios of difficulty {difficulty} ({name}), expected at least {MINIMUM_PER_DIFFICULTY}"
        for difficulty, name in DIFFICULTIES.items()
        if counts[difficulty] < MINIMUM_PER_DIFFICULTY
    ]
