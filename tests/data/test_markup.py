import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.annotations.markup import parse, render
from data.splits import load_split
from rubric.codebook import Label
from rubric.conversation import Conversation, Turn
from rubric.errors import LabelError
from rubric.examples import CODEBOOK_CALL, CODEBOOK_SPANS
from rubric.spans import Labelled, Rating, Span

WRITTEN = """\
@call id=en-0001 lang=en kind=discovery
R: Hi Dana, thanks for making the time. How was the move?
C: Chaotic, but done. So, {need:N1|we lose about two days a month reconciling carrier invoices}.
R: {ack|Got it.} {dq|What happens when an invoice doesn't match the rate card?}
C: Somebody digs through emails. And then {obj:O1|I saw your price, and it's nearly double what we pay today}.
R: {rst:O1|So it's the jump from what you pay now that gives you pause.} {emp|I'd be careful too.} \
{vc:N1|The matching runs overnight, so those two days come back to your team}. \
{ask|Could we sit down on Thursday with your controller and scope a pilot?}
"""
CODEBOOK_LABELLED = Labelled(CODEBOOK_CALL, Rating(conversation="en-0001", rater="author", spans=CODEBOOK_SPANS))

texts = st.text(st.sampled_from(string.ascii_letters + " {}|\\:@\n\r\u2028é😀"), max_size=20)
names = st.sampled_from(["R", "C", "R2", "Maya Lindqvist", 'Bo "the" =Boss\\', "\u2028"])
marks = {"rep": [Label.CLOSE_ASK, Label.EMPATHY, Label.VALUE_CLAIM], "customer": [Label.NEED, Label.OBJECTION]}


@st.composite
def labelled_calls(draw: st.DrawFn) -> Labelled:
    turns, spans = [], []
    for index in range(draw(st.integers(1, 4))):
        role = draw(st.sampled_from(["rep", "customer"]))
        text = draw(texts)
        start = draw(st.none() | st.floats(0, 1e6))
        times = {} if start is None else {"start": start, "end": start + draw(st.floats(0, 1e17))}
        turns.append(Turn(speaker=draw(names), role=role, text=text, **times))
        cuts = sorted(draw(st.sets(st.integers(0, len(text)), max_size=4)))
        for left, right in zip(cuts[::2], cuts[1::2], strict=False):
            label = draw(st.sampled_from(marks[role]))
            prefix = {Label.NEED: "N", Label.OBJECTION: "O"}.get(label)
            spans.append(Span(turn=index, start=left, end=right, label=label, id=prefix and f"{prefix}{len(spans)}"))
    kind = draw(st.none() | st.sampled_from(["cold call", "a=b", 'say "no"', "", " ", "plain"]))
    rater = draw(st.sampled_from(["author", "A", "a rater"]))
    call = Conversation(id=draw(st.sampled_from(["x", "a b", "a=b"])), language="en", turns=tuple(turns), kind=kind)
    return Labelled(call, Rating(conversation=call.id, rater=rater, spans=tuple(spans)))


def test_reads_and_writes_the_codebooks_example():
    assert parse(WRITTEN) == [CODEBOOK_LABELLED]
    assert render([CODEBOOK_LABELLED]) == WRITTEN


@settings(max_examples=150)
@given(st.lists(labelled_calls(), min_size=1, max_size=2, unique_by=lambda item: item.conversation.id))
def test_what_is_rendered_parses_back(calls):
    assert parse(render(calls)) == calls


@settings(max_examples=100)
@given(st.text(st.sampled_from('@call id=1 lang=en\nRC2:{}|\\[]-."é'), max_size=60))
def test_any_text_gives_labels_or_a_label_error(text):
    try:
        parse(text)
    except LabelError as error:
        assert re.search(r"line \d+: ", str(error))  # noqa: PT017


def test_the_shipped_corpus_survives_the_written_form():
    labelled = load_split("en", "validation") + load_split("de", "train") + load_split("ja", "train")
    assert parse(render(labelled)) == labelled


def test_values_run_to_the_next_key_and_speakers_can_be_named():
    (item,) = parse("@call id=x lang=en kind=cold call trade=crop insurance R=Maya Lindqvist\r\nR: Hi\r\nC: No\r\n")
    assert (item.conversation.kind, item.conversation.trade) == ("cold call", "crop insurance")
    assert [turn.speaker for turn in item.conversation.turns] == ["Maya Lindqvist", "C"]


def test_all_faults_come_at_once_with_line_and_column():
    text = "\n".join(
        [
            "@call id=x lang=en mood=bad",
            "R: {dp|What now?} {ask:N1|Thursday?} {need|x",
            "S: hello",
            "C: {need|we lose time} and } and \\q",
            "C: {dq|Why?}",
            "R: {vc:N7|It is fast} {ack|} {ack|a {emp|b}}",
            "@call lang=english",
        ]
    )
    with pytest.raises(LabelError) as caught:
        parse(text, "labels.txt")
    message = str(caught.value)
    for expected in (
        "labels.txt has 15 faults",
        "line 1: unknown key 'mood', expected id, lang, kind, trade, times, rater or a speaker such as R2",
        "line 2: column 4: unknown tag 'dp', expected one of need, obj, dq",
        "line 2: column 19: ask takes no id, found 'N1'",
        "line 2: column 38: the span {need|... is not closed",
        "line 3: expected a turn such as `R: ...` or `C2: ...`, found 'S: hello'",
        "line 4: column 4: expected need:N1, found 'need'",
        "line 4: column 28: a closing brace without an opening one; write \\} for a brace",
        "line 4: column 34: unknown escape \\q; write \\\\ for a backslash",
        "line 5: span 0 (discovery_question in turn 2): only a rep turn may carry it, this is a customer turn",
        "line 6: span 1 (value_claim in turn 3): refers to 'N7', which no span carries",
        "line 6: column 23: the span {ack|} is empty",
        "line 6: column 37: a span inside a span",
        "line 7: `id=` is missing in the header",
        "line 7: the call has no turns",
    ):
        assert expected in message


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "line 1: expected `@call id=... lang=...`, found no text"),
        ("R: hello", "line 1: expected `@call id=... lang=...` before the first turn, found 'R: hello'"),
        ("@call id=x lang=English\nR: a", "line 1: language: string should match pattern"),
        ("@call id=x lang=en\nR [5-2]: a", "line 1: turns.0: end 2 lies before start 5"),
        ("@call id=x lang=en\nR: a\n@call id=x lang=en\nR: a", "line 3: 'author' has labelled 'x' further up already"),
        ("@call id=x lang=en id=y\nR: a", "line 1: id is given twice"),
        ("@call well id=x lang=en\nR: a", "line 1: expected `key=value`, found 'well id=x lang=en'"),
        ("@call id=x lang=en\nR: {nothing", "line 2: column 4: expected `{tag|text}`, found '{nothing'; write \\{"),
    ],
)
def test_each_fault_says_what_was_expected(text, fault):
    with pytest.raises(LabelError, match=re.escape(fault)):
        parse(text)
