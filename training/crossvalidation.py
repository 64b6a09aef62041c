"""A recipe on a public data set with human labels, in folds: what the architecture learns from people's labels.

Groups that belong together (transcripts of one video) stay in one fold. Each fold's predictions lie in its folder, so a
killed study goes on with the next fold; the figures are pooled over all held-out turns.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track as progress
from sklearn.metrics import cohen_kappa_score, f1_score
from tokenizers import Tokenizer

from data.corpora import annomi, annomi_behaviours
from data.corpora.annomi_behaviours import SLOTS
from rubric.errors import ConfigError
from rubric.spans import Labelled
from scoring.decoding import turn_scores
from scoring.tags import LABELS
from scoring.windows import Windower
from training import bases
from training.config import TrainConfig
from training.fit import Stage, discard_checkpoints, fit_fresh
from training.model import ScorerModel
from training.study import open_study
from training.torch_backend import TorchBackend

PREDICTIONS = "predictions.jsonl"
RESAMPLES = 1000
MAIN = tuple(SLOTS["main_therapist_behaviour"].values())
TALK = tuple(SLOTS["client_talk_type"].values())
Metric = Callable[[NDArray[np.bool_], NDArray[np.float64]], float]


@dataclass(frozen=True)
class Turns:
    """All held-out turns of one role. gold: (n, n_labels); scores: (n, n_labels) probabilities; group: (n,) names."""

    gold: NDArray[np.bool_]
    scores: NDArray[np.float64]
    group: NDArray[np.str_]


def folds_of(groups: Sequence[str], n_folds: int) -> dict[str, int]:
    """The fold of each group: by rank of SHA-256, dealt out in turn."""
    ranked = sorted(set(groups), key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    return {name: rank % n_folds for rank, name in enumerate(ranked)}


def study(config: TrainConfig, data: Path | None, folder: Path, console: Console, *, fresh: bool = False) -> str:
    """Train and predict fold by fold in `folder`; returns the figures as Markdown, and writes them to its report.md.

    Raises ConfigError where the recipe names no data set, no file is given, or `folder` holds a study of another
    recipe and `fresh` is not set; DataError where the file is not the original one.
    """
    if config.corpus is None:
        raise ConfigError("the recipe has no `corpus`: leave --data out to train on the shipped conversations")
    if data is None:
        raise ConfigError(f"expected --data with the original file of {config.corpus}; see python -m data corpora")
    labelled = annomi_behaviours.read(data)
    open_study(folder, config.model_dump(mode="json"), fresh=fresh)
    fold_of = folds_of([annomi.group_of(item.conversation.id) for item in labelled], config.folds)
    windower = Windower(Tokenizer.from_file(str(bases.resolve(config.base) / "tokenizer.json")), config.windows)
    for fold in range(config.folds):
        at = folder / f"fold-{fold + 1}"
        if (at / PREDICTIONS).exists():
            continue
        console.rule(f"Fold {fold + 1} of {config.folds}")
        held = [item for item in labelled if fold_of[annomi.group_of(item.conversation.id)] == fold]
        train = [item for item in labelled if fold_of[annomi.group_of(item.conversation.id)] != fold]
        stage = Stage("all", train, config.optimisation.epochs)
        model = fit_fresh(config, windower, [stage], held, at, lambda _figures, _step: None)
        _predict(model, windower, held, at / PREDICTIONS)
        discard_checkpoints(at)
    report = markdown(config, len(labelled), {role: _gather(folder, role) for role in ("rep", "customer")})
    (folder / "report.md").write_text(report, encoding="utf-8")
    return report


def _predict(model: ScorerModel, windower: Windower, held: Sequence[Labelled], path: Path) -> None:
    backend = TorchBackend(model)
    lines = []
    for item in progress(held, "predicting the held-out fold"):
        windows = windower.windows(item.conversation)
        scores = turn_scores(item.conversation, windows, backend.run(windows))
        for index, turn in enumerate(item.conversation.turns):
            if index not in scores:
                continue
            gold = {span.label for span in item.rating.spans if span.turn == index}
            row = {
                "id": item.conversation.id,
                "turn": index,
                "role": turn.role,
                "gold": [label in gold for label in LABELS],
                "scores": [round(float(p), 5) for p in scores[index].turn],
            }
            lines.append(json.dumps(row))
    partial = path.with_suffix(".partial")
    partial.write_text("\n".join(lines) + "\n", encoding="utf-8")
    partial.rename(path)


def _gather(folder: Path, role: str) -> Turns:
    rows = [
        row
        for path in sorted(folder.glob(f"fold-*/{PREDICTIONS}"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if (row := json.loads(line))["role"] == role
    ]
    return Turns(
        np.array([row["gold"] for row in rows], dtype=bool),
        np.array([row["scores"] for row in rows]),
        np.array([annomi.group_of(row["id"]) for row in rows]),
    )


def main_behaviour_f1(gold: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """Macro-F1 of the four main behaviours, the likeliest one predicted."""
    columns = [LABELS.index(label) for label in MAIN]
    return float(f1_score(gold[:, columns].argmax(1), scores[:, columns].argmax(1), average="macro"))


def client_talk_f1(gold: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
    """Macro-F1 of change, sustain and neutral talk; neutral where neither of the others reaches one half."""
    columns = [LABELS.index(label) for label in TALK]
    neutral = len(columns)
    predicted = np.where(scores[:, columns].max(1) >= 0.5, scores[:, columns].argmax(1), neutral)
    right = np.where(gold[:, columns].any(1), gold[:, columns].argmax(1), neutral)
    return float(f1_score(right, predicted, average="macro"))


def slot_kappa(column: str, value: str) -> Metric:
    """Cohen's kappa of one slot at one half."""
    index = LABELS.index(SLOTS[column][value])

    def kappa(gold: NDArray[np.bool_], scores: NDArray[np.float64]) -> float:
        return float(cohen_kappa_score(gold[:, index], scores[:, index] >= 0.5))

    return kappa


FIGURES: dict[str, tuple[str, Metric]] = {
    "main behaviour of four, macro-F1": ("rep", main_behaviour_f1),
    "open question, kappa": ("rep", slot_kappa("question_subtype", "open")),
    "reflection, kappa": ("rep", slot_kappa("reflection_exists", "True")),
    "client talk of three, macro-F1": ("customer", client_talk_f1),
}


def with_interval(metric: Metric, turns: Turns, seed: int = 0) -> tuple[float, float, float]:
    """The metric and the ends of its 90 % percentile interval over groups."""
    rng = np.random.default_rng(seed)
    names, member = np.unique(turns.group, return_inverse=True)
    rows_of = [np.flatnonzero(member == index) for index in range(len(names))]
    drawn = [np.concatenate([rows_of[i] for i in rng.integers(len(names), size=len(names))]) for _ in range(RESAMPLES)]
    values = [metric(turns.gold[rows], turns.scores[rows]) for rows in drawn]
    low, high = np.quantile(values, [0.05, 0.95])
    return metric(turns.gold, turns.scores), float(low), float(high)


def markdown(config: TrainConfig, n_conversations: int, turns: dict[str, Turns]) -> str:
    """The figures as a Markdown page."""
    lines = [
        f"# {config.corpus}: {config.folds} folds, {n_conversations} conversations",
        "",
        f"Base {config.base}, windows of {config.windows.max_tokens} tokens with {config.windows.context_tokens} of "
        "context; 90 % intervals over groups of conversations.",
        "",
        "| figure | turns | value |",
        "|:--|--:|--:|",
    ]
    for name, (role, metric) in FIGURES.items():
        value, low, high = with_interval(metric, turns[role])
        lines.append(f"| {name} | {len(turns[role].gold):,} | {value:.3f} [{low:.3f}, {high:.3f}] |")
    return "\n".join(lines) + "\n"
