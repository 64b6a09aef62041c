from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coaching.focus import DECAY, MARGIN, Estimate, Observation, by_urgency, choose
from rubric.behaviours import N_RANKED, gap_of, rank
from rubric.config import SIGNALS, RubricConfig
from rubric.signals import Signal

VALUES = st.none() | st.floats(0, 6)
SEEN = st.builds(Observation, VALUES, st.floats(0.01, 1))
GAPS = st.fixed_dictionaries({name: st.none() | st.floats(0, 1) for name in SIGNALS})


def _signal(value: float | None, denominator: float | None = 3, band: str | None = "low") -> Signal:
    return Signal(value=value, numerator=0, denominator=denominator, unit="", band=band)


def test_the_average_is_the_decayed_evidence_weighted_one() -> None:
    seen = [Observation(0.2, 0.5), Observation(None, 0.0), Observation(0.9, 0.75), Observation(0.4, 0.6)]
    estimate = Estimate()
    for observation in seen:
        estimate = estimate.after(observation)
    weights = [o.evidence * DECAY**age for o, age in zip(seen, (3, 2, 1, 0), strict=True) if o.value is not None]
    values = [o.value for o in seen if o.value is not None]
    expected = sum(w * v for w, v in zip(weights, values, strict=True)) / sum(weights)
    assert estimate.value == pytest.approx(expected)
    assert estimate.n_seen == 3


@given(st.lists(SEEN, max_size=12))
@settings(max_examples=50)
def test_the_average_lies_among_the_values_and_is_none_only_without_any(seen: list[Observation]) -> None:
    estimate = Estimate()
    for observation in seen:
        estimate = estimate.after(observation)
    values = [o.value for o in seen if o.value is not None]
    assert estimate.n_seen == len(values)
    if values:
        assert estimate.value is not None
        assert min(values) - 1e-9 <= estimate.value <= max(values) + 1e-9
    else:
        assert estimate.value is None


def test_a_signal_unseen_for_thousands_of_calls_keeps_its_value() -> None:
    estimate = Estimate().after(Observation(0.3, 1.0))
    for _ in range(5000):
        estimate = estimate.after(Observation(None, 0.0))
    assert estimate.value == 0.3
    assert estimate.after(Observation(0.8, 0.5)).value == pytest.approx(0.8)


def test_evidence_grows_with_the_denominator_and_never_past_one() -> None:
    evidence = [Observation.of(_signal(0.5, n), 2).evidence for n in (1, 2, 6, 600)]
    assert evidence == sorted(evidence)
    assert evidence[1] == 0.5
    assert evidence[-1] < 1
    assert Observation.of(_signal(2, None, "target"), 6).evidence == 1
    assert Observation.of(_signal(0, None, None), 6).evidence == 0.5


@given(st.fixed_dictionaries(dict.fromkeys(SIGNALS, VALUES)))
@settings(max_examples=100)
def test_the_order_is_that_of_the_rubric(config: RubricConfig, values: dict[str, float | None]) -> None:
    ranked = rank({name: _signal(value) for name, value in values.items()}, config)
    gaps = {name: gap_of(name, value, config) for name, value in values.items()}
    assert by_urgency(gaps)[:N_RANKED] == [behaviour.name for behaviour in ranked]


def _gaps(*gaps: float | None) -> dict[str, float | None]:
    return dict(zip(SIGNALS, gaps, strict=True))


@pytest.mark.parametrize(
    ("gaps", "previous", "chosen"),
    [
        (_gaps(0.3, 0.5, 0.1, 0.2), None, "objection_acknowledgement"),
        (_gaps(0.3, 0.3 + MARGIN / 2, 0.1, 0.2), "discovery_density", "discovery_density"),
        (_gaps(0.3, 0.3 + MARGIN * 2, 0.1, 0.2), "discovery_density", "objection_acknowledgement"),
        (_gaps(0.0, MARGIN / 2, 0.0, 0.0), "discovery_density", "discovery_density"),
        (_gaps(0.0, None, 0.0, 0.0), "discovery_density", "objection_acknowledgement"),
        (_gaps(0.2, None, 0.0, 0.0), "objection_acknowledgement", "discovery_density"),
        (_gaps(MARGIN / 2, None, 0.0, 0.0), "objection_acknowledgement", "objection_acknowledgement"),
        (_gaps(0.2, None, 0.0, 0.0), "discovery_density", "discovery_density"),
        (_gaps(None, None, None, None), "value_framing", "value_framing"),
        (_gaps(0.0, 0.0, 0.0, 0.0), "close_attempts", "close_attempts"),
    ],
)
def test_the_focus_moves_only_past_the_margin(gaps: dict[str, float | None], previous: str | None, chosen: str) -> None:
    assert choose(gaps, previous) == chosen


@given(GAPS, st.none() | st.sampled_from(SIGNALS))
@settings(max_examples=100)
def test_a_choice_stands_when_it_is_made_again(gaps: dict[str, float | None], previous: str | None) -> None:
    chosen = choose(gaps, previous)
    assert choose(gaps, chosen) == chosen
