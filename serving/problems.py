"""Every error as `application/problem+json`, one shape whatever went wrong: https://www.rfc-editor.org/rfc/rfc9457."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from rubric.errors import BundleError, ConfigError, DataError, FoursignalError

MEDIA_TYPE = "application/problem+json"
UNFIT = "conversation"
TITLES = {
    "malformed": "The request cannot be read",
    "not-found": "There is nothing at this address",
    "method-not-allowed": "This address does not take this method",
    "too-large": "The request is too large",
    "unsupported-media-type": "The request is not JSON",
    "invalid-request": "The request does not fit the schema",
    UNFIT: "The conversation cannot be scored as it is",
    "unavailable": "The server cannot take the request now",
    "internal": "Something went wrong in the server",
}
SLUGS = {
    400: "malformed",
    404: "not-found",
    405: "method-not-allowed",
    413: "too-large",
    415: "unsupported-media-type",
    422: "invalid-request",
    503: "unavailable",
}
MAX_FAULTS = 20
# Tags of the request's variants, which pydantic puts into the path of a fault and no caller wrote.
VARIANTS = ("posted-conversation", "posted-text")
# What a caller cannot cause: the server's own files.
_OURS = (BundleError, ConfigError, DataError)


class Fault(BaseModel):
    """One fault of a request."""

    path: str = Field(description="where: `body` or `query`, then keys and indices, such as `body.history.0.axes`")
    detail: str


class Problem(BaseModel):
    """What went wrong, as RFC 9457 has it."""

    type: str = Field(description=f"`urn:foursignal:problem:` and one of {', '.join(TITLES)}")
    title: str = Field(description="what the type means, for people")
    status: int = Field(ge=400, le=599)
    detail: str = Field(description="what was expected, what was found and what to do")
    errors: list[Fault] = Field(default=[], description="invalid-request: the faults one by one")


def problem(
    slug: str, status: int, detail: str, faults: Sequence[Fault] = (), headers: Mapping[str, str] | None = None
) -> Response:
    """A problem as a response."""
    body = Problem(
        type=f"urn:foursignal:problem:{slug}", title=TITLES[slug], status=status, detail=detail, errors=list(faults)
    )
    content = json.dumps(body.model_dump(exclude_defaults=True), ensure_ascii=False)
    # A caller's key may hold half of a character pair; as an escape it is JSON, as UTF-8 it is nothing.
    return Response(content.encode("utf-8", "backslashreplace"), status, headers, MEDIA_TYPE)


def internal() -> Response:
    """The problem of an unexpected error, without details."""
    return problem("internal", 500, "an unexpected error; it is in the server's log, without the request's content")


def add_handlers(app: FastAPI) -> None:
    """Turn the user's and the framework's errors into problems; unexpected ones are left to `serving.logs`."""
    app.add_exception_handler(FoursignalError, _foursignal_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_exception)


async def _foursignal_error(_: Request, error: Exception) -> Response:
    if isinstance(error, _OURS):
        raise error
    return problem(UNFIT, 422, str(error))


async def _validation_error(_: Request, error: Exception) -> Response:
    found: Sequence[Any] = error.errors() if isinstance(error, RequestValidationError) else ()
    if found and found[0]["type"] == "json_invalid":
        place = found[0]["loc"][-1]
        return problem("malformed", 400, f"the body is not JSON: {found[0]['ctx']['error']} at character {place}")
    faults = [_fault(fault) for fault in found[:MAX_FAULTS]]
    listed = "\n".join(f"  - {fault.path}: {fault.detail}" for fault in faults)
    more = f"\n  and {len(found) - MAX_FAULTS} more" if len(found) > MAX_FAULTS else ""
    counted = f"{len(found)} fault{'s' if len(found) > 1 else ''}"
    return problem("invalid-request", 422, f"the request has {counted}:\n{listed}{more}", faults)


def _fault(fault: Mapping[str, Any]) -> Fault:
    path = ".".join(str(part) for part in fault["loc"] if part not in VARIANTS)
    if fault["type"] == "extra_forbidden":
        return Fault(path=path, detail="unknown key; see /docs for what is known here")
    if fault["type"] == "missing":
        return Fault(path=path, detail="missing")
    message = str(fault["msg"]).removeprefix("Value error, ")
    return Fault(path=path, detail=f"{message[0].lower()}{message[1:]}")


async def _http_exception(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException) or error.status_code not in SLUGS:
        raise error
    detail = error.detail
    if isinstance(error.__cause__, UnicodeDecodeError):
        fault = error.__cause__
        detail = f"the body is not UTF-8: the byte 0x{fault.object[fault.start]:02x} at offset {fault.start}"
    elif error.status_code == 400 and error.__cause__:
        detail = "the body cannot be read as JSON: it is nested too deeply, or has a number of thousands of digits"
    elif detail == HTTPStatus.NOT_FOUND.phrase:
        detail = f"there is nothing at {request.url.path}; see /docs or /openapi.json for what there is"
    elif detail == HTTPStatus.METHOD_NOT_ALLOWED.phrase:
        allowed = (error.headers or {}).get("Allow", "another method")
        detail = f"{request.url.path} takes {allowed}, found {request.method}"
    return problem(SLUGS[error.status_code], error.status_code, detail, headers=error.headers)
