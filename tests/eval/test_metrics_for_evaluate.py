"""The metrics load into `evaluate` without a network, and do what their descriptions show."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
METRICS = sorted(path.name for path in (ROOT / "eval" / "metrics").iterdir() if (path / f"{path.name}.py").is_file())
PROGRAM = """
import doctest, sys
import evaluate
name = sys.argv[1]
metric = evaluate.load(f"eval/metrics/{name}")
example = doctest.DocTestParser().get_doctest(metric.inputs_description, {"evaluate": evaluate}, name, None, 0)
found = doctest.DocTestRunner().run(example)
print(found.attempted, found.failed)
for line in sys.argv[2:]:
    print(eval(line))
"""
DEGENERATE = {
    "krippendorff_alpha": ["metric.compute(predictions=[1, 1], references=[1, 1])"],
    "turn_f1": [
        "metric.compute(predictions=[[]], references=[[]])",
        "metric.compute(predictions=[['a']], references=[[]])",
    ],
    "span_f1": ["metric.compute(predictions=[[]], references=[[]])"],
    "signal_error": ["metric.compute(predictions=[float('nan')], references=[1.0], signal='close_attempts')"],
}
UNDEFINED = {
    "krippendorff_alpha": ["{'krippendorff_alpha': None}"],
    "turn_f1": [
        "{'mean_f1': None}",
        "{'mean_f1': 0.0, 'a': {'f1': 0.0, 'precision': 0.0, 'recall': None, 'n': 0}}",
    ],
    "span_f1": ["{'mean_overlap_f1': None, 'mean_strict_f1': None}"],
    "signal_error": [
        "{'bias': None, 'absolute_error': None, 'interval_alpha': None, 'band_agreement_by_value': None, "
        "'two_bands_off_by_value': None, 'one_undefined': 1.0, 'bias_in_bands': None, 'n': 0}"
    ],
}


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_does_what_its_description_shows(name: str, tmp_path: Path) -> None:
    caches = {key: str(tmp_path) for key in ("HF_HOME", "HF_MODULES_CACHE")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, name, *DEGENERATE[name]],
        cwd=ROOT,
        env=os.environ | caches | {"HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    first, *rest = done.stdout.splitlines()
    attempted, failed = map(int, first.split())
    assert attempted >= 2
    assert failed == 0
    assert rest == UNDEFINED[name]


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_has_a_card(name: str) -> None:
    card = (ROOT / "eval" / "metrics" / name / "README.md").read_text(encoding="utf-8")
    for heading in ("## How to use", "## Inputs", "## Output", "## Limitations", "## Citation"):
        assert heading in card
    assert f'evaluate.load("eval/metrics/{name}")' in card
