from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from coaching.library import DEFAULT_FOLDER, DIFFICULTIES, Done, Library, load_library
from rubric.config import SIGNALS, RubricConfig
from rubric.errors import ConfigError, FoursignalError

PREFIXES = {
    "discovery_density": "dd",
    "objection_acknowledgement": "oa",
    "value_framing": "vf",
    "close_attempts": "ca",
}


def test_the_shipped_library_covers_every_signal_at_every_difficulty(library: Library) -> None:
    assert len(library.scenarios) >= 32
    assert len({scenario.persona for scenario in library.scenarios}) >= 12
    for signal in SIGNALS:
        assert len(library.of(signal)) >= 8
        for difficulty in DIFFICULTIES:
            assert len(library.of(signal, difficulty)) >= 2


def test_shipped_ids_say_signal_and_difficulty_and_files_run_from_easy_to_hard(library: Library) -> None:
    for signal in SIGNALS:
        scenarios = library.of(signal)
        assert [s.difficulty for s in scenarios] == sorted(s.difficulty for s in scenarios)
        for scenario in scenarios:
            assert scenario.id.startswith(f"{PREFIXES[signal]}-{scenario.difficulty}-")


def test_every_shipped_persona_is_played(library: Library) -> None:
    assert {scenario.persona for scenario in library.scenarios} == {persona.id for persona in library.personas}


def test_what_the_hardest_scenarios_call_done_is_in_the_target_band(library: Library, config: RubricConfig) -> None:
    for scenario in library.scenarios:
        if scenario.difficulty == 3:
            assert config.signals[scenario.signal].band_of(scenario.done.at_least) == "target"


def test_no_two_shipped_scenarios_share_a_title_or_an_opening_line(library: Library) -> None:
    for field in ("title", "opening_line", "tip", "situation"):
        said = [getattr(scenario, field) for scenario in library.scenarios]
        assert len(set(said)) == len(said)


def test_ids_lead_to_scenarios_and_personas(library: Library) -> None:
    scenario = library.scenario("dd-1-carrier-invoices")
    assert library.persona(scenario.persona).name == "Dana Whitlock"
    with pytest.raises(FoursignalError, match=r"no scenario has the id 'dd-9'; `python -m coaching library` lists"):
        library.scenario("dd-9")
    with pytest.raises(FoursignalError, match="no persona has the id 'nobody', expected one of agnieszka-wrona"):
        library.persona("nobody")


def test_done_is_reached_within_its_bounds_and_unknown_where_undefined(make_card: Callable[..., Any]) -> None:
    done = Done(signal="close_attempts", at_least=2, at_most=4)
    assert [done.reached(make_card(1, 1, 1, n_asks).signals) for n_asks in (1, 2, 4, 5)] == [False, True, True, False]
    share = Done(signal="value_framing", at_least=0.7)
    assert share.reached(make_card(1, 1, 0.7, 1).signals) is True
    assert share.reached(make_card(1, 1, None, 1).signals) is None


def test_the_hash_follows_the_content_and_not_the_layout(tmp_path: Path, library: Library) -> None:
    folder = _copy(tmp_path)
    _edit(folder, "close_attempts", lambda _: None)
    assert load_library(folder).sha256 == library.sha256
    _edit(folder, "close_attempts", lambda data: data["scenarios"][0].update(tip="Ask today."))
    assert load_library(folder).sha256 != library.sha256


def _copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DEFAULT_FOLDER, tmp_path / "practice"))


def _edit(folder: Path, stem: str, change: Callable[[Any], object]) -> None:
    path = folder / f"{stem}.yaml"
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(data)
    path.write_text(yaml.safe_dump(data, allow_unicode=True, sort_keys=False), encoding="utf-8")


def _first(**changes: Any) -> Callable[[Any], object]:
    return lambda data: data["scenarios"][0].update(changes)


FAULTS: list[tuple[str, Callable[[Any], object], str]] = [
    ("discovery_density", _first(mood="sunny"), "discovery_density.yaml: dd-1-carrier-invoices: mood: Extra inputs"),
    ("discovery_density", lambda d: d["scenarios"][0].pop("tip"), "dd-1-carrier-invoices: tip: Field required"),
    ("discovery_density", _first(tip="  "), "dd-1-carrier-invoices: tip: String should have at least 1 character"),
    ("discovery_density", _first(id="DD 1"), "discovery_density.yaml: DD 1: id: String should match pattern"),
    ("discovery_density", _first(difficulty=4), "dd-1-carrier-invoices: difficulty: Input should be 1, 2 or 3"),
    ("discovery_density", lambda d: d["scenarios"].append("x"), "discovery_density.yaml: entry 9: the entry: Input"),
    ("discovery_density", lambda d: d.update(extra=1), "discovery_density.yaml: unknown key 'extra', expected only"),
    ("discovery_density", lambda d: d.update(scenarios={}), "expected a mapping with a list under 'scenarios'"),
    ("discovery_density", lambda d: d.update(scenarios=[]), "discovery_density.yaml: 0 scenarios, expected at least 8"),
    (
        "value_framing",
        _first(persona="nobody"),
        "value_framing.yaml: vf-1-excavator-telematics: unknown persona 'nobody', expected an id of personas.yaml",
    ),
    (
        "value_framing",
        _first(signal="close_attempts"),
        "vf-1-excavator-telematics: signal is 'close_attempts', but the file holds 'value_framing'",
    ),
    (
        "value_framing",
        _first(done={"signal": "close_attempts", "at_least": 2}),
        "vf-1-excavator-telematics: done measures 'close_attempts', expected the scenario's own signal 'value_framing'",
    ),
    (
        "value_framing",
        _first(done={"signal": "value_framing", "at_least": 2, "at_most": 1}),
        "vf-1-excavator-telematics: done.at_most 1 lies below at_least 2",
    ),
    (
        "value_framing",
        lambda d: d["scenarios"][0].update(needs=d["scenarios"][0]["needs"][:1]),
        "vf-1-excavator-telematics: 1 needs, but practising value_framing takes at least 2",
    ),
    (
        "objection_acknowledgement",
        lambda d: d["scenarios"][0].update(objections=d["scenarios"][0]["objections"][:1]),
        "oa-1-payroll-friday: 1 objections, but practising objection_acknowledgement takes at least 2",
    ),
    (
        "close_attempts",
        lambda d: d.update(scenarios=d["scenarios"][:7]),
        "close_attempts.yaml: 7 scenarios, expected at least 8",
    ),
    (
        "close_attempts",
        lambda d: d["scenarios"][7].update(difficulty=2),
        "close_attempts.yaml: 1 scenarios of difficulty 3 (hard), expected at least 2",
    ),
    (
        "close_attempts",
        _first(id="dd-1-carrier-invoices"),
        "dd-1-carrier-invoices: 2 entries carry this id, in discovery_density.yaml and close_attempts.yaml",
    ),
    (
        "personas",
        lambda d: d["personas"].append(d["personas"][0]),
        "personas.yaml: agnieszka-wrona: 2 entries carry this id, in personas.yaml",
    ),
    ("personas", lambda d: d["personas"][0].pop("speech"), "personas.yaml: agnieszka-wrona: speech: Field required"),
]


@pytest.mark.parametrize(("stem", "change", "message"), FAULTS, ids=[message for *_, message in FAULTS])
def test_a_fault_is_refused_alone_and_named(
    tmp_path: Path, stem: str, change: Callable[[Any], object], message: str
) -> None:
    folder = _copy(tmp_path)
    _edit(folder, stem, change)
    with pytest.raises(ConfigError, match=re.escape(message)) as refused:
        load_library(folder)
    assert str(refused.value).startswith(f"the practice library in {folder} has ")


def test_a_faulty_persona_is_reported_once_and_not_as_unknown_in_each_scenario(tmp_path: Path) -> None:
    folder = _copy(tmp_path)
    _edit(folder, "personas", lambda data: data["personas"][0].pop("speech"))
    with pytest.raises(ConfigError, match=r"has 1 fault:"):
        load_library(folder)


def test_all_faults_come_in_one_error(tmp_path: Path) -> None:
    folder = _copy(tmp_path)
    _edit(folder, "discovery_density", _first(mood="sunny"))
    _edit(folder, "value_framing", _first(persona="nobody"))
    (folder / "close_attempts.yaml").unlink()
    (folder / "objection_acknowledgement.yaml").write_text("scenarios: [", encoding="utf-8")
    (folder / "objections.yaml").write_text("{}", encoding="utf-8")
    with pytest.raises(ConfigError) as refused:
        load_library(folder)
    for message in (
        "has 5 faults",
        "mood: Extra inputs",
        "unknown persona 'nobody'",
        "close_attempts.yaml: the file is missing",
        "objection_acknowledgement.yaml: cannot be read as YAML",
        "objections.yaml: unknown file, expected personas.yaml and discovery_density.yaml",
    ):
        assert message in str(refused.value)


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no practice library: .*nowhere is not a folder"):
        load_library(tmp_path / "nowhere")
