"""Transcripts of other tools: one small file each, in the shape that the tool documents, all of the same short call."""

import json
from pathlib import Path
from typing import Any

import pytest

from data.readers.read import detect, read, read_text
from rubric.errors import ConversationError

FIXTURES = Path(__file__).parent / "fixtures"
ASKED, ANSWERED = "What slows you down? Today, I mean.", "Month-end does."


def load(name: str) -> Any:
    return json.loads((FIXTURES / name).read_text())


@pytest.mark.parametrize(
    ("file", "format", "rep", "customer", "id"),
    [
        ("gong.json", "gong", "Ana Ruiz", "Bo Li", "7782342274025937895"),
        ("assemblyai.json", "assemblyai", "Speaker A", "Speaker B", "5551722-f677-48a6-9287-39c0aafd9ac1"),
        ("deepgram.json", "deepgram", "Speaker 0", "Speaker 1", "ea3a6f5b-11b6-4ea4-9caf-b4c1a4b7e2a1"),
        ("whisperx.json", "whisperx", "SPEAKER_00", "SPEAKER_01", "whisperx"),
        ("fireflies.json", "fireflies", "Ana Ruiz", "Bo Li", "OvwNiwrXXWzo6q1v"),
        ("rev.json", "rev", "Ana Ruiz", "Bo Li", "rev"),
    ],
)
def test_json_of_tools(file, format, rep, customer, id):
    assert detect((FIXTURES / file).read_text()) == format
    (transcript,) = read(FIXTURES / file, language="en", rep=() if format == "gong" else (rep,))
    conversation = transcript.conversation
    assert (conversation.id, conversation.language, conversation.times) == (id, "en", "measured")
    assert [(t.speaker, t.role, t.text, t.start, t.end) for t in conversation.turns] == [
        (rep, "rep", ASKED, 1.0, 3.0),
        (customer, "customer", ANSWERED, 3.5, 5.0),
    ]
    unknown = ("given to the speaker before: segments without a speaker (1 in number)",)
    assert transcript.notes == (unknown if format == "whisperx" else ())


def test_otter_pasted_has_times_above_what_is_said():
    (transcript,) = read(FIXTURES / "otter.txt", language="en", rep=("ana ruiz",))
    said = [(turn.speaker, turn.text, turn.start) for turn in transcript.conversation.turns]
    assert said == [("Ana Ruiz", ASKED, 1.0), ("Bo Li", f"{ANSWERED} Transcribed text says: at 10:30", 3.0)]
    assert transcript.conversation.turns[0].end == 3.0


def test_teams_pasted_has_paragraphs_without_times():
    text = (FIXTURES / "teams_pasted.txt").read_text()
    assert detect(text) == "pasted"
    (transcript,) = read_text(text, language="en", rep=("Ana Ruiz",))
    assert [(turn.speaker, turn.text) for turn in transcript.conversation.turns] == [
        ("Ana Ruiz", ASKED),
        ("Bo Li", ANSWERED),
    ]
    assert transcript.conversation.times == "none"
    with pytest.raises(
        ConversationError, match="expected a line with a name, or a name and a time, first; found 'Well"
    ):
        read_text("Well, I think so.\nYes.", "pasted")


def test_gong_without_parties_asks_for_roles_and_names_the_call():
    raw = load("gong.json")
    del raw["calls"]
    with pytest.raises(ConversationError, match=r"expected to know who is the rep .* 'Speaker 6432345678555530067'"):
        read_text(json.dumps(raw), language="en")
    raw["callTranscripts"] = [{"callId": "1", "transcript": []}, *raw["callTranscripts"]]
    with pytest.raises(ConversationError, match="conversation '1' holds no words"):
        read_text(json.dumps(raw), language="en", name="calls.json")


def test_gong_tells_namesakes_apart():
    raw = load("gong.json")
    raw["parties"] = [party | {"name": "Guest"} for party in raw.pop("calls")[0]["parties"]]
    (transcript,) = read_text(json.dumps(raw), language="en")
    assert [(t.speaker, t.role) for t in transcript.conversation.turns] == [
        ("Guest", "rep"),
        ("Guest (2353456345646345634)", "customer"),
    ]


def test_deepgram_goes_by_channel_where_each_side_has_one():
    raw = load("deepgram.json")
    for channel, utterance in enumerate(raw["results"]["utterances"]):
        utterance["channel"] = channel
        del utterance["speaker"]
    (transcript,) = read_text(json.dumps(raw), language="en", rep=("channel 0",))
    assert [turn.speaker for turn in transcript.conversation.turns] == ["Channel 0", "Channel 1"]


def test_fireflies_transcript_alone_and_without_names():
    raw = load("fireflies.json")["data"]["transcript"]
    for sentence in raw["sentences"]:
        sentence["speaker_name"] = None
    (transcript,) = read_text(json.dumps(raw), language="en", roles={"Speaker 0": "rep", "Speaker 1": "customer"})
    assert transcript.conversation.turns[0].text == ASKED


@pytest.mark.parametrize(
    ("file", "keys", "value", "fault"),
    [
        ("gong.json", ("callTranscripts", 0, "transcript"), "none", "read as Gong JSON, has 1 fault"),
        ("assemblyai.json", ("utterances",), None, "transcribe it with speaker_labels=true"),
        ("assemblyai.json", ("utterances", 0, "start"), "soon", "utterances.0.start: input should be a valid number"),
        ("deepgram.json", ("results", "utterances"), [], "transcribe it with utterances=true and diarize=true"),
        ("deepgram.json", ("results", "utterances", 1, "speaker"), None, "transcribe it with diarize=true"),
        ("whisperx.json", ("segments", 0, "text"), 1j, "not JSON"),
        ("whisperx.json", ("segments",), [{"start": 0, "end": 1, "text": "a"}], "run whisperx with --diarize"),
        ("fireflies.json", ("data", "transcript", "sentences"), None, "expected sentences, found none"),
        ("rev.json", ("monologues",), [{"speaker": 0}], "monologues.0.elements is missing"),
        ("rev.json", ("monologues", 0, "speaker"), {"name": "x"}, "monologues.0.speaker"),
    ],
)
def test_faults_say_what_the_tool_should_have_written(file, keys, value, fault):
    raw = load(file)
    place = raw
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    text = json.dumps(raw, default=lambda _: None).replace("null", "nul", 1) if value == 1j else json.dumps(raw)
    with pytest.raises(ConversationError) as caught:
        read_text(text, file.removesuffix(".json"), language="en")
    assert fault in str(caught.value)
