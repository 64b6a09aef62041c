"""Every form of ratings becomes the same study, and every fault of every file is told at once, with its place."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.annotations.read import write_labels
from data.corpora.uptake import Exchange
from data.splits import load_ratings, load_split
from eval.workbench.codebook import Codebook, our_codebook, parse_codebook
from eval.workbench.corpora import ratings_behind
from eval.workbench.gathered import Known
from eval.workbench.read import read_study
from eval.workbench.study import of_labelled
from eval.workbench.tables import parse
from rubric.errors import DataError, FoursignalError

TONE = parse_codebook(
    {
        "name": "Tone",
        "labels": {
            "tone": {"level": "ordinal", "values": ["cold", "neutral", "warm"], "role": "rep"},
            "asks": {"called": "question", "recode": {"?": "yes", "-": "no"}},
            "overall": {"unit": "conversation", "level": "interval"},
        },
    },
    "tone.yaml",
)


def _file(folder: Path, text: str, name: str = "ratings.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_long_table(tmp_path: Path) -> None:
    text = "conversation,turn,rater,label,value\nc1,0,A,tone,warm\nc1,0,B,tone,cold\nc1,0,A,question,?\nc1,,A,overall,2.5\nc1,1,B,tone,\n"
    study = read_study([_file(tmp_path, text)], TONE)
    assert study.raters == ("A", "B")
    assert study.units["tone"].values.tolist() == [[2.0, 0.0]]
    assert study.units["overall"].turn.tolist() == [-1]
    asks = study.units["asks"].values
    assert asks[0, 0] == 1
    assert np.isnan(asks[0, 1])


def test_a_wide_table_with_semicolons_roles_and_words(tmp_path: Path) -> None:
    text = (
        "\ufeffconversation;turn;rater;role;text;tone;question\n"
        'c1;0;A;rep;"Hello; you";warm;-\nc1;0;B;rep;"Hello; you";neutral;-\nc1;1;A;customer;Hi;;?\n'
    )
    study = read_study([_file(tmp_path, text)], TONE)
    assert study.units["tone"].values.tolist() == [[2.0, 1.0]]
    assert study.said["c1"][0] == ("rep", "Hello; you")
    assert study.units["asks"].n_units == 2


def test_every_fault_of_a_table_has_its_line(tmp_path: Path) -> None:
    text = (
        "conversation,turn,rater,label,value\n,0,A,tone,warm\nc1,x,A,tone,warm\nc1,0,,tone,warm\nc1,0,A,tone,hot\n"
        "c1,0,A,mood,warm\nc1,,A,tone,warm\nc1,0,A,overall,1\nc1,,A,overall,much\nc1,0,A,tone,cold\nc1,0,A,tone,warm\n"
    )
    with pytest.raises(DataError) as caught:
        read_study([_file(tmp_path, text)], TONE)
    for expected in (
        "has 9 faults",
        "line 2: conversation is empty",
        "line 3: turn: expected a whole number from 0, found 'x'",
        "line 4: rater is empty",
        "line 5: tone: expected one of cold, neutral, warm, found 'hot'",
        "line 6: unknown label 'mood', expected tone, question, overall",
        "line 7: tone is of turns; give the turn",
        "line 8: overall is of whole conversations; leave the turn empty",
        "line 9: overall: expected a number, found 'much'",
        "line 11: 'A' has rated tone of turn 0 of 'c1' in line 10 already",
    ):
        assert expected in str(caught.value)


def test_a_column_of_faults_is_told_shortly(tmp_path: Path) -> None:
    rows = "".join(f"c1,{turn},A,tone,hot\n" for turn in range(300))
    with pytest.raises(DataError, match="and 250 more of the same file"):
        read_study([_file(tmp_path, "conversation,turn,rater,label,value\n" + rows)], TONE)


def test_turns_and_roles_are_held_against_the_conversations(tmp_path: Path) -> None:
    (item, *_) = load_split("en", "test")
    write_labels(tmp_path / "calls.jsonl", [item])
    name, last = item.conversation.id, len(item.conversation.turns) - 1
    customer = next(i for i, turn in enumerate(item.conversation.turns) if turn.role == "customer")
    text = f"conversation,turn,rater,label,value\n{name},{last + 1},A,empathy,yes\n{name},{customer},A,empathy,yes\n"
    with pytest.raises(DataError) as caught:
        read_study([_file(tmp_path, text)], conversations=tmp_path / "calls.jsonl")
    assert f"line 2: turn {last + 1}: '{name}' has turns 0 to {last}" in str(caught.value)
    assert "line 3: only a rep turn may carry empathy, this is a customer turn" in str(caught.value)


def test_what_is_no_table_says_what_was_expected(tmp_path: Path) -> None:
    with pytest.raises(FoursignalError, match="cannot tell the format"):
        read_study([_file(tmp_path, "who,what\nA,1\n")], TONE)
    with pytest.raises(DataError, match="expected the columns conversation, rater and either label and value"):
        read_study([_file(tmp_path, "conversation,rater\nc,A\n")], TONE)
    with pytest.raises(DataError, match="is empty"):
        read_study([_file(tmp_path, " ")], TONE)
    with pytest.raises(DataError, match="unknown format 'xls', expected one of table, "):
        read_study([_file(tmp_path, "x")], TONE, format="xls")


@given(st.text(max_size=200))
@settings(max_examples=80)
def test_no_table_ends_in_a_traceback(text: str) -> None:
    known = Known(TONE, True, {})
    for content in (text, "conversation,turn,rater,label,value\n" + text):
        try:
            parse(content, "x.csv", known)
        except FoursignalError:
            continue


def _cards() -> dict[str, object]:
    def card(call: int, reviewer: str, scores: list[int | None]) -> dict[str, object]:
        answers = [{"questionId": 70 + i, "isOverall": i == 0, "score": score} for i, score in enumerate(scores)]
        return {"callId": call, "reviewedUserId": "rep 1", "reviewerUserId": reviewer, "answers": answers}

    return {"answeredScorecards": [card(1, "m1", [4, 3]), card(1, "m2", [5, None]), card(2, "m1", [2, 1])]}


@pytest.mark.parametrize("form", ["whole", "list", "lines"])
def test_scorecards(tmp_path: Path, form: str) -> None:
    cards = _cards()["answeredScorecards"]
    assert isinstance(cards, list)
    text = {
        "whole": json.dumps(_cards()),
        "list": json.dumps(cards),
        "lines": "\n".join(json.dumps(card) for card in cards),
    }[form]
    study = read_study([_file(tmp_path, text, "cards.json")])
    assert study.raters == ("m1", "m2")
    assert list(study.units) == ["overall", "question 71"]
    assert study.units["overall"].values[0].tolist() == [4.0, 5.0]
    assert np.isnan(study.units["question 71"].values[0, 1])
    assert study.about == {"1": {"rep": "rep 1"}, "2": {"rep": "rep 1"}}


def test_faults_of_scorecards_have_their_place(tmp_path: Path) -> None:
    raw = _cards()
    cards = raw["answeredScorecards"]
    assert isinstance(cards, list)
    cards[0]["answers"][0]["score"] = "good"
    del cards[1]["callId"]
    cards[2]["answers"].append({"questionId": 70, "score": 3})
    cards.append("no card")
    with pytest.raises(DataError) as caught:
        read_study([_file(tmp_path, json.dumps(raw), "cards.json")])
    for expected in (
        "answeredScorecards[0].answers[0].score: expected a number, found 'good'",
        "answeredScorecards[1]: callId is missing",
        "answeredScorecards[2].answers[2]: 'm1' has scored overall of '2' in answeredScorecards[2].answers[0] already",
        "answeredScorecards[3]: expected an object, found str",
    ):
        assert expected in str(caught.value)


def test_spans_of_any_label_format(tmp_path: Path) -> None:
    labelled = load_ratings("en")[:6]
    write_labels(tmp_path / "calls.jsonl", load_split("en", "test")[:2])
    rated = [
        item for item in labelled if item.conversation.id in {c.conversation.id for c in load_split("en", "test")[:2]}
    ]
    expected = of_labelled(rated).sha256()
    for form in ("ratings", "csv", "jsonl"):
        path = tmp_path / f"ratings.{form}"
        write_labels(path, rated, form)
        assert read_study([path], conversations=tmp_path / "calls.jsonl").sha256() == expected


def test_files_that_contradict_each_other(tmp_path: Path) -> None:
    head = "conversation,turn,rater,label,value\n"
    one, two = (
        _file(tmp_path, head + row, name)
        for row, name in (("c1,0,A,tone,warm\n", "1.csv"), ("c1,0,A,tone,cold\n", "2.csv"))
    )
    with pytest.raises(DataError, match=r"tone of turn 0 of 'c1' by 'A' is rated in .*1.csv already"):
        read_study([one, two], TONE)
    cards = _file(tmp_path, json.dumps(_cards()), "cards.json")
    with pytest.raises(DataError, match="the files follow different codebooks"):
        read_study([_file(tmp_path, head + "c1,0,A,empathy,yes\n", "3.csv"), cards])
    bad = [_file(tmp_path, head + f"c1,0,A,tone,{value}\n", f"{value}.csv") for value in ("hot", "icy")]
    with pytest.raises(DataError, match=r"found 'hot'(?s:.*)found 'icy'"):
        read_study(bad, TONE)


def test_attributes_of_conversations(tmp_path: Path) -> None:
    ratings = _file(tmp_path, "conversation,rater,label,value\nc1,A,overall,1\nc2,A,overall,2\n")
    about = _file(tmp_path, "conversation,rep,level\nc1,Ana,senior\nc9,Bo,\n", "about.csv")
    assert read_study([ratings], TONE, about=about).about == {"c1": {"rep": "Ana", "level": "senior"}}
    with pytest.raises(DataError, match="knows none of the 2 conversations"):
        read_study([ratings], TONE, about=_file(tmp_path, "conversation,rep\nx,Ana\n", "other.csv"))


@given(st.lists(st.integers(0, 2), min_size=1, max_size=3))
def test_ratings_behind_a_summary_are_found_or_not_told(ratings: list[int]) -> None:
    counts = {value: ratings.count(value) for value in ratings}
    most = max(counts.values())
    majority = next((value for value, n in counts.items() if n == most), None) if most > 1 else None
    exchange = Exchange("1-1", "", "", sum(ratings) / len(ratings), majority, most)
    found = ratings_behind(exchange)
    assert found == tuple(sorted(ratings)) or (found is None and exchange.uptake == 1 and majority is None)


def test_a_codebook_survives_its_yaml() -> None:
    import yaml

    for codebook in (our_codebook(), TONE):
        again: Codebook = parse_codebook(yaml.safe_load(codebook.to_yaml()), "again")
        assert again == codebook
