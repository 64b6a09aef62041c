"""How far the four signals of a scorecard are from those of gold labels, conversation by conversation.

Gold signals are measured from gold spans by `rubric.signals.measure`, thinness rule included: a conversation with one
objection has a value but no band. Band agreement is therefore given twice, over conversations where both sides show a
band, and from the values alone. Errors are in the signal's unit, and in widths of its band.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict

from eval.bootstrap import Estimate, Floats, Resamples, Statistic, estimate, mean_over, ratio
from eval.coefficients import interval_alpha, interval_counts
from eval.pairs import Pair, Ratings, sum_by_conversation
from rubric.config import SIGNALS, WHOLE_NUMBER_SIGNALS, RubricConfig, SignalConfig
from rubric.signals import Signal, measure

UNDEFINED_ALPHA = "undefined: values do not vary"
N_COUNTS = 18
MEAN_OF_SIGNALS = "mean of signals"
MEANT = ("interval_alpha", "band_agreement", "band_agreement_by_value", "coverage")  # the figures that have no unit


class Point(BaseModel):
    """One conversation's value of one signal, gold beside predicted; None where undefined."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    conversation: str
    gold: float | None
    predicted: float | None
    interval: tuple[float, float] | None = None


def band_width(signal: str, config: SignalConfig) -> float:
    """The mean width of the bands that are bounded on both sides; for whole numbers, how many of them a band holds."""
    extra = 1 if signal in WHOLE_NUMBER_SIGNALS else 0
    widths = []
    for band in config.bands:
        low = band.at_least if band.at_least is not None else band.above
        high = band.through if band.through is not None else band.below
        if low is not None and high is not None:
            widths.append(high - low + extra)
    return float(np.mean(widths)) if widths else 1.0


def gold_and_predicted(pair: Pair, config: RubricConfig) -> tuple[dict[str, Signal], Mapping[str, Signal]]:
    """The pair's signals: gold from its spans, predicted from the scorecard or, without one, from its spans."""
    gold = measure(pair.conversation, pair.gold, config)
    return gold, pair.signals if pair.signals is not None else measure(pair.conversation, pair.predicted, config)


def error_counts(name: str, gold: Signal, predicted: Signal, config: SignalConfig) -> Floats:
    """(18,) what one conversation adds to every figure of one signal; see `_STATISTICS` for the columns."""
    counts = np.zeros(N_COUNTS)
    counts[0] = 1
    counts[1] = (gold.value is None) != (predicted.value is None)
    counts[2] = (gold.band is None) != (predicted.band is None)
    if gold.band is not None and predicted.band is not None:
        counts[10:13] = 1, *_band_difference(gold.band, predicted.band, config)
    if gold.value is None:
        return counts
    if predicted.interval is not None:
        low, high = predicted.interval
        counts[16:18] = 1, low <= gold.value <= high
    if predicted.value is None:
        return counts
    error = predicted.value - gold.value
    counts[3:6] = 1, error, abs(error)
    counts[6:10] = interval_counts([gold.value, predicted.value])
    bands = [_band_of(name, value, config) for value in (gold.value, predicted.value)]
    counts[13:16] = 1, *_band_difference(bands[0], bands[1], config)
    return counts


def _band_of(name: str, value: float, config: SignalConfig) -> str:
    return config.band_of(round(value) if name in WHOLE_NUMBER_SIGNALS else value)


def _band_difference(left: str, right: str, config: SignalConfig) -> tuple[bool, bool]:
    """Whether two bands are the same, and whether they lie two or more apart."""
    order = [band.name for band in config.bands]
    apart = abs(order.index(left) - order.index(right))
    return apart == 0, apart >= 2


def _share(numerator: int, denominator: int) -> Statistic:
    return lambda sums: ratio(sums[..., numerator], sums[..., denominator])


_BOTH = "undefined: no two values"
_BANDS = "undefined: no two bands"
_NO_INTERVAL = "no intervals given"

# figure: statistic of the summed counts, the count that is its n, why it may be undefined
_STATISTICS: dict[str, tuple[Statistic, int, str]] = {
    "bias": (_share(4, 3), 3, _BOTH),
    "absolute_error": (_share(5, 3), 3, _BOTH),
    "interval_alpha": (lambda sums: interval_alpha(sums[..., 6:10]), 3, UNDEFINED_ALPHA),
    "band_agreement": (_share(11, 10), 10, _BANDS),
    "two_bands_off": (_share(12, 10), 10, _BANDS),
    "band_agreement_by_value": (_share(14, 13), 13, _BOTH),
    "two_bands_off_by_value": (_share(15, 13), 13, _BOTH),
    "coverage": (_share(17, 16), 16, _NO_INTERVAL),
    "one_undefined": (_share(1, 0), 0, _BOTH),
    "one_band_missing": (_share(2, 0), 0, _BOTH),
}
SIGNAL_METRICS = ("bias", "bias_in_bands", *tuple(_STATISTICS)[1:])


def signal_agreement(
    pairs: Sequence[Pair], config: RubricConfig, resamples: Resamples
) -> dict[str, dict[str, Estimate]]:
    """Per signal, the unitless ones also on average: bias (also in band widths), mean absolute error, interval alpha, agreement of bands, coverage of
    the scorecard's interval, and how often one side is undefined, or has no band, and the other is not."""
    counts = np.zeros((len(pairs), len(SIGNALS), N_COUNTS))
    for row, pair in enumerate(pairs):
        gold, predicted = gold_and_predicted(pair, config)
        for column, name in enumerate(SIGNALS):
            counts[row, column] = error_counts(name, gold[name], predicted[name], config.signals[name])
    summed = sum_by_conversation(pairs, counts)
    figures: dict[str, dict[str, Estimate]] = {}
    for column, name in enumerate(SIGNALS):
        found = {
            metric: estimate(
                summed[:, column], statistic, resamples, n=int(summed[:, column, n].sum()), undefined=undefined
            )
            for metric, (statistic, n, undefined) in _STATISTICS.items()
        }
        found["bias_in_bands"] = _scaled(found["bias"], 1 / band_width(name, config.signals[name]))
        figures[name] = {metric: found[metric] for metric in SIGNAL_METRICS}
    figures[MEAN_OF_SIGNALS] = {
        metric: estimate(
            summed.reshape(len(summed), -1),
            mean_over(_STATISTICS[metric][0], len(SIGNALS)),
            resamples,
            n=int(summed[:, :, _STATISTICS[metric][1]].sum()),
            undefined=_STATISTICS[metric][2],
        )
        for metric in MEANT
    }
    return figures


def figures_of_counts(counts: Floats, signal: str, config: SignalConfig) -> dict[str, float | int | None]:
    """The figures without intervals of one signal, from summed counts; None where undefined, n by value."""
    shown = (
        "bias",
        "absolute_error",
        "interval_alpha",
        "band_agreement_by_value",
        "two_bands_off_by_value",
        "one_undefined",
    )
    found = {metric: float(_STATISTICS[metric][0](counts)) for metric in shown}
    found["bias_in_bands"] = found["bias"] / band_width(signal, config)
    figures: dict[str, float | int | None] = {name: None if np.isnan(value) else value for name, value in found.items()}
    return {**figures, "n": int(counts[3])}


def _scaled(figure: Estimate, factor: float) -> Estimate:
    scaled = {
        side: None if value is None else value * factor
        for side, value in (("value", figure.value), ("low", figure.low), ("high", figure.high))
    }
    return figure.model_copy(update=scaled)


def rater_signal_alpha(ratings: Sequence[Ratings], config: RubricConfig, resamples: Resamples) -> dict[str, Estimate]:
    """Per signal: interval alpha among all raters at once; n is the number of conversations that two could measure."""
    counts = np.zeros((len(ratings), len(SIGNALS), 4))
    for row, rated in enumerate(ratings):
        measured = [measure(rated.conversation, spans, config) for spans in rated.spans.values()]
        for column, name in enumerate(SIGNALS):
            values = np.array([signals[name].value for signals in measured], dtype=np.float64)
            counts[row, column] = interval_counts(values)
    return {
        name: estimate(
            counts[:, column],
            interval_alpha,
            resamples,
            n=int((counts[:, column, 3] > 0).sum()),
            undefined=UNDEFINED_ALPHA,
        )
        for column, name in enumerate(SIGNALS)
    }


def signal_points(pairs: Sequence[Pair], config: RubricConfig) -> dict[str, tuple[Point, ...]]:
    """Per signal: every pair's value in gold and predicted, for the scatter plot and for whoever reads the JSON."""
    points: dict[str, list[Point]] = {name: [] for name in SIGNALS}
    for pair in pairs:
        gold, predicted = gold_and_predicted(pair, config)
        for name in SIGNALS:
            points[name].append(
                Point(
                    conversation=pair.conversation.id,
                    gold=gold[name].value,
                    predicted=predicted[name].value,
                    interval=predicted[name].interval,
                )
            )
    return {name: tuple(held) for name, held in points.items()}
