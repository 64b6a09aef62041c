"""MLflow tracking in a local SQLite store under artifacts/: parameters, figures by step, hashes, the report."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import mlflow
from mlflow.exceptions import MlflowException

STORE = Path("artifacts/mlflow.db")


@contextmanager
def run(experiment: str, run_id: str | None, tags: Mapping[str, str]) -> Iterator[str]:
    """An MLflow run, or the one with `run_id` gone on with where this store knows it; yields its id."""
    STORE.parent.mkdir(parents=True, exist_ok=True)
    mlflow.set_tracking_uri(f"sqlite:///{STORE}")
    if mlflow.get_experiment_by_name(experiment) is None:
        mlflow.create_experiment(experiment, artifact_location=(STORE.parent / "mlruns").resolve().as_uri())
    mlflow.set_experiment(experiment)
    known = run_id if run_id and _is_known(run_id) else None
    with mlflow.start_run(run_id=known, tags=dict(tags)) as started:
        yield started.info.run_id


def _is_known(run_id: str) -> bool:
    """A scorer that was trained elsewhere names a run of another store."""
    try:
        mlflow.get_run(run_id)
    except MlflowException:
        return False
    return True


def parameters(values: Mapping[str, object]) -> None:
    """Record the recipe, nested keys joined by dots."""
    mlflow.log_params(_flat(values))


def figures(values: Mapping[str, float], step: int) -> None:
    """Record figures at a step."""
    mlflow.log_metrics(dict(values), step=step)


def files(folder: Path) -> None:
    """Keep a folder's files (the report, the card) with the run."""
    mlflow.log_artifacts(str(folder))


def _flat(values: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    flat: dict[str, object] = {}
    for key, value in values.items():
        flat |= _flat(value, f"{prefix}{key}.") if isinstance(value, Mapping) else {f"{prefix}{key}": value}
    return flat


def commit() -> str:
    """The commit of the working tree, with "+" where it holds changes; "unknown" outside a checkout."""
    found = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    if found.returncode:
        return "unknown"
    changed = subprocess.run(
        ["git", "diff", "--quiet", "HEAD", "--", "rubric", "data", "scoring", "training", "configs"], check=False
    )
    return found.stdout.strip() + ("+" if changed.returncode else "")
