from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from eval.__main__ import app
from eval.documents.document import Provenance
from eval.documents.markdown import markdown
from eval.workbench.abstention import ALL, abstention
from eval.workbench.codebook import parse_codebook
from eval.workbench.judged import Judged, rater_as_judged
from eval.workbench.simple_models import CONSTANT, LENGTH, RANDOM, simple_models
from eval.workbench.slices import slice_figures, slices_of
from eval.workbench.study import Observation, Said, Study, build
from eval.workbench.versus_report import versus_document
from eval.workbench.versus_study import hold_against_raters
from rubric.errors import DataError

RESTS_ON = Provenance(raters="Simulated.", data="d", rubric="r")
BOOK = parse_codebook(
    {
        "name": "Talk",
        "labels": {
            "common": {},
            "rare": {},
            "warmth": {"unit": "conversation", "level": "interval"},
        },
    },
    "talk",
)
N_CONVERSATIONS, N_TURNS = 16, 12


def talks(seed: int = 0) -> tuple[Study, dict[str, np.ndarray]]:
    """Three raters who err in a tenth of the turns, and the truth by label; kinds alternate, long texts say more."""
    generator = np.random.default_rng(seed)
    observations, said, about = [], {}, {}
    truth: dict[str, list[float]] = {"common": [], "rare": [], "warmth": []}
    for index in range(N_CONVERSATIONS):
        name = f"c{index:02}"
        about[name] = {"kind": "demo" if index % 2 else "renewal", "trade": f"trade {index}"}
        said[name] = {turn: Said("rep", "word " * (3 + (turn * 7 + index) % 11)) for turn in range(N_TURNS)}
        for turn in range(N_TURNS):
            for label, rate in (("common", 0.5), ("rare", 0.05)):
                true = float(generator.random() < rate)
                truth[label].append(true)
                for rater in "ABC":
                    given = true if generator.random() > (0.1 if label == "common" else 0.02) else 1 - true
                    observations.append(Observation(name, turn, rater, label, given))
        warmth = generator.normal()
        truth["warmth"].append(warmth)
        observations += [Observation(name, None, rater, "warmth", warmth + 0.2 * generator.normal()) for rater in "ABC"]
    study = build(BOOK, observations, said=said, about=about)
    return study, {label: np.array(values) for label, values in truth.items()}


@pytest.fixture(scope="module")
def study() -> Study:
    return talks()[0]


@pytest.fixture(scope="module")
def perfect() -> Judged:
    truth = talks()[1]
    sure = {label: 0.5 + 0.5 * np.linspace(0, 1, len(values)) for label, values in truth.items()}
    return Judged("oracle", truth, sure)


def test_an_oracle_passes_and_know_nothings_fail_where_the_label_is_common(study: Study, perfect: Judged) -> None:
    found = hold_against_raters(study, perfect, epsilon=0.1, n_resamples=60)
    common = next(held for held in found.labels if held.units.label == "common")
    assert common.verdict == "passes"
    assert [held.test.passes for held in common.simple] == [False, False, False]
    assert common.judged.gained.value is not None
    assert common.judged.gained.value > 0
    assert all((one.difference.value or 0) > 0 for one in common.left_out)
    assert all((one.difference.value or 0) > 0 for one in found.mean_left_out)


def test_where_a_constant_passes_the_report_says_that_it_proves_nothing(study: Study, perfect: Judged) -> None:
    found = hold_against_raters(study, perfect, epsilon=0.2, n_resamples=60)
    rare = next(held for held in found.labels if held.units.label == "rare")
    assert CONSTANT in rare.passing_simple
    assert rare.verdict.endswith("proves nothing")
    text = markdown(versus_document(found, slice_figures(found), abstention(found), RESTS_ON))
    assert "A judge that knows nothing passes as well on: rare" in text
    assert "nan" not in text.lower()


def test_numbers_get_the_flags_and_no_test_on_sixteen_conversations(study: Study, perfect: Judged) -> None:
    found = hold_against_raters(study, perfect, epsilon=0.2, n_resamples=60)
    warmth = next(held for held in found.labels if held.units.label == "warmth")
    assert warmth.verdict == "untested"
    assert "fewer than 30" in (warmth.judged.test.reason or "")
    assert (warmth.judged.flags.kappa.value or 0) > 0.9
    assert warmth.judged.flags.prmse.value == pytest.approx(1, abs=0.05)
    constant = next(held for held in warmth.simple if held.judge == CONSTANT)
    assert constant.flags.prmse.value == pytest.approx(0, abs=0.1)
    assert constant.flags.kappa.value == pytest.approx(0, abs=0.05)


def test_length_alone_never_sees_the_conversation_it_judges(study: Study) -> None:
    judges = {judge.name: judge for judge in simple_models(study)}
    assert set(judges) == {CONSTANT, RANDOM, LENGTH}
    without_texts = build(BOOK, [Observation("c", 0, "A", "common", 1.0)])
    assert {judge.name for judge in simple_models(without_texts)} == {CONSTANT, RANDOM}


def test_slices_have_five_conversations_each_or_none(study: Study) -> None:
    found = slices_of(study)
    assert set(found) >= {"kind", "length"}
    assert "trade" not in found  # sixteen trades of one conversation each
    assert "transcript" not in found  # all of them are written the same way


def test_a_scorer_that_fails_for_one_kind_is_found_out(study: Study, perfect: Judged) -> None:
    values = dict(perfect.values)
    units = study.units["common"]
    demo = units.conversation % 2 == 1
    values["common"] = np.where(demo, 1 - values["common"], values["common"])
    found = hold_against_raters(study, Judged("unfair", values), epsilon=0.2, n_resamples=1000)
    flagged = {(held.attribute, held.level, held.label) for held in slice_figures(found) if held.flagged}
    assert ("kind", "demo", "common") in flagged
    assert not any(label == "warmth" for _, _, label in flagged)


def test_confidence_that_knows_its_errors_makes_silence_pay(study: Study, perfect: Judged) -> None:
    generator = np.random.default_rng(3)
    wrong = generator.random(study.units["common"].n_units) < 0.1
    values = {"common": np.where(wrong, 1 - perfect.values["common"], perfect.values["common"])}
    knows = Judged("knows", values, {"common": np.where(wrong, 0.5, 0.9)})
    found = hold_against_raters(study, knows, epsilon=0.2, n_resamples=40)
    silence = abstention(found)
    assert silence[0].name == ALL
    assert (silence[0].gain.value or 0) > 0.04
    assert abstention(hold_against_raters(study, Judged("silent", values), epsilon=0.2, n_resamples=20)) == []


def test_too_few_raters_and_unknown_ones_are_refused(study: Study) -> None:
    with pytest.raises(DataError, match="unknown rater 'D', expected one of A, B, C"):
        rater_as_judged(study, "D")
    rest, judged = rater_as_judged(study, "A")
    rest, judged_b = rater_as_judged(rest, "B")
    with pytest.raises(DataError, match="two raters or more besides rater B, found 1"):
        hold_against_raters(rest, judged_b, epsilon=0.2)
    assert judged.name == "rater A"


def test_raters_without_overlap_are_refused() -> None:
    study = build(BOOK, [Observation("c1", 0, "A", "common", 1.0), Observation("c2", 0, "B", "common", 1.0)])
    with pytest.raises(DataError, match="found none"):
        hold_against_raters(study, Judged("any", {"common": np.zeros(2)}), epsilon=0.2, n_resamples=20)


def test_one_class_is_told_in_words() -> None:
    zeros = [
        Observation(f"c{k}", turn, rater, "common", 0.0) for k in range(12) for turn in range(4) for rater in "ABC"
    ]
    study = build(BOOK, zeros)
    found = hold_against_raters(study, Judged("any", {"common": np.zeros(48)}), epsilon=0.2, n_resamples=20)
    text = markdown(versus_document(found, slice_figures(found), abstention(found), RESTS_ON))
    assert "all ratings are 'no'" in text
    assert "nan" not in text.lower()


def test_the_command_judges_a_rater_and_says_what_it_needs(tmp_path: Path) -> None:
    generator = np.random.default_rng(0)
    rows = ["conversation,turn,rater,label,value"]
    for index in range(12):
        for turn in range(4):
            true = int(generator.random() < 0.5)
            rows += [f"c{index},{turn},{rater},common,{true}" for rater in "ABC"]
    (tmp_path / "ratings.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "book.yaml").write_text(BOOK.to_yaml())
    command = ["versus-raters", f"{tmp_path}/ratings.csv", "--codebook", f"{tmp_path}/book.yaml"]
    refused = CliRunner().invoke(app, command)
    assert refused.exit_code == 1
    run = CliRunner().invoke(app, [*command, "--rater", "B", "--resamples", "30", "--output", f"{tmp_path}/report"])
    assert run.exit_code == 0, run.output
    results = json.loads((tmp_path / "report" / "report.json").read_text())["results"]
    assert results["judged"] == "rater B"
    assert results["labels"][0]["verdict"] == "passes"
    assert (tmp_path / "report" / "report.html").exists()
