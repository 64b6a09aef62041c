"""Plots of the workbench's reports. Each returns a figure; `eval.documents.write` draws it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure

from eval.bootstrap import Estimate
from eval.documents.write import STYLE
from eval.plots import GRID, INK, JUDGED, RATERS, SOFT, words

LIMITS = {0.667: "tentative", 0.8: "firm"}


def estimate_plot(figures: dict[str, Estimate], axis: str, limits: dict[float, str] | None = None) -> Figure:
    """One figure a row with its interval, in the order given; `limits` are drawn as lines with their names."""
    shown = [(name, found, found.value) for name, found in figures.items() if found.value is not None]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.6, 0.9 + 0.34 * max(2, len(shown))), layout="constrained")
        axes = figure.subplots()
        for limit, name in (limits or {}).items():
            axes.axvline(limit, color=RATERS, lw=1, ls=(0, (4, 3)))
            axes.text(limit, -0.75, f" {name}", color=RATERS, fontsize=8.5, va="center")
        for row, (_, found, value) in enumerate(shown):
            if found.low is not None and found.high is not None:
                axes.plot([found.low, found.high], [row, row], color=JUDGED, lw=2.2, alpha=0.5)
            axes.plot(value, row, "o", color=JUDGED, ms=6, mec="white", mew=0.7)
        axes.set_yticks(range(len(shown)), [words(name) for name, _, _ in shown])
        axes.set_ylim(len(shown) - 0.4, -1.1)
        axes.axvline(0, color=SOFT, lw=0.8)
        axes.set_xlim(right=1.02)
        axes.grid(axis="x", color=GRID)
        axes.set_axisbelow(True)
        axes.tick_params(length=0)
        axes.set_xlabel(axis)
    return figure


def heat_map(
    values: Sequence[Sequence[float | None]],
    rows: Sequence[str],
    columns: Sequence[str],
    name: str,
    *,
    diverging: bool = False,
    places: int = 2,
) -> Figure:
    """A table of numbers, shaded; cells without a number stay empty. diverging: shaded by distance from 0."""
    matrix = np.array([[np.nan if value is None else value for value in row] for row in values], dtype=np.float64)
    known = matrix[~np.isnan(matrix)]
    largest = float(np.abs(known).max()) if len(known) and np.abs(known).max() > 0 else 1.0
    scale: dict[str, Any] = (
        {"vmin": -largest, "vmax": largest}
        if diverging
        else {"vmin": min(0.0, float(known.min()) if len(known) else 0.0), "vmax": 1.0}
    )
    colours = ["#b45309", "white", JUDGED] if diverging else ["#b45309", "#fdf3e1", "#99d5cf", JUDGED]
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(min(11.0, 1.9 + 0.62 * len(columns)), 1.3 + 0.42 * len(rows)), layout="constrained")
        axes = figure.subplots()
        colour_map = mpl.colors.LinearSegmentedColormap.from_list("shades", colours)
        axes.imshow(np.ma.masked_invalid(matrix), cmap=colour_map, aspect="auto", **scale)
        for (row, column), value in np.ndenumerate(matrix):
            if not np.isnan(value):
                red, green, blue, _ = colour_map((value - scale["vmin"]) / (scale["vmax"] - scale["vmin"]))
                dark = 0.299 * red + 0.587 * green + 0.114 * blue < 0.5
                text = f"{value + 0.0:.{places}f}"
                axes.text(column, row, text, ha="center", va="center", fontsize=8.5, color="white" if dark else INK)
        axes.set_xticks(
            range(len(columns)), [words(column) for column in columns], rotation=40, ha="right", rotation_mode="anchor"
        )
        axes.set_yticks(range(len(rows)), [words(row) for row in rows])
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
        axes.set_title(name, loc="left")
    return figure
