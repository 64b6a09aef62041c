"""What is logged: method, path, status and milliseconds. Nothing of a request's content, not even when scoring fails."""

from __future__ import annotations

import logging
import traceback
from time import perf_counter
from urllib.parse import quote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.problems import internal

_log = logging.getLogger("serving")


class AccessLog:
    """ASGI middleware, the outermost: one line a request, and a problem for whatever nobody caught.

    An exception's message may quote a transcript, so only its class and the lines of code it passed are logged.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = perf_counter()
        status = 0

        async def send_noting_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        asked = f"{scope['method']} {quote(scope['path'])}"
        try:
            await self._app(scope, receive, send_noting_status)
        except Exception as error:
            frames = "".join(traceback.format_tb(error.__traceback__))
            _log.error("%s failed: %s\n%s", asked, type(error).__name__, frames.rstrip())
            if status:
                raise RuntimeError("the response broke off") from None
            await internal()(scope, receive, send_noting_status)
        finally:
            _log.info("%s %d %.1f ms", asked, status, 1000 * (perf_counter() - begun))
