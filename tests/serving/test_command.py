from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from serving.__main__ import app
from serving.settings import DEFAULT_PATH

ROOT = Path(__file__).parents[2]


@pytest.fixture
def settings_file(tmp_path: Path, english_bundle: Path) -> Path:
    raw = yaml.safe_load(DEFAULT_PATH.read_text()) | {"bundles": {"en": str(english_bundle)}}
    path = tmp_path / "serving.yaml"
    path.write_text(yaml.safe_dump(raw))
    return path


def test_serves_until_interrupted(settings_file: Path) -> None:
    command = [sys.executable, "-m", "serving", "--config", str(settings_file), "--port", "0"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stderr is not None
            address = re.fullmatch(
                r"en on (http://127\.0\.0\.1:\d+), documentation at /docs\n", server.stderr.readline()
            )
            assert address is not None
            with urllib.request.urlopen(f"{address[1]}/healthz", timeout=30) as answer:
                assert json.load(answer)["status"] == "ready"
            server.send_signal(signal.SIGINT)
            rest = server.stderr.read()
            assert server.wait(timeout=30) == 0
        finally:
            server.kill()
    assert "Traceback" not in rest
    assert re.search(r"GET /healthz 200 \d+\.\d ms", rest)


def test_a_port_in_use_is_one_plain_message(settings_file: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = CliRunner().invoke(app, ["--config", str(settings_file), "--port", str(port)])
    assert result.exit_code == 1
    assert result.stderr == (
        f"cannot listen on 127.0.0.1, port {port}: address already in use; stop what listens there, or choose another "
        "with --port or --host\n"
    )


def test_a_missing_bundle_says_how_to_build_it(settings_file: Path, tmp_path: Path) -> None:
    raw = yaml.safe_load(settings_file.read_text()) | {"bundles": {"en": str(tmp_path / "none")}, "port": 0}
    settings_file.write_text(yaml.safe_dump(raw))
    result = CliRunner().invoke(app, ["--config", str(settings_file)])
    assert result.exit_code == 1
    assert "`make bundle` builds the shipped one" in result.stderr
    assert "Traceback" not in result.output


def test_bad_settings_are_one_plain_message(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["--config", str(tmp_path / "none.yaml")])
    assert result.exit_code == 1
    assert "cannot read the settings" in result.stderr
