"""configs/rubric.yaml is loaded strictly: every fault at once, each with its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from rubric.config import DEFAULT_PATH, SIGNALS, load_rubric, parse_rubric, score_along
from rubric.errors import ConfigError


@pytest.fixture
def raw() -> Any:
    return yaml.safe_load(DEFAULT_PATH.read_text(encoding="utf-8"))


def test_the_shipped_bands_are_the_codebooks() -> None:
    rubric = load_rubric()
    bands = {
        name: [rubric.signals[name].band_of(value) for value in values]
        for name, values in {
            "discovery_density": (0, 0.59, 0.6, 1.2, 1.21),
            "objection_acknowledgement": (0, 0.39, 0.4, 0.7, 0.71),
            "value_framing": (0, 0.42, 0.43, 0.7, 0.71),
            "close_attempts": (0, 1, 2, 4, 5),
        }.items()
    }
    assert set(bands) == set(SIGNALS)
    for name in SIGNALS[:3]:
        assert bands[name] == ["low", "low", "middle", "middle", "target"]
    assert bands["close_attempts"] == ["low", "low", "target", "target", "above_target"]


def test_all_faults_are_reported_together(raw: Any) -> None:
    raw["words_per_minute"] = "fast"
    raw["colour"] = "blue"
    raw["signals"]["discovery_density"]["bands"] = [{"name": "low", "below": 0.6}, {"name": "middle", "from": 0.5}]
    del raw["signals"]["close_attempts"]
    del raw["axes"]["warmth"]["empathy"]
    with pytest.raises(ConfigError) as caught:
        parse_rubric(raw, "rubric.yaml")
    message = str(caught.value)
    for part in (
        "words_per_minute",
        "colour",
        "the band 'target' is missing",
        "the bands low and middle overlap at 0.5",
        "close_attempts is missing",
        "empathy is missing",
    ):
        assert part in message


def test_a_gap_between_bands_is_a_fault(raw: Any) -> None:
    raw["signals"]["value_framing"]["bands"][1] = {"name": "middle", "from": 0.5, "through": 0.7}
    with pytest.raises(ConfigError, match=r"value_framing: no band holds 0\.43"):
        parse_rubric(raw, "rubric.yaml")


def test_another_version_than_the_codebooks_is_a_fault(raw: Any) -> None:
    raw["version"] = "0.9"
    with pytest.raises(ConfigError, match=r"expected '1\.1', the codebook's, found '0\.9'"):
        parse_rubric(raw, "rubric.yaml")


@pytest.mark.parametrize(("text", "match"), [("a: [", "is not YAML"), ("- 1", "expected a mapping")])
def test_what_is_no_rubric_is_refused(tmp_path: Path, text: str, match: str) -> None:
    path = tmp_path / "rubric.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=match):
        load_rubric(path)
    with pytest.raises(ConfigError, match="cannot read"):
        load_rubric(tmp_path / "missing.yaml")


def test_the_hash_follows_the_bands(raw: Any) -> None:
    before = load_rubric().sha256
    raw["signals"]["value_framing"]["minimum_evidence"] = 3
    assert parse_rubric(raw, "rubric.yaml").sha256 != before
    assert load_rubric().sha256 == before


@given(st.floats(-1, 10))
def test_axis_scores_stay_between_0_and_1(value: float) -> None:
    rubric = load_rubric()
    for axis in rubric.axes.values():
        for points in axis.values():
            assert 0 <= score_along(points, value) <= 1


@given(st.floats(0, 20), st.sampled_from(SIGNALS))
def test_every_value_has_one_band(value: float, name: str) -> None:
    value = float(round(value)) if name == "close_attempts" else value
    assert sum(band.holds(value) for band in load_rubric().signals[name].bands) == 1
