from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from data.annotations import jsonl
from data.splits import load_ratings
from eval.__main__ import app
from eval.report import Report
from eval.scores import read_scores
from rubric.axes import axes
from rubric.behaviours import rank
from rubric.config import load_rubric
from rubric.errors import DataError
from rubric.scorecard import Axes, BundleHashes, Hashes, Scorecard
from rubric.signals import measure
from rubric.spans import Labelled

RUBRIC = load_rubric()


def _run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """All three raters' labels in one file."""
    path = tmp_path / "ratings.jsonl"
    jsonl.write_ratings(path, load_ratings("en"))
    return path


def _card(item: Labelled) -> Scorecard:
    spans = tuple(span.model_copy(update={"probability": 0.9}) for span in item.rating.spans)
    signals = measure(item.conversation, spans, RUBRIC)
    return Scorecard(
        conversation=item.conversation.id,
        language="en",
        bundle=BundleHashes(name="en", sha256="b" * 64, data="d" * 64, base="a" * 64),
        rubric=Hashes(name="rubric", sha256=RUBRIC.sha256),
        signals=signals,
        axes=Axes(**axes(item.conversation, spans, signals, RUBRIC)),
        behaviours=tuple(rank(signals, RUBRIC)),
        spans=spans,
    )


def test_one_rater_against_gold(stored: Path, tmp_path: Path) -> None:
    code, out, err = _run(
        "--scores", str(stored), "--rater", "B", "--resamples", "20", "--output", str(tmp_path / "out")
    )
    assert (code, err) == (0, "")
    assert "Alpha of turns: rater B against gold, 22 conversations" in out
    assert f"Report: {tmp_path / 'out' / 'report.html'}" in out
    report = Report.model_validate_json((tmp_path / "out" / "evaluation.json").read_text(encoding="utf-8"))
    assert report.provenance.judged == "rater B"
    assert report.evaluation.judged_rater == "B"
    assert report.evaluation.raters_named == ("A", "B", "C")
    assert set(report.evaluation.baselines) == {"constant", "keywords"}


def test_stored_scorecards_on_labels_of_one_s_own(gold: list[Labelled], tmp_path: Path) -> None:
    jsonl.write(tmp_path / "gold.jsonl", gold[:4])
    cards = tmp_path / "cards.jsonl"
    cards.write_text("".join(_card(item).to_json() + "\n" for item in gold[:4]), encoding="utf-8")
    arguments = ["--scores", str(cards), "--gold", str(tmp_path / "gold.jsonl"), "--resamples", "20"]
    code, out, _ = _run(*arguments, "--output", str(tmp_path / "out"))
    assert code == 0
    assert "no second rater" in out
    report = Report.model_validate_json((tmp_path / "out" / "evaluation.json").read_text(encoding="utf-8"))
    assert report.provenance.bundle == "b" * 64
    assert report.provenance.judged == "scorer en"
    assert "was not stated" in report.provenance.labels_by
    assert report.evaluation.scorer.turns["mean of labels"]["f1"].value == 1
    assert report.evaluation.calibration["all labels"].error.value == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "expected either a bundle's folder or --scores FILE.jsonl"),
        (["--scores", "{stored}"], "holds labels of A, B, C: choose one with --rater"),
        (["--scores", "{stored}", "--rater", "D"], "holds scores of rater D for 0 of 22 conversations"),
        (["--scores", "{stored}.gone", "--rater", "A"], "cannot read "),
        (["--scores", "{stored}", "--rater", "A", "--split", "validation"], "for 0 of "),
        (["--scores", "{stored}", "--gold", "{stored}.gone"], "cannot read "),
        (["no-such-bundle"], "no-such-bundle"),
    ],
)
def test_faults_are_told_without_a_traceback(stored: Path, arguments: list[str], message: str) -> None:
    code, out, err = _run(*(argument.replace("{stored}", str(stored)) for argument in arguments))
    assert (code, out) == (1, "")
    assert message in err


def test_against_raters_needs_raters(gold: list[Labelled], stored: Path, tmp_path: Path) -> None:
    jsonl.write(tmp_path / "gold.jsonl", gold[:2])
    code, _, err = _run(
        "--scores", str(stored), "--rater", "A", "--gold", str(tmp_path / "gold.jsonl"), "--against", "raters"
    )
    assert code == 1
    assert "give --ratings FILE, or the test split" in err


def test_every_fault_of_a_file_is_told_at_once(gold: list[Labelled], tmp_path: Path) -> None:
    name = gold[0].conversation.id
    lines = [
        "{",
        "[1]",
        json.dumps({"id": name, "spans": [{"turn": 0, "start": 0, "end": 3, "label": "praise"}]}),
        json.dumps({"id": name, "spans": [{"turn": 999, "start": 0, "end": 3, "label": "empathy"}]}),
        json.dumps({"id": name, "spans": []}),
        json.dumps({"id": "another call", "spans": "passed over"}),
    ]
    path = tmp_path / "scores.jsonl"
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(DataError, match="has 5 faults") as caught:
        read_scores(path, [gold[0].conversation])
    for expected in (
        "line 1: not JSON",
        "line 2: expected a scorecard, or labels with id and spans, found neither",
        "line 3: spans.0.label: Input should be 'need'",
        "line 4: span 0 (empathy in turn 999): the conversation has turns 0 to ",
        f"line 5: {name} is scored twice",
    ):
        assert expected in str(caught.value)


def test_help_teaches_by_example() -> None:
    code, out, _ = _run("scorer", "--help")
    assert code == 0
    assert "python -m eval artifacts/bundles/en" in out
    assert "--against raters" in out
