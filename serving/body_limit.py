"""The limit on a request's size, kept before the body is read in full."""

from __future__ import annotations

from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.problems import problem


class BodyLimit:
    """ASGI middleware: 413 where a body is announced, or in chunks turns out, larger than `max_bytes`.

    FastAPI's own `max_body_size` counts alike but answers in plain text.
    """

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdecimal() and int(announced) > self._max_bytes:
            await problem("too-large", 413, self._detail)(scope, receive, send)
            return
        n_bytes = 0

        async def receive_counting() -> Message:
            nonlocal n_bytes
            message = await receive()
            n_bytes += len(message.get("body", b""))
            if n_bytes > self._max_bytes:
                raise HTTPException(413, self._detail)
            return message

        await self._app(scope, receive_counting, send)

    @property
    def _detail(self) -> str:
        return (
            f"the request is larger than the limit of {self._max_bytes:,} bytes; post one conversation a request, "
            "and only the history that still matters"
        )
