"""The pages in docs/ stay true: every format's example is read, every field of a scorecard is explained."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from data.annotations import markup
from data.annotations.read import FORMATS as LABEL_FORMATS
from data.annotations.read import detect_file, read_labels
from data.annotations.tasks import TOOLS
from data.readers.formats import BINARY, FORMATS, detect
from data.readers.read import read, read_text
from rubric.scorecard import Scorecard
from rubric.signals import Signal
from rubric.spans import Span
from serving.app import create_app

DOCS = Path(__file__).parent.parent / "docs"


def sections() -> dict[str, str]:
    """The first example of each section of formats.md, by heading."""
    page = (DOCS / "formats.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^## (\S+)\n.*?^```\w*\n(.*?)^```$", page, re.DOTALL | re.MULTILINE))


def test_every_format_has_an_example_and_no_other() -> None:
    assert set(sections()) == set(FORMATS)


@pytest.mark.parametrize("format", [name for name in FORMATS if name not in (*BINARY, "eml")])
def test_the_example_is_detected_and_read(format: str) -> None:
    text = sections()[format]
    assert detect(text) == format
    drafted = format not in ("json", "jsonl")
    speakers = {
        "gong": "Speaker 1",
        "assemblyai": "Speaker A",
        "deepgram": "Speaker 0",
        "whisperx": "SPEAKER_00",
        "call-playbook": "SELLER_A",
    }
    rep = [speakers.get(format, "Ana Ruiz")] if drafted else []
    conversation = read_text(text, language="en", rep=rep)[0].conversation
    assert [(turn.role, turn.text) for turn in conversation.turns] == [
        ("rep", "What slows you down?"),
        ("customer", "Month-end does."),
    ]


def label_examples() -> dict[str, list[str]]:
    """All examples of each format's section of labels.md, by heading; the sections of prose have long headings."""
    page = (DOCS / "labels.md").read_text(encoding="utf-8")
    found = re.findall(r"^## (\S+)\n(.*?)(?=^## |\Z)", page, re.DOTALL | re.MULTILINE)
    return {name: re.findall(r"^```\w*\n(.*?)^```$", body, re.DOTALL | re.MULTILINE) for name, body in found}


def test_every_label_format_has_an_example_and_no_other() -> None:
    assert set(label_examples()) == set(LABEL_FORMATS)


@pytest.mark.parametrize("format", LABEL_FORMATS)
def test_the_label_example_is_detected_and_reads_like_all_others(format: str, tmp_path: Path) -> None:
    path = tmp_path / "labels"
    if format == "brat":
        path.mkdir()
        for name, text in zip(("call-1.txt", "call-1.ann"), label_examples()[format], strict=True):
            (path / name).write_text(text, encoding="utf-8")
    else:
        (text,) = label_examples()[format]
        path.write_text(text, encoding="utf-8")
    (expected,) = markup.parse(label_examples()["markup"][0])
    assert detect_file(path) == format
    assert read_labels(path, conversations=[expected.conversation]) == [expected]


def test_the_labels_page_lists_every_annotation_tool() -> None:
    page = (DOCS / "labels.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([a-z-]+)` \|", page, re.MULTILINE) == list(TOOLS)


def test_the_parquet_example_writes_what_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    exec(sections()["parquet"], {})
    (transcript,) = read(tmp_path / "call.parquet", language="en", rep=["Ana Ruiz"])
    assert [turn.text for turn in transcript.conversation.turns] == ["What slows you down?", "Month-end does."]


def test_a_folder_of_mails_such_as_the_example_is_read(tmp_path: Path) -> None:
    first = sections()["eml"]
    answer = first.replace("Ana Ruiz <ana@acme.com>", "Bo Li <bo@shop.example>").replace(" 10:00", " 11:00")
    (tmp_path / "1.eml").write_text(first)
    (tmp_path / "2.eml").write_text(answer.replace("<1@acme.com>", "<2@x>\nIn-Reply-To: <1@acme.com>"))
    assert detect(first) == "eml"
    (transcript,) = read(tmp_path, language="en", rep_domain=["acme.com"])
    assert [turn.role for turn in transcript.conversation.turns] == ["rep", "customer"]


def test_the_api_page_explains_every_field() -> None:
    page = (DOCS / "api.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`[^|]*) \|", page, re.MULTILINE)
    named = {name for row in rows for name in re.findall(r"`(\w+)`", row)}
    fields = {*Scorecard.model_fields, *Signal.model_fields, *Span.model_fields}
    assert fields == named


def test_the_api_page_lists_every_endpoint() -> None:
    page = (DOCS / "api.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^\| `([A-Z]+ /\S*)`", page, re.MULTILINE))
    paths = create_app(scorers={}).openapi()["paths"]
    assert named == {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods}


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (page.parent / link).exists()] == []
