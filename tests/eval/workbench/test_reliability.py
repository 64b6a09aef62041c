from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from data.splits import load_ratings
from eval.__main__ import app
from eval.documents.document import Provenance
from eval.documents.markdown import markdown
from eval.workbench.codebook import our_codebook, parse_codebook
from eval.workbench.conversation_values import conversation_values, reps_of
from eval.workbench.reliability_report import reliability_document
from eval.workbench.reliability_study import study_reliability
from eval.workbench.study import Observation, Study, build, of_labelled
from rubric.errors import DataError

RESTS_ON = Provenance(raters="Simulated.", data="d", rubric="r")
SCORES = parse_codebook(
    {"name": "Scores", "labels": {"poise": {"unit": "conversation", "level": "interval"}}}, "scores"
)


def scored(n_reps: int = 12, n_calls: int = 4, n_raters: int = 2, seed: int = 0) -> Study:
    """Calls whose score is the rep's, the call's and the rater's, with reps named in a table."""
    generator = np.random.default_rng(seed)
    observations, about = [], {}
    for rep in range(n_reps):
        skill = generator.normal()
        for call in range(n_calls):
            name = f"rep{rep:02}-{call}"
            about[name] = {"rep": f"rep{rep:02}"}
            true = skill + generator.normal()
            observations += [
                Observation(name, None, f"rater{k}", "poise", true + 0.3 * k + 0.5 * generator.normal())
                for k in range(n_raters)
            ]
    return build(SCORES, observations, about=about)


def test_reps_make_the_table_of_calls_needed() -> None:
    found = study_reliability(scored(), n_resamples=60)
    assert found.n_reps == 12
    needed = found.signals[0].calls[0.8, 1, False]
    assert needed.value is not None
    text = markdown(reliability_document(found, RESTS_ON))
    assert "Calls needed, absolute" in text
    assert f"| {needed.shown()} |".replace("[", "[") in text
    assert "nan" not in text.lower()


def test_without_reps_the_report_says_what_that_means() -> None:
    study = of_labelled(load_ratings("en"))
    found = study_reliability(study, n_resamples=40)
    assert found.n_reps is None
    document = reliability_document(found, RESTS_ON)
    text = markdown(document)
    assert "No conversation says who its rep is" in text
    assert "Raters needed" in text
    assert "Calls needed" not in text
    assert "nan" not in text.lower()
    assert [one.measured.name for one in found.signals] == [
        "discovery_density",
        "objection_acknowledgement",
        "value_framing",
        "close_attempts",
    ]


def test_labels_of_turns_become_shares_where_there_is_nothing_else() -> None:
    said = [Observation("c1", turn, "A", "empathy", float(turn == 0)) for turn in range(4)]
    (found,) = conversation_values(build(our_codebook(), said))
    assert found.values.tolist() == [[0.25]]
    assert found.unit == "share of turns with empathy"


def test_a_conversation_without_a_rep_is_a_rep_of_its_own() -> None:
    study = build(SCORES, [Observation(name, None, "A", "poise", 1.0) for name in ("a", "b", "c")])
    assert reps_of(study) is None
    named = reps_of(study.with_about({"a": {"rep": "Ana"}, "c": {"rep": "Ana"}}))
    assert named is not None
    assert named.tolist() == [0, 2, 0]


@pytest.mark.parametrize("n_raters", [1, 2])
def test_degenerate_studies_are_told_in_words(n_raters: int) -> None:
    same = [Observation(f"c{k}", None, f"r{rater}", "poise", 1.0) for k in range(3) for rater in range(n_raters)]
    for observations in (same, same[:1]):
        found = study_reliability(build(SCORES, observations), n_resamples=20)
        text = markdown(reliability_document(found, RESTS_ON))
        assert "undefined" in text
        assert "nan" not in text.lower()


def test_a_codebook_without_numbers_is_refused() -> None:
    codebook = parse_codebook({"name": "K", "labels": {"kind": {"values": ["a", "b", "c"]}}}, "k")
    study = build(codebook, [Observation("c1", 0, "A", "kind", 1.0)])
    with pytest.raises(DataError, match="two categories, an order or numbers"):
        study_reliability(study)


def test_the_command_writes_the_three_forms(tmp_path: Path) -> None:
    rows = ["conversation,rater,poise"]
    for k in range(6):
        rows += [f"c{k},A,{k}", f"c{k},B,{k + k % 2}"]
    (tmp_path / "scores.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "reps.csv").write_text("conversation,rep\n" + "\n".join(f"c{k},rep{k // 2}" for k in range(6)) + "\n")
    (tmp_path / "book.yaml").write_text(SCORES.to_yaml())
    command = [
        *("reliability", f"{tmp_path}/scores.csv", "--codebook", f"{tmp_path}/book.yaml"),
        *("--about", f"{tmp_path}/reps.csv", "--resamples", "30", "--output", f"{tmp_path}/report"),
    ]
    run = CliRunner().invoke(app, command)
    assert run.exit_code == 0, run.output
    results = json.loads((tmp_path / "report" / "report.json").read_text())["results"]
    assert results["n_reps"] == 3
    assert results["signals"][0]["icc_single"]["value"] == pytest.approx(0.934, abs=0.02)
    assert "<svg" in (tmp_path / "report" / "reliability.svg").read_text()
