"""What the OpenAPI schema says beyond what FastAPI derives: the problems, under their own media type."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from serving.problems import MEDIA_TYPE, Problem

DESCRIPTION = """
Post a sales conversation, get its **scorecard**: four signals of the rep's behaviour, each with the spans it rests on
and an interval, two axes, and the **next practice**. Nothing is stored: whoever keeps the scorecards posts them back as
`history`, so that the next practice rests on more than one call.

The same request gives the same bytes, as long as the bundle and the rubric stay the same; their hashes are in every
scorecard. Character offsets count Unicode code points.

Every error is a problem of RFC 9457 (`application/problem+json`) that says what was expected, what was found and what
to do.
"""

_MEANINGS = {
    400: "The body is not JSON",
    404: "There is no such thing",
    413: "The request is too large",
    415: "The request is not JSON",
    422: "The request does not fit the schema, or the conversation cannot be scored as it is",
    503: "Too many conversations wait, or the server is not ready; try again after `Retry-After` seconds",
}
_REF = "#/components/schemas/{model}"

Responses = dict[int | str, dict[str, Any]]


def problems(*statuses: int) -> Responses:
    """The `responses` of a route that may answer with problems of these statuses."""
    content = {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model=Problem.__name__)}}}
    return {status: {"description": _MEANINGS[status], "content": content} for status in statuses}


def describe(app: FastAPI) -> None:
    """Let the application's schema hold the problems that `problems` points to."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = get_openapi(
                title=app.title,
                version=app.version,
                description=app.description,
                routes=app.routes,
                separate_input_output_schemas=app.separate_input_output_schemas,
            )
            _, definitions = models_json_schema([(Problem, "serialization")], ref_template=_REF)
            schema["components"]["schemas"] |= definitions["$defs"]
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way
