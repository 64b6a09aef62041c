from __future__ import annotations

from pathlib import Path

import pytest

from eval.bootstrap import Estimate
from eval.documents.markdown import markdown
from eval.evaluation import Evaluation, evaluate
from eval.pairs import Pair
from eval.report import BY_LANGUAGE_MODELS, Provenance, Report, scorer_document, show, write_report
from rubric.config import load_rubric
from rubric.errors import DataError
from rubric.signals import measure
from rubric.spans import Rating

RUBRIC = load_rubric()
PROVENANCE = Provenance(
    judged="rater A",
    labels_by=BY_LANGUAGE_MODELS,
    rubric=RUBRIC.sha256,
    data="d" * 64,
    bundle="b" * 64,
    commit="0a1b2c",
)


def _with_probabilities(pair: Pair) -> Pair:
    predicted = tuple(
        span.model_copy(update={"probability": 0.5 + 0.05 * (i % 10)}) for i, span in enumerate(pair.predicted)
    )
    signals = {
        name: signal.model_copy(update={"interval": (0.0, 9.0)})
        for name, signal in measure(pair.conversation, predicted, RUBRIC).items()
    }
    return Pair(pair.conversation, pair.gold, predicted, signals)


def test_a_report_holds_text_numbers_and_plots(tmp_path: Path, rater_a: list[Pair], ratings: list[Rating]) -> None:
    evaluation = evaluate([_with_probabilities(pair) for pair in rater_a], ratings, n_resamples=50)
    report = write_report(evaluation, PROVENANCE, RUBRIC, tmp_path / "deep" / "folder")
    text = (report.parent / "report.md").read_text(encoding="utf-8")
    page = report.read_text(encoding="utf-8")
    plots = {"alpha.svg", "signals.svg", "confusion.svg", "reliability.svg"}
    assert {path.name for path in report.parent.iterdir()} == {
        "report.html",
        "report.md",
        "report.json",
        "evaluation.json",
        *plots,
    }
    for name in plots:
        assert f"]({name})" in text
    assert page.count("data:image/svg+xml") == len(plots)
    assert "the work of large language models, not of people" in text
    for expected in ("| bundle | `bbbb", "| data | `dddd", "| commit | `0a1b2c` |", "50 resamples, seed 0"):
        assert expected in text
    assert "nan" not in text.lower().replace("denan", "")
    alpha = evaluation.scorer.turns["need"]["alpha"]
    assert f"{alpha.value:.2f} [{alpha.low:.2f}, {alpha.high:.2f}]" in page
    numbers = Report.model_validate_json((report.parent / "evaluation.json").read_text(encoding="utf-8"))
    assert numbers == Report(provenance=PROVENANCE, evaluation=evaluation)


def _text(evaluation: Evaluation) -> str:
    return markdown(scorer_document(evaluation, PROVENANCE, RUBRIC))


def test_the_same_evaluation_gives_the_same_bytes(tmp_path: Path, rater_a: list[Pair]) -> None:
    evaluation = evaluate(rater_a[:5], n_resamples=20)
    first, second = (write_report(evaluation, PROVENANCE, RUBRIC, tmp_path / name).parent for name in "ab")
    for path in first.iterdir():
        assert path.read_bytes() == (second / path.name).read_bytes()


def test_without_raters_the_report_says_so(rater_a: list[Pair]) -> None:
    text = _text(evaluate(rater_a[:5], n_resamples=20))
    assert "raters: no second rater." in text
    assert "| need | " in text
    row = next(line for line in text.splitlines() if line.startswith("| need | "))
    assert row.endswith("| no second rater |")
    assert "reliability.svg" not in text
    assert "The spans carry no probabilities." in text


def test_the_report_warns_where_the_judged_rater_is_part_of_gold(rater_a: list[Pair], ratings: list[Rating]) -> None:
    text = _text(evaluate(rater_a, ratings, n_resamples=20, judged_rater="A"))
    assert "Rater A is judged here and, where gold is the raters' majority, is part of it" in text


@pytest.mark.parametrize(
    ("found", "shown"),
    [
        (Estimate(value=0.5, low=0.4, high=0.6, n=9), "0.50 [0.40, 0.60], n 9"),
        (Estimate(value=-0.001, low=-0.004, high=0.0, n=9), "0.00 [0.00, 0.00], n 9"),
        (Estimate(value=1, n=9, reason="no interval: as told"), "1.00 [no interval], n 9"),
        (Estimate(value=None, n=0, reason="undefined: as told"), "undefined: as told"),
        (None, "no second rater"),
    ],
)
def test_how_figures_are_shown(found: Estimate | None, shown: str) -> None:
    assert show(found, with_n=True) == shown


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Path, rater_a: list[Pair]) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    with pytest.raises(DataError, match=r"cannot write the report into .*; give another --output"):
        write_report(evaluate(rater_a[:2], n_resamples=5), PROVENANCE, RUBRIC, tmp_path / "file")
