"""Every figure of the workbench beside other implementations of it, on random data; prints the largest differences.

`python -m benchmarks.comparison` (`make comparison`) builds a throw-away environment with the other packages, which are
kept out of this project's own, and runs `other_implementations.py` in it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import venv
from collections import defaultdict
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from eval.bootstrap import Floats
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
    ordinal_alpha,
    pair_tables,
    percent_agreement,
    rater_indices,
    specific_agreement,
)
from eval.statistics.alternative_annotator import alternative_annotator_test
from eval.statistics.bland_altman import limits_of_agreement
from eval.statistics.components import component_counts, henderson
from eval.statistics.intraclass import intraclass
from eval.statistics.prmse import prmse, prmse_counts
from eval.statistics.weighted_kappa import (
    difference_of_standardised_means,
    pair_counts,
    quadratic_weighted_kappa,
    standardised_mean_difference,
)
from eval.unitizing import unitized_alpha, unitized_counts

PACKAGES = (
    "krippendorff==0.9.0",
    "irrCAC==0.4.4",
    "pingouin==0.6.1",
    "statsmodels==0.15.0",
    "scikit-learn==1.9.1",
)
BARE = "rsmtool==12.0.0"  # its formulas without its notebooks, which take ten times as long to install
SCRIPT = Path(__file__).with_name("other_implementations.py")
TOLERATED = 1e-6
NUMBERS = re.compile(r"( \d+)+$")  # of raters and categories
Case = dict[str, Any]


def cases(n_of_each: int, seed: int) -> dict[str, Case]:
    """Random data of every kind; ratings with gaps of nothing, a tenth or two fifths where a figure allows for gaps."""
    g = np.random.default_rng(seed)
    found: dict[str, Case] = {}
    for i in range(n_of_each):
        found[f"categories {i}"] = _categories(g)
        n, k = int(g.integers(4, 40)), int(g.integers(2, 6))
        noise = g.normal(0, g.uniform(0.2, 1.5), (n, k)) + g.normal(0, 0.5, k)
        found[f"numbers {i}"] = {"kind": "numbers", "values": _plain(g.normal(3, 1, (n, 1)) + noise)}
        truth = g.normal(3, 1, 60)
        raters = truth[:, None] + g.normal(0, 0.7, (60, int(g.integers(2, 5))))
        raters[:, 1:][g.random(raters[:, 1:].shape) < 0.3] = np.nan
        judged = truth + g.normal(0.1, 0.5, 60)
        found[f"machine scores {i}"] = {"kind": "machine scores", "raters": _plain(raters), "judged": _plain(judged)}
        found[f"components {i}"] = _components(g, gaps=bool(i % 2))
        found[f"alternative annotator {i}"] = _alternative(g)
        found[f"spans {i}"] = _spans(g)
    return found


def _plain(values: Floats) -> list[Any]:
    """Nested lists with null for what is missing, which JSON knows."""
    return [_plain(row) if values.ndim > 1 else None if np.isnan(row) else float(row) for row in values]


def _categories(g: np.random.Generator) -> Case:
    n, m, k = int(g.integers(20, 200)), int(g.integers(2, 7)), int(g.integers(2, 6))
    shares = g.dirichlet(np.full(k, 0.7))
    truth = g.choice(k, n, p=shares)
    right = g.random((n, m)) < g.uniform(0.3, 0.98)
    codes = np.where(right, truth[:, None], g.choice(k, (n, m), p=shares)).astype(float)
    codes[g.random((n, m)) < g.choice([0, 0.1, 0.4])] = np.nan
    return {"kind": "categories", "values": _plain(codes), "k": k}


def _components(g: np.random.Generator, *, gaps: bool) -> Case:
    n_reps, n_calls, k = int(g.integers(4, 9)), int(g.integers(2, 5)), int(g.integers(2, 5))
    reps = np.repeat(np.arange(n_reps), n_calls)
    n = len(reps)
    values = g.normal(0, 1, n_reps)[reps][:, None] + g.normal(0, 1, (n, 1)) + g.normal(0, 0.5, k)
    values = values + g.normal(0, 0.7, (n, k))
    if gaps:
        values[g.random((n, k)) < 0.25] = np.nan
    return {"kind": "components", "values": _plain(values), "reps": reps.tolist()}


def _alternative(g: np.random.Generator) -> Case:
    conversations = np.repeat(np.arange(12), 10)
    truth = g.integers(0, 2, 120)
    raters, judged = (
        np.where(g.random(shape) < g.uniform(0.7, 0.95), truth.reshape(-1, *[1] * (len(shape) - 1)), g.integers(0, 2))
        for shape in ((120, int(g.integers(2, 6))), (120,))
    )
    return {
        "kind": "alternative annotator",
        "raters": raters.tolist(),
        "judged": judged.tolist(),
        "conversations": conversations.tolist(),
        "epsilon": float(g.choice([0.1, 0.15, 0.2])),
    }


def _spans(g: np.random.Generator) -> Case:
    length, marked = int(g.integers(60, 200)), []
    true = np.sort(g.choice(length, 2 * int(g.integers(1, 4)), replace=False)).reshape(-1, 2)
    for _ in range(int(g.integers(2, 5))):
        spans, last = [], 0
        for start, end in true:
            bounds = max(last, int(start + g.integers(-3, 4))), min(length, int(end + g.integers(-3, 4)))
            if g.random() > 0.2 and bounds[1] > bounds[0]:
                spans.append(bounds)
                last = bounds[1] + 1
        marked.append(spans)
    marked[0] = marked[0] or [(0, 5)]
    return {"kind": "spans", "marked": marked, "length": length}


def ours(case: Case) -> dict[str, float | None]:
    """This project's figures of a case, by the names of `other_implementations.py`."""
    kind = case["kind"]
    if kind == "categories":
        return _our_categories(np.array(case["values"], dtype=float), case["k"])
    if kind == "numbers":
        values = np.array(case["values"])
        icc, limits = intraclass(values, 0.95), limits_of_agreement(values[:, 0] - values[:, 1], 0.9)
        found: dict[str, float | None] = {}
        for name, estimate in (("ICC(A,1)", icc.single), ("ICC(A,k)", icc.average)):
            found |= {name: estimate.value, f"{name} low": estimate.low, f"{name} high": estimate.high}
        found |= {f"Bland-Altman {name} limit": getattr(limits, name).value for name in ("lower", "upper")}
        found |= {f"Bland-Altman upper limit {side}": getattr(limits.upper, side) for side in ("low", "high")}
        return found | {"Bland-Altman bias": limits.bias.value}
    if kind == "machine scores":
        raters, judged = np.array(case["raters"], dtype=float), np.array(case["judged"])
        counts = pair_counts(judged, raters[:, 0])
        sums, half = counts.sum(axis=0), counts[: len(counts) // 2].sum(axis=0)
        return {
            "PRMSE": float(prmse(prmse_counts(raters, judged).sum(axis=0))),
            "quadratic-weighted kappa, numbers": float(quadratic_weighted_kappa(sums)),
            "SMD": float(standardised_mean_difference(sums)),
            "difference of standardised means": float(difference_of_standardised_means(sums, half)),
        }
    if kind == "components":
        sums = component_counts(np.array(case["values"], dtype=float), np.array(case["reps"])).sum(axis=0)
        parts = henderson(sums, ("rep", "conversation", "rater"))
        names = ("rep", "conversation", "rater", "residual")
        return {f"variance component {name}": float(part) for name, part in zip(names, parts, strict=True)}
    if kind == "alternative annotator":
        return _our_alternative(case)
    return {"alpha, unitised": float(unitized_alpha(unitized_counts(case["marked"], case["length"])))}


def _our_categories(codes: Floats, k: int) -> dict[str, float | None]:
    counts = category_counts(codes, k)
    sums, pairs = agreement_counts(counts).sum(axis=0), coincidences(counts).sum(axis=0)
    tables = pair_tables(codes, k, np.zeros(len(codes), dtype=np.int64), 1)[0]
    found: dict[str, float | None] = {
        "alpha, nominal": float(nominal_alpha(pairs)),
        "alpha, ordinal": float(ordinal_alpha(pairs)),
        "alpha, interval": float(interval_alpha(interval_counts(codes).sum(axis=0))),
        "Fleiss' kappa": float(fleiss_kappa(sums)),
        "Gwet's AC1": float(gwet_ac1(sums)),
        "percent agreement": float(percent_agreement(sums)),
    }
    for (first, second), table in zip(rater_indices(codes.shape[1]), tables, strict=True):
        found[f"Cohen's kappa {first} {second}"] = float(cohen_kappa(table))
        weighted = quadratic_weighted_kappa(pair_counts(codes[:, first], codes[:, second]).sum(axis=0))
        found[f"quadratic-weighted kappa {first} {second}"] = float(weighted)
    return found | {f"agreement on one category {code}": float(specific_agreement(sums, code)) for code in range(k)}


def _our_alternative(case: Case) -> dict[str, float | None]:
    raters, judged = np.array(case["raters"], dtype=float), np.array(case["judged"], dtype=float)
    plain, clustered = (
        alternative_annotator_test(raters, judged, epsilon=case["epsilon"], clusters=groups)
        for groups in (None, case["conversations"])
    )
    found = {
        "alternative annotator, winning rate": plain.winning_rate,
        "alternative annotator, rho": plain.advantage,
    }
    for comparison in plain.comparisons:
        found[f"alternative annotator, p {comparison.rater}"] = comparison.p
    for comparison in clustered.comparisons:
        found[f"alternative annotator, p by conversation {comparison.rater}"] = comparison.p
    return found


def environment(folder: Path, console: Console) -> Path:
    """The throw-away environment's Python; made where it is not there yet."""
    python, ready = folder / "bin" / "python", folder / "ready"
    if not ready.exists():
        console.print(f"Building {folder} with {', '.join([*PACKAGES, BARE])}", soft_wrap=True)
        venv.create(folder, with_pip=True, clear=True)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *PACKAGES], check=True)
        subprocess.run([*pip, "--no-deps", BARE], check=True)
        ready.touch()
    return python


def main(
    n: Annotated[int, typer.Option(min=1, help="Random cases of each kind.")] = 40,
    seed: Annotated[int, typer.Option()] = 1,
    folder: Annotated[Path, typer.Option(help="Where the throw-away environment lies.")] = Path("artifacts/comparison"),
) -> None:
    """Each figure beside other implementations: the largest absolute difference."""
    python = environment(folder, Console(stderr=True))
    given = cases(n, seed)
    answer = subprocess.run(
        [str(python), str(SCRIPT)], input=json.dumps(given), stdout=subprocess.PIPE, text=True, check=True
    )
    own = {name: ours(case) for name, case in given.items()}
    gaps: dict[tuple[str, str], list[float]] = defaultdict(list)
    disputed: dict[tuple[str, str], int] = defaultdict(int)
    for figure, package, name, theirs in json.loads(answer.stdout):
        mine = own[name][figure]
        row = NUMBERS.sub("", figure), package
        if mine is None or np.isnan(mine) or theirs is None:
            disputed[row] += (mine is None or bool(np.isnan(mine))) != (theirs is None)
        else:
            gaps[row].append(abs(mine - theirs))
    table = Table(box=box.SIMPLE_HEAD, title=f"Largest absolute difference, {n} random cases of each kind")
    for head in ("figure", "held against", "compared", "largest difference", "undefined in one only"):
        table.add_column(head, justify="left" if head in ("figure", "held against") else "right")
    for row, found in sorted(gaps.items()):
        table.add_row(*row, str(len(found)), f"{max(found):.0e}", str(disputed[row] or ""))
    Console(width=140).print(table)
    if any(max(found) > TOLERATED for found in gaps.values()):
        sys.exit(f"a figure differs by more than {TOLERATED:g}")


if __name__ == "__main__":
    typer.run(main)
