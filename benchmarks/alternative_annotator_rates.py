"""Does the alternative annotator test hold its error rate, and does it find what it should?

`python -m benchmarks.alternative_annotator_rates` (`make study`) simulates raters and judges of one label many times.
At the bound, a judge is worse than every rater by exactly epsilon: the share of studies in which it wins against any
rater must stay at the false discovery rate of .05 or below. A copy of the raters' truth should pass, a constant and a
coin should not where the label is common.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rich import box
from rich.console import Console
from rich.progress import track
from rich.table import Table

from eval.bootstrap import Floats
from eval.statistics.alternative_annotator import DISCOVERY_RATE, EPSILON, alternative_annotator_test

N_RATERS, N_TURNS, RIGHT = 3, 20, 0.9
SIZES = (10, 22, 50)
Sample = tuple[Floats, Floats]


def raters_of(generator: np.random.Generator, n_units: int, prevalence: float) -> tuple[Floats, Floats]:
    """A truth (n_units,), and raters (n_units, n_raters) who see it rightly nine times in ten."""
    truth = (generator.random(n_units) < prevalence).astype(np.float64)
    right = generator.random((n_units, N_RATERS)) < RIGHT
    return truth, np.where(right, truth[:, None], 1 - truth[:, None])


def at_bound(generator: np.random.Generator, n: int, epsilon: float, *, together: bool) -> Sample:
    """A judge worse by exactly epsilon than raters who all agree; its errors singly, or a whole conversation at once."""
    values = np.repeat((generator.random(n * N_TURNS) < 0.5).astype(np.float64)[:, None], N_RATERS, axis=1)
    wrong: NDArray[np.bool_] = (
        np.repeat(generator.random(n) < epsilon, N_TURNS) if together else generator.random(n * N_TURNS) < epsilon
    )
    return values, np.where(wrong, 1 - values[:, 0], values[:, 0])


def judge_of(kind: str, generator: np.random.Generator, n: int, epsilon: float) -> Sample:
    """Raters and the judge of a row of the table."""
    if kind.startswith("at the bound"):
        return at_bound(generator, n, epsilon, together="conversations" in kind)
    prevalence = 0.03 if "rare" in kind else 0.5
    truth, values = raters_of(generator, n * N_TURNS, prevalence)
    if kind.startswith("a fourth rater"):
        right = generator.random(len(truth)) < RIGHT
        return values, np.where(right, truth, 1 - truth)
    if kind.startswith("a constant"):
        return values, np.zeros(len(truth))
    if kind.startswith("a coin"):
        return values, (generator.random(len(truth)) < 0.5).astype(np.float64)
    return values, values[:, 0]


KINDS = (
    "at the bound, errors in single turns",
    "at the bound, errors in whole conversations",
    "a copy of one rater",
    "a fourth rater like the others",
    "a constant, label in half of turns",
    "a coin, label in half of turns",
    "a constant, rare label",
)


def main(
    samples: Annotated[int, typer.Option(min=10, help="Simulated studies of each size.")] = 2000,
    epsilon: Annotated[float, typer.Option(min=0, max=1)] = EPSILON["experts"],
    seed: Annotated[int, typer.Option()] = 0,
) -> None:
    """How often does a judge win against any rater, and pass, by the test as published and by the clustered one?"""
    generator = np.random.default_rng(seed)
    table = Table(
        box=box.SIMPLE_HEAD,
        title=f"Share of {samples} studies with a win against any rater / that pass; {N_RATERS} raters, {N_TURNS} turns a "
        f"conversation, epsilon {epsilon:g}, nominal {DISCOVERY_RATE:g}",
    )
    table.add_column("judge")
    for size in SIZES:
        table.add_column(f"{size} conversations, as published", justify="right")
        table.add_column("clustered", justify="right")
    for kind in KINDS:
        cells = []
        for size in SIZES:
            clusters = np.repeat(np.arange(size), N_TURNS)
            outcomes = np.zeros((2, 2))
            for _ in track(range(samples), f"{kind}, {size}", console=Console(stderr=True), transient=True):
                values, judged = judge_of(kind, generator, size, epsilon)
                for row, groups in enumerate((None, clusters)):
                    found = alternative_annotator_test(values, judged, epsilon=epsilon, clusters=groups)
                    outcomes[row] += bool(found.winning_rate), bool(found.passes)
            cells += [f"{wins / samples:.3f} / {passes / samples:.3f}" for wins, passes in outcomes]
        table.add_row(kind, *cells)
    Console(width=170).print(table)


if __name__ == "__main__":
    typer.run(main)
