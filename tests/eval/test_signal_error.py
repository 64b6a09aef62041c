from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.bootstrap import draw
from eval.coefficients import interval_alpha, interval_counts, krippendorff_alpha
from eval.pairs import Pair, group_ratings
from eval.signal_error import (
    band_width,
    error_counts,
    rater_signal_alpha,
    signal_agreement,
    signal_points,
)
from rubric.config import SIGNALS, load_rubric
from rubric.signals import Signal, measure
from rubric.spans import Labelled, Rating

RUBRIC = load_rubric()


def _signal(value: float | None, band: str | None = None, interval: tuple[float, float] | None = None) -> Signal:
    return Signal(value=value, numerator=0, denominator=None, unit="", band=band, interval=interval)


@given(st.lists(st.lists(st.integers(-40, 40).map(lambda x: x / 8), min_size=2, max_size=4), min_size=1, max_size=10))
@settings(max_examples=50)
def test_interval_alpha_from_counts_is_the_package_s(units: list[list[float]]) -> None:
    found = float(interval_alpha(np.sum([interval_counts(unit) for unit in units], axis=0)))
    padded = np.full((4, len(units)), np.nan)
    for column, unit in enumerate(units):
        padded[: len(unit), column] = unit
    expected = krippendorff_alpha(padded, "interval")
    assert (expected is None and np.isnan(found)) or found == pytest.approx(expected)
    same = np.sum([interval_counts([unit[0], unit[0]]) for unit in units], axis=0)
    assert np.isnan(interval_alpha(same)) or float(interval_alpha(same)) == pytest.approx(1)


def test_equal_values_have_no_alpha_although_floats_do_not_add_up() -> None:
    assert np.isnan(interval_alpha(np.sum([interval_counts([0.1 + 0.2, 0.3])] * 7, axis=0)))


def test_band_widths_are_those_of_the_bounded_bands() -> None:
    widths = {name: band_width(name, RUBRIC.signals[name]) for name in SIGNALS}
    assert widths == pytest.approx(
        {"discovery_density": 0.6, "objection_acknowledgement": 0.3, "value_framing": 0.27, "close_attempts": 3}
    )


def test_bands_two_apart_and_bands_hidden_by_thin_evidence() -> None:
    config = RUBRIC.signals["value_framing"]
    counts = error_counts("value_framing", _signal(0.2, "low"), _signal(0.9, None), config)
    assert counts[[2, 10, 13, 14, 15]].tolist() == [1, 0, 1, 0, 1]  # one band missing; by value two bands off
    shown = error_counts("value_framing", _signal(0.2, "low"), _signal(0.5, "middle"), config)
    assert shown[[2, 10, 11, 12]].tolist() == [0, 1, 0, 0]


def test_coverage_counts_gold_inside_the_interval() -> None:
    config = RUBRIC.signals["value_framing"]
    inside, outside, none = (
        error_counts("value_framing", _signal(0.5), _signal(0.4, interval=interval), config)[16:18].tolist()
        for interval in ((0.3, 0.5), (0.1, 0.45), None)
    )
    assert (inside, outside, none) == ([1, 1], [1, 0], [0, 0])
    undefined = error_counts("value_framing", _signal(None), _signal(0.4, interval=(0.3, 0.5)), config)
    assert undefined[[1, 16]].tolist() == [1, 0]


def test_real_rater_signals(rater_a: list[Pair]) -> None:
    found = signal_agreement(rater_a, RUBRIC, draw(22, 100))
    gold = np.array([measure(p.conversation, p.gold, RUBRIC)["value_framing"].value for p in rater_a], dtype=float)
    hers = np.array([measure(p.conversation, p.predicted, RUBRIC)["value_framing"].value for p in rater_a], dtype=float)
    figures = found["value_framing"]
    assert figures["bias"].value == pytest.approx(np.nanmean(hers - gold))
    assert figures["absolute_error"].value == pytest.approx(np.nanmean(abs(hers - gold)))
    assert figures["bias_in_bands"].value == pytest.approx(np.nanmean(hers - gold) / 0.27)
    assert figures["interval_alpha"].value == pytest.approx(krippendorff_alpha([gold, hers], "interval"))
    assert figures["coverage"].value is None
    assert figures["coverage"].reason == "no intervals given"


def test_alpha_among_raters_takes_all_three_at_once(gold: list[Labelled], ratings: list[Rating]) -> None:
    grouped = group_ratings([item.conversation for item in gold], ratings)
    values = np.array(
        [
            [
                measure(r.conversation, spans, RUBRIC)["close_attempts"].value
                for r in grouped
                for spans in [r.spans[rater]]
            ]
            for rater in "ABC"
        ]
    )
    found = rater_signal_alpha(grouped, RUBRIC, draw(22, 50))["close_attempts"]
    assert found.value == pytest.approx(krippendorff_alpha(values, "interval"))
    assert found.n == 22


def test_signals_of_a_scorecard_come_before_those_of_its_spans(rater_a: list[Pair]) -> None:
    pair = rater_a[0]
    said = {name: _signal(9.0, interval=(8.0, 10.0)) for name in SIGNALS}
    point = signal_points([Pair(pair.conversation, pair.gold, pair.predicted, said)], RUBRIC)["close_attempts"][0]
    assert (point.predicted, point.interval) == (9.0, (8.0, 10.0))
