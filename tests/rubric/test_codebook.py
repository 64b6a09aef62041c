"""The codebook's page and its data say the same."""

from __future__ import annotations

import re
from pathlib import Path

import rubric.codebook
from rubric.codebook import BY_TAG, CODEBOOK, VERSION, Label

PAGE = (Path(rubric.codebook.__file__).parent / "codebook.md").read_text(encoding="utf-8")


def test_the_page_has_the_datas_version() -> None:
    assert f"Version {VERSION}" in PAGE


def test_every_label_has_a_row_under_its_role() -> None:
    customer, rep = PAGE.split("## Customer spans")[1].split("## Rep spans: the four signals")
    for label, definition in CODEBOOK.items():
        section = customer if definition.role == "customer" else rep
        assert re.search(rf"^\| `{label}`", section, re.MULTILINE), label


def test_the_pages_tags_are_the_datas() -> None:
    line = next(line for line in PAGE.splitlines() if line.startswith("`dq` discovery_question"))
    found = dict(re.findall(r"`(\w+)(?::\w+)?`(?: or `\w+:\w+`)? (\w+)", line))
    assert found == {tag: str(label) for tag, label in BY_TAG.items()}


def test_relations_are_the_pages() -> None:
    relations = dict(re.findall(r"^- `(\w+)` → (?:the|each) (\w+)", PAGE, re.MULTILINE))
    assert relations == {
        str(label): str(definition.refers_to) for label, definition in CODEBOOK.items() if definition.refers_to
    }
    assert CODEBOOK[Label.OBJECTION].id_prefix == "O"
