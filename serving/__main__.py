"""`python -m serving`: serve the scoring API."""

from __future__ import annotations

import copy
import socket
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer
import uvicorn
from uvicorn.config import LOGGING_CONFIG

from rubric.config import load_rubric
from rubric.errors import ConfigError, plain_errors
from serving.app import create_app
from serving.service import load_scorers
from serving.settings import DEFAULT_PATH, load_settings

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    config: Annotated[Path, typer.Option(help="The settings.", show_default="configs/serving.yaml")] = DEFAULT_PATH,
    host: Annotated[
        str | None,
        typer.Option(help="Address to listen on instead of the settings'. The API asks nobody who they are."),
    ] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port instead of the settings', 0 for any.")
    ] = None,
) -> None:
    """Serve the scoring API: POST /v1/scorecards takes a conversation and gives its scorecard and the next practice.

        python -m serving

    Then open http://127.0.0.1:8000/docs, which works offline.
    """
    with plain_errors():
        settings = load_settings(config)
        listener = _listen(host or settings.host, settings.port if port is None else port)
        with listener:
            scorers = load_scorers(settings, load_rubric())
            application = create_app(settings, scorers)
            server = uvicorn.Server(uvicorn.Config(application, log_config=logging_config(), access_log=False))
            address, bound = listener.getsockname()[:2]
            typer.echo(f"{', '.join(scorers)} on http://{address}:{bound}, documentation at /docs", err=True)
            with suppress(KeyboardInterrupt):
                server.run(sockets=[listener])


def logging_config() -> dict[str, Any]:
    """Uvicorn's logging with this room's lines among its own."""
    config = copy.deepcopy(LOGGING_CONFIG)
    config["loggers"]["serving"] = {"handlers": ["default"], "level": "INFO", "propagate": False}
    return config


def _listen(host: str, port: int) -> socket.socket:
    """A listening socket; ConfigError where there can be none."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        reason = (error.strerror or str(error)).partition(" (")[0].lower()
        raise ConfigError(
            f"cannot listen on {host}, port {port}: {reason}; stop what listens there, or choose another with --port "
            "or --host"
        ) from error


if __name__ == "__main__":
    app()
