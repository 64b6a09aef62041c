from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from data.__main__ import app
from data.annotations import jsonl
from data.annotations.read import read_labels
from data.readers.read import read
from data.splits import TRANSCRIPTS, load_ratings, load_split

EXAMPLES = Path(__file__).parents[2] / "examples"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": "120"})


def test_help_teaches():
    result = run("--help")
    assert result.exit_code == 0
    assert "python -m data inspect examples/discovery_call.vtt" in result.output


def test_inspect_shows_roles_shares_and_notes():
    result = run("inspect", EXAMPLES / "discovery_call.vtt")
    assert result.exit_code == 0
    for expected in ("Maya Lindqvist (Rep)", "customer", "3:08", "55%", "format webvtt", "language was guessed: en"):
        assert expected in result.stdout
    wrong = run("inspect", EXAMPLES / "cold_call_asr.txt", "--language", "de")
    assert "note: the words look like en, not de" in wrong.stdout
    assert "no times" in wrong.stdout


def test_inspect_shows_the_speakers_of_a_file_that_cannot_be_scored(tmp_path):
    (tmp_path / "call.txt").write_text("[0:01] Ana: Hello you\n[0:03] Bo: Hi")
    result = run("inspect", tmp_path / "call.txt", "--language", "en")
    assert result.exit_code == 1
    assert "0:02" in result.stdout
    assert '--rep "Ana"' in result.stderr
    assert run("inspect", tmp_path / "call.txt", "--language", "en", "--rep", "Ana").exit_code == 0


def test_inspect_shows_every_conversation_of_a_jsonl_and_the_faulty_ones(tmp_path):
    good = load_split("da", "train")[0].conversation
    text = good.model_dump_json(exclude_none=True)
    bad = good.model_copy(update={"id": "bad", "turns": good.turns[:1]}).model_dump_json(exclude_none=True)
    (tmp_path / "calls.jsonl").write_text(f"{text}\n{bad}\n")
    result = run("inspect", tmp_path / "calls.jsonl")
    assert result.exit_code == 1
    assert good.id in result.stdout
    assert "conversation 'bad' has 1 fault" in result.stderr


def test_convert_goes_from_transcript_to_written_form_to_labels(tmp_path):
    assert run("convert", EXAMPLES / "discovery_call.vtt", tmp_path / "call.txt").exit_code == 0
    text = (tmp_path / "call.txt").read_text()
    assert text.startswith('@call id=discovery_call lang=en times=measured R="Maya Lindqvist (Rep)"')
    (tmp_path / "call.txt").write_text(text.replace("And is it insured?", "And {cq|is it insured?}"))
    result = run("convert", tmp_path / "call.txt", tmp_path / "call.jsonl")
    assert (result.exit_code, result.stdout.strip()) == (0, f"wrote 1 conversation to {tmp_path / 'call.jsonl'}")
    (labelled,) = read_labels(tmp_path / "call.jsonl")
    assert [str(span.label) for span in labelled.rating.spans] == ["closed_question"]
    assert labelled.conversation == read(EXAMPLES / "discovery_call.vtt", language="en")[0].conversation


@pytest.mark.parametrize("suffix", ["json", "jsonl"])
def test_convert_writes_conversations_that_read_back(tmp_path, suffix):
    target = tmp_path / f"call.{suffix}"
    assert run("convert", EXAMPLES / "renewal_call.txt", target, "--language", "en").exit_code == 0
    assert read(target) == read(EXAMPLES / "renewal_call.txt", language="en")
    assert "spans" not in target.read_text()


def test_convert_keeps_labels_both_ways(tmp_path):
    source = TRANSCRIPTS / "da.train.jsonl"
    assert run("convert", source, tmp_path / "labels.txt").exit_code == 0
    assert run("convert", tmp_path / "labels.txt", tmp_path / "labels.jsonl").exit_code == 0
    assert (tmp_path / "labels.jsonl").read_bytes() == source.read_bytes()
    assert "holds labels, which a .json does not keep" in run("convert", source, tmp_path / "labels.json").stderr


def test_convert_says_what_it_guessed_and_refuses_other_endings(tmp_path):
    named = (EXAMPLES / "renewal_call.txt").read_text().replace("Rep:", "Callum:").replace("Customer:", "Ines:")
    (tmp_path / "call.txt").write_text(named)
    result = run("convert", tmp_path / "call.txt", tmp_path / "call.json", "--guess-roles", "--language", "en")
    assert "note: roles were guessed: 'Callum' is taken as the rep" in result.stderr
    result = run("convert", tmp_path / "call.txt", tmp_path / "call.docx")
    assert result.exit_code == 1
    assert "cannot write 'call.docx', expected a name that ends in .jsonl, .json, .txt, .csv or .conll" in result.stderr


def test_convert_takes_labels_from_format_to_format(tmp_path):
    source, calls = TRANSCRIPTS / "en.test.ratings.jsonl", TRANSCRIPTS / "en.test.jsonl"
    given = ["--conversations", calls]
    result = run("convert", source, tmp_path / "export.json", "--to", "label-studio", *given)
    assert (result.exit_code, result.stdout.strip()) == (0, f"wrote 22 conversations to {tmp_path / 'export.json'}")
    assert run("convert", tmp_path / "export.json", tmp_path / "labels.csv").exit_code == 0
    assert run("convert", tmp_path / "labels.csv", tmp_path / "back.jsonl", *given).exit_code == 0
    assert run("validate", tmp_path / "export.json", tmp_path / "labels.csv", *given).exit_code == 0
    back = {(item.conversation.id, item.rating.rater): item.rating for item in read_labels(tmp_path / "back.jsonl")}
    assert back == {(item.rating.conversation, item.rating.rater): item.rating for item in load_ratings("en")}
    result = run("convert", EXAMPLES / "renewal_call.txt", tmp_path / "call.csv")
    assert "holds no labels; to hand it to annotators: python -m data tasks" in result.stderr


def test_tasks_are_written_with_the_labelling_interface(tmp_path):
    result = run("tasks", EXAMPLES / "renewal_call.txt", "--tool", "label-studio", "--output", tmp_path / "out")
    assert result.exit_code == 0
    assert result.stdout.count("wrote ") == 2
    assert (tmp_path / "out" / "labelling.xml").exists()
    result = run("tasks", EXAMPLES / "renewal_call.txt", "--tool", "doccano", "--output", tmp_path / "out")
    assert (result.exit_code, "is there already" in result.stderr) == (1, True)


def test_validate_counts_or_lists_all_faults(tmp_path):
    result = run("validate", TRANSCRIPTS / "en.test.jsonl")
    assert result.exit_code == 0
    assert "majority" in result.stdout
    (tmp_path / "bad.txt").write_text("@call id=x lang=en\nR: {need:N1|a}\nC: {vc|b}")
    result = run("validate", tmp_path / "bad.txt", TRANSCRIPTS / "da.train.jsonl")
    assert result.exit_code == 1
    assert "bad.txt has 2 faults" in result.stderr
    assert "da.train.jsonl" in result.stdout


def test_validate_takes_ratings_with_their_conversations(tmp_path):
    ratings = TRANSCRIPTS / "en.test.ratings.jsonl"
    result = run("validate", ratings, "--conversations", TRANSCRIPTS / "en.test.jsonl")
    assert result.exit_code == 0
    assert "A, B, C" in result.stdout
    jsonl.write(tmp_path / "other.jsonl", load_split("da", "train"))
    result = run("validate", ratings, "--conversations", tmp_path / "other.jsonl")
    assert "no conversation has the id 'en-h1-001'" in result.stderr


def test_check_finds_the_shipped_corpus_whole():
    result = run("check")
    assert result.exit_code == 0
    assert "every file has its recorded hash" in result.stdout
