"""The workbench's figures by other people's packages; runs in an environment of its own, see `benchmarks.comparison`.

`python other_implementations.py < cases.json` prints a list of `[figure, package, case, value]`. Nothing of this project
is imported. Where no package has a figure, its definition is written out here a second time, slowly and plainly.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Iterator
from importlib.metadata import distribution
from itertools import combinations, permutations
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd

mpl.use("agg")
warnings.filterwarnings("ignore")
Found = Iterator[tuple[str, str, Any]]


def of_categories(case: dict[str, Any]) -> Found:
    """Coefficients of codes (n_units, n_raters)."""
    import krippendorff
    import statsmodels.stats.inter_rater as inter_rater
    from irrCAC.raw import CAC
    from sklearn.metrics import cohen_kappa_score, f1_score

    codes, k = np.array(case["values"], dtype=float), int(case["k"])
    for level in ("nominal", "ordinal", "interval"):
        yield (
            f"alpha, {level}",
            "krippendorff",
            krippendorff.alpha(reliability_data=codes.T, level_of_measurement=level),
        )
    cac = CAC(pd.DataFrame(codes), categories=[float(code) for code in range(k)], digits=12)
    yield "Fleiss' kappa", "irrCAC", cac.fleiss()["est"]["coefficient_value"]
    yield "alpha, nominal", "irrCAC", cac.krippendorff()["est"]["coefficient_value"]
    yield "Gwet's AC1", "irrCAC", cac.gwet()["est"]["coefficient_value"]
    yield "percent agreement", "irrCAC", cac.gwet()["est"]["pa"]
    if not np.isnan(codes).any():
        counts = np.stack([(codes == code).sum(axis=1) for code in range(k)], axis=1)
        yield "Fleiss' kappa", "statsmodels", inter_rater.fleiss_kappa(counts)
    for first, second in combinations(range(codes.shape[1]), 2):
        both = ~np.isnan(codes[:, first]) & ~np.isnan(codes[:, second])
        left, right = codes[both, first].astype(int), codes[both, second].astype(int)
        if len(left) < 2:
            continue
        pair = f" {first} {second}"
        table = np.zeros((k, k))
        np.add.at(table, (left, right), 1)
        plain = cohen_kappa_score(left, right, labels=range(k))
        yield "Cohen's kappa" + pair, "scikit-learn", plain
        yield "Cohen's kappa" + pair, "statsmodels", inter_rater.cohens_kappa(table, return_results=False)
        weighted = cohen_kappa_score(left, right, labels=range(k), weights="quadratic")
        yield "quadratic-weighted kappa" + pair, "scikit-learn", weighted
        if codes.shape[1] == 2 and not np.isnan(codes).any():
            for code in set(left.tolist()) | set(right.tolist()):
                specific = f1_score(left == code, right == code)
                yield f"agreement on one category {code}", "scikit-learn (F1)", specific


def of_numbers(case: dict[str, Any]) -> Found:
    """Intraclass correlations and limits of agreement of complete numbers (n_units, n_raters)."""
    import matplotlib.pyplot as plt
    import pingouin
    from scipy.integrate import quad
    from scipy.optimize import brentq
    from scipy.stats import chi2, norm

    values = np.array(case["values"], dtype=float)
    n, k = values.shape
    pingouin.options["round"] = None
    pingouin.options["round.column.CI95"] = None
    long = pd.DataFrame([(i, j, values[i, j]) for i in range(n) for j in range(k)], columns=["unit", "rater", "value"])
    table = pingouin.intraclass_corr(long, targets="unit", raters="rater", ratings="value", nan_policy="raise")
    for kind, name in (("ICC(A,1)", "ICC(A,1)"), ("ICC(A,k)", "ICC(A,k)")):
        row = table[table["Type"] == kind].iloc[0]
        yield name, "pingouin", row["ICC"]
        yield f"{name} low", "pingouin", row["CI95"][0]
        yield f"{name} high", "pingouin", row["CI95"][1]
    differences = values[:, 0] - values[:, 1]
    axes = pingouin.plot_blandaltman(values[:, 0], values[:, 1], agreement=norm.ppf(0.975))
    drawn = sorted({float(line.get_ydata()[0]) for line in axes.get_lines()} - {0.0})
    plt.close("all")
    for name, wanted in (("lower limit", drawn[0]), ("bias", drawn[len(drawn) // 2]), ("upper limit", drawn[-1])):
        yield f"Bland-Altman {name}", "pingouin", wanted
    # the exact bound of a limit without the non-central t: integrate over the spread that a sample may have
    z, spread = norm.ppf(0.975), differences.std(ddof=1)

    def below(factor: float) -> float:
        def held(square: float) -> float:
            sigma = np.sqrt(square / (n - 1))
            return float(norm.cdf(np.sqrt(n) * (factor * sigma - z)) * chi2.pdf(square, n - 1))

        return float(quad(held, 0, chi2.isf(1e-14, n - 1), epsabs=1e-12, epsrel=1e-12, limit=400)[0])

    for side, level in (("low", 0.05), ("high", 0.95)):
        factor = brentq(lambda tried: below(tried) - level, 0.1, 30, xtol=1e-11)  # noqa: B023
        yield f"Bland-Altman upper limit {side}", "numerical integration", differences.mean() + factor * spread


def of_machine_scores(case: dict[str, Any]) -> Found:
    """The flags of automated scoring, of raters (n_units, n_raters) and a scorer (n_units,)."""
    raters, judged = np.array(case["raters"], dtype=float), np.array(case["judged"], dtype=float)
    both = ~np.isnan(raters[:, 0])
    left, right = judged[both], raters[both, 0]
    metrics, reduction = (_rsmtool(name) for name in ("metrics", "prmse"))
    yield "PRMSE", "rsmtool", reduction["prmse_true"](judged, raters)
    yield "quadratic-weighted kappa, numbers", "rsmtool", metrics["quadratic_weighted_kappa"](right, left)
    yield "SMD", "rsmtool", metrics["standardized_mean_difference"](right, left, method="unpooled")
    half = np.arange(len(left)) < len(left) // 2
    shift = metrics["difference_of_standardized_means"](
        right[half],
        left[half],
        population_y_true_observed_mn=right.mean(),
        population_y_pred_mn=left.mean(),
        population_y_true_observed_sd=right.std(ddof=1),
        population_y_pred_sd=left.std(ddof=1),
    )
    yield "difference of standardised means", "rsmtool", shift


def _rsmtool(name: str) -> dict[str, Any]:
    """One file of RSMTool's formulas. The package's own import loads its notebooks and learners, which are not installed;
    the formulas need neither, so the lines that ask for learners are passed over."""
    source = Path(str(distribution("rsmtool").locate_file(f"rsmtool/utils/{name}.py"))).read_text(encoding="utf-8")
    lines = [line for line in source.splitlines() if not line.startswith("from skll")]
    module: dict[str, Any] = {}
    exec(compile("from __future__ import annotations\n" + "\n".join(lines), name, "exec"), module)
    return module


def of_components(case: dict[str, Any]) -> Found:
    """Variance components of values (n_conversations, n_raters) with the rep of each row."""
    values, reps = np.array(case["values"], dtype=float), np.array(case["reps"])
    rows, raters = np.nonzero(~np.isnan(values))
    y = values[rows, raters]
    indicators = {
        "rep": np.equal.outer(reps[rows], np.unique(reps)).astype(float),
        "conversation": np.equal.outer(rows, np.unique(rows)).astype(float),
        "rater": np.equal.outer(raters, np.unique(raters)).astype(float),
        "residual": np.eye(len(y)),
    }
    # Henderson's first method by its definition, with dense matrices: E(y'Py) = tr(P V) for each sum of squares
    centre = np.ones((len(y), len(y))) / len(y)
    names = list(indicators)
    left, right = np.zeros((4, 4)), np.zeros(4)
    for i, of in enumerate(names):
        z = indicators[of]
        square = z @ np.linalg.pinv(z) - centre
        right[i] = y @ square @ y
        for j, part in enumerate(names):
            left[i, j] = np.trace(square @ indicators[part] @ indicators[part].T)
    for name, value in zip(names, np.linalg.solve(left, right), strict=True):
        yield f"variance component {name}", "dense matrices, with gaps", value
    if np.isnan(values).any():
        return
    import statsmodels.formula.api as smf
    from statsmodels.stats.anova import anova_lm

    n_raters, n_reps = values.shape[1], len(np.unique(reps))
    n_calls = len(values) // n_reps
    frame = pd.DataFrame({"y": y, "rep": reps[rows], "call": rows % n_calls, "rater": raters})
    table = anova_lm(smf.ols("y ~ C(rep) + C(rep):C(call) + C(rater)", frame).fit(), typ=1)["mean_sq"]
    of_rep, of_call, of_rater, rest = (table[row] for row in ("C(rep)", "C(rep):C(call)", "C(rater)", "Residual"))
    yield "variance component rep", "statsmodels (analysis of variance)", (of_rep - of_call) / (n_raters * n_calls)
    yield "variance component conversation", "statsmodels (analysis of variance)", (of_call - rest) / n_raters
    yield "variance component rater", "statsmodels (analysis of variance)", (of_rater - rest) / len(values)
    yield "variance component residual", "statsmodels (analysis of variance)", rest


def of_alternative_annotator(case: dict[str, Any]) -> Found:
    """The alternative annotator test, of raters (n_units, n_raters), a scorer, conversations and epsilon."""
    import statsmodels.api as sm
    from scipy.stats import ttest_1samp
    from statsmodels.stats.multitest import multipletests

    values, judged, epsilon = np.array(case["raters"]), np.array(case["judged"]), case["epsilon"]
    p_values, clustered, shares = [], [], []
    for rater in range(values.shape[1]):
        differences, wins = [], []
        for row, scored in zip(values, judged, strict=True):
            others = np.delete(row, rater)
            of_scorer, of_rater = np.mean(others == scored), np.mean(others == row[rater])
            wins.append(of_scorer >= of_rater)
            differences.append(float(of_rater >= of_scorer) - float(of_scorer >= of_rater))
        shares.append(np.mean(wins))
        p_values.append(ttest_1samp(differences, epsilon, alternative="less").pvalue)
        fit = sm.OLS(np.array(differences) - epsilon, np.ones(len(differences))).fit(
            cov_type="cluster", cov_kwds={"groups": np.array(case["conversations"])}, use_t=True
        )
        two_sided = float(fit.pvalues[0])
        clustered.append(two_sided / 2 if fit.params[0] < 0 else 1 - two_sided / 2)
    for rater, (plain, by_conversation) in enumerate(zip(p_values, clustered, strict=True)):
        yield f"alternative annotator, p {rater}", "scipy", plain
        yield f"alternative annotator, p by conversation {rater}", "statsmodels (cluster-robust)", by_conversation
    won = multipletests(p_values, alpha=0.05, method="fdr_by")[0]
    yield "alternative annotator, winning rate", "statsmodels (fdr_by)", np.mean(won)
    yield "alternative annotator, rho", "written out", np.mean(shares)


def of_spans(case: dict[str, Any]) -> Found:
    """Krippendorff's unitised alpha (2016), character by character and unit by unit."""
    marked, length = case["marked"], int(case["length"])
    n_raters = len(marked)
    inside = np.array([[any(start <= at < end for start, end in spans) for at in range(length)] for spans in marked])
    observed = np.zeros((2, 2))
    for left, right in permutations(inside, 2):
        np.add.at(observed, (left.astype(int), right.astype(int)), 1 / (n_raters - 1))
    units = [(1, end - start) for spans in marked for start, end in spans]
    units += [(0, 1)] * int((~inside).sum())
    labels, sizes = (np.array(side) for side in zip(*units, strict=True))
    expected = np.array(
        [
            [
                (np.outer(sizes * (labels == one), sizes * (labels == other)) * (1 - np.eye(len(sizes)))).sum()
                for other in (0, 1)
            ]
            for one in (0, 1)
        ]
    )
    expected *= observed.sum() / expected.sum()
    differ = observed[0, 1] + observed[1, 0]
    yield "alpha, unitised", "written out by characters", 1 - differ / (expected[0, 1] + expected[1, 0])


KINDS = {
    "categories": of_categories,
    "numbers": of_numbers,
    "machine scores": of_machine_scores,
    "components": of_components,
    "alternative annotator": of_alternative_annotator,
    "spans": of_spans,
}


def main() -> None:
    """Every case of standard input, by every package that has its figures."""
    found = []
    for name, case in json.load(sys.stdin).items():
        for figure, package, value in KINDS[case["kind"]](case):
            number = float(value)
            found.append([figure, package, name, number if np.isfinite(number) else None])
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
