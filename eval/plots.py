"""The scorer's report's plots, from an evaluation alone. Nothing is shown on a screen."""

from __future__ import annotations

from collections import Counter

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from eval.agreement import LABELS, MEAN
from eval.bootstrap import Estimate
from eval.calibration import Calibration
from eval.evaluation import Evaluation
from eval.signal_error import Point
from rubric.config import SIGNALS, WHOLE_NUMBER_SIGNALS, Band, RubricConfig, SignalConfig

INK, SOFT, GRID = "#1f2933", "#7b8794", "#e4e7eb"
JUDGED, RATERS, BASELINE = "#0f766e", "#d97706", "#9aa5b1"
AXIS_IN_BANDS = 2.5  # axes end at this multiple of the highest band bound, so that outliers do not hide the bands


def words(name: str) -> str:
    """A label or signal as one reads it."""
    return name.replace("_", " ")


def alpha_plot(evaluation: Evaluation, judged: str) -> Figure:
    """Alpha per label with its interval: the one judged, the raters among themselves, the baselines."""
    names = [*map(str, LABELS), MEAN]
    rows: list[tuple[str, str, dict[str, Estimate], str]] = [
        (judged, JUDGED, {name: evaluation.scorer.turns[name]["alpha"] for name in names}, "o")
    ]
    if evaluation.raters:
        among = {name: evaluation.raters.turns[name]["alpha"] for name in names}
        rows.append(("raters among themselves", RATERS, among, "D"))
    for marker, (name, measured) in zip("s^v", evaluation.baselines.items(), strict=False):
        rows.append((name, BASELINE, {label: measured.turns[label]["alpha"] for label in names}, marker))
    figure = Figure(figsize=(8.4, 6.2), layout="constrained")
    axes = figure.subplots()
    places = np.arange(len(names), dtype=float)
    places[-1] += 0.5
    for index, (label, colour, figures, marker) in enumerate(rows):
        offset = (index - (len(rows) - 1) / 2) * 0.19
        for place, name in zip(places, names, strict=True):
            found = figures[name]
            if found.value is None:
                continue
            if found.low is not None and found.high is not None:
                axes.plot([found.low, found.high], [place + offset] * 2, color=colour, lw=1.8, alpha=0.55)
            axes.plot(found.value, place + offset, marker, color=colour, ms=5.5, mec="white", mew=0.7)
        axes.plot([], [], marker, color=colour, ms=6, label=label)
    axes.axhline(len(names) - 1.25, color=SOFT, lw=0.8)
    axes.axvline(0, color=SOFT, lw=0.8)
    axes.set_yticks(places, [words(name) for name in names])
    axes.invert_yaxis()
    axes.set_xlim(right=1.02)
    axes.grid(axis="x", color=GRID)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    axes.set_xlabel(f"Krippendorff's alpha, {evaluation.confidence:.0%} intervals over conversations")
    against = "the gold labels" if evaluation.against == "gold" else "each rater singly"
    figure.suptitle(
        f"Agreement on turns with {against} ({evaluation.n_conversations} conversations)",
        x=0.01,
        ha="left",
        weight="bold",
    )
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=min(4, len(rows)))
    return figure


def signal_plot(evaluation: Evaluation, judged: str, rubric: RubricConfig) -> Figure:
    """Each signal's value in gold and as judged, one dot a conversation; shaded where both lie in the same band."""
    figure = Figure(figsize=(8.4, 8.6), layout="constrained")
    for axes, name in zip(figure.subplots(2, 2).flat, SIGNALS, strict=True):
        config = rubric.signals[name]
        _scatter(axes, evaluation.points[name], AXIS_IN_BANDS * max(b for band in config.bands for b in _bounds(band)))
        _shade_bands(axes, config, whole=name in WHOLE_NUMBER_SIGNALS)
        found = evaluation.scorer.signals[name]["interval_alpha"]
        alpha = "alpha undefined" if found.value is None else f"alpha {found.value:.2f}"
        axes.set_title(f"{words(name)}\n{alpha}, n {found.n}", loc="left")
        axes.set_xlabel("gold" if evaluation.against == "gold" else "rater")
        axes.set_ylabel(judged)
    figure.suptitle(
        "Signals: one dot a conversation, larger where several coincide; shaded: same band",
        x=0.01,
        ha="left",
        weight="bold",
    )
    return figure


def _scatter(axes: Axes, points: tuple[Point, ...], limit: float) -> None:
    """The dots, and their intervals if any; what lies beyond `limit` is drawn hollow, at the edge."""
    values = [(p.gold, p.predicted, p.interval) for p in points if p.gold is not None and p.predicted is not None]
    top = 1.06 * min(limit, max([1.0, *(max(gold, predicted) for gold, predicted, _ in values)]))
    axes.plot([0, top], [0, top], color=SOFT, lw=0.9, zorder=2)
    for gold, _, interval in values:
        if interval and gold <= limit:
            axes.plot([gold, gold], interval, color=JUDGED, lw=1.2, alpha=0.35, zorder=3, solid_capstyle="butt")
    counted = Counter((gold, predicted) for gold, predicted, _ in values)
    for (gold, predicted), n in counted.items():
        beyond = max(gold, predicted) > limit
        axes.scatter(
            min(gold, limit),
            min(predicted, limit),
            s=30 * n,
            color="white" if beyond else JUDGED,
            alpha=0.8,
            edgecolors=JUDGED if beyond else "white",
            linewidths=1.2 if beyond else 0.8,
            zorder=4,
        )
    n_beyond = sum(n for value, n in counted.items() if max(value) > limit)
    if n_beyond:
        axes.text(top, 0.02 * top, f"{n_beyond} beyond the axes (hollow)", ha="right", fontsize=8.5, color=SOFT)
    axes.set_xlim(-0.05 * top, top)
    axes.set_ylim(-0.05 * top, top)
    axes.set_aspect("equal")
    axes.locator_params(nbins=6)


def _shade_bands(axes: Axes, config: SignalConfig, *, whole: bool) -> None:
    least, limit = axes.get_xlim()
    half = 0.5 if whole else 0.0
    if whole:
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_locator(MaxNLocator(integer=True, nbins=6))
    for band in config.bands:
        low, high = _bounds(band, limit)
        low, high = max(low - half, least), min(high + half, limit)
        if low < high:
            axes.fill_between(
                [low if low > 0 else least, high],
                low if low > 0 else least,
                high,
                color=GRID,
                alpha=0.7,
                lw=0,
                zorder=1,
            )


def _bounds(band: Band, limit: float = 0.0) -> tuple[float, float]:
    low = band.at_least if band.at_least is not None else band.above
    high = band.through if band.through is not None else band.below
    return (0.0 if low is None else low), (limit if high is None else high)


def confusion_plot(evaluation: Evaluation, judged: str) -> Figure:
    """What turns with a gold label were called: counts, shaded by the share of the row."""
    matrix = np.array(evaluation.confusion)
    rows = matrix.sum(axis=1, keepdims=True)
    shares = np.divide(matrix, rows, out=np.zeros_like(matrix), where=rows > 0)
    shares[-1] = 0.0  # what nobody labelled has no meaningful total
    names = [*(words(label) for label in LABELS), "none"]
    figure = Figure(figsize=(8.4, 7.4), layout="constrained")
    axes = figure.subplots()
    colours = mpl.colors.LinearSegmentedColormap.from_list("teal", ["white", "#99d5cf", JUDGED])
    axes.imshow(shares, cmap=colours, vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(matrix):
        if count:
            shown = f"{count:.0f}" if float(count).is_integer() else f"{count:.1f}"
            axes.text(
                column,
                row,
                shown,
                ha="center",
                va="center",
                fontsize=9,
                color="white" if shares[row, column] > 0.6 else INK,
            )
    axes.set_xticks(range(len(names)), names, rotation=40, ha="right", rotation_mode="anchor")
    axes.set_yticks(range(len(names)), names)
    axes.tick_params(length=0, labelcolor=INK)
    axes.set_xticks(np.arange(len(names) + 1) - 0.5, minor=True)
    axes.set_yticks(np.arange(len(names) + 1) - 0.5, minor=True)
    axes.grid(which="minor", color="white", lw=1.5)
    axes.tick_params(which="minor", length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel(judged)
    axes.set_ylabel("gold" if evaluation.against == "gold" else "raters")
    figure.suptitle("What turns with a label were called", x=0.01, ha="left", weight="bold")
    return figure


def reliability_plot(evaluation: Evaluation) -> Figure:
    """Reliability diagrams: the share of spans that gold confirms against their probability, a dot a bin."""
    shown = {name: found for name, found in evaluation.calibration.items() if found.bins}
    n_columns = 4
    n_rows = -(-len(shown) // n_columns)
    figure = Figure(figsize=(10.5, 2.75 * n_rows + 0.6), layout="constrained")
    grid = figure.subplots(n_rows, n_columns, squeeze=False, sharey=True)
    for axes in grid.flat[len(shown) :]:
        axes.set_visible(False)
    for axes, (name, found) in zip(grid.flat, shown.items(), strict=False):
        _reliability(axes, found)
        axes.tick_params(labelbottom=True)
        axes.set_title(
            f"{words(name)}\nerror {found.error.value or 0:.2f}, n {found.error.n}", loc="left", fontsize=9.5
        )
    figure.supxlabel("probability given by the scorer")
    figure.supylabel("share confirmed by gold")
    figure.suptitle("Reliability of span probabilities; bars: 90 % Wilson intervals", x=0.01, ha="left", weight="bold")
    return figure


def _reliability(axes: Axes, found: Calibration) -> None:
    axes.plot([0, 1], [0, 1], color=SOFT, lw=0.9)
    for held in found.bins:
        low, high = wilson_interval(held.confirmed, held.n)
        axes.plot([held.probability] * 2, [low, high], color=JUDGED, lw=1.4, alpha=0.45)
    axes.plot(
        [b.probability for b in found.bins], [b.confirmed for b in found.bins], "o", color=JUDGED, ms=5, mec="white"
    )
    axes.set_xlim(0, 1.04)
    axes.set_ylim(0, 1.04)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "", "0.5", "", "1"])
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "", "0.5", "", "1"])
    axes.set_aspect("equal")
    axes.grid(color=GRID)
    axes.set_axisbelow(True)


def wilson_interval(share: float, n: int, z: float = 1.645) -> tuple[float, float]:
    """Wilson's score interval for a share of n (Wilson 1927); 90 % by default.

    >>> [round(bound, 3) for bound in wilson_interval(0.5, 10, z=1.96)]
    [0.237, 0.763]
    """
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * (share * (1 - share) / n + z**2 / (4 * n**2)) ** 0.5
    return max(0.0, centre - half), min(1.0, centre + half)
