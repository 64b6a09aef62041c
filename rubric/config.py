"""configs/rubric.yaml as checked data: bands per signal, axes, and the constants of measurement."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError, model_validator

from rubric.codebook import CODEBOOK, VERSION
from rubric.errors import ConfigError, refuse
from rubric.strict import Strict, faults_of, read_yaml

DEFAULT_PATH = Path(__file__).parent.parent / "configs" / "rubric.yaml"

SIGNALS = ("discovery_density", "objection_acknowledgement", "value_framing", "close_attempts")
WARMTH = ("acknowledgement", "listening_cue", "empathy", "pace_match")
BAND_NAMES = ("low", "middle", "target", "above_target")
WHOLE_NUMBER_SIGNALS = ("close_attempts",)


class Band(Strict):
    """An interval of a signal's values; `below` and `above` exclude their bound, `from` and `through` include it."""

    name: str
    at_least: float | None = Field(default=None, alias="from")
    above: float | None = None
    through: float | None = None
    below: float | None = None

    @model_validator(mode="after")
    def _has_one_bound_a_side(self) -> Band:
        if self.name not in BAND_NAMES:
            raise ValueError(f"unknown band {self.name!r}, expected one of {', '.join(BAND_NAMES)}")
        if self.at_least is not None and self.above is not None:
            raise ValueError("give `from` or `above`, not both")
        if self.through is not None and self.below is not None:
            raise ValueError("give `through` or `below`, not both")
        return self

    def holds(self, value: float) -> bool:
        return (
            (self.at_least is None or value >= self.at_least)
            and (self.above is None or value > self.above)
            and (self.through is None or value <= self.through)
            and (self.below is None or value < self.below)
        )


class SignalConfig(Strict):
    """How one signal is shown: unit, the least evidence for a band, the bands from low to high."""

    unit: str
    minimum_evidence: float = Field(ge=0)
    bands: tuple[Band, ...]

    def band_of(self, value: float) -> str:
        """The band that holds a value; a signal counted in whole numbers has none for what lies between them."""
        for band in self.bands:
            if band.holds(value):
                return band.name
        raise ValueError(f"no band of {self.unit!r} holds {value:g}")


def _rises(points: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    if len(points) < 2:
        raise ValueError("expected at least two points [value, score]")
    if any(right[0] <= left[0] for left, right in pairwise(points)):
        raise ValueError("the points' values must rise")
    if any(not 0 <= score <= 1 for _, score in points):
        raise ValueError("the points' scores must lie from 0 to 1")
    return points


Points = Annotated[tuple[tuple[float, float], ...], AfterValidator(_rises)]


def score_along(points: Points, value: float) -> float:
    """The score from 0 to 1 of `value` along straight lines between `points`, constant outside them.

    >>> score_along(((0.0, 0.0), (2.0, 1.0), (4.0, 1.0), (8.0, 0.5)), 6)
    0.75
    """
    if value <= points[0][0]:
        return points[0][1]
    for (x0, y0), (x1, y1) in pairwise(points):
        if value <= x1:
            return y0 + (y1 - y0) * (value - x0) / (x1 - x0)
    return points[-1][1]


class RubricConfig(Strict):
    """The whole of configs/rubric.yaml."""

    version: str
    words_per_minute: float = Field(gt=0)
    signals: dict[str, SignalConfig]
    axes: dict[str, dict[str, Points]]

    @property
    def sha256(self) -> str:
        """Hash of everything that decides what a score means: the codebook's data and this configuration."""
        codebook = "\n".join(f"{label}={definition!r}" for label, definition in CODEBOOK.items())
        return hashlib.sha256(f"{codebook}\n{self.model_dump_json()}".encode()).hexdigest()


def load_rubric(path: Path = DEFAULT_PATH) -> RubricConfig:
    """Read and check a rubric configuration; raise ConfigError with all faults at once."""
    return parse_rubric(read_yaml(path, "the rubric"), str(path))


def parse_rubric(raw: dict[str, Any], name: str) -> RubricConfig:
    """Check a rubric configuration given as plain data; `name` is how errors call it."""
    try:
        config = RubricConfig.model_validate(raw)
    except ValidationError as error:
        refuse(ConfigError, name, faults_of(error) + _cross_faults_of_raw(raw))
        raise
    refuse(ConfigError, name, _cross_faults(config))
    return config


def _cross_faults_of_raw(raw: dict[str, Any]) -> list[str]:
    """What can be said of names although single values did not parse, so that one run shows all faults."""
    faults: list[str] = []
    signals, axes = raw.get("signals"), raw.get("axes")
    if isinstance(signals, dict):
        faults += _name_faults("signals", signals, SIGNALS)
        for name, signal in signals.items():
            if name not in SIGNALS:
                continue
            try:
                faults += _band_faults(name, SignalConfig.model_validate(signal).bands)
            except ValidationError:
                continue
    if isinstance(axes, dict):
        faults += _axis_faults({axis: parts for axis, parts in axes.items() if isinstance(parts, dict)})
    return faults


def _cross_faults(config: RubricConfig) -> list[str]:
    faults: list[str] = []
    if config.version != VERSION:
        faults.append(f"version: expected {VERSION!r}, the codebook's, found {config.version!r}")
    faults += _name_faults("signals", config.signals, SIGNALS)
    for name, signal in config.signals.items():
        faults += _band_faults(name, signal.bands)
    return faults + _axis_faults(config.axes)


def _axis_faults(axes: dict[str, Any]) -> list[str]:
    faults = _name_faults("axes", axes, ("warmth", "competence"))
    for axis, parts in (("warmth", WARMTH), ("competence", SIGNALS)):
        if axis in axes:
            faults += _name_faults(f"axes.{axis}", axes[axis], parts)
    return faults


def _name_faults(where: str, found: dict[str, Any], expected: tuple[str, ...]) -> list[str]:
    missing = [f"{where}: {name} is missing" for name in expected if name not in found]
    unknown = [f"{where}: unknown {name!r}, expected {', '.join(expected)}" for name in found if name not in expected]
    return missing + unknown


def _band_faults(signal: str, bands: tuple[Band, ...]) -> list[str]:
    """Missing, overlapping or gapped bands, found by laying the values between and at all bounds into the bands."""
    faults = [
        f"signals.{signal}: the band {name!r} is missing"
        for name in ("low", "target")
        if name not in {b.name for b in bands}
    ]
    bounds = sorted({bound for b in bands for bound in (b.at_least, b.above, b.through, b.below) if bound is not None})
    if signal in WHOLE_NUMBER_SIGNALS:
        probes = [float(n) for n in range(int(bounds[-1]) + 2)] if bounds else [0.0]
    else:
        probes = [
            0.0,
            *bounds,
            *((left + right) / 2 for left, right in pairwise([0.0, *bounds])),
            (bounds[-1] if bounds else 0.0) + 1,
        ]
    for probe in sorted(set(probes)):
        holding = [band.name for band in bands if band.holds(probe)]
        if len(holding) > 1:
            faults.append(f"signals.{signal}: the bands {' and '.join(holding)} overlap at {probe:g}")
        if not holding:
            faults.append(f"signals.{signal}: no band holds {probe:g}")
    return faults
