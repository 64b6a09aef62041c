"""What raters reach: the package's figures, profiles that find who differs, and words where there is nothing to tell."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import cohen_kappa_score
from typer.testing import CliRunner

from eval.__main__ import app
from eval.bootstrap import distribution, draw
from eval.coefficients import (
    agreement_counts,
    category_counts,
    coincidences,
    fleiss_kappa,
    gwet_ac1,
    krippendorff_alpha,
    nominal_alpha,
    ordinal_alpha,
    percent_agreement,
)
from eval.documents.document import Provenance
from eval.documents.markdown import markdown
from eval.documents.write import json_text
from eval.unitizing import unitized_alpha, unitized_counts
from eval.workbench.agreement import MINIMUM_CONVERSATIONS, alpha_of, label_agreement
from eval.workbench.codebook import parse_codebook
from eval.workbench.disagreements import disagreement_sizes, told, widest_disagreements
from eval.workbench.rater_profiles import rater_profiles
from eval.workbench.raters_report import raters_document, study_raters
from eval.workbench.study import Observation, Study, build

CODEBOOK = parse_codebook(
    {
        "name": "Test",
        "labels": {
            "asks": {},
            "tone": {"level": "ordinal", "values": ["cold", "neutral", "warm"]},
            "kind": {"values": ["a", "b", "c"]},
            "score": {"unit": "conversation", "level": "interval"},
        },
    },
    "test.yaml",
)
coded = st.integers(2, 5).flatmap(
    lambda m: arrays(np.float64, st.tuples(st.integers(1, 14), st.just(m)), elements=st.sampled_from([0, 1, 2, np.nan]))
)


def _study(rows: Iterable[tuple[str, int | None, str, str, float]]) -> Study:
    return build(CODEBOOK, [Observation(*row) for row in rows])


def _many(n: int = 12, seed: int = 0) -> Study:
    """Conversations of ten turns, three raters: C says yes too often, B skips the last conversation."""
    generator = np.random.default_rng(seed)
    rows: list[tuple[str, int | None, str, str, float]] = []
    for number in range(n):
        score = generator.normal(3, 1)
        for rater, extra in (("A", 0.0), ("B", 0.0), ("C", 0.25)):
            if rater == "B" and number == n - 1:
                continue
            rows.append((f"c{number:02d}", None, rater, "score", float(score + generator.normal(0, 0.3))))
            for turn in range(10):
                yes = (number + turn) % 3 == 0
                yes = yes or bool(generator.random() < extra)
                rows.append((f"c{number:02d}", turn, rater, "asks", float(yes)))
                rows.append(
                    (f"c{number:02d}", turn, rater, "kind", float((number + turn + (generator.random() < 0.1)) % 3))
                )
    return _study(rows)


def test_alpha_and_kappa_are_the_packages() -> None:
    study = _many()
    for label, level in (("asks", "nominal"), ("kind", "nominal"), ("score", "interval")):
        units = study.units[label]
        found = label_agreement(units, draw(study.n_conversations, 200), study.raters)
        expected = krippendorff_alpha(units.values.T, level)  # type: ignore[arg-type]
        assert found.alpha.value == pytest.approx(expected)
        assert found.alpha.low is not None
        assert found.alpha.high is not None
        assert found.alpha.low < found.alpha.value < found.alpha.high
    kinds = study.units["kind"].values
    pairs = [(0, 1), (0, 2), (1, 2)]
    both = [kinds[~np.isnan(kinds[:, list(pair)]).any(axis=1)][:, list(pair)] for pair in pairs]
    kappa = label_agreement(study.units["kind"], draw(12, 50)).cohen
    assert kappa is not None
    assert kappa.value == pytest.approx(np.mean([cohen_kappa_score(*held.T) for held in both]))


@given(coded)
@settings(max_examples=60)
def test_alpha_from_counts_is_the_package_s_with_gaps(codes: np.ndarray) -> None:
    pairs = coincidences(category_counts(codes, 3)).sum(axis=0)
    for level, alpha in (("nominal", nominal_alpha), ("ordinal", ordinal_alpha)):
        expected = krippendorff_alpha(codes.T, level)  # type: ignore[arg-type]
        found = float(alpha(pairs))
        assert (expected is None and np.isnan(found)) or found == pytest.approx(expected, abs=1e-9)


@given(coded)
@settings(max_examples=60)
def test_perfect_agreement_is_one_and_categories_have_no_names(codes: np.ndarray) -> None:
    same = np.repeat(codes[:, :1], 3, axis=1)
    sums = agreement_counts(category_counts(same, 3)).sum(axis=0)
    for statistic in (percent_agreement, fleiss_kappa, gwet_ac1):
        value = float(statistic(sums))
        assert np.isnan(value) or value == pytest.approx(1)
    sums, swapped = (agreement_counts(category_counts(held, 3)).sum(axis=0) for held in (codes, 2 - codes))
    for statistic in (percent_agreement, fleiss_kappa, gwet_ac1):
        assert float(statistic(sums)) == pytest.approx(float(statistic(swapped)), nan_ok=True)


def test_the_probability_agrees_with_the_interval() -> None:
    study = _many(40)
    counts, alpha = alpha_of(study.units["kind"])
    spread = distribution(counts, alpha, draw(40, 4000))
    found = spread.estimate(1, 0.9)
    assert found.low is not None
    assert found.high is not None
    assert spread.probability_below(found.low) == pytest.approx(0.05, abs=0.005)
    assert spread.probability_below(found.high) == pytest.approx(0.95, abs=0.005)
    assert spread.probability_below(-1) == 0
    assert spread.probability_below(1.1) == 1


def test_profiles_find_who_differs() -> None:
    study = _many(30)
    profiles = rater_profiles(study, study.of_unit("turn"), draw(30, 200))
    by_name = {held.rater: held for held in profiles.raters}
    severe = by_name["C"].severity["asks"]
    assert severe.value == pytest.approx(0.25 * 2 / 3, abs=0.05)
    assert severe.low is not None
    assert severe.low > 0
    assert by_name["C"].more_marks.value == pytest.approx(0.5, abs=0.15)
    assert by_name["A"].agreement.value > by_name["C"].agreement.value  # type: ignore[operator]
    assert by_name["C"].alpha_without > profiles.alpha  # type: ignore[operator]
    assert by_name["B"].n_conversations == 29
    assert by_name["A"].severity["kind"].reason == "undefined: categories without an order have no more or less"
    assert profiles.pairs[0][1] == pytest.approx(profiles.pairs[1][0])
    assert profiles.pairs[0][0] is None


def test_the_widest_disagreement_comes_first_and_is_told() -> None:
    rows = [
        ("c1", 0, "A", "asks", 1.0),
        ("c1", 0, "B", "asks", 0.0),
        ("c1", 1, "A", "asks", 1.0),
        ("c1", 1, "B", "asks", 1.0),
    ]
    rows += [
        ("c1", 0, "A", "tone", 2.0),
        ("c1", 0, "B", "tone", 0.0),
        ("c1", 2, "A", "tone", 1.0),
        ("c1", 2, "B", "tone", 2.0),
    ]
    found = widest_disagreements(_study(rows))
    assert [(held.turn, held.size) for held in found] == [(0, 2.0), (2, 1.0)]
    assert told(found[0]) == "asks: no (B), yes (A); tone: cold (B), warm (A)"
    scores = _study([("c1", None, "A", "score", 1.0), ("c1", None, "B", "score", 5.0), ("c2", None, "A", "score", 3.0)])
    assert disagreement_sizes(scores.units["score"]).tolist() == [1.0, 0.0]


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(1, 10)), max_size=4), st.integers(2, 4))
def test_unitised_alpha_of_raters_who_mark_alike_is_one(drawn: list[tuple[int, int]], n_raters: int) -> None:
    ends, spans = 0, []
    for start, length in sorted(drawn):
        if start >= ends:
            ends = start + length
            spans.append((start, ends))
    alpha = float(unitized_alpha(unitized_counts([spans] * n_raters, 60)))
    assert np.isnan(alpha) if not spans else alpha == pytest.approx(1)


DEGENERATE: dict[str, tuple[list[tuple[str, int | None, str, str, float]], str]] = {
    "one rater": ([(f"c{i}", 0, "A", "asks", i % 2) for i in range(8)], "undefined: only one rater, A, judged it"),
    "one class": (
        [(f"c{i}", 0, rater, "asks", 0.0) for i in range(8) for rater in "AB"],
        "undefined: all ratings are 'no', so chance alone agrees as much",
    ),
    "no overlap": (
        [(f"c{i}", 0, "AB"[i % 2], "asks", float(i % 3 == 0)) for i in range(8)],
        "undefined: no turn was judged by two raters",
    ),
    "one number": (
        [(f"c{i}", None, rater, "score", 2.0) for i in range(8) for rater in "AB"],
        "undefined: all ratings are 2, so chance alone agrees as much",
    ),
    "two conversations": (
        [(f"c{i}", t, rater, "asks", float((i + t) % 2)) for i in range(2) for t in range(4) for rater in "AB"],
        f"no interval: 2 conversations, too few to resample (at least {MINIMUM_CONVERSATIONS})",
    ),
    "one conversation": (
        [("c", t, rater, "kind", float((t + (rater == "B")) % 3)) for t in range(4) for rater in "AB"],
        "no interval: 1 conversation, too few to resample",
    ),
    "perfect agreement": (
        [(f"c{i}", 0, rater, "asks", float(i % 2)) for i in range(8) for rater in "AB"],
        "no interval: all conversations say the same, so no resample differs",
    ),
}


@pytest.mark.parametrize("name", DEGENERATE)
def test_what_cannot_be_told_is_said_in_words(name: str) -> None:
    rows, expected = DEGENERATE[name]
    found = study_raters(_study(rows), n_resamples=50)
    document = raters_document(found, Provenance(raters="Nobody.", data="a", rubric="b"))
    text, plain = markdown(document), json_text(document)
    assert expected in text
    assert not re.search(r"\bnan\b|\binf\b", text + plain, re.IGNORECASE)
    json.loads(plain)


def _run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


def test_the_command_writes_a_report(tmp_path: Path) -> None:
    rows = [
        f"c{i},{t},{rater},{(i + t) % 2 if rater == 'A' else i % 2}"
        for i in range(6)
        for t in range(3)
        for rater in "AB"
    ]
    table = tmp_path / "mine.csv"
    table.write_text("conversation,turn,rater,asks\n" + "\n".join(rows), encoding="utf-8")
    codebook = tmp_path / "mine.yaml"
    codebook.write_text(CODEBOOK.to_yaml(), encoding="utf-8")
    arguments = ["raters", str(table), "--codebook", str(codebook), "--raters-are", "Two coaches.", "--resamples", "20"]
    code, out, err = _run(*arguments, "--output", str(tmp_path / "out"))
    assert (code, err.strip()) == (0, "")
    assert f"Report: {tmp_path / 'out' / 'report.html'}" in out
    plain = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert plain["provenance"]["raters"] == "Two coaches."
    assert plain["results"]["labels"][0]["n_conversations"] == 6
    assert "Two coaches." in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_faults_are_told_without_a_traceback(tmp_path: Path) -> None:
    code, out, err = _run("raters", str(tmp_path / "gone.csv"))
    assert (code, out) == (1, "")
    assert "cannot read " in err
    table = tmp_path / "bad.csv"
    table.write_text("conversation,turn,rater,label,value\nc,x,A,empathy,yes\n", encoding="utf-8")
    code, out, err = _run("raters", str(table))
    assert (code, out) == (1, "")
    assert "line 2: turn: expected a whole number" in err
    assert "Traceback" not in err


def test_the_codebook_command_prints_yaml_that_can_be_read(tmp_path: Path) -> None:
    code, out, _ = _run("codebook")
    assert code == 0
    path = tmp_path / "ours.yaml"
    path.write_text(out, encoding="utf-8")
    assert _run("codebook", str(path)) == (0, out, "")
    path.write_text("name: x\nlabels: {a: {level: high}}\n", encoding="utf-8")
    code, _, err = _run("codebook", str(path))
    assert code == 1
    assert "labels.a.level" in err
