from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from coaching.__main__ import app
from coaching.library import Library


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("COLUMNS", "200")
    return CliRunner()


def test_library_lists_every_scenario(runner: CliRunner, library: Library) -> None:
    result = runner.invoke(app, ["library"])
    assert result.exit_code == 0
    assert all(scenario.id in result.stdout for scenario in library.scenarios)
    assert library.sha256 in result.stdout


def test_library_of_one_signal(runner: CliRunner) -> None:
    result = runner.invoke(app, ["library", "--signal", "close_attempts"])
    assert "ca-1-backup-under-the-desk" in result.stdout
    assert "dd-1-carrier-invoices" not in result.stdout
    refused = runner.invoke(app, ["library", "--signal", "charm"])
    assert refused.exit_code == 1
    assert "unknown signal 'charm', expected one of discovery_density" in refused.stderr


def test_show_gives_both_sheets(runner: CliRunner) -> None:
    result = runner.invoke(app, ["show", "oa-1-payroll-friday"])
    assert result.exit_code == 0
    rep, customer = result.stdout.split("for whoever plays the customer")
    assert "What if the tips are wrong on Friday" in rep
    assert "Tip:" in rep
    assert "You are Tom Gallagher" in customer
    assert "Brenda brings biscuits" in customer
    assert "Brenda brings biscuits" not in rep


def test_bad_input_is_one_plain_message(runner: CliRunner, tmp_path: Path) -> None:
    for arguments, message in (
        (["show", "dd-9"], "no scenario has the id 'dd-9'"),
        (["library", "--folder", str(tmp_path / "nowhere")], "is not a folder"),
        (["simulate", "--reps", "1"], "n_reps is 1, expected at least 2"),
        (["simulate", "--rubric", str(tmp_path / "none.yaml")], "cannot read"),
    ):
        result = runner.invoke(app, arguments)
        assert result.exit_code == 1
        assert message in result.stderr
        assert "Traceback" not in result.output


def test_simulate_prints_a_table(runner: CliRunner) -> None:
    result = runner.invoke(app, ["simulate", "--reps", "4", "--practices", "4"])
    assert result.exit_code == 0
    assert "selector: decayed average, hysteresis" in result.stdout
    assert "100.0%" in result.stdout
