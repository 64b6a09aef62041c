from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from rubric.errors import ConfigError
from serving.settings import DEFAULT_PATH, Settings, load_settings, parse_settings


def test_the_shipped_settings_load_and_listen_to_this_machine_alone() -> None:
    settings = load_settings()
    assert settings.host == "127.0.0.1"
    assert settings.bundles == {"en": Path("artifacts/bundles/en")}
    assert set(yaml.safe_load(DEFAULT_PATH.read_text())) == set(Settings.model_fields)


def test_all_faults_are_reported_at_once() -> None:
    raw = yaml.safe_load(DEFAULT_PATH.read_text())
    raw |= {"prot": 1, "port": 99_999, "bundles": {"English": "x"}, "max_concurrent": 0}
    del raw["host"]
    with pytest.raises(ConfigError) as error:
        parse_settings(raw, "s.yaml")
    message = str(error.value)
    assert message.startswith("s.yaml has 5 faults:")
    for fault in (
        "host is missing",
        "unknown key 'prot', expected host, port, bundles",
        "port: input should be less than or equal to 65535",
        "bundles.English is no language: expected an ISO 639 code, such as en",
        "max_concurrent: input should be greater than or equal to 1",
    ):
        assert fault in message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"host: [", "is not YAML"),
        (b"\xff", "is not YAML"),
        (b"- 1", "expected a mapping of keys to values, found list"),
        (b"bundles: {}", "bundles: dictionary should have at least 1 item"),
    ],
)
def test_a_file_that_holds_no_settings(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "serving.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=message):
        load_settings(path)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read the settings .*none\.yaml: No such file"):
        load_settings(tmp_path / "none.yaml")
