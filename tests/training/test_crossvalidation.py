"""A study in folds: groups stay together, figures are those of the held-out turns, a killed study goes on."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from data.corpora import annomi_behaviours
from rubric.codebook import Label
from rubric.errors import ConfigError
from scoring.tags import LABELS
from training.config import TrainConfig
from training.crossvalidation import PREDICTIONS, client_talk_f1, folds_of, main_behaviour_f1, slot_kappa, study

COLUMNS = (
    "transcript_id", "video_url", "topic", "utterance_id", "interlocutor", "timestamp", "utterance_text",
    "annotator_id", "reflection_exists", "question_subtype", "main_therapist_behaviour", "client_talk_type",
)  # fmt: skip
TALK = (
    ("therapist", "What brings you here?", "False", "open", "question", "n/a"),
    ("client", "I will not stop.", "n/a", "n/a", "n/a", "sustain"),
    ("therapist", "You do not want to stop.", "True", "n/a", "reflection", "n/a"),
    ("client", "Maybe I should.", "n/a", "n/a", "n/a", "change"),
    ("therapist", "Smoking harms you.", "False", "n/a", "therapist_input", "n/a"),
    ("client", "Right.", "n/a", "n/a", "n/a", "neutral"),
    ("therapist", "Good.", "False", "n/a", "other", "n/a"),
)


@pytest.fixture
def annomi_file(tmp_path: Path) -> Path:
    """Six short transcripts of four videos, in AnnoMI's columns."""
    path = tmp_path / "AnnoMI-full.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for transcript in range(6):
            video = f"https://www.youtube.com/watch?v=video{transcript % 4}"
            for number, (who, text, reflection, question, main, talk) in enumerate(TALK):
                stamp = f"00:00:{5 * number:02d}"
                row = [transcript, video, "smoking", number, who, stamp, text, 3, reflection, question, main, talk]
                writer.writerow(row)
    return path


def test_the_slots_hold_annomis_own_labels(annomi_file: Path) -> None:
    labelled = annomi_behaviours.read(annomi_file)
    assert len(labelled) == 6
    marked = [{span.label for span in labelled[0].rating.spans if span.turn == turn} for turn in range(len(TALK))]
    assert marked == [
        {Label.DISCOVERY_QUESTION, Label.CLOSE_ASK},
        {Label.OBJECTION},
        {Label.LISTENING_CUE, Label.EMPATHY},
        {Label.NEED},
        {Label.VALUE_CLAIM},
        set(),
        {Label.ACKNOWLEDGEMENT},
    ]


def test_folds_hold_all_groups_and_are_of_like_size() -> None:
    fold_of = folds_of([f"video {n % 23}" for n in range(100)], 5)
    assert len(fold_of) == 23
    assert sorted(np.bincount(list(fold_of.values()))) == [4, 4, 5, 5, 5]


def test_figures_are_one_where_all_is_right_and_fall_with_errors() -> None:
    rng = np.random.default_rng(0)
    gold = np.zeros((80, len(LABELS)), dtype=bool)
    mains = [LABELS.index(label) for label in annomi_behaviours.SLOTS["main_therapist_behaviour"].values()]
    talk = [LABELS.index(label) for label in annomi_behaviours.SLOTS["client_talk_type"].values()]
    gold[np.arange(80), rng.choice(mains, 80)] = True
    gold[np.arange(80), rng.choice([*talk, LABELS.index(Label.DISCOVERY_QUESTION)], 80)] = True
    wrong = np.roll(gold, 1, axis=0)
    for metric in (main_behaviour_f1, client_talk_f1, slot_kappa("question_subtype", "open")):
        assert metric(gold, gold.astype(float)) == 1.0
        assert metric(gold, wrong.astype(float)) < 0.6


def test_a_study_runs_in_folds_and_goes_on_where_it_stopped(
    tiny_recipe: TrainConfig, annomi_file: Path, tmp_path: Path
) -> None:
    optimisation = tiny_recipe.optimisation.model_copy(update={"epochs": 1})
    recipe = tiny_recipe.model_copy(update={"corpus": "annomi", "folds": 2, "optimisation": optimisation})
    console = Console(quiet=True)
    report = study(recipe, annomi_file, tmp_path / "study", console)
    assert "| main behaviour of four, macro-F1 | 24 |" in report
    kept = tmp_path / "study" / "fold-1" / PREDICTIONS
    before = kept.stat().st_mtime_ns
    (tmp_path / "study" / "fold-2" / PREDICTIONS).unlink()
    assert study(recipe, annomi_file, tmp_path / "study", console) == report
    assert kept.stat().st_mtime_ns == before
    with pytest.raises(ConfigError, match="holds a study of another recipe"):
        study(recipe.model_copy(update={"seed": 1}), annomi_file, tmp_path / "study", console)


def test_a_study_says_what_it_lacks(tiny_recipe: TrainConfig, annomi_file: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="has no `corpus`"):
        study(tiny_recipe, annomi_file, tmp_path / "study", Console(quiet=True))
    with pytest.raises(ConfigError, match="expected --data"):
        study(tiny_recipe.model_copy(update={"corpus": "annomi"}), None, tmp_path / "study", Console(quiet=True))
