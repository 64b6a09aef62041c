import json

import openpyxl
import pytest
from typer.testing import CliRunner

from data.__main__ import app
from data.corpora import annomi, call_playbook, casino, p4g, talkmoves, uptake
from rubric.errors import DataError

ANNOMI = """\
mi_quality,transcript_id,video_title,video_url,topic,utterance_id,interlocutor,timestamp,utterance_text,annotator_id,\
therapist_input_exists,therapist_input_subtype,reflection_exists,reflection_subtype,question_exists,question_subtype,\
main_therapist_behaviour,client_talk_type
high,7,T,https://youtu.be/a-b,smoking ,0,therapist,00:00:02,"So, you smoke. Why?",0,False,n/a,True,simple,True,open,question,n/a
high,7,T,https://youtu.be/a-b,smoking ,1,client,00:00:05,I like it.,0,n/a,n/a,n/a,n/a,n/a,n/a,n/a,sustain
high,7,T,https://youtu.be/a-b,smoking ,0,therapist,00:00:02,"So, you smoke. Why?",1,False,n/a,False,n/a,True,closed,question,n/a
high,7,T,https://youtu.be/a-b,smoking ,1,client,00:00:05,I like it.,1,n/a,n/a,n/a,n/a,n/a,n/a,n/a,change
"""


def marks(item):
    return [
        (str(span.label), span.id, item.conversation.turns[span.turn].text[span.start : span.end])
        for span in item.rating.spans
    ]


def test_annomi_gives_each_annotators_labels(tmp_path):
    (tmp_path / "a.csv").write_text(ANNOMI)
    first, second = annomi.read(tmp_path / "a.csv")
    said = "So, you smoke. Why?"
    assert sorted(marks(first)) == [
        ("discovery_question", None, said),
        ("listening_cue", None, said),
        ("objection", "O1", "I like it."),
    ]
    assert marks(second) == [("closed_question", None, said)]
    assert [item.rating.rater for item in (first, second)] == ["0", "1"]
    assert (first.conversation.turns[0].start, first.conversation.turns[0].end) == (2.0, 5.0)
    assert annomi.group_of(first.conversation.id) == "annomi-a-b"


def test_annomi_lists_all_faults(tmp_path):
    (tmp_path / "a.csv").write_text(
        ANNOMI.replace("open", "wide").replace("00:00:05,I like it.,1", "soon,I like it.,1")
    )
    with pytest.raises(DataError) as caught:
        annomi.read(tmp_path / "a.csv")
    assert "line 2: question_subtype: expected one of open, closed, n/a, found 'wide'" in str(caught.value)
    assert "line 5: timestamp: expected such as 00:00:13, found 'soon'" in str(caught.value)
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match=r"lacks the columns transcript_id.*expected the original AnnoMI-full\.csv"):
        annomi.read(tmp_path / "a.csv")


def test_p4g_joins_sentences_to_turns(tmp_path):
    head = "B2,B4,Turn,Unit,er_label_1,ee_label_1,Our Label\n"
    rows = "x,0,0,It saves lives.,logical-appeal,,\nx,0,0,Will you give?,ask-donation-amount,,\nx,1,0,No.,,other,direct-rejection\n"
    (tmp_path / "p.csv").write_text(head + rows)
    (item,) = p4g.read(tmp_path / "p.csv")
    assert [turn.text for turn in item.conversation.turns] == ["It saves lives. Will you give?", "No."]
    assert marks(item) == [
        ("value_claim", None, "It saves lives."),
        ("close_ask", None, "Will you give?"),
        ("objection", "O1", "No."),
    ]
    (tmp_path / "p.csv").write_text(head + "x,2,0,Hi,,,\nx,1,0,Hi,,,\n")
    with pytest.raises(DataError, match=r"(?s)line 2: B4: expected 0.*line 3: Our Label: expected a label"):
        p4g.read(tmp_path / "p.csv")


def test_casino_is_read_from_either_side(tmp_path):
    chat = [
        {"text": text, "id": who}
        for text, who in (("What do you want?", "a1"), ("Water.", "a2"), ("Submit-Deal", "a1"))
    ]
    dialogue = {
        "dialogue_id": 9,
        "chat_logs": chat,
        "annotations": [["What do you want?", "elicit-pref"], ["Water.", "self-need,other-need"]],
    }
    (tmp_path / "c.json").write_text(json.dumps([dialogue, {**dialogue, "annotations": []}]))
    first, second = casino.read(tmp_path / "c.json")
    assert marks(first) == [("discovery_question", None, "What do you want?"), ("need", "N1", "Water.")]
    assert marks(second) == []
    assert {casino.group_of(item.conversation.id) for item in (first, second)} == {"casino-9"}
    (tmp_path / "c.json").write_text(json.dumps([{**dialogue, "annotations": [["Other", "no-need"]]}]))
    with pytest.raises(DataError, match="dialogue 0: the annotations are of other texts"):
        casino.read(tmp_path / "c.json")


def test_uptake_keeps_what_nobody_rated_apart(tmp_path):
    head = "obs_id,exchange_idx,student_text,teacher_text,uptake,uptake_num_agree,uptake_majority\n"
    (tmp_path / "u.csv").write_text(head + "4,65,Six,Why six?,1.5,2,2.0\n4,66,Yes,Fine,,1,\n")
    rated, unrated = uptake.read(tmp_path / "u.csv")
    assert (rated.id, rated.uptake, rated.majority, rated.n_agree) == ("4-65", 1.5, 2, 2)
    assert (unrated.uptake, unrated.majority) == (None, None)
    (tmp_path / "u.csv").write_text(head + "4,65,Six,Why?,7,2,2\n")
    with pytest.raises(DataError, match="line 2: uptake: expected a number from 0 to 2, found '7'"):
        uptake.read(tmp_path / "u.csv")


def test_corpora_are_listed_with_licence_and_place():
    result = CliRunner().invoke(app, ["corpora"])
    assert result.exit_code == 0
    assert "CC BY 4.0" in result.stdout
    assert "AnnoMI-full.csv from https://github.com/uccollab/AnnoMI" in result.stdout


def lesson(path, *rows):
    book = openpyxl.Workbook()
    for row in (("TimeStamp", "Turn", "Speaker", "Sentence", "Teacher Tag", "Student Tag"), *rows):
        book.active.append(row)
    book.save(path)


def test_talkmoves_joins_a_speakers_sentences(tmp_path):
    lesson(
        tmp_path / "Fractions 1.xlsx",
        ("00:00:01", 1, "T", "So you took a half.", "4 - Restating", None),
        ("00:00:03", 1, "T", "Why did you?", "7 - Pressing for Reasoning", None),
        (None, 2, "S", "It is bigger.", None, "4 - Making a Claim"),
        (None, 3, "S", "(inaudible)", None, None),
        (None, 4, "T", 12, "1 - None", None),
    )
    (item,) = talkmoves.read(tmp_path)
    assert item.conversation.id == "talkmoves-Fractions 1"
    assert [(turn.role, turn.text) for turn in item.conversation.turns] == [
        ("rep", "So you took a half. Why did you?"),
        ("customer", "It is bigger."),
        ("rep", "12"),
    ]
    assert marks(item) == [
        ("listening_cue", None, "So you took a half."),
        ("discovery_question", None, "Why did you?"),
    ]


def test_talkmoves_lists_all_faults(tmp_path):
    lesson(
        tmp_path / "a.xlsx",
        (None, 1, "T", "Hm.", "9 - Singing", None),
        (None, 1, "T", "Hm.", "1 - None", "1 - None"),
    )
    (tmp_path / "b.xlsx").write_bytes(b"no workbook")
    with pytest.raises(DataError, match=r"(?s)row 2: Teacher Tag: expected a number and a name.*row 3.*found both"):
        talkmoves.read(tmp_path / "a.xlsx")
    with pytest.raises(DataError, match="no Excel workbook"):
        talkmoves.read(tmp_path / "b.xlsx")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match=r"holds no \.xlsx file"):
        talkmoves.read(tmp_path / "empty")
    openpyxl.Workbook().save(tmp_path / "c.xlsx")
    with pytest.raises(DataError, match="lacks the columns Turn, Speaker"):
        talkmoves.read(tmp_path / "c.xlsx")


PLAYBOOK = """id,text,label
7,"[SELLER_A] What slows you down? [PROSPECT_A] Month-end, always.",1
8,"[PROSPECT_A] Nice weather. [SELLER_A] Very.",0
"""


def test_call_playbook_gives_snippets_of_its_folders_task(tmp_path):
    file = tmp_path / "pain_points" / "train.csv"
    file.parent.mkdir()
    file.write_text(PLAYBOOK)
    first, second = call_playbook.read(file)
    assert (first.id, first.positive, str(first.label)) == ("pain_points-7", True, "need")
    assert [said.text.strip() for said in first.draft.utterances] == ["What slows you down?", "Month-end, always."]
    assert first.draft.roles == {"SELLER_A": "rep", "PROSPECT_A": "customer"}
    assert not second.positive

    file.write_text(PLAYBOOK.replace('.",1', '.",yes').replace("[PROSPECT_A] Nice weather. [SELLER_A] Very.", "Very."))
    with pytest.raises(
        DataError, match=r"(?s)line 2: label: expected 0 or 1, found 'yes'.*line 3: text: expected tags"
    ):
        call_playbook.read(file)
    elsewhere = tmp_path / "weather.csv"
    elsewhere.write_text(PLAYBOOK)
    with pytest.raises(DataError, match="expected its folder to be called like the task"):
        call_playbook.read(elsewhere)


def test_call_playbook_without_a_hub_says_where_to_get_it(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(
        DataError, match=r"accept the conditions at https://huggingface\.co.*or fetch <task>/train\.csv"
    ):
        call_playbook.load("pain_points")
    with pytest.raises(DataError, match="unknown task 'weather'"):
        call_playbook.load("weather")
