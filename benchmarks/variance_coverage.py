"""Do the intervals of the reliability study hold what they say? Simulated reps, calls and raters, normally distributed.

`python -m benchmarks.variance_coverage` (`make study`) prints, for each figure and design, how often a nominal 90 %
interval held the truth. Intraclass correlations are held against raters' whole population, as their formula means it;
the bootstrap's figures against the raters at hand, whom it keeps.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Annotated

import numpy as np
import typer
from rich import box
from rich.console import Console
from rich.progress import track
from rich.table import Table

from eval.bootstrap import Estimate, Floats
from eval.statistics.components import variance_components
from eval.statistics.decision import calls_needed, conversation_reliability, rep_reliability, standard_error
from eval.statistics.intraclass import intraclass
from rubric.generalizability import VarianceComponents, reliability
from rubric.generalizability import calls_needed as calls_needed_of

N_RATERS, N_CALLS = 3, 5
PARTS = VarianceComponents(rep=1.0, conversation=1.0, rater=0.25, residual=0.75)
WITHOUT_REPS, WITH_REPS = (5, 10, 22, 50, 200), (8, 15, 30, 100)
Held = dict[str, list[int]]


def ratings(generator: np.random.Generator, n_reps: int, n_calls: int) -> tuple[Floats, Floats]:
    """Values (n_reps * n_calls, n_raters), a tenth of them missing, and the raters' own levels."""
    reps = np.sqrt(PARTS.rep) * generator.standard_normal(n_reps)
    raters = np.sqrt(PARTS.rater) * generator.standard_normal(N_RATERS)
    shape = n_reps * n_calls, N_RATERS
    calls = np.sqrt(PARTS.conversation) * generator.standard_normal((shape[0], 1))
    rest = np.sqrt(PARTS.residual) * generator.standard_normal(shape)
    return np.repeat(reps, n_calls)[:, None] + calls + raters + rest, raters


def _side(low: float | None, high: float | None, truth: float) -> int | None:
    """0 where the interval holds the truth, 1 where it lies above, -1 below, None where there is none."""
    if low is None or high is None:
        return None
    return int(low > truth) - int(high < truth)


def _note(held: Held, name: str, found: Estimate, truth: float) -> None:
    side = _side(found.low, found.high, truth)
    if side is not None:
        held[name].append(side)


def without_reps(generator: np.random.Generator, n: int, n_resamples: int, held: Held) -> None:
    """One sample of n conversations whose reps are not known: what differs between reps is the conversations'."""
    values, levels = ratings(generator, n, 1)
    between = PARTS.rep + PARTS.conversation
    single = between / (between + PARTS.rater + PARTS.residual)
    icc = intraclass(values)
    _note(held, "ICC(A,1)", icc.single, single)
    _note(held, "ICC(A,3)", icc.average, 3 * single / (1 + 2 * single))
    gaps = np.where(generator.random(values.shape) < 0.1, np.nan, values)
    found = variance_components(gaps, n_resamples=n_resamples, seed=int(generator.integers(2**31)))
    if not found.parts:
        return
    of_raters = float(levels.var(ddof=1))
    _note(held, "variance between conversations", found.parts["conversation"], between)
    _note(held, "variance between raters", found.parts["rater"], of_raters)
    _note(held, "residual variance", found.parts["residual"], PARTS.residual)
    _note(held, "SEM, absolute", standard_error(found), float(np.sqrt(of_raters + PARTS.residual)))
    _note(held, "SEM, relative", standard_error(found, absolute=False), float(np.sqrt(PARTS.residual)))
    mean = between / (between + (of_raters + PARTS.residual) / 3)
    _note(held, "reliability of the mean of 3 raters", conversation_reliability(found, 3), mean)


def with_reps(generator: np.random.Generator, n: int, n_resamples: int, held: Held) -> None:
    """One sample of n reps with five calls each."""
    values, levels = ratings(generator, n, N_CALLS)
    gaps = np.where(generator.random(values.shape) < 0.1, np.nan, values)
    seed = int(generator.integers(2**31))
    found = variance_components(gaps, np.repeat(np.arange(n), N_CALLS), n_resamples=n_resamples, seed=seed)
    if not found.parts:
        return
    here = VarianceComponents(PARTS.rep, PARTS.conversation, float(levels.var(ddof=1)), PARTS.residual)
    _note(held, "variance between reps", found.parts["rep"], PARTS.rep)
    _note(held, "variance between a rep's calls", found.parts["conversation"], PARTS.conversation)
    _note(
        held,
        "reliability of 5 calls, relative",
        rep_reliability(found, 5, 1, absolute=False),
        reliability(here, 5, 1, absolute=False),
    )
    _note(held, "reliability of 5 calls, absolute", rep_reliability(found, 5, 1), reliability(here, 5, 1))
    needed = calls_needed(found, 0.8, absolute=False)
    truth = calls_needed_of(here, 0.8, absolute=False)
    if needed.low is not None and truth is not None:
        high = float("inf") if needed.high is None else needed.high
        held["calls needed for .80, relative"].append(int(needed.low > truth) - int(high < truth))


def main(
    samples: Annotated[int, typer.Option(min=10, help="Samples of each design.")] = 1000,
    resamples: Annotated[int, typer.Option(min=100, help="Bootstrap resamples of each.")] = 1000,
    seed: Annotated[int, typer.Option()] = 0,
) -> None:
    """How often do 90 % intervals of the reliability study hold the truth?"""
    designs = (("conversations", WITHOUT_REPS, without_reps), ("reps of five calls", WITH_REPS, with_reps))
    for what, sizes, sample in designs:
        generator = np.random.default_rng(seed)
        cells: dict[str, list[str]] = defaultdict(list)
        for size in sizes:
            held: Held = defaultdict(list)
            for _ in track(range(samples), f"{size} {what}", console=Console(stderr=True), transient=True):
                sample(generator, size, resamples, held)
            for name, sides in held.items():
                shares = [float(np.mean(np.array(sides) == side)) for side in (0, -1, 1)]
                cells[name].append(f"{shares[0]:.3f} [{shares[1]:.3f}, {shares[2]:.3f}]")
        table = Table(
            box=box.SIMPLE_HEAD,
            title=f"Share of nominal 90 % intervals that hold the truth, {samples} samples; in brackets below, above",
        )
        for heading in ("figure", *(f"{size} {what}" for size in sizes)):
            table.add_column(heading, justify="left" if heading == "figure" else "right")
        for name, row in cells.items():
            table.add_row(name, *row)
        Console(width=150).print(table)


if __name__ == "__main__":
    typer.run(main)
