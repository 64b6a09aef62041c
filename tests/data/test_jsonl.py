import json
from pathlib import Path

import pytest

from data.annotations import jsonl
from data.splits import TRANSCRIPTS, load_split
from rubric.errors import ConversationError, LabelError

TURNS = [
    {"speaker": "R", "role": "rep", "text": "What is slow?", "start": 0.0, "end": 1.5},
    {"speaker": "C", "role": "customer", "text": "Month-end takes days.", "start": 2.0, "end": 4.0},
]
SPANS = [
    {"turn": 0, "start": 0, "end": 13, "label": "discovery_question"},
    {"turn": 1, "start": 0, "end": 20, "label": "need", "id": "N1"},
]
LINE = {"id": "x", "language": "en", "turns": TURNS, "spans": SPANS}


def write(path: Path, *lines: object) -> Path:
    path.write_text("".join((line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines))
    return path


@pytest.mark.parametrize("name", ["en.calibration", "en.test", "fr.train", "zh.train"])
def test_the_shipped_files_survive_byte_by_byte(tmp_path, name):
    original = TRANSCRIPTS / f"{name}.jsonl"
    jsonl.write(tmp_path / "copy.jsonl", jsonl.read(original))
    assert (tmp_path / "copy.jsonl").read_bytes() == original.read_bytes()


def test_ratings_survive_byte_by_byte(tmp_path):
    conversations = [item.conversation for item in load_split("en", "test")]
    ratings = jsonl.read_ratings(TRANSCRIPTS / "en.test.ratings.jsonl", conversations)
    assert {item.rating.rater for item in ratings} == {"A", "B", "C"}
    jsonl.write_ratings(tmp_path / "copy.jsonl", ratings)
    assert (tmp_path / "copy.jsonl").read_bytes() == (TRANSCRIPTS / "en.test.ratings.jsonl").read_bytes()


def test_probabilities_and_raters_survive(tmp_path):
    spans = [{**SPANS[0], "probability": 0.75}]
    (read,) = jsonl.read(write(tmp_path / "a.jsonl", {**LINE, "rater": "B", "spans": spans}))
    assert (read.rating.rater, read.rating.spans[0].probability) == ("B", 0.75)
    jsonl.write(tmp_path / "b.jsonl", [read])
    assert jsonl.read(tmp_path / "b.jsonl") == [read]


def test_a_line_separator_inside_a_text_is_no_new_line(tmp_path):
    line = json.dumps({**LINE, "turns": [{**TURNS[0], "text": "What is\u2028slow?"}], "spans": []}, ensure_ascii=False)
    (read,) = jsonl.read(write(tmp_path / "a.jsonl", line))
    assert read.conversation.turns[0].text == "What is\u2028slow?"


def test_all_faults_of_a_file_come_at_once(tmp_path):
    path = write(
        tmp_path / "bad.jsonl",
        "{not json",
        "",
        [1],
        {**LINE, "id": "y", "turns": [{**TURNS[0], "role": "seller", "stat": 1}]},
        {**LINE, "spans": [{"turn": 9, "start": 0, "end": 1, "label": "need", "id": "N1"}]},
        {**LINE, "spans": [{"turn": 0, "start": 0, "end": 1, "label": "question"}]},
        {**LINE, "turns": [{**TURNS[0], "start": float("nan")}]},
        {"id": "z", "language": "en", "turns": TURNS},
    )
    with pytest.raises(ConversationError) as caught:
        jsonl.read(path)
    message = str(caught.value)
    for expected in (
        "bad.jsonl has 8 faults",
        "line 1: not JSON: ",
        "line 3: expected an object with id, language, turns, kind, trade, times, found a list",
        "line 4: turns.0.role: input should be 'rep' or 'customer', found 'seller'",
        "line 4: unknown key 'turns.0.stat', expected speaker, role, text, start, end",
        "line 5: span 0 (need in turn 9): the conversation has turns 0 to 1",
        "line 6: spans.0.label: input should be 'need', 'objection'",
        "line 7: NaN is not a number that JSON knows",
        "line 8: spans is missing; give an empty list where nothing was marked",
    ):
        assert expected in message


def test_label_faults_alone_are_a_label_error(tmp_path):
    path = write(tmp_path / "bad.jsonl", LINE, LINE, {**LINE, "rater": "B", "spans": [{**SPANS[1], "id": None}]})
    with pytest.raises(LabelError) as caught:
        jsonl.read(path)
    assert "line 2: 'author' has labelled 'x' in line 1 already" in str(caught.value)
    assert "line 3: span 0 (need in turn 1): expected an id such as N1, found None" in str(caught.value)


def test_one_id_with_two_texts_is_refused(tmp_path):
    path = write(tmp_path / "bad.jsonl", LINE, {**LINE, "rater": "B", "language": "de"})
    with pytest.raises(ConversationError, match="line 2: the id 'x' stands for another text further up"):
        jsonl.read(path)


def test_faults_of_ratings_come_at_once(tmp_path):
    (call,) = [item.conversation for item in jsonl.read(write(tmp_path / "a.jsonl", LINE))]
    rating = {"id": "x", "rater": "A", "spans": SPANS}
    unknown, nameless = {**rating, "id": "q"}, {"id": "x", "spans": []}
    path = write(tmp_path / "r.jsonl", rating, rating, unknown, nameless, "[")
    with pytest.raises(LabelError) as caught:
        jsonl.read_ratings(path, [call])
    message = str(caught.value)
    assert "line 2: 'A' has rated 'x' in line 1 already" in message
    assert "line 3: no conversation has the id 'q'" in message
    assert "line 4: expected an object with exactly the keys id, rater, spans, found the keys id, spans" in message
    assert "line 5: not JSON" in message


def test_missing_empty_and_garbled_files_say_so(tmp_path):
    with pytest.raises(LabelError, match=r"cannot read .*none\.jsonl: No such file"):
        jsonl.read(tmp_path / "none.jsonl")
    with pytest.raises(LabelError, match="is empty; expected one JSON object a line"):
        jsonl.read(write(tmp_path / "empty.jsonl"))
    (tmp_path / "latin.jsonl").write_bytes(b'{"id": "\xe9"}')
    with pytest.raises(LabelError, match="is not UTF-8: byte 8 is 0xe9"):
        jsonl.read(tmp_path / "latin.jsonl")
    with pytest.raises(ConversationError, match="half of a character pair"):
        jsonl.read(write(tmp_path / "half.jsonl", {**LINE, "id": "\ud800"}))


def test_a_file_that_is_no_jsonl_is_not_read_to_its_end():
    with pytest.raises(ConversationError, match=r"1,000 lines are no JSON, the rest was not read") as caught:
        jsonl.parse("{\n" * 5_000, "labels.jsonl")
    assert str(caught.value).count("\n") == 1_001
