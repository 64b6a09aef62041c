"""Do the intervals hold what they say? Simulated raters over simulated conversations, many samples of each size.

`python -m benchmarks.interval_coverage` (`make study`) prints, for each figure and number of conversations, how often a
nominal 90 % interval held the value of the whole population, and how often it lay below or above it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from eval.bootstrap import Floats, Statistic, distribution, draw, mean_over
from eval.coefficients import (
    agreement_counts,
    category_counts,
    cohen_kappa,
    coincidences,
    fleiss_kappa,
    gwet_ac1,
    interval_alpha,
    interval_counts,
    nominal_alpha,
    pair_tables,
    percent_agreement,
    specific_agreement,
)
from eval.unitizing import unitized_alpha, unitized_counts

N_RATERS, N_TURNS, GAP = 3, 20, 0.1
POPULATION = 8000
Figures = dict[str, tuple[Floats, Statistic]]


def population(n: int, seed: int) -> Figures:
    """Counts by conversation of n simulated conversations, and the statistic of their sums, for each figure.

    Conversations differ in how often the label occurs and in how hard they are; raters in how often they err. A tenth
    of conversations miss one rater. Signals are a conversation's true value with each rater's noise.
    """
    generator = np.random.default_rng(seed)
    groups = np.repeat(np.arange(n), N_TURNS)
    rate, hard = generator.beta(2, 12, n), generator.beta(1.5, 18, n)
    truth = generator.random((n, N_TURNS)) < rate[:, None]
    careless = np.array([0.6, 1.0, 1.4])
    errs = generator.random((n, N_TURNS, N_RATERS)) < np.minimum(0.5, hard[:, None, None] * careless)
    codes = (truth[:, :, None] ^ errs).astype(np.float64).reshape(-1, N_RATERS)
    missing = np.where(generator.random(n) < GAP, generator.integers(0, N_RATERS, n), -1)
    for rater in range(N_RATERS):
        codes[np.isin(groups, np.flatnonzero(missing == rater)), rater] = np.nan
    counts = category_counts(codes, 2)
    signals = generator.gamma(2, 0.5, n)[:, None] + generator.normal(0, 0.25, (n, N_RATERS))
    lengths = [_spans(generator) for _ in range(n)]

    def by_conversation(values: Floats) -> Floats:
        return np.asarray(values.reshape(n, N_TURNS, -1).sum(axis=1), dtype=np.float64)

    agreed = by_conversation(agreement_counts(counts))
    tables = pair_tables(codes, 2, groups, n).reshape(n, -1)
    square: Callable[[Statistic], Statistic] = lambda f: lambda sums: f(sums.reshape(*sums.shape[:-1], 2, 2))  # noqa: E731
    return {
        "alpha, nominal": (by_conversation(coincidences(counts)), square(nominal_alpha)),
        "alpha, interval": (interval_counts(signals), interval_alpha),
        "alpha, unitised": (np.array(lengths), unitized_alpha),
        "Cohen's kappa, mean of pairs": (tables, mean_over(square(cohen_kappa), N_RATERS)),
        "Fleiss' kappa": (agreed, fleiss_kappa),
        "Gwet's AC1": (agreed, gwet_ac1),
        "percent agreement": (agreed, percent_agreement),
        "agreement on yes": (agreed, lambda sums: specific_agreement(sums, 1)),
    }


def _spans(generator: np.random.Generator, length: int = 600) -> Floats:
    """The unitised counts of one conversation: a few true spans, marked with moved bounds, sometimes missed."""
    starts = np.arange(0, length, 120)[generator.random(5) < 0.5] + 20
    true = [(int(start), int(start + generator.integers(15, 60))) for start in starts]
    marked = [
        [
            (start + int(generator.integers(-4, 5)), end + int(generator.integers(-4, 5)))
            for start, end in true
            if generator.random() > 0.15
        ]
        for _ in range(N_RATERS)
    ]
    return unitized_counts(marked, length)


def main(
    samples: Annotated[int, typer.Option(min=10, help="Samples of each size.")] = 1000,
    resamples: Annotated[int, typer.Option(min=100, help="Bootstrap resamples of each.")] = 1000,
    seed: Annotated[int, typer.Option()] = 0,
) -> None:
    """How often do 90 % intervals hold the truth, for each figure and number of conversations?"""
    figures = population(POPULATION, seed)
    generator = np.random.default_rng(seed + 1)
    sizes = (5, 10, 22, 50, 200)
    table = Table(
        title=f"Share of nominal 90 % intervals that hold the truth, {samples} samples; in brackets below, above"
    )
    for heading in ("figure", "truth", *(f"{size} conversations" for size in sizes)):
        table.add_column(heading, justify="left" if heading == "figure" else "right")
    held: dict[str, list[str]] = {name: [] for name in figures}
    truths = {name: float(f(counts.sum(axis=0))) for name, (counts, f) in figures.items()}
    for size in sizes:
        outcomes: dict[str, list[int]] = {name: [] for name in figures}
        for sample in track(range(samples), f"{size} conversations", console=Console(stderr=True), transient=True):
            rows = generator.integers(0, POPULATION, size)
            drawn = draw(size, resamples, sample)
            for name, (counts, statistic) in figures.items():
                found = distribution(counts[rows], statistic, drawn).estimate(size, drawn.confidence)
                if found.low is not None and found.high is not None:
                    outcomes[name].append(int(found.low > truths[name]) - int(found.high < truths[name]))
        for name, results in outcomes.items():
            share = [np.mean(np.array(results) == side) for side in (0, -1, 1)]
            held[name].append(f"{share[0]:.3f} [{share[1]:.3f}, {share[2]:.3f}]")
    for name, cells in held.items():
        table.add_row(name, f"{truths[name]:.3f}", *cells)
    Console(width=150).print(table)


if __name__ == "__main__":
    typer.run(main)
