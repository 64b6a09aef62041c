"""Large files in pieces: what they hold is what the whole file holds, in bounded memory."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from data.__main__ import app
from data.readers import limits
from data.readers import pieces as cutting
from data.readers.pieces import is_large
from data.readers.read import Transcript, read, read_large
from data.readers.roles import RoleHints
from rubric.errors import ConversationError

WORDS = st.text(alphabet='abc é"\n,;', min_size=1, max_size=30).filter(str.strip)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits so low that a file of a few calls is a large one."""
    monkeypatch.setattr(limits, "MAX_BYTES", 2_000)
    monkeypatch.setattr(cutting, "PIECE_CHARACTERS", 300)
    monkeypatch.setattr(cutting, "HEAD_BYTES", 1_000)


def table(n_calls: int) -> str:
    rows = ["call_id,speaker,text"]
    for call in range(n_calls):
        rows += [f'{call},Rep,"What slows you down,\n really?"', f"{call},Customer,Month-end does number {call}."]
    return "\n".join(rows) + "\n"


def together(path: Path, **given: object) -> list[Transcript]:
    return [held for found, _ in read_large(path, language="en", **given) for held in found]  # type: ignore[arg-type]


@given(calls=st.lists(st.lists(WORDS, min_size=1, max_size=4), min_size=1, max_size=8))
@settings(max_examples=60)
def test_pieces_hold_what_the_file_holds(calls: list[list[str]], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("pieces")
    rows = [
        {"call_id": f"c{call}", "speaker": speaker, "text": said}
        for call, texts in enumerate(calls)
        for said in texts
        for speaker in ("Rep", "Customer")
    ]
    lines = folder / "calls.jsonl"
    lines.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    commas = folder / "calls.csv"
    escaped = ('"' + row["text"].replace('"', '""') + '"' for row in rows)
    commas.write_text(
        "call_id,speaker,text\n"
        + "".join(f"{row['call_id']},{row['speaker']},{text}\n" for row, text in zip(rows, escaped, strict=True)),
        encoding="utf-8",
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cutting, "PIECE_CHARACTERS", 60)
        for path in (lines, commas):
            whole = [held.conversation for held in read(path, language="en")]
            assert [held.conversation for held in together(path)] == whole


@pytest.mark.usefixtures("small")
def test_a_large_table_is_converted_piece_by_piece(tmp_path: Path) -> None:
    source = tmp_path / "calls.csv"
    source.write_text(table(40), encoding="utf-8")
    assert is_large(source)
    found = CliRunner().invoke(app, ["convert", str(source), str(tmp_path / "calls.jsonl"), "--language", "en"])
    assert found.exit_code == 0, found.output
    assert "wrote 40 conversations" in found.output
    written = [json.loads(line) for line in (tmp_path / "calls.jsonl").read_text().splitlines()]
    assert [item["id"] for item in written] == [str(call) for call in range(40)]
    assert written[7]["turns"][1]["text"] == "Month-end does number 7."
    source.write_text(table(40) + "3,Rep,Once more.\n", encoding="utf-8")
    failed = CliRunner().invoke(app, ["convert", str(source), str(tmp_path / "again.jsonl"), "--language", "en"])
    assert failed.exit_code == 1
    assert "stand further up already" in failed.output
    assert sorted(path.name for path in tmp_path.iterdir()) == ["calls.csv", "calls.jsonl"]


@pytest.mark.usefixtures("small")
def test_a_convokit_folder_keeps_its_speakers(tmp_path: Path) -> None:
    (tmp_path / "speakers.json").write_text(json.dumps({"u1": {"meta": {"name": "Ada", "role": "agent"}}, "u2": {}}))
    lines = [
        {"id": f"{call}-{speaker}", "speaker": speaker, "conversation_id": f"c{call}", "text": "Hi.", "reply_to": None}
        for call in range(30)
        for speaker in ("u1", "u2")
    ]
    (tmp_path / "utterances.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert is_large(tmp_path)
    found = together(tmp_path, hints=RoleHints(rep=("Ada",)))
    assert [held.conversation.id for held in found] == [f"c{call}" for call in range(30)]
    assert found[0].conversation.turns[0].speaker == "Ada"


@pytest.mark.usefixtures("small")
def test_what_cannot_be_cut_says_why(tmp_path: Path) -> None:
    source = tmp_path / "calls.csv"
    source.write_text(table(40) + "3,Rep,Once more.\n", encoding="utf-8")
    with pytest.raises(ConversationError, match=r"line 122: rows of conversation '3' stand further up already"):
        together(source)
    source.write_text(table(40).replace("call_id", "weight"), encoding="utf-8")
    with pytest.raises(ConversationError, match="no column that tells its conversations apart"):
        together(source)
    source.write_text(table(40).replace("\n7,Rep", '\n7,"Rep'), encoding="utf-8")
    with pytest.raises(ConversationError, match=r"line \d+: not CSV"):
        together(source)
    lines = tmp_path / "calls.jsonl"
    lines.write_text('{"id": "x"}\n' * 300 + "{\n", encoding="utf-8")
    with pytest.raises(ConversationError, match="from line 1 on"):
        together(lines)
    lines.write_text('{"id": "x", "rater": "a", "turns": [], "spans": []}\n' * 100, encoding="utf-8")
    with pytest.raises(ConversationError, match="holds labels"):
        together(lines)
    lines.write_text('{"id": "x"}\n' + "a" * 5_000, encoding="utf-8")
    with pytest.raises(ConversationError, match=r"line 2 has 0\.0 MB, more than the limit"):
        together(lines, format="jsonl")
    text = tmp_path / "call.txt"
    text.write_text("Rep: Hello.\nCustomer: Hello.\n" * 200, encoding="utf-8")
    with pytest.raises(ConversationError, match="more than the limit of 0 MB for 'text'; split it by conversation"):
        together(text)
    source.write_text(table(40), encoding="utf-8")
    with pytest.raises(ConversationError, match="no speaker 'Zoe'"):
        together(source, hints=RoleHints(roles={"Zoe": "rep"}))


def test_memory_stays_far_below_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(cutting, "PIECE_CHARACTERS", 20_000)
    source = tmp_path / "calls.csv"
    with source.open("w", encoding="utf-8") as file:
        file.write("call_id,speaker,text\n")
        for call in range(4_000):
            file.write(f"{call},Rep,{'What slows you down? ' * 20}\n{call},Customer,{'Month-end does. ' * 20}\n")
    size = source.stat().st_size
    tracemalloc.start()
    n = sum(len(found) for found, _ in read_large(source, language="en"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert n == 4_000
    assert peak < size / 2
