from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAM = """
import evaluate
alpha = evaluate.load("eval/metrics/krippendorff_alpha")
print(alpha.compute(predictions=[0, 1, 1, 0], references=[0, 1, 0, 0]))
print(alpha.compute(predictions=[1, 1], references=[1, 1]))
print(alpha.compute(predictions=[1, 2, 3], references=[1, 2, 4], level="interval"))
"""


def test_alpha_loads_into_evaluate_without_a_network(tmp_path: Path) -> None:
    caches = {name: str(tmp_path) for name in ("HF_HOME", "HF_MODULES_CACHE")}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env=os.environ | caches | {"HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines() == [
        "{'krippendorff_alpha': 0.5333333333333333}",
        "{'krippendorff_alpha': None}",
        "{'krippendorff_alpha': 0.8780487804878049}",
    ]
