"""A study holds what raters said, whatever the order of their files, and knows gaps from "no"."""

from __future__ import annotations

import numpy as np
import pytest

from data.splits import load_ratings
from eval.workbench.codebook import LabelDefinition, our_codebook, parse_codebook
from eval.workbench.study import WHOLE, Observation, build, of_labelled
from rubric.codebook import CODEBOOK, Label
from rubric.config import SIGNALS
from rubric.errors import ConfigError


def test_the_shipped_raters_as_a_study() -> None:
    labelled = load_ratings("en")
    study = of_labelled(labelled)
    assert study.raters == ("A", "B", "C")
    assert study.n_conversations == 22
    assert list(study.units) == [*map(str, Label), *SIGNALS]
    empathy = study.units["empathy"]
    n_rep_turns = sum(turn.role == "rep" for c in study.source.values() for turn in c.turns)
    assert empathy.values.shape == (n_rep_turns, 3)
    assert not np.isnan(empathy.values).any()
    assert (study.units["close_attempts"].turn == WHOLE).all()
    again = of_labelled(list(reversed(labelled)))
    assert again.sha256() == study.sha256()
    assert of_labelled(labelled[:-1]).sha256() != study.sha256()


def test_a_conversation_that_a_rater_did_not_see_is_a_gap() -> None:
    labelled = [item for item in load_ratings("en") if not (item.rating.rater == "B" and "001" in item.conversation.id)]
    units = of_labelled(labelled).units["need"]
    gaps = np.isnan(units.values)
    assert gaps[:, 1].any()
    assert not gaps[:, (0, 2)].any()
    assert len(set(units.conversation[gaps[:, 1]])) == 1


def test_counts_add_up_by_conversation() -> None:
    codebook = our_codebook()
    study = build(
        codebook,
        [
            Observation("b", 0, "A", "need", 1.0),
            Observation("a", 3, "A", "need", 0.0),
            Observation("b", 1, "B", "need", 1.0),
        ],
    )
    units = study.units["need"]
    assert study.conversations == ("a", "b")
    assert units.n_ratings.tolist() == [1, 1, 1]
    assert units.by_conversation(np.ones((3, 2))).tolist() == [[1, 1], [2, 2]]


def test_our_codebook_follows_the_rubric() -> None:
    codebook = our_codebook()
    assert codebook.is_ours
    for label, definition in CODEBOOK.items():
        held = codebook.labels[label]
        assert (held.role, held.refers_to, held.categories) == (definition.role, definition.refers_to, ("no", "yes"))
    assert all(codebook.labels[name].unit == "conversation" for name in SIGNALS)


def test_a_codebook_s_faults_are_told_together() -> None:
    raw = {
        "name": "bad",
        "labels": {
            "a": {"level": "ordinal"},
            "b": {"values": ["x", "x"]},
            "c": {"level": "interval", "values": ["1", "2"]},
            "d": {"spans": True, "values": ["p", "q"]},
            "e": {"colour": "red"},
        },
    }
    with pytest.raises(ConfigError) as caught:
        parse_codebook(raw, "bad.yaml")
    for expected in ("5 faults", "labels.a", "labels.b", "labels.c", "labels.d", "labels.e.colour"):
        assert expected in str(caught.value)
    crossed = {"name": "x", "labels": {"a": {"refers_to": "z"}, "b": {"called": "a"}, "c": {"recode": {"1": "maybe"}}}}
    with pytest.raises(ConfigError, match="3 faults"):
        parse_codebook(crossed, "bad.yaml")


@pytest.mark.parametrize(
    ("definition", "found", "code"),
    [
        ({}, "yes", 1.0),
        ({}, "1", 1.0),
        ({}, "False", 0.0),
        ({}, " ", None),
        ({"values": ("a", "b", "c")}, "c", 2.0),
        ({"level": "interval"}, "2.5", 2.5),
        ({"recode": {"n/a": None, "present": "yes"}}, "n/a", None),
        ({"recode": {"n/a": None, "present": "yes"}}, "present", 1.0),
    ],
)
def test_values_become_numbers(definition: dict[str, object], found: str, code: float | None) -> None:
    assert LabelDefinition.model_validate(definition).code(found) == code


@pytest.mark.parametrize(
    ("level", "found"), [("interval", "inf"), ("interval", "nan"), ("interval", "two"), ("nominal", "maybe")]
)
def test_other_values_are_refused(level: str, found: str) -> None:
    with pytest.raises(ValueError, match=r"expected .*, found"):
        LabelDefinition.model_validate({"level": level}).code(found)
