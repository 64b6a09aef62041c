"""The application factory: settings and scorers in, a FastAPI application out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypedDict

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline

from coaching.library import load_library
from data.redact import Redactor
from rubric.config import load_rubric
from scoring.scorer import Scorer
from serving.api import health, practices, scorecards
from serving.body_limit import BodyLimit
from serving.logs import AccessLog
from serving.openapi import DESCRIPTION, describe
from serving.problems import add_handlers
from serving.service import ScoringQueue, Service, load_scorers
from serving.settings import Settings, load_settings

VERSION = "0.1.0"


class _State(TypedDict):
    service: Service


def create_app(settings: Settings | None = None, scorers: dict[str, Scorer] | None = None) -> FastAPI:
    """The application. settings: those of configs/serving.yaml unless given. scorers: by language; loaded from the
    settings' bundles when the application starts unless given. Raises ConfigError where the settings have faults, DataError
    where they ask for redaction and its extra is missing.
    """
    settings = settings or load_settings()
    redactor = Redactor() if settings.redact else None

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[_State]:
        yield _State(
            service=Service(
                load_scorers(settings, load_rubric()) if scorers is None else scorers,
                load_library(),
                ScoringQueue(settings.max_concurrent, settings.max_waiting),
                settings.max_turns,
                redactor,
            )
        )

    app = FastAPIOffline(
        docs_url="/docs",
        redoc_url=None,
        static_url="/docs-assets",
        title="foursignal",
        version=VERSION,
        description=DESCRIPTION,
        lifespan=lifespan,
        redirect_slashes=False,
        separate_input_output_schemas=False,
        # Traces and telemetry's logs carry exception messages, and those may quote a transcript.
        telemetry={"tracing": False, "logs": False},
        # Swagger UI would send the schema to a validator on the web.
        swagger_ui_parameters={"validatorUrl": None},
    )
    for resource in (scorecards, practices, health):
        app.include_router(resource.router)
    add_handlers(app)
    app.add_middleware(BodyLimit, max_bytes=settings.max_body_bytes)
    app.add_middleware(AccessLog)
    describe(app)
    return app
