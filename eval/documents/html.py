"""A document as one HTML file that opens offline: style and plots are inside, and it looks good on paper."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from eval.documents.document import Bullets, Callout, Document, Part, Plot, Quote

_FOLDER = Path(__file__).parent


def html(document: Document, drawings: Mapping[str, bytes]) -> str:
    """The report's page; `drawings` holds each plot as SVG by its name."""
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    embedded = {
        name: f"data:image/svg+xml;base64,{base64.b64encode(drawing).decode('ascii')}"
        for name, drawing in drawings.items()
    }
    return environment.get_template("report.html.jinja").render(document=document, kind=_kind, drawings=embedded) + "\n"


def _kind(part: Part) -> str:
    kinds = {str: "text", Callout: "callout", Bullets: "bullets", Quote: "quote", Plot: "plot"}
    return kinds.get(type(part), "table")
