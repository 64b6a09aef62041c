"""The README stays true: its tree, its commands, its links."""

from __future__ import annotations

import fnmatch
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
IGNORED = {".venv", "artifacts", "__pycache__", ".git", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis"}


def tracked_files() -> list[str]:
    """The checkout's files; where it is no checkout, those that lie there."""
    run = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if run.returncode == 0 and run.stdout:
        return [path for path in run.stdout.splitlines() if (ROOT / path).exists()]
    found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
    return [path.as_posix() for path in found if not IGNORED & set(path.parts)]


def tree_patterns() -> list[str]:
    """The paths, or patterns of many like files, at the beginning of the tree's lines."""
    tree = README.split("## The tree")[1].split("```")[1]
    return [line.split()[0] for line in tree.splitlines() if line.strip()]


def test_every_file_is_in_the_tree() -> None:
    patterns = tree_patterns()
    missing = [path for path in tracked_files() if not any(fnmatch.fnmatch(path, pattern) for pattern in patterns)]
    assert missing == []


def test_every_line_of_the_tree_is_a_file() -> None:
    files = tracked_files()
    assert [pattern for pattern in tree_patterns() if not fnmatch.filter(files, pattern)] == []


def test_make_targets_exist_and_have_help() -> None:
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    helped = set(re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE))
    named = set(re.findall(r"\bmake ([a-z-]+)", README.split("## The tree")[0])) - {"it"}
    assert named <= targets
    assert targets == helped


@pytest.mark.parametrize("module", sorted(set(re.findall(r"python -m (\w+)", README))))
def test_commands_exist(module: str) -> None:
    assert (ROOT / module / "__main__.py").is_file()


def test_links_lead_somewhere() -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
