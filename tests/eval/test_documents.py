"""A document is the same report in all three forms, and none of them prints NaN or lets a user's text be markup."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from matplotlib.figure import Figure

from eval.bootstrap import Estimate
from eval.documents.document import Bullets, Callout, Document, Plot, Provenance, Quote, Section, Table
from eval.documents.write import write
from rubric.errors import DataError


@pytest.fixture
def document() -> Document:
    figure = Figure(figsize=(3, 2))
    figure.subplots().plot([1, 2, 3])
    undefined = Estimate(value=None, n=2, reason="undefined: nothing <to> compare")
    rows = (
        ("need", undefined, 3),
        ("ask | offer", Estimate(value=0.5, low=0.4, high=0.61, n=2), None),
        ("empathy", Estimate(value=0.3, n=1, reason="no interval: one conversation"), float("nan")),
    )
    parts = [
        "Raters <b>agree</b> on *most*.",
        Table(("label", "alpha", "n"), rows, caption="Agreement"),
        Plot("line", figure, "A rising line"),
        Bullets(["one", "two"]),
        Callout("Mind the gap."),
        Quote("so [click](http://x) | here", "call 1, turn 3, rep", "yes: A; no: B"),
    ]
    provenance = Provenance(raters="Two people.", data="a" * 64, rubric="b" * 64)
    return Document(
        "A & B", "They agree.", provenance, [Section("Turns", parts)], {"alpha": float("nan"), "n": [1, 2.5]}
    )


def test_three_forms_of_one_report(document: Document, tmp_path: Path) -> None:
    page = write(document, tmp_path / "new" / "folder")
    names = sorted(path.name for path in page.parent.iterdir())
    assert names == ["line.svg", "report.html", "report.json", "report.md"]
    html, markdown = (path.read_text(encoding="utf-8") for path in (page, page.with_suffix(".md")))
    plain = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
    for text in (html, markdown):
        for expected in ("0.50 [0.40, 0.61]", "undefined¹", "0.30²", "Mind the gap.", "a" * 64, "Two people."):
            assert expected in text
        assert not re.search(r"\bnan\b", text, re.IGNORECASE)
    assert plain["provenance"] == {"raters": "Two people.", "data": "a" * 64, "rubric": "b" * 64} | {
        "bundle": None,
        "bundle_data": None,
        "base": None,
        "commit": None,
    }
    assert plain["results"] == {"alpha": None, "n": [1, 2.5]}
    rows = plain["sections"][0]["parts"][1]["rows"]
    assert rows[1][1] == {"value": 0.5, "low": 0.4, "high": 0.61, "n": 2, "reason": None}
    assert rows[2][2] is None


def test_the_page_is_one_file_and_takes_text_as_text(document: Document, tmp_path: Path) -> None:
    html = write(document, tmp_path).read_text(encoding="utf-8")
    assert "data:image/svg+xml;base64," in html
    assert not re.search(r"(?:src|href)=\"(?!data:|#)", html)
    assert "<script" not in html
    assert "@media print" in html
    assert "Raters &lt;b&gt;agree&lt;/b&gt;" in html
    assert "A &amp; B" in html


def test_markdown_takes_text_as_text(document: Document, tmp_path: Path) -> None:
    text = write(document, tmp_path).with_suffix(".md").read_text(encoding="utf-8")
    assert r"| ask \| offer |" in text
    assert r"\*most\*" in text
    assert r"[click\](http://x)" in text
    assert "¹ undefined: nothing \\<to\\> compare; ² no interval: one conversation." in text


def test_the_same_document_gives_the_same_bytes(document: Document, tmp_path: Path) -> None:
    first, second = (write(document, tmp_path / name) for name in ("one", "two"))
    for name in ("report.html", "report.md", "report.json", "line.svg"):
        assert first.with_name(name).read_bytes() == second.with_name(name).read_bytes()


def test_a_folder_that_cannot_be_written_is_said(document: Document, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match=r"cannot write the report into .* give another --output"):
        write(document, tmp_path / "file")
