"""Scorecards with given values, and the shipped library and rubric, for the tests of this room."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from coaching.library import Library, load_library
from rubric.config import SIGNALS, RubricConfig, load_rubric
from rubric.scorecard import Axes, BundleHashes, Hashes, Scorecard
from rubric.signals import Signal

MakeCard = Callable[..., Scorecard]


@pytest.fixture(scope="session")
def config() -> RubricConfig:
    return load_rubric()


@pytest.fixture(scope="session")
def library() -> Library:
    return load_library()


@pytest.fixture(scope="session")
def make_card(config: RubricConfig) -> MakeCard:
    """make_card(0.4, 0.5, None, 2, n=4): the four values in the rubric's order, each share out of n."""

    def make(*values: float | None, n: float = 4) -> Scorecard:
        signals: Mapping[str, Signal] = {
            name: _signal(name, value, n, config) for name, value in zip(SIGNALS, values, strict=True)
        }
        return Scorecard(
            conversation="call",
            language="en",
            bundle=BundleHashes(name="en", sha256="0", data="0", base="0"),
            rubric=Hashes(name="rubric", sha256="0"),
            signals=dict(signals),
            axes=Axes(warmth=None, competence=None),
            behaviours=(),
            spans=(),
        )

    return make


def _signal(name: str, value: float | None, n: float, config: RubricConfig) -> Signal:
    denominator = None if name == "close_attempts" else n if value is not None else 0.0
    whole = value if name != "close_attempts" or value is None else float(round(value))
    return Signal(
        value=value,
        numerator=(value or 0.0) * (denominator or 1.0),
        denominator=denominator,
        unit=config.signals[name].unit,
        band=None if whole is None else config.signals[name].band_of(whole),
        reason="undefined" if value is None else None,
    )
