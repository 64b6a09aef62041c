# ruff: noqa: RUF001 (marks of several languages)
"""Each format's reader, and `read` around them."""

import codecs
import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.readers import limits
from data.readers.read import FORMATS, Transcript, detect, read, read_text
from data.readers.turns import GAP_SECONDS
from rubric.errors import ConversationError

EXAMPLES = Path(__file__).parents[2] / "examples"
CALL = {
    "id": "x",
    "language": "en",
    "turns": [
        {"speaker": "R", "role": "rep", "text": "What is slow?", "start": 0.0, "end": 1.5},
        {"speaker": "C", "role": "customer", "text": "Month-end.", "start": 2.0, "end": 4.0},
    ],
}


def one(text: str | bytes, **options: object) -> Transcript:
    (transcript,) = read_text(text, **{"language": "en", "name": "call.txt"} | options)
    return transcript


def said(text: str | bytes, **options: object) -> list[tuple[str, str, float | None, float | None]]:
    return [(turn.speaker, turn.text, turn.start, turn.end) for turn in one(text, **options).conversation.turns]


@pytest.mark.parametrize(
    ("file", "n_turns", "times", "format"),
    [
        ("discovery_call.vtt", 40, "measured", "webvtt"),
        ("renewal_call.txt", 38, "none", "text"),
        ("cold_call_asr.txt", 39, "none", "text"),
    ],
)
def test_the_examples_are_read_without_any_option(file, n_turns, times, format):
    (transcript,) = read(EXAMPLES / file, language="en")
    conversation = transcript.conversation
    assert (conversation.id, len(conversation.turns), conversation.times) == (Path(file).stem, n_turns, times)
    assert transcript.notes == ()
    assert [turn.role for turn in conversation.turns[:4]] == ["rep", "customer", "rep", "customer"]
    assert detect((EXAMPLES / file).read_text()) == format


TEAMS = """WEBVTT

1f0c/3-0
00:00:01.000 --> 00:00:02.500
<v Rep (Maya)>Tom &amp; Bo, what's <i>slow</i></v>

1f0c/3-1
00:00:02.750 --> 00:00:04.000
<v Rep (Maya)>today?</v>

NOTE
a comment --- of two lines
that is not said

1f0c/4-0
00:00:04.100 --> 00:00:08.100 align:start
<v Customer>Month-end, a <b mess.</v>
<v Rep (Maya)>I see.</v>

1f0c/5-0
00:00:10.100 --> 00:00:11.000
<v Rep (Maya)>And then?</v>
"""


def test_webvtt_of_teams():
    assert said(TEAMS) == [
        ("Rep (Maya)", "Tom & Bo, what's slow today?", 1.0, 4.0),
        ("Customer", "Month-end, a <b mess.", 4.1, pytest.approx(6.9, abs=0.4)),
        ("Rep (Maya)", "I see.", pytest.approx(6.9, abs=0.4), 8.1),
        ("Rep (Maya)", "And then?", 10.1, 11.0),
    ]


def test_entities_that_there_are_not_stay():
    text = TEAMS.replace("&amp;", "&#" + "9" * 4400 + ";&lt;")
    assert said(text)[0][1] == "Tom &#" + "9" * 4400 + ";< Bo, what's slow today?"


def test_webvtt_of_zoom_goes_on_with_the_speaker_and_keeps_other_colons():
    text = """WEBVTT

1
00:00:01.000 --> 00:00:02.000
Ana Ruiz: What slows you down?

2
00:00:02.100 --> 00:00:03.000
One thing: be honest.

3
00:03.100 --> 00:00:04.000
Bo: It's 10:30, every day.
Ana Ruiz: Right.

4
00:00:04.000 --> 00:00:05.000

5
00:00:05.000 --> 00:00:06.000
Bo: Yes.
"""
    turns = said(text, rep=["ana  ruiz"])
    assert [(speaker, words) for speaker, words, _, _ in turns] == [
        ("Ana Ruiz", "What slows you down? One thing: be honest."),
        ("Bo", "It's 10:30, every day."),
        ("Ana Ruiz", "Right."),
        ("Bo", "Yes."),
    ]


def test_srt_with_numbers_tags_and_blank_lines_inside():
    text = (
        "1\r\n00:00:01,000 --> 00:00:02,000\r\nRep: <i>Hello</i> you.\r\n\r\n"
        "2\r\n00:00:02,100 --> 00:00:03,000\r\n{\\an8}Customer: Four\r\n\r\nof us.\r\n"
        "3\r\n00:00:03,200 --> 00:00:04,000\r\n12\r\n"
    )
    assert said(text) == [("Rep", "Hello you.", 1.0, 2.0), ("Customer", "Four of us. 12", 2.1, 4.0)]


def test_the_gap_rule_joins_what_one_speaker_says_without_a_break():
    def srt(gap: float) -> str:
        return (
            f"1\n00:00:01,000 --> 00:00:02,000\nRep: a\n\n2\n00:00:{2 + gap:06.3f} --> 00:00:09,000\nRep: b\n\n"
            "3\n00:00:09,500 --> 00:00:10,000\nCustomer: c\n"
        ).replace(".", ",")

    assert [text for _, text, _, _ in said(srt(GAP_SECONDS - 0.01))] == ["a b", "c"]
    assert [text for _, text, _, _ in said(srt(GAP_SECONDS))] == ["a", "b", "c"]


def test_rolling_captions_are_said_once():
    cues = [
        "Rep: so what\n",
        "Rep: so what\nis slow today",
        "is slow today\nCustomer: the month",
        "Customer: the month end",
    ]
    text = "WEBVTT\n\n" + "\n\n".join(f"00:00:0{n}.000 --> 00:00:0{n + 1}.000\n{cue}" for n, cue in enumerate(cues))
    assert [(speaker, words) for speaker, words, _, _ in said(text)] == [
        ("Rep", "so what is slow today"),
        ("Customer", "the month end"),
    ]
    assert one(text).notes == ("rolling captions: repeated lines left out (3 in number)",)
    twice = "1\n00:00:01,000 --> 00:00:02,000\nRep: no\n\n2\n00:00:02,000 --> 00:00:03,000\nRep: no\n\n3\n00:00:03,000 --> 00:00:04,000\nCustomer: ah\n"
    assert said(twice)[0][1] == "no no"


def test_times_that_are_negative_backward_or_out_of_order_are_repaired_and_noted():
    text = (
        "1\n-00:00:01,000 --> 00:00:02,000\nRep: a\n\n2\n00:00:09,000 --> 00:00:08,000\nCustomer: c\n\n"
        "3\n00:00:03,000 --> 00:00:04,000\nCustomer: b\n"
    )
    assert said(text) == [("Rep", "a", 0.0, 2.0), ("Customer", "b", 3.0, 4.0), ("Customer", "c", 9.0, 9.0)]
    assert one(text).notes == (
        "put in the order of the times",
        "set to 0: 1 of 3 utterances that begin before it",
        "given no length: 1 of 3 utterances that end before they begin",
    )


def test_timings_that_cannot_be_read_are_all_named():
    text = "WEBVTT\n\nsoon --> later\n<v Rep>a</v>\n\n00:00:01.000 -->\n<v Customer>b</v>\n"
    with pytest.raises(ConversationError) as caught:
        one(text)
    assert "line 3: expected times such as 00:00:01.000 --> 00:00:02.500, found 'soon --> later'" in str(caught.value)
    assert "line 6: expected times" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "turns"),
    [
        ("Rep: a\nb: c\n\nCustomer: d", [("Rep", "a b: c", None, None), ("Customer", "d", None, None)]),
        ("[00:12] Rep: a\n[00:15] Customer: b c", [("Rep", "a", 12, 15), ("Customer", "b c", 15, 15 + 120 / 155)]),
        (
            "(1:00:02.5) Rep: a\n1:00:04 Customer: b",
            [("Rep", "a", 3602.5, 3604), ("Customer", "b", 3604, 3604 + 60 / 155)],
        ),
        ("[0:01 - 0:02] Rep: a\n[0:03 --> 0:04] Customer: b", [("Rep", "a", 1, 2), ("Customer", "b", 3, 4)]),
        ("Rep [0:01]: a\nCustomer (0:02): b", [("Rep", "a", 1, 2), ("Customer", "b", 2, 2 + 60 / 155)]),
        ("0:01\nRep: a\n0:02\nCustomer: b", [("Rep", "a", 1, 2), ("Customer", "b", 2, 2 + 60 / 155)]),
        ("[0:01] Rep: a\nCustomer: b", [("Rep", "a", None, None), ("Customer", "b", None, None)]),
        ("**Rep:** a\n**Customer**: b", [("Rep", "a", None, None), ("Customer", "b", None, None)]),
        ("Rep:\na\n\nCustomer:\nb", [("Rep", "a", None, None), ("Customer", "b", None, None)]),
        ("営業：こんにちは\n顧客：はい", [("営業", "こんにちは", None, None), ("顧客", "はい", None, None)]),
    ],
)
def test_plain_text(text, turns):
    found = said(text)
    assert [turn[:2] for turn in found] == [turn[:2] for turn in turns]
    assert [turn[2:] for turn in found] == [(pytest.approx(start), pytest.approx(end)) for _, _, start, end in turns]


def test_what_is_left_out_or_estimated_is_noted():
    transcript = one("Call with Acme, 12 May\n\n[00:12] Rep: a\n[00:15] Customer: b")
    assert transcript.notes == (
        "left out before the first speaker is named (1 in number): 'Call with Acme, 12 May'",
        "without an end: 2 of 2 utterances; each is taken to last until the next begins",
    )
    assert one("[0:01] Rep: a\nCustomer: b").notes == ("times left out: only 1 of 2 utterances with a time",)


def test_our_json_is_read_as_it_is_without_labels():
    line = json.dumps(CALL | {"spans": [{"turn": 0}], "rater": "A"})
    for text in (line, f"[{line}]", f"{line}\n"):
        (transcript,) = read_text(text, language="de")
        assert transcript.conversation.model_dump(exclude_none=True, mode="json") == CALL
    second = line.replace('"x"', '"y"')
    assert [t.conversation.id for t in read_text(f"{line}\n\n{second}\n")] == ["x", "y"]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("{", "not JSON: Expecting property name"),
        ('{"id": "x"}\n{', "line 2: not JSON"),
        ("[]", "holds no conversation; expected at least one with turns"),
        ("[" * 100_000 + "{", "cannot tell the format"),
        ('{"a":' * 100_000, "nested too deeply"),
        (json.dumps(CALL | {"turns": []}), "turns: tuple should have at least 1 item after validation, not 0"),
        (json.dumps(CALL | {"turns": "no"}), "turns: input should be a valid tuple, found 'no'"),
        (json.dumps(CALL | {"title": "x"}), "unknown key 'title', expected id, language, turns, kind, trade, times"),
        (json.dumps(CALL | {"language": "English"}), "language: string should match pattern"),
        (json.dumps(CALL).replace("4.0", "1e999"), "turn 1 has a time without end"),
        (json.dumps(CALL).replace("1.5", "NaN"), "NaN is not a number that JSON knows"),
        (json.dumps(CALL).replace(', "end": 1.5', ""), "start and end must both be given or both be missing"),
        (json.dumps(CALL).replace("customer", "rep"), "every turn is a rep's; is a role mixed up?"),
        (json.dumps(CALL).replace("What is slow?", " ").replace("Month-end.", ""), "no turn holds a word"),
    ],
)
def test_faults_of_json_are_named(text, fault):
    with pytest.raises(ConversationError) as caught:
        read_text(text)
    assert fault in str(caught.value)


@pytest.mark.parametrize(
    ("text", "options", "fault"),
    [
        ("", {}, "call.txt is empty; expected a transcript (webvtt, srt, text"),
        (
            "",
            {"format": "text"},
            "call.txt is empty; expected a transcript (webvtt, srt, text, json, jsonl, pasted, gong",
        ),
        ("just some prose\nwithout speakers", {}, "found 'just some prose'. Give the format (webvtt, srt, text, json"),
        ("just some prose", {"format": "text"}, "expected lines such as `Name: text`, found 'just some prose'"),
        ("Rep: a", {"format": "webvtt"}, "expected WEBVTT at the beginning, found 'Rep: a'"),
        ("Rep: a", {"format": "srt"}, "expected cues such as 00:00:01,000 --> 00:00:02,500, found 'Rep: a'"),
        ("Rep: a", {"format": "docx"}, "unknown format 'docx', expected one of webvtt, srt, text"),
        ("WEBVTT\n", {}, "expected cues such as 00:00:01.000 --> 00:00:02.500, found none"),
        (
            "WEBVTT\n\n00:01.000 --> 00:02.000\nhello\n",
            {},
            "expected to find who speaks, `<v Name>text` or `Name: text`",
        ),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\n\n", {}, "found no text in any cue"),
        ("Rep: \nRep: ", {}, "call.txt holds no words"),
        ("Ana: a\nAna: b", {}, "only one speaker found, 'Ana'; scoring needs a rep and a customer"),
        ("Ana: a\nBo: b", {"language": None}, "cannot tell the language; give it as an ISO 639 code, such as en"),
        ("Rep: a\nBuyer: b", {"language": "English"}, "language: string should match pattern"),
        ("Rep: a\nSeller: b", {}, "scoring needs a rep and a customer, but every turn is a rep's"),
        (b"Rep: caf\xe9\nBuyer: b", {}, "expected UTF-8 text, found the byte 0xe9 at offset 8"),
        (
            b"PK\x03\x04rest",
            {},
            "call.txt is a zip archive that cannot be unpacked: File is not a zip file; pack it anew",
        ),
        (codecs.BOM_UTF16_LE + b"R", {}, "expected UTF-8 text, found the byte 0x52 at offset"),
    ],
)
def test_faults_say_what_was_expected_and_found(text, options, fault):
    with pytest.raises(ConversationError) as caught:
        one(text, **options)
    assert fault in str(caught.value)


def test_byte_order_marks_are_no_text():
    for content in ("Rep: é\nBuyer: b".encode(encoding) for encoding in ("utf-8", "utf-8-sig", "utf-16")):
        assert said(content)[0][:2] == ("Rep", "é")
    assert said("\ufeffRep: é\nBuyer: b")[0][0] == "Rep"


def test_limits_are_named(monkeypatch, tmp_path):
    monkeypatch.setattr(limits, "MAX_TURNS", 3)
    monkeypatch.setattr(limits, "MAX_TURN_CHARACTERS", 5)
    with pytest.raises(ConversationError) as caught:
        one("Rep: a\nBuyer: a\nRep: abcdef\nBuyer: a")
    assert "4 turns, more than the limit of 3; split it into calls" in str(caught.value)
    assert "turn 2 has 6 characters, more than the limit of 5" in str(caught.value)
    monkeypatch.setattr(limits, "MAX_BYTES", 10)
    (tmp_path / "big.txt").write_text("Rep: hello\nBuyer: no")
    with pytest.raises(ConversationError, match=r"big\.txt has 0\.0 MB, more than the limit of 0 MB"):
        read(tmp_path / "big.txt")
    with pytest.raises(ConversationError, match=r"cannot read .*none\.txt: No such file"):
        read(tmp_path / "none.txt")


alphabet = st.sampled_from(
    [
        "WEBVTT",
        "\n",
        "\n\n",
        "-->",
        "00:00:01.000",
        "<v ",
        "<v A>",
        ">",
        "Rep:",
        " Bo: ",
        "1",
        "[0:01]",
        "{",
        "&amp;",
        "x",
        "\u2028",
        "NOTE",
    ]
)


@settings(max_examples=200)
@given(st.lists(alphabet, max_size=40).map("".join), st.sampled_from([None, *FORMATS]))
def test_any_text_gives_conversations_or_a_conversation_error(text, format):
    try:
        transcripts = read_text(text, format, language="en", guess_roles=True)
    except ConversationError:
        return
    assert all(t.conversation.has_role("rep") and t.conversation.has_role("customer") for t in transcripts)


@settings(max_examples=100)
@given(st.binary(max_size=60), st.sampled_from([None, *FORMATS]))
def test_any_bytes_give_conversations_or_a_conversation_error(content, format):
    try:
        read_text(content, format, language="en")
    except ConversationError as error:
        assert str(error)  # noqa: PT017


@pytest.mark.parametrize(
    "text",
    [
        "1" * 200_000,
        " " * 200_000 + "x",
        "\n" * 200_000 + "x",
        "WEBVTT\n\n00:01.000 --> 00:02.000\n" + "<v " * 60_000,
        "WEBVTT\n\n00:01.000 --> 00:02.000\n<v" + " " * 200_000,
        "WEBVTT\n\n" + "00:00:01.000 --> 00:00:02.000\n" * 5_000,
        "1\n00:00:01,000 --> 00:00:02,000\n" + "a\n\n" * 50_000,
        "{" * 200_000,
        "a:" * 100_000 + "\nb: c",
        "[" + "0" * 200_000 + "\nA: b\nC: d",
        "A: b\n" + "c\n" * 100_000,
        "Ana 0:01\n" + "c\n" * 100_000,
    ],
)
def test_hostile_text_takes_no_long_time(text):
    begin = time.process_time()
    for name in (None, *FORMATS):
        with pytest.raises(ConversationError):
            read_text(text, name)
    assert time.process_time() - begin < 2


def test_every_conversation_that_cannot_be_scored_is_named():
    turn = {"speaker": "R", "role": "rep", "text": "Hello."}
    lines = [json.dumps({"id": name, "language": "en", "turns": [turn]}) for name in ("one", "two")]
    with pytest.raises(ConversationError) as caught:
        read_text("\n".join(lines), name="calls.jsonl")
    assert "calls.jsonl, conversation 'one' has 1 fault" in str(caught.value)
    assert "calls.jsonl, conversation 'two' has 1 fault" in str(caught.value)
