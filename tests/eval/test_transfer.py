"""The transfer table counts turns of the right role, and sets raters beside the scorer."""

from __future__ import annotations

import subprocess
import sys

import pytest

from data.corpora.corpora import CORPORA
from eval.transfer import BEHAVIOURS, markdown, transfer
from rubric.codebook import CODEBOOK, Label
from rubric.conversation import Conversation, Turn
from rubric.spans import Labelled, Rating, Span

TALK = Conversation(
    id="annomi-abc-1",
    language="en",
    turns=tuple(
        Turn(speaker=role, role=role, text=text)
        for role, text in [
            ("rep", "What brings you here?"),
            ("customer", "They sent me."),
            ("rep", "Do you drink?"),
            ("customer", "I will not stop."),
            ("rep", "They sent you."),
        ]
    ),
)


def rated(rater: str, *spans: tuple[int, Label]) -> Labelled:
    marks = tuple(
        Span(turn=turn, start=0, end=4, label=label, id="O1" if label == Label.OBJECTION else None)
        for turn, label in spans
    )
    return Labelled(TALK, Rating(conversation=TALK.id, rater=rater, spans=marks))


GOLD = rated(
    "1", (0, Label.DISCOVERY_QUESTION), (2, Label.CLOSED_QUESTION), (3, Label.OBJECTION), (4, Label.LISTENING_CUE)
)


def test_a_scorer_that_says_the_same_has_kappa_one() -> None:
    rows = {row.behaviour.name: row for row in transfer("annomi", [GOLD], {TALK.id: GOLD.rating.spans}, 20)}
    assert all(row.kappa.value == 1.0 for row in rows.values())
    assert rows["open question"].kappa.n == 3  # the therapist's turns alone
    assert rows["sustain talk"].kappa.n == 2
    assert rows["any question"].prevalence.value == pytest.approx(2 / 3)
    assert rows["open question"].raters is None


def test_a_restatement_counts_as_a_reflection_and_raters_are_compared_with_each_other() -> None:
    other = rated("2", (2, Label.CLOSED_QUESTION), (3, Label.OBJECTION), (4, Label.LISTENING_CUE))
    said = (Span(turn=4, start=0, end=4, label=Label.OBJECTION_RESTATEMENT, refers_to=("O1",)),)
    rows = {row.behaviour.name: row for row in transfer("annomi", [GOLD, other], {TALK.id: said}, 20)}
    assert rows["reflection"].kappa.value == 1.0
    assert rows["reflection"].scorer_with_raters == 1.0
    assert rows["open question"].raters == pytest.approx(0.0)
    assert rows["open question"].scorer_with_raters is not None
    assert "reflection → listening cue or objection restatement" in markdown(list(rows.values()))


def test_every_behaviour_is_one_that_its_reader_gives_and_all_its_labels_are_of_one_role() -> None:
    for name, behaviours in BEHAVIOURS.items():
        for behaviour in behaviours:
            assert behaviour.theirs <= CORPORA[name].covers
            assert len({CODEBOOK[label].role for label in behaviour.theirs | behaviour.ours}) == 1


def test_the_command_says_what_it_expects() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "eval.transfer", "artifacts/bundles/en"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 1
    assert "at least one of --annomi, --p4g, --casino" in run.stderr.replace("\n", " ")
