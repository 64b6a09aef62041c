"""Labels of every format come back as they went out, and every fault of a file comes at once."""

from __future__ import annotations

import contextlib
import json
import tempfile
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.annotations import brat, doccano, label_studio, prodigy
from data.annotations.collection import Hints
from data.annotations.document import lay_out, read_document
from data.annotations.marks import Link, Mark, spans_of
from data.annotations.read import FORMATS, detect, read_labels, write_labels
from data.annotations.tasks import TOOLS, write_tasks
from data.splits import load_ratings, load_split
from rubric.codebook import CODEBOOK, Label, labels_of
from rubric.conversation import Conversation, Turn
from rubric.errors import ConversationError, LabelError
from rubric.examples import CODEBOOK_CALL, CODEBOOK_SPANS
from rubric.spans import Labelled, Rating, Span, find_faults, in_order

CODEBOOK_LABELLED = Labelled(CODEBOOK_CALL, Rating(conversation="en-0001", rater="author", spans=CODEBOOK_SPANS))
TEXTS = st.text(st.sampled_from("abc XY,.;\"'{}|\\:@#\t\n\r\u2028é😀👩‍👧_=-1"), max_size=16)
NAMES = st.sampled_from(["R", "C", "C3", "Maya Lindqvist", 'Bo "the" =Boss\\', "😀"])
RATERS = st.sampled_from(["author", "ana@example.com", "B", 'a rater, "quoted"', "12"])


@st.composite
def labelled_calls(draw: st.DrawFn, id: str = "x") -> list[Labelled]:
    """One conversation, labelled by one to three raters, with ids that repeat and references that hold."""
    turns = []
    for _ in range(draw(st.integers(1, 5))):
        start = draw(st.none() | st.floats(0, 1e6))
        times = {} if start is None else {"start": start, "end": start + draw(st.floats(0, 100))}
        turns.append(
            Turn(speaker=draw(NAMES), role=draw(st.sampled_from(["rep", "customer"])), text=draw(TEXTS), **times)
        )
    kind = draw(st.none() | st.sampled_from(["cold call", "a=b", 'say "no"', ""]))
    call = Conversation(id=id, language="en", turns=tuple(turns), kind=kind)
    raters = draw(st.lists(RATERS, min_size=1, max_size=3, unique=True))
    return [Labelled(call, Rating(conversation=id, rater=rater, spans=draw(spans_in(call)))) for rater in raters]


@st.composite
def spans_in(draw: st.DrawFn, call: Conversation) -> tuple[Span, ...]:
    spans: list[Span] = []
    for index, turn in enumerate(call.turns):
        cuts = sorted(draw(st.sets(st.integers(0, len(turn.text)), max_size=4)))
        for left, right in zip(cuts[::2], cuts[1::2], strict=False):
            label = draw(st.sampled_from(labels_of(turn.role)))
            definition = CODEBOOK[label]
            own = definition.id_prefix and f"{definition.id_prefix}{draw(st.integers(1, 3))}"
            said = sorted(
                {span.id for span in spans if span.id and span.turn < index and span.label == definition.refers_to}
            )
            refers_to = tuple(draw(st.lists(st.sampled_from(said), unique=True, max_size=2))) if said else ()
            probability = draw(st.none() | st.floats(0, 1))
            spans.append(
                Span(
                    turn=index, start=left, end=right, label=label, id=own, refers_to=refers_to, probability=probability
                )
            )
    assert find_faults(call, spans) == []
    return tuple(spans)


def in_text_order(labelled: list[Labelled]) -> list[Labelled]:
    """By conversation and rater, spans by place: some formats have no order of their own."""
    return sorted(
        (
            Labelled(item.conversation, item.rating.model_copy(update={"spans": tuple(in_order(item.rating.spans))}))
            for item in labelled
        ),
        key=lambda item: (item.conversation.id, item.rating.rater),
    )


def without_probabilities(labelled: list[Labelled]) -> list[Labelled]:
    return [
        Labelled(
            item.conversation,
            item.rating.model_copy(
                update={"spans": tuple(span.model_copy(update={"probability": None}) for span in item.rating.spans)}
            ),
        )
        for item in labelled
    ]


def round_trip(labelled: list[Labelled], format: str) -> list[Labelled]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "labels"
        write_labels(path, labelled, format)
        return read_labels(path, format, conversations=[item.conversation for item in labelled])


@pytest.mark.parametrize("format", FORMATS)
@settings(max_examples=25)
@given(first=labelled_calls(), second=labelled_calls("y/../ é"))
def test_what_is_written_reads_back(format: str, first: list[Labelled], second: list[Labelled]) -> None:
    labelled = first + second
    if format == "markup":
        labelled = without_probabilities(labelled)
    assert in_text_order(round_trip(labelled, format)) == in_text_order(labelled)


@pytest.mark.parametrize("format", FORMATS)
def test_the_shipped_labels_survive_and_are_detected(format: str, tmp_path: Path) -> None:
    labelled = load_ratings("en")[:12] + load_split("ja", "train") + load_split("ar", "train")
    write_labels(tmp_path / "labels", labelled, format)
    read = read_labels(tmp_path / "labels", conversations=[item.conversation for item in labelled])
    assert in_text_order(read) == in_text_order(labelled)


@pytest.mark.parametrize("format", FORMATS)
@settings(max_examples=25)
@given(data=st.data())
def test_any_text_gives_labels_or_an_error_that_says_so(format: str, data: st.DataObject) -> None:
    """Whole files with a piece cut out, doubled or replaced: labels that obey the codebook, or one clear error."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "labels"
        write_labels(path, [CODEBOOK_LABELLED], format)
        victim = path if path.is_file() else sorted(path.iterdir())[data.draw(st.integers(0, 1))]
        raw = victim.read_bytes()
        start = data.draw(st.integers(0, len(raw)))
        end = data.draw(st.integers(start, min(len(raw), start + 30)))
        victim.write_bytes(raw[:start] + data.draw(st.binary(max_size=8) | st.just(raw[start:end] * 2)) + raw[end:])
        try:
            given = data.draw(st.sampled_from([format, None]))
            for item in read_labels(path, given, conversations=[CODEBOOK_CALL], language="en"):
                assert find_faults(item.conversation, item.rating.spans) == []
        except (LabelError, ConversationError) as error:
            assert str(path) in str(error)  # noqa: PT017


def test_marks_without_ids_are_numbered_and_linked_whichever_way_an_arrow_points() -> None:
    marks = [
        Mark("late", 5, 0, 3, "need"),
        Mark("early", 1, 0, 3, "need"),
        Mark("again", 3, 0, 3, "need"),
        Mark("claim", 6, 0, 3, "value_claim"),
        Mark("given", 0, 0, 3, "need", id="N1"),
    ]
    spans, faults = spans_of(marks, [Link("again", "early"), Link("again", "claim"), Link("claim", "late")])
    assert faults == []
    assert [span.id for span in spans] == ["N3", "N2", "N2", None, "N1"]
    assert spans[3].refers_to == ("N2", "N3")


def test_faults_of_marks_and_links() -> None:
    marks = [
        Mark("a", 1, 0, 3, "need", id="N1"),
        Mark("b", 2, 0, 3, "need", id="N2"),
        Mark("c", 3, 0, 3, "close_ask"),
        Mark("d", 3, 4, 4, "empathy"),
        Mark("e", 3, 5, 6, "pitch"),
    ]
    twice = Mark("c", 4, 0, 3, "close_ask")
    _, faults = spans_of([*marks, twice], [Link("a", "b"), Link("c", "a"), Link("c", "ghost"), Link("e", "a")])
    assert [fault.partition(",")[0] for fault in faults] == [
        "unknown label 'pitch' at turn 3",
        "two spans are called 'c'",
        "a link between close_ask at turn 3",
        "a link leads to 'ghost'",
        "need at turn 2",
        "empathy at turn 3",
    ]


def test_a_documents_places_take_escapes_whole() -> None:
    call = Conversation(
        id="x",
        language="en",
        turns=(Turn(speaker="R", role="rep", text="a{b\nc"), Turn(speaker="C", role="customer", text="")),
    )
    document = lay_out(call)
    assert document.text == "@call id=x lang=en\nR: a\\{b\\nc\nC: \n"
    start, end = document.place(0, 1, 4)
    assert document.text[start:end] == "\\{b\\n"
    assert document.locate(start + 1, end - 1) == (0, 1, 4)
    assert document.locate(start, end + 9) is None
    assert document.locate(0, 5) is None
    assert document.locate(20, 24) is None
    windows = read_document(document.text.replace("\n", "\r\n"), "x", "x", Hints())
    assert windows.conversation == call
    assert windows.text[slice(*windows.place(0, 1, 4))] == "\\{b\\n"


def test_documents_that_somebody_laid_out_before_are_read() -> None:
    text = "Rep: What slows you down?\n\nCustomer: Month-end does,\nevery time.  \n"
    line = json.dumps({"id": 7, "text": text, "label": [[37, 46, "need"], [5, 25, "discovery_question"]]})
    (item,) = doccano.parse(line, "export.jsonl", Hints(language="en"))
    assert item.conversation.id == "doccano-7"
    assert [turn.text for turn in item.conversation.turns] == ["What slows you down?", "Month-end does,\nevery time."]
    said = [item.conversation.turns[span.turn].text[span.start : span.end] for span in item.rating.spans]
    assert said == ["Month-end", "What slows you down?"]
    named = json.dumps({"text": "Ana: Hi\nBo: No", "spans": []})
    (item,) = prodigy.parse(named, "x", Hints(rep=["Ana"], language="en"))
    assert [turn.role for turn in item.conversation.turns] == ["rep", "customer"]
    with pytest.raises(
        LabelError, match=r"line 1: expected `@call id=\.\.\. lang=\.\.\.` and a turn a line, or lines of `Rep: text`"
    ):
        prodigy.parse(named, "x", Hints(language="en"))


def test_label_studio_counts_utf16_units_and_every_annotator_is_a_rater(tmp_path: Path) -> None:
    def region(name: str, turn: int, start: int, end: int, text: str, label: str) -> dict[str, object]:
        value = {"start": str(turn), "end": str(turn), "startOffset": start, "endOffset": end, "text": text}
        return {"id": name, "type": "paragraphlabels", "value": value | {"paragraphlabels": [label]}}

    turns = [
        {"speaker": "Bo (Customer)", "text": "😀 We lose days."},
        {"speaker": "Rep", "text": "You get them back 👍 soon."},
    ]
    relation = {"type": "relation", "from_id": "v", "to_id": "n", "direction": "right", "labels": []}
    annotations = [
        {
            "completed_by": {"id": 3, "email": "ana@example.com"},
            "result": [
                region("n", 0, 3, 15, "We lose days", "need"),
                region("v", 1, 0, 25, "You get them back 👍 soon", "value_claim"),
                relation,
            ],
        },
        {"completed_by": 12, "result": [region("n", 0, 2, 14, "We lose days", "need")]},
        {"completed_by": 13, "was_cancelled": True, "result": []},
    ]
    (tmp_path / "export.json").write_text(
        json.dumps([{"id": 5, "data": {"dialogue": turns}, "annotations": annotations, "predictions": [{}]}])
    )
    ana, twelve = read_labels(tmp_path / "export.json", language="en")
    assert [ana.rating.rater, twelve.rating.rater] == ["ana@example.com", "12"]
    assert ana.conversation.id == "task-5"
    assert [(span.start, span.end, span.id, span.refers_to) for span in ana.rating.spans] == [
        (2, 14, "N1", ()),
        (0, 24, None, ("N1",)),
    ]
    assert (twelve.rating.spans[0].start, twelve.rating.spans[0].end) == (2, 14)


def test_every_fault_of_an_export_comes_at_once(tmp_path: Path) -> None:
    good = json.loads(label_studio.render([CODEBOOK_LABELLED]))[0]
    bad = json.loads(json.dumps(good))
    bad["id"] = 12
    results = bad["annotations"][0]["result"]
    results[0]["value"]["paragraphlabels"] = ["pitch"]
    results[2]["value"]["text"] = "Thanks."
    results[3]["value"]["end"] = "3"
    results[4]["value"]["start"] = results[4]["value"]["end"] = "99"
    bad["annotations"].append({"completed_by": 2, "result": [{"type": "relation", "from_id": "q", "to_id": "z"}]})
    path = tmp_path / "export.json"
    path.write_text(
        json.dumps(
            [bad, {"id": 13, "data": {"dialogue": [{"speaker": "Ana", "text": "Hi"}]}}, {"id": 14, "data": {}}, 3]
        )
    )
    with pytest.raises(LabelError) as caught:
        read_labels(path)
    message = str(caught.value)
    for expected in (
        "task 12, annotation by author: unknown label 'pitch' at turn 1, characters 23 to 82, expected one of need, objection",
        "task 12, annotation by author: region s1 (acknowledgement): marks 'Thanks.', but there turn 2 reads 'Got it.'",
        "task 12, annotation by author: region s2 (discovery_question): reaches from turn 2 into turn 3",
        "task 12, annotation by author: region s3 (objection): lies in turn 99, the conversation has 0 to 4",
        "task 12, annotation by 2: a link leads to 'q', which is no span",
        "task 13: turn 0 lacks the role of 'Ana' (say who sells: rep)",
        "task 14: data.dialogue is missing",
        "item 4: expected an object, found 3",
    ):
        assert expected in message


@pytest.mark.parametrize(
    ("format", "broken", "fault"),
    [
        (
            "doccano",
            ('"start_offset": 124', '"start_offset": 100'),
            "line 1: need at characters 100 to 183, ' Chaotic",
        ),
        ("prodigy", ('"label": "need"', '"label": "needs"'), "line 1: unknown label 'needs'"),
        ("brat", ("T1\tneed 124 ", "T1\tneed 125 "), ".ann: T1: reads 'we lose about"),
        ("brat", ("Arg2:T4", "Arg2:T44"), ".ann: a link leads to 'T44', which is no span"),
        ("csv", ("en-0001,author,2,", "en-0002,author,2,"), "line 3: no conversation has the id 'en-0002'"),
        ("csv", (",need,N1", ",need,O1"), "expected an id such as N1, found 'O1'"),
        ("csv", ("1,23,82", "1,23,81"), "line 2: the text is 'we lose about"),
        ("conll", ("\tI-need", "\tI-empathy"), "that goes on with the label before, found 'I-empathy'"),
        ("conll", ("lose\t26", "loose\t26"), "the token is 'loose', but there the turn reads 'lose'"),
        ("ratings", ('"refers_to": ["N1"]', '"refers_to": ["N7"]'), "refers to 'N7', which no span carries"),
    ],
)
def test_faults_name_their_place(format: str, broken: tuple[str, str], fault: str, tmp_path: Path) -> None:
    path = tmp_path / "labels"
    write_labels(path, [CODEBOOK_LABELLED], format)
    victim = path if path.is_file() else next(path.glob("*.ann"))
    text = victim.read_text()
    assert broken[0] in text
    victim.write_text(text.replace(*broken))
    with pytest.raises(LabelError) as caught:
        read_labels(path, format, conversations=[CODEBOOK_CALL])
    assert fault in str(caught.value)
    assert str(path) in str(caught.value)


def test_two_texts_or_two_labellings_under_one_name_are_refused(tmp_path: Path) -> None:
    other = CODEBOOK_CALL.model_copy(update={"language": "de"})
    twice = [CODEBOOK_LABELLED, Labelled(other, Rating(conversation="en-0001", rater="B")), CODEBOOK_LABELLED]
    (tmp_path / "a.jsonl").write_text(doccano.render(twice))
    with pytest.raises(LabelError) as caught:
        read_labels(tmp_path / "a.jsonl")
    assert "line 2: the id 'en-0001' stands for another text in line 1" in str(caught.value)
    assert "line 3: 'author' has labelled 'en-0001' in line 1 already" in str(caught.value)


def test_detection_says_so_when_it_is_not_sure() -> None:
    with pytest.raises(LabelError, match=r"cannot tell the format of labels; expected one of jsonl, .* found 'hello'"):
        detect("hello")
    with pytest.raises(LabelError, match=r"x\.jsonl may be labels of doccano or of prodigy: say which"):
        detect('{"text": "R: Hi", "entities": [], "spans": []}', "x.jsonl")
    with pytest.raises(LabelError, match="cannot tell the format"):
        detect("conversation,turn,start,end,label\rmore")
    with pytest.raises(LabelError, match="found no text"):
        detect(" ")
    with pytest.raises(LabelError, match="cannot tell the format"):
        detect('{"id": "a", "text": "Hi", "utterances": [], "entities": []}')


def test_wrong_names_are_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match="unknown format 'xml' of labels, expected one of jsonl, ratings, markup"):
        read_labels(tmp_path / "x", "xml")
    with pytest.raises(LabelError, match=r"cannot tell the format of labels for 'x\.xml'; name one of"):
        write_labels(tmp_path / "x.xml", [CODEBOOK_LABELLED])
    with pytest.raises(LabelError, match=r"cannot write .*: No such file"):
        write_labels(tmp_path / "none" / "x.csv", [CODEBOOK_LABELLED])
    faulty = Labelled(
        CODEBOOK_CALL,
        Rating(conversation="en-0001", rater="A", spans=(Span(turn=0, start=0, end=1, label=Label.NEED),)),
    )
    with pytest.raises(LabelError, match="only a customer turn may carry it"):
        write_labels(tmp_path / "x.csv", [faulty])
    assert not list(tmp_path.iterdir())
    (tmp_path / "export.zip").write_bytes(b"PK\x03\x04")
    with pytest.raises(LabelError, match="is a zip file; unpack it"):
        read_labels(tmp_path / "export.zip")
    (tmp_path / "x.csv").write_text("conversation,turn,start,end,label\n")
    with pytest.raises(LabelError, match="holds labels without text; give the conversations"):
        read_labels(tmp_path / "x.csv")


def test_a_name_for_the_rater_fits_files_of_one(tmp_path: Path) -> None:
    write_labels(tmp_path / "one.jsonl", [CODEBOOK_LABELLED], "doccano")
    assert read_labels(tmp_path / "one.jsonl", rater="ana")[0].rating.rater == "ana"
    write_labels(
        tmp_path / "three.jsonl", sorted(load_ratings("en"), key=lambda item: item.conversation.id)[:3], "prodigy"
    )
    with pytest.raises(LabelError, match="holds labels of A, B, C; a name for the rater fits files of one"):
        read_labels(tmp_path / "three.jsonl", rater="ana")


def test_brats_raters_are_its_folders_and_its_notes_may_be_anything(tmp_path: Path) -> None:
    for rater in ("ana", "bo"):
        write_tasks(tmp_path / "calls" / rater, "brat", [CODEBOOK_CALL])
    marked = next((tmp_path / "calls" / "ana").glob("*.ann"))
    document = lay_out(CODEBOOK_CALL)
    start, end = document.place(1, 23, 82)
    marked.write_text(f"T1\tneed {start} {end}\t{document.text[start:end]}\n#1\tAnnotatorNotes T1\tnot sure\n")
    ana, bo = read_labels(tmp_path / "calls")
    assert [ana.rating.rater, bo.rating.rater] == ["ana", "bo"]
    assert [span.id for span in ana.rating.spans] == ["N1"]
    assert read_labels(marked)[0].rating.spans == ana.rating.spans
    with pytest.raises(LabelError, match="is there already; expected a new or an empty folder"):
        write_tasks(tmp_path / "calls" / "ana", "brat", [CODEBOOK_CALL])
    marked.unlink()
    with pytest.raises(LabelError, match=r"ana/1-en-0001\.txt: 1-en-0001\.ann is missing; an empty one says"):
        read_labels(tmp_path / "calls")


@pytest.mark.parametrize("tool", TOOLS)
def test_tasks_hold_the_conversations_and_no_labels(tool: str, tmp_path: Path) -> None:
    calls = [item.conversation for item in load_split("da", "train")]
    written = write_tasks(tmp_path / "tasks", tool, calls)
    assert all(path.exists() for path in written)
    if tool == "label-studio":
        tasks = json.loads(written[0].read_text())
        assert [[turn["text"] for turn in task["data"]["dialogue"]] for task in tasks] == [
            [turn.text for turn in call.turns] for call in calls
        ]
        with pytest.raises(LabelError, match="holds no labels; expected at least one annotation"):
            read_labels(written[0])
    else:
        read = read_labels(tmp_path / "tasks" if tool == "brat" else written[0])
        assert [(item.conversation, item.rating.spans) for item in read] == [(call, ()) for call in calls]


def test_tasks_with_one_id_for_two_conversations_are_refused(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match="the ids en-0001 stand for several conversations"):
        write_tasks(tmp_path / "tasks", "doccano", [CODEBOOK_CALL, CODEBOOK_CALL])
    with pytest.raises(LabelError, match="unknown annotation tool 'paper', expected one of label-studio, doccano"):
        write_tasks(tmp_path / "tasks", "paper", [CODEBOOK_CALL])


def test_labelling_interfaces_follow_the_codebook() -> None:
    view = ElementTree.fromstring(label_studio.labelling_configuration())
    labels = {label.attrib["value"]: label.attrib for label in view.iter("Label")}
    assert set(labels) == set(Label)
    assert CODEBOOK[Label.NEED].meaning in labels["need"]["hint"]
    paragraphs = view.find("Paragraphs")
    assert paragraphs is not None
    assert (paragraphs.attrib["nameKey"], paragraphs.attrib["textKey"]) == ("speaker", "text")
    assert [relation.attrib["value"] for relation in view.iter("Relation")] == ["refers_to", "same_as"]
    assert [span["text"] for span in json.loads(doccano.span_types())] == list(Label)
    assert "refers_to\tArg1:value_claim, Arg2:need" in brat.annotation_configuration()


def test_prodigys_tokens_end_where_spans_do() -> None:
    (line,) = prodigy.render([CODEBOOK_LABELLED]).splitlines()
    task = json.loads(line)
    for span in task["spans"]:
        assert task["tokens"][span["token_start"]]["start"] == span["start"]
        assert task["tokens"][span["token_end"]]["end"] == span["end"]
    assert [relation["label"] for relation in task["relations"]] == ["refers_to", "refers_to"]
    rejected = json.dumps(task | {"answer": "ignore"})
    assert len(prodigy.parse(f"{line}\n{rejected}", "x", Hints())) == 1


@pytest.mark.parametrize(
    ("format", "text"),
    [
        ("markup", "@call id=x lang=en kind=" + " " * 900_000 + "x\nR: a"),
        ("markup", "@call " + "a" * 900_000 + "\nR: a"),
        (
            "doccano",
            json.dumps({"text": "R: a\nC: " + "b" * 9_000, "label": [[n, n + 1, "need"] for n in range(8, 9_000)]}),
        ),
        ("brat", "R1\tx a:" + ":" * 900_000),
    ],
)
def test_no_long_input_runs_away(format: str, text: str, tmp_path: Path) -> None:
    write_labels(tmp_path / "labels", [CODEBOOK_LABELLED], format)
    victim = tmp_path / "labels"
    if format == "brat":
        victim = next(victim.glob("*.ann"))
    victim.write_text(text)
    began = time.process_time()
    with contextlib.suppress(LabelError):
        read_labels(tmp_path / "labels", format, language="en")
    assert time.process_time() - began < 1
