"""Redaction: the arithmetic of spans for any text, names of people, and the real recognisers with the real model."""

from __future__ import annotations

import itertools
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from data import personal_data
from data.__main__ import app
from data.annotations import jsonl
from data.mentions import in_all_turns, speakers_names
from data.people import bare, numbers_of
from data.personal_data import Finder, Kind, Mention
from data.readers.read import read_text
from data.redact import Redactor, cut, note_of, place
from data.wheels import Wheels, folder_sha256, resolve
from rubric.conversation import Conversation
from rubric.errors import ConversationError, DataError
from rubric.spans import Labelled, Rating, Span, check

CALL = """Maya Lindqvist (Rep): Good morning, Mr Haddad, this is Maya Lindqvist from Brightwater. How is Josie?
Customer: Hello, Maya. Josie left us. Mail me at jo.haddad@acme.com or ring 07700 900 318. It costs us 4,500 a month.
Maya Lindqvist (Rep): So it's the 4,500 a month, Mr Haddad. Could Josie's successor join us on Thursday?
"""


@pytest.fixture(scope="module")
def redactor() -> Redactor:
    if not (personal_data.CACHE / "en_core_web_sm").is_dir():
        pytest.fail("no model of names: run `make models` first")
    return Redactor()


@st.composite
def texts_with_stretches(draw: st.DrawFn) -> tuple[str, list[tuple[int, int]], list[tuple[int, int]]]:
    """A text, stretches of it to replace, and stretches that carry labels; neither kind overlaps its own."""
    text = draw(st.text(alphabet="ab é\u0301日🙂\n", min_size=1, max_size=40))

    def stretches() -> list[tuple[int, int]]:
        edges = sorted(draw(st.sets(st.integers(0, len(text)), max_size=12)))
        return [(start, end) for start, end in zip(edges[::2], edges[1::2], strict=False) if text[start:end].strip()]

    return text, stretches(), stretches()


@given(texts_with_stretches())
def test_spans_move_with_the_text(drawn):
    text, names, labels = drawn
    spans = [Span(turn=0, start=start, end=end, label="value_claim") for start, end in labels]
    replacements = cut(text, [(start, end, "[NAME_1]") for start, end in names], [spans])
    moved = place(text, replacements)
    after = [moved.span(start, end) for start, end in labels]
    assert all(0 <= start < end <= len(moved.text) for start, end in after)
    assert all(left[1] <= right[0] for left, right in itertools.pairwise(after))
    for (start, end), (new_start, new_end) in zip(labels, after, strict=True):
        touching = [(a, b, p) for a, b, p in replacements if a < end and start < b]
        # A label holds what it held: its own characters, and all of the placeholder of what it touched.
        first, last = min([start, *(a for a, _, _ in touching)]), max([end, *(b for _, b, _ in touching)])
        assert (
            moved.text[new_start:new_end]
            == place(text[first:last], [(a - first, b - first, p) for a, b, p in touching]).text
        )
    pieces = moved.text.split("[NAME_1]")
    assert len(pieces) == len(replacements) + 1
    edges = [0, *(edge for a, b, _ in replacements for edge in (a, b)), len(text)]
    assert pieces == [text[edges[i] : edges[i + 1]] for i in range(0, len(edges), 2)]


def test_a_name_that_two_labels_share_leaves_each_a_placeholder():
    spans = [Span(turn=0, start=0, end=6, label="need", id="N1"), Span(turn=0, start=6, end=14, label="need", id="N2")]
    moved = place("I, Ana Ruiz, do", cut("I, Ana Ruiz, do", [(3, 11, "[NAME_1]")], [spans]))
    assert moved.text == "I, [NAME_1] [NAME_1], do"
    assert [moved.span(span.start, span.end) for span in spans] == [(0, 11), (11, 23)]


@pytest.mark.parametrize(
    ("mention", "name"),
    [
        ("Mr. Haddad's", "Haddad"),
        ("Hello Olu", "Olu"),
        ("Adeyemi-Clarke", "Adeyemi-Clarke"),
        ("Dr", None),
        ("42", None),
    ],
)
def test_a_name_without_its_title(mention, name):
    inner = bare(mention)
    assert (inner and mention[slice(*inner)]) == name


def test_one_person_has_one_number():
    numbers = numbers_of(["Mr Haddad", "Maya", "Maya Lindqvist", "Karim Haddad", "K. Haddad", "Karin"])
    assert numbers == {"Mr Haddad": 1, "Maya": 2, "Maya Lindqvist": 2, "Karim Haddad": 1, "K. Haddad": 1, "Karin": 3}


@pytest.mark.parametrize("speaker", ["Rep", "C2", "SPEAKER_00", "Customer (Prospect)", "Speaker 1", "left", "R"])
def test_roles_and_numbers_name_nobody(speaker):
    assert speakers_names(speaker) == []


def test_addresses_and_names_of_speakers():
    assert speakers_names("Ana Ruiz <ana@acme.com>") == [(0, 8, Kind.NAME), (10, 22, Kind.EMAIL)]
    assert speakers_names("Rep (Maya)") == [(5, 9, Kind.NAME)]


def test_a_name_known_from_elsewhere_is_found_and_a_word_is_not():
    texts = ["I spoke to Will and Olu.", "Will that do? Olu says it will. Give Will a ring.", "The Olu is a boat."]
    found = [[Mention(11, 15, Kind.NAME, sure=False), Mention(20, 23, Kind.NAME)], [], []]
    held = in_all_turns(texts, found, {"R", "C"})
    assert [[text[m.start : m.end] for m in one] for text, one in zip(texts, held, strict=True)] == [
        ["Olu"],
        ["Olu"],
        ["Olu"],
    ]
    surely = in_all_turns(texts, [[Mention(11, 15, Kind.NAME), found[0][1]], [], []], {"R", "C"})
    assert [[m.start for m in one] for one in surely] == [[11, 20], [14, 37], [4]]


def test_a_transcript_without_capitals_knows_its_speakers():
    held = in_all_turns(["hello maya it will be fine", "yes maya"], [[], []], {"Maya Lindqvist", "Will Ode"})
    assert [[m.start for m in one] for one in held] == [[6], [4]]


def test_a_conversation_without_personal_data(redactor):
    (transcript,) = read_text(CALL, language="en", name="call.txt")
    claim = transcript.conversation.turns[2].text
    spans = (
        Span(turn=1, start=0, end=27, label="need", id="N1"),
        Span(turn=2, start=claim.index("Could"), end=len(claim), label="close_ask"),
    )
    redacted = redactor.redact(transcript.conversation, [Rating(conversation="call", rater="a", spans=spans)])
    turns = redacted.conversation.turns
    assert [turn.speaker for turn in turns] == ["[NAME_1] (Rep)", "Customer", "[NAME_1] (Rep)"]
    assert turns[0].text == "Good morning, Mr [NAME_2], this is [NAME_1] from Brightwater. How is [NAME_3]?"
    assert turns[1].text == (
        "Hello, [NAME_1]. [NAME_3] left us. Mail me at [EMAIL_1] or ring [PHONE_1]. It costs us 4,500 a month."
    )
    assert turns[2].text == "So it's the 4,500 a month, Mr [NAME_2]. Could [NAME_3]'s successor join us on Thursday?"
    held = [turns[span.turn].text[span.start : span.end] for span in redacted.ratings[0].spans]
    assert held == ["Hello, [NAME_1]. [NAME_3] left us.", "Could [NAME_3]'s successor join us on Thursday?"]
    check(redacted.conversation, redacted.ratings[0].spans)
    assert note_of(redacted.counts) == "personal data replaced by placeholders: 7 NAME, 1 EMAIL, 1 PHONE"
    again = redactor.redact(redacted.conversation)
    assert again.conversation == redacted.conversation
    assert not again.counts


def test_prices_counts_and_dates_stay(redactor):
    for text in (
        "It was 1,250,000 in 2019, order 20618.",
        "Call at 9.30 on 12/11/2024.",
        "It was 1641 of them.",
        "Look at acme.com/ first.",
    ):
        assert [m for m in redactor.find(text) if m.kind is not Kind.URL] == []


@pytest.mark.parametrize(
    ("text", "kind", "held"),
    [
        ("The card is 4111 1111 1111 1111.", Kind.CARD, "4111 1111 1111 1111"),
        ("Pay into GB82 WEST 1234 5698 7654 32 today.", Kind.IBAN, "GB82 WEST 1234 5698 7654 32"),
        ("I'm on linkedin.com/in/ana-ruiz, there.", Kind.URL, "linkedin.com/in/ana-ruiz"),
        ("it's jo dot bell at acme freight dot com ok", Kind.EMAIL, "jo dot bell at acme freight dot com"),
        (
            "ring oh seven seven double oh nine double oh three",
            Kind.PHONE,
            "oh seven seven double oh nine double oh three",
        ),
        ("my names farouk and i guard sites", Kind.NAME, "farouk"),
    ],
)
def test_what_is_found(redactor, text, kind, held):
    assert [(m.kind, text[m.start : m.end]) for m in redactor.find(text)] == [(kind, held)]


def test_another_language_is_refused(redactor):
    (transcript,) = read_text("Rep: Hej Bo\nCustomer: Hej", language="da", name="call.txt")
    with pytest.raises(ConversationError, match="in English \\('en'\\) alone, and the conversation is in 'da'"):
        redactor.redact(transcript.conversation)


def test_labels_of_several_raters_stay_on_one_text(redactor, tmp_path, monkeypatch):
    monkeypatch.setattr("data.convert.Redactor", lambda: redactor)
    (transcript,) = read_text(CALL, language="en", name="call.txt")
    spans = [
        (Span(turn=1, start=7, end=11, label="need", id="N1"),),
        (Span(turn=1, start=0, end=27, label="need", id="N1"),),
    ]
    labelled = [
        Labelled(transcript.conversation, Rating(conversation="call", rater=rater, spans=held))
        for rater, held in zip("ab", spans, strict=True)
    ]
    (tmp_path / "in.jsonl").write_text(jsonl.render(labelled))
    result = CliRunner().invoke(app, ["convert", str(tmp_path / "in.jsonl"), str(tmp_path / "out.jsonl"), "--redact"])
    assert result.exit_code == 0, result.output
    assert "7 NAME, 1 EMAIL, 1 PHONE" in result.output
    first, second = jsonl.read(tmp_path / "out.jsonl")
    assert first.conversation == second.conversation
    assert "Lindqvist" not in (tmp_path / "out.jsonl").read_text()
    text = first.conversation.turns[1].text
    assert [text[s.start : s.end] for item in (first, second) for s in item.rating.spans] == [
        "[NAME_1]",
        "Hello, [NAME_1]. [NAME_3] left us.",
    ]


def test_the_commands_say_how_much_and_write_none_of_it(redactor, tmp_path, monkeypatch):
    for module in ("data.convert", "data.__main__"):
        monkeypatch.setattr(f"{module}.Redactor", lambda: redactor)
    (tmp_path / "call.txt").write_text(CALL)
    run = CliRunner().invoke
    shown = run(app, ["inspect", str(tmp_path / "call.txt"), "--language", "en", "--redact"], env={"COLUMNS": "120"})
    assert shown.exit_code == 0, shown.output
    assert "[NAME_1] (Rep)" in shown.output
    assert "7 NAME, 1 EMAIL, 1 PHONE" in shown.output
    assert run(app, ["convert", str(tmp_path / "call.txt"), str(tmp_path / "call.json"), "--redact"]).exit_code == 0
    turns = json.loads((tmp_path / "call.json").read_text())["turns"]
    assert not [turn for turn in turns for name in ("Maya", "Haddad", "Josie", "acme", "07700") if name in str(turn)]


def test_without_the_extra_it_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(personal_data, "find_spec", lambda _: None)
    with pytest.raises(DataError, match=r"pip install 'foursignal\[redact\]'"):
        Finder()


def test_a_changed_model_is_refused(tmp_path):
    (tmp_path / "a").write_text("x")
    wheels = Wheels((), "", ("a",))
    assert resolve(wheels, tmp_path, folder_sha256(tmp_path, ["a"])) == tmp_path
    with pytest.raises(DataError, match="delete the folder and run again"):
        resolve(wheels, tmp_path, "0" * 64)
    with pytest.raises(DataError, match="cannot read"):
        folder_sha256(tmp_path, ["b"])


def test_a_conversation_needs_no_names(redactor):
    conversation = Conversation.model_validate(
        {"id": "x", "language": "en", "turns": [{"speaker": "R", "role": "rep", "text": "Okay. Fine by me, thanks."}]}
    )
    assert redactor.redact(conversation).conversation == conversation
