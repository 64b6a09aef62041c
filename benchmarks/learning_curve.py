"""Is it the conversations or the model that lacks? The recipe taught on ever more natural conversations.

One stage on the authored conversations serves all points; from there each point is taught on its share of the natural
ones alone, the larger shares holding the smaller. Held-out natural conversations judge, thresholds fitted on one half
and applied to the other, both ways.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import matplotlib as mpl
import numpy as np
import typer
from matplotlib.figure import Figure
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from rich.console import Console
from rich.progress import track as progress
from tokenizers import Tokenizer

from data.splits import data_sha256, is_natural, load_split
from eval.agreement import LABELS, MEAN, turn_agreement
from eval.bootstrap import Estimate, draw
from eval.documents.markdown import table_lines
from eval.documents.write import STYLE
from eval.pairs import Pair
from eval.plots import GRID, JUDGED
from eval.report import show
from rubric.config import load_rubric
from rubric.errors import plain_errors
from rubric.spans import Labelled, Span
from scoring.calibration import Calibration, accept
from scoring.links import LinkHead
from scoring.windows import Windower
from training import bases
from training.calibrate import HeldOut, calibrate, look
from training.config import TrainConfig, load_config
from training.fit import Stage, fit_fresh
from training.model import ScorerModel
from training.study import open_study
from training.torch_backend import TorchBackend

SHARES = (0.0, 0.25, 0.5, 1.0)
POINTS = "points.jsonl"


class Point(BaseModel):
    """alpha: of turns by label and their mean over the held-out conversations. n: natural conversations taught on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    n: int
    alpha: dict[str, Estimate]


def stages_of(train: Sequence[Labelled], share: float, config: TrainConfig, epochs: float) -> list[Stage]:
    """All authored conversations, then a share of the natural ones alone; a larger share holds every smaller one."""
    authored = [item for item in train if not is_natural(item.conversation.id)]
    natural = [item for item in train if is_natural(item.conversation.id)]
    order = np.random.default_rng(config.seed).permutation(len(natural))[: round(share * len(natural))]
    first = Stage("authored", authored, config.optimisation.authored_epochs)
    return [first, *([Stage(f"natural-{len(order)}", [natural[i] for i in order], epochs)] if len(order) else [])]


def judged(model: ScorerModel, windower: Windower, held_out: Sequence[Labelled], resamples: int) -> dict[str, Estimate]:
    """Alpha of turns on held-out conversations, each half read with the other half's calibration."""
    backend, heads = TorchBackend(model), model.heads
    links = LinkHead(heads.link_weights.detach().numpy(), heads.link_bias.detach().numpy())
    seen = [look(item, windower, backend) for item in progress(held_out, "reading held-out conversations")]
    halves = [seen[::2], seen[1::2]]
    pairs = [
        _pair(item, calibration)
        for half, other in (halves, halves[::-1])
        for calibration in [calibrate(other, links, load_rubric())]
        for item in half
    ]
    found = turn_agreement(pairs, draw(len(pairs), resamples))
    return {label: figures["alpha"] for label, figures in found.items()}


def _pair(item: HeldOut, calibration: Calibration) -> Pair:
    accepted = [rated for rated in accept(item.found, calibration) if rated.accepted]
    spans = (
        Span(turn=rated.candidate.turn, start=rated.candidate.start, end=rated.candidate.end, label=rated.label)
        for rated in accepted
    )
    return Pair(item.conversation, gold=item.spans, predicted=tuple(spans))


def per_doubling(points: Sequence[Point]) -> tuple[float, float]:
    """Least squares of the mean alpha on log2 of the conversations: (gain per doubling, value at one conversation)."""
    fitted: NDArray[np.float64] = np.polyfit(
        [np.log2(point.n) for point in points if point.n],
        [point.alpha[MEAN].value or 0.0 for point in points if point.n],
        1,
    )
    return float(fitted[0]), float(fitted[1])


def curve(points: Sequence[Point]) -> Figure:
    """Mean alpha with its interval and each label's in grey, against the natural conversations taught on."""
    figure = Figure(figsize=(7, 4.4), layout="constrained")
    axes = figure.subplots()
    taught = [point.n for point in points]
    for label in [*map(str, LABELS), MEAN]:
        mean = label == MEAN
        values = [np.nan if (value := point.alpha[label].value) is None else value for point in points]
        axes.plot(taught, values, "o-" if mean else "-", color=JUDGED if mean else GRID, lw=1.5)
    for point in points:
        found = point.alpha[MEAN]
        if found.low is not None and found.high is not None:
            axes.plot([point.n, point.n], [found.low, found.high], color=JUDGED, alpha=0.5)
    axes.set_xlabel("natural conversations taught on")
    axes.set_ylabel("alpha: mean of labels, each label in grey")
    return figure


def markdown(points: Sequence[Point], n_held_out: int) -> str:
    """The figures as a Markdown page."""
    header = ["natural conversations", "mean of labels", *(str(label).replace("_", " ") for label in LABELS)]
    rows = [
        [str(p.n), show(p.alpha[MEAN]), *(show(p.alpha[str(label)]).partition(" [")[0] for label in LABELS)]
        for p in points
    ]
    lines = ["# Learning curve", "", f"Alpha of turns on {n_held_out} held-out natural conversations.", ""]
    lines += [table_lines(header, rows), "", "![learning curve](learning-curve.svg)"]
    if sum(point.n > 0 for point in points) >= 2:
        gain, start = per_doubling(points)
        most = max(point.n for point in points)
        lines[4:4] = [
            f"Each doubling of the natural conversations brings {gain:.3f}; by that line {4 * most} of them would give "
            f"{start + gain * np.log2(4 * most):.2f}.",
            "",
        ]
    return "\n".join(lines) + "\n"


def main(
    recipe: Annotated[Path, typer.Option(help="What is taught; its authored stage comes first.")] = Path(
        "configs/train/en.yaml"
    ),
    epochs: Annotated[
        float | None,
        typer.Option(help="Over each share of the natural conversations.", show_default="the recipe's"),
    ] = None,
    output: Annotated[Path, typer.Option(help="Folder of points, page and plot; a killed study goes on there.")] = Path(
        "artifacts/reports/learning-curve"
    ),
    resamples: Annotated[int, typer.Option(min=1)] = 1000,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start anew, whatever the folder holds.")] = False,
) -> None:
    """Teach the recipe on a quarter, a half and all of the natural conversations and judge it on held-out ones."""
    config = load_config(recipe)
    epochs = epochs or config.optimisation.epochs
    train = load_split(config.language, "train")
    validation = load_split(config.language, "validation")
    held_out = [*validation, *load_split(config.language, "calibration")]
    tokenizer = Tokenizer.from_file(str(bases.resolve(config.base) / "tokenizer.json"))
    windower = Windower(tokenizer, config.windows)
    taught = {"epochs": epochs, "resamples": resamples, "data_sha256": data_sha256(config.language)}
    open_study(output, config.model_dump(mode="json") | {"study": taught}, fresh=fresh)
    kept, console = output / POINTS, Console()
    points = [Point.model_validate_json(line) for line in kept.read_text().splitlines()] if kept.exists() else []
    for share in SHARES:
        stages = stages_of(train, share, config, epochs)
        n = len(stages[1].labelled) if len(stages) > 1 else 0
        if n in {point.n for point in points}:
            continue
        console.rule(f"{n} natural conversations")
        model = fit_fresh(config, windower, stages, validation, output, lambda _figures, _step: None)
        points.append(Point(n=n, alpha=judged(model, windower, held_out, resamples)))
        kept.write_text("".join(point.model_dump_json() + "\n" for point in points))
    points.sort(key=lambda point: point.n)
    with mpl.rc_context(STYLE):
        curve(points).savefig(output / "learning-curve.svg", metadata={"Date": None})
    report = markdown(points, len(held_out))
    (output / "report.md").write_text(report, encoding="utf-8")
    console.print(report, markup=False, soft_wrap=True)


if __name__ == "__main__":
    with plain_errors():
        typer.run(main)
