"""The commands `plan` and `unblind`, from a pilot to labels under their real names."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from data.annotations import jsonl, label_studio
from data.annotations.read import read_labels
from data.splits import TRANSCRIPTS, load_ratings, load_split
from eval.__main__ import app
from eval.sampling.plan import EVERY, Target, how_many
from eval.workbench.study import of_labelled
from rubric.errors import DataError
from rubric.spans import Labelled, Rating

PILOT = (TRANSCRIPTS / "en.test.ratings.jsonl", "--conversations", TRANSCRIPTS / "en.test.jsonl")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "120"})


@pytest.fixture(scope="module")
def handed_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a plan: ten calls of three languages for three raters."""
    folder = tmp_path_factory.mktemp("plan") / "out"
    pools = [part for code in ("da", "sv", "de") for part in ("--pool", TRANSCRIPTS / f"{code}.train.jsonl")]
    people = [part for name in ("Ana", "Bo", "Cy") for part in ("--rater", name)]
    result = run("plan", *PILOT, *pools, *people, "--n", 10, "--per-conversation", 2, "--output", folder)
    assert result.exit_code == 0, result.output
    assert "Key, to be kept apart" in result.stdout
    return folder


def test_without_a_pool_it_says_how_many(tmp_path: Path) -> None:
    result = run("plan", *PILOT, "--label", "listening_cue", "--half-width", 0.1, "--output", tmp_path / "out")
    assert result.exit_code == 0
    assert "For alpha of listening cue ± 0.1 (90% interval): " in result.stdout
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    needs = {need["label"]: need for need in report["results"]["needs"]}
    assert needs["listening_cue"]["assured"]["3"] >= needs["listening_cue"]["expected"]["3"] > 2
    assert report["results"]["conversations_next"] == max(0, report["results"]["conversations_needed"] - 22)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["report.html", "report.json", "report.md"]


def test_every_label_takes_what_its_neediest_takes() -> None:
    study = of_labelled(load_ratings("en"))
    numbers = how_many(study, Target(label=EVERY), fresh=True)
    turns = [need for need in numbers.needs if need.label in study.of_unit("turn")]
    assert numbers.needed == max(need.assured[numbers.per_conversation] for need in turns)
    assert numbers.next == numbers.needed
    assert numbers.spread.label == "listening_cue"


def test_a_pilot_that_cannot_tell_says_so() -> None:
    with pytest.raises(DataError, match="cannot foretell alpha of 'charm'; it can of: mean of turn labels, need"):
        how_many(of_labelled(load_ratings("en")), Target(label="charm"))
    alone = [item for item in load_ratings("en") if item.rating.rater == "A"]
    with pytest.raises(DataError, match="it can of: none, since it takes three conversations that two raters share"):
        how_many(of_labelled(alone), Target())


def test_nothing_that_raters_see_says_whose_conversation_it_is(handed_out: Path) -> None:
    key = json.loads(handed_out.with_name("out.key.json").read_text())
    assert len(key["conversations"]) == 10
    assert sorted(key["raters"].values()) == ["Ana", "Bo", "Cy"]
    assert set(key["drawn"].values()) == {"random", "informative"}
    secrets = [*key["conversations"].values(), *key["raters"].values(), "informative"]
    for path in (handed_out / "raters").rglob("*.json*"):
        text = path.read_text()
        assert [secret for secret in secrets if f'"{secret}"' in text or f"={secret} " in text] == []
    rows = list(csv.DictReader((handed_out / "assignments.csv").read_text().splitlines()))
    assert {row["conversation"] for row in rows} == set(key["conversations"])
    assert len(rows) == 20
    for code in key["raters"]:
        own = [row["conversation"] for row in rows if row["rater"] == code]
        tasks = json.loads((handed_out / "raters" / code / "label-studio" / "tasks.json").read_text())
        assert [task["data"]["conversation"] for task in tasks] == own
        assert 6 <= len(own) <= 7
    assert "da-" not in (handed_out / "report.md").read_text()
    drawn = [key["drawn"][code] for code in sorted(key["drawn"])]
    assert drawn != sorted(drawn)
    assert drawn != sorted(drawn, reverse=True)


def test_labels_come_back_under_real_names(handed_out: Path, tmp_path: Path) -> None:
    gold = {item.conversation.id: item for code in ("da", "sv", "de") for item in load_split(code, "train")}
    key = handed_out.with_name("out.key.json")
    names = json.loads(key.read_text())["conversations"]
    handed = read_labels(handed_out / "raters" / "r1" / "doccano" / "tasks.jsonl")
    exported = [
        Labelled(
            item.conversation,
            Rating(conversation=item.conversation.id, rater="r1", spans=gold[names[item.conversation.id]].rating.spans),
        )
        for item in handed
    ]
    (tmp_path / "export.json").write_text(label_studio.render(exported))
    pools = [part for code in ("da", "sv", "de") for part in ("--pool", TRANSCRIPTS / f"{code}.train.jsonl")]
    result = run("unblind", key, tmp_path / "export.json", *pools, "--output", tmp_path / "r1.jsonl")
    assert result.exit_code == 0, result.output
    (person,) = {item.rating.rater for item in jsonl.read(tmp_path / "r1.jsonl")}
    assert result.stdout.startswith(f"wrote {len(handed)} ratings by {person} to ")
    assert person == json.loads(key.read_text())["raters"]["r1"]
    for item in jsonl.read(tmp_path / "r1.jsonl"):
        assert item.conversation == gold[item.conversation.id].conversation
        assert item.rating.spans == gold[item.conversation.id].rating.spans
    fewer = run("unblind", key, tmp_path / "export.json", *pools[:2], "--output", tmp_path / "no.jsonl")
    assert fewer.exit_code == 1
    assert "is not among the conversations that were given" in fewer.stderr
    assert not (tmp_path / "no.jsonl").exists()


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (["--pool", TRANSCRIPTS / "da.train.jsonl"], "expected both --pool, what to choose from, and --rater"),
        (["--rater", "Ana", "--pool", TRANSCRIPTS / "en.test.jsonl"], "holds no conversation that is not in the pilot"),
        (["--rater", "Ana", "--pool", TRANSCRIPTS / "da.train.jsonl"], "the pilot is enough: 0 more are needed"),
        (["--rater", "A", "--n", 2, "--pool", TRANSCRIPTS / "da.train.jsonl"], "expected two raters or more, found 1"),
        (
            ["--rater", "A", "--rater", "A", "--n", 2, "--pool", TRANSCRIPTS / "da.train.jsonl"],
            "expected each rater once",
        ),
        (
            ["--rater", "A", "--rater", "B", "--per-conversation", 3, "--pool", TRANSCRIPTS / "da.train.jsonl"],
            "up to 2",
        ),
        (
            ["--rater", "A", *(["--pool", TRANSCRIPTS / "da.train.jsonl"] * 2)],
            "stands for two conversations of the pool",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(arguments: list[object], fault: str, tmp_path: Path) -> None:
    result = run("plan", *PILOT, *arguments, "--output", tmp_path / "out")
    assert result.exit_code == 1
    assert fault in result.stderr
    assert not (tmp_path / "out").exists()


def test_tasks_that_were_handed_out_are_never_overwritten(handed_out: Path) -> None:
    again = [*PILOT, "--pool", TRANSCRIPTS / "da.train.jsonl", "--rater", "A", "--rater", "B", "--n", 2]
    result = run("plan", *again, "--output", handed_out)
    assert (result.exit_code, "maybe with tasks that were handed out" in result.stderr) == (1, True)
    moved = handed_out.with_name("elsewhere")
    (handed_out.with_name("elsewhere.key.json")).write_text("{}")
    result = run("plan", *again, "--output", moved)
    assert (result.exit_code, "codes handed out before need it" in result.stderr) == (1, True)
    assert not moved.exists()


def test_attributes_of_a_table_are_slices_and_reps_are_not_named(tmp_path: Path) -> None:
    pool = TRANSCRIPTS / "da.train.jsonl"
    names = [item.conversation.id for item in jsonl.read(pool)]
    levels = [f"{name},{'new' if at % 2 else 'senior'},Maya" for at, name in enumerate(names)]
    about = tmp_path / "about.csv"
    about.write_text("\n".join(["conversation,level,rep", *levels]), encoding="utf-8")
    people = [part for name in ("Ana", "Bo") for part in ("--rater", name)]
    arguments = ("plan", *PILOT, "--pool", pool, *people, "--n", 6, "--output", tmp_path / "out")
    result = run(*arguments, "--about", about)
    assert result.exit_code == 0, result.output
    report = (tmp_path / "out" / "report.md").read_text()
    assert "level: new" in report
    assert "level: senior" in report
    assert "Maya" not in report
    about.write_text("conversation,level\nelse,new\n", encoding="utf-8")
    refused = run(*arguments[:-1], tmp_path / "other", "--about", about)
    assert refused.exit_code == 1
    assert "knows none of the" in refused.output
