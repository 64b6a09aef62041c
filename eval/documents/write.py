"""A document as a folder: report.html (all in one file), report.md with its plots beside it, report.json."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from typing import Any

import matplotlib as mpl
from pydantic import BaseModel

from eval.bootstrap import Estimate
from eval.documents.document import Bullets, Callout, Cell, Document, Part, Plot, Quote
from eval.documents.html import html
from eval.documents.markdown import markdown
from rubric.errors import DataError

STYLE: Any = {
    "font.size": 10,
    "axes.edgecolor": "#7b8794",
    "axes.labelcolor": "#1f2933",
    "axes.titlecolor": "#1f2933",
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": "#7b8794",
    "ytick.color": "#7b8794",
    "xtick.labelcolor": "#1f2933",
    "ytick.labelcolor": "#1f2933",
    "legend.frameon": False,
    "text.color": "#1f2933",
    "svg.hashsalt": "foursignal",  # the same figure gives the same bytes
}


def write(document: Document, folder: Path) -> Path:
    """Write the report in its three forms; returns the path of report.html.

    Raises DataError where the folder cannot be written.
    """
    drawings = {
        part.name: _svg(part) for section in document.sections for part in section.parts if isinstance(part, Plot)
    }
    page = folder / "report.html"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, drawing in drawings.items():
            (folder / f"{name}.svg").write_bytes(drawing)
        (folder / "report.md").write_text(markdown(document), encoding="utf-8")
        (folder / "report.json").write_text(json_text(document), encoding="utf-8")
        page.write_text(html(document, drawings), encoding="utf-8")
    except OSError as error:
        raise DataError(f"cannot write the report into {folder}: {error.strerror}; give another --output") from error
    return page


def json_text(document: Document) -> str:
    """The document for programs: provenance, results, and every table as it stands in the report."""
    results = document.results
    plain = {
        "title": document.title,
        "lead": document.lead,
        "provenance": document.provenance.model_dump(),
        "results": results.model_dump(mode="json") if isinstance(results, BaseModel) else dict(results),
        "sections": [
            {"title": section.title, "parts": [_plain(part) for part in section.parts]} for section in document.sections
        ],
    }
    return json.dumps(_finite(plain), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _plain(part: Part) -> dict[str, Any]:
    if isinstance(part, str):
        return {"text": part}
    if isinstance(part, Callout):
        return {"callout": part.text}
    if isinstance(part, Bullets):
        return {"bullets": list(part.items)}
    if isinstance(part, Quote):
        return {"quote": part.text, "where": part.where, "note": part.note}
    if isinstance(part, Plot):
        return {"plot": f"{part.name}.svg", "caption": part.caption}
    rows = [[_value(cell) for cell in row] for row in part.rows]
    return {"caption": part.caption, "heads": list(part.heads), "rows": rows}


def _value(cell: Cell) -> Any:
    return cell.model_dump() if isinstance(cell, Estimate) else cell


def _finite(plain: Any) -> Any:
    """The same data with null for what is no number, which JSON does not know."""
    if isinstance(plain, Mapping):
        return {str(key): _finite(value) for key, value in plain.items()}
    if isinstance(plain, list | tuple):
        return [_finite(value) for value in plain]
    return None if isinstance(plain, float) and not isfinite(plain) else plain


def _svg(plot: Plot) -> bytes:
    buffer = io.BytesIO()
    with mpl.rc_context(STYLE):
        plot.figure.savefig(buffer, format="svg", facecolor="white", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()
