"""How long does `python -m eval raters` take? 200 conversations of 30 turns, five raters who mark spans, with gaps.

`python -m benchmarks.raters` writes the labels into a folder, runs the command on them as a
user would, and prints seconds and memory. The aim is under two minutes on two cores.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import numpy as np
import psutil
import typer

from data.annotations.read import write_labels
from rubric.codebook import CODEBOOK, Label
from rubric.conversation import Conversation, Turn
from rubric.spans import Labelled, Rating, Span, in_order

N_TURNS, WORDS = 30, 40
MISSING = 0.1
ROOT = Path(__file__).parent.parent


def labels_of_raters(n_conversations: int, n_raters: int, seed: int = 0) -> list[Labelled]:
    """Conversations of numbered words; each rater marks true spans, misses some, moves bounds, adds a few."""
    generator = np.random.default_rng(seed)
    labelled: list[Labelled] = []
    for number in range(n_conversations):
        turns = tuple(
            Turn(
                speaker="R" if i % 2 == 0 else "C",
                role="rep" if i % 2 == 0 else "customer",
                text=" ".join(f"word{j:02d}" for j in range(WORDS)),
            )
            for i in range(N_TURNS)
        )
        conversation = Conversation(id=f"c{number:03d}", language="en", turns=turns, times="none")
        true = [(i, _label(generator, turn.role)) for i, turn in enumerate(turns) if generator.random() < 0.6]
        for rater in range(n_raters):
            if generator.random() > MISSING:
                rating = Rating(conversation=conversation.id, rater=f"rater {rater}", spans=_marked(generator, true))
                labelled.append(Labelled(conversation, rating))
    return labelled


def _label(generator: np.random.Generator, role: str) -> Label:
    labels = [label for label, held in CODEBOOK.items() if held.role == role]
    return labels[int(generator.integers(len(labels)))]


def _marked(generator: np.random.Generator, true: list[tuple[int, Label]]) -> tuple[Span, ...]:
    spans: list[Span] = []
    numbers = {"N": 0, "O": 0}
    seen: dict[str, list[str]] = {"need": [], "objection": []}
    for turn, label in true:
        if generator.random() < 0.15:
            continue
        start, end = 7 * int(generator.integers(2, 5)), 7 * int(generator.integers(12, 16)) - 1
        definition = CODEBOOK[label]
        own = None
        if definition.id_prefix:
            numbers[definition.id_prefix] += 1
            own = f"{definition.id_prefix}{numbers[definition.id_prefix]}"
            seen[str(label)].append(own)
        earlier = seen[str(definition.refers_to)][-1:] if definition.refers_to else []
        spans.append(Span(turn=turn, start=start, end=end, label=label, id=own, refers_to=tuple(earlier)))
    return tuple(in_order(spans))


def main(
    conversations: Annotated[int, typer.Option(min=5)] = 200, raters: Annotated[int, typer.Option(min=2)] = 5
) -> None:
    """Seconds and memory of the command on simulated labels."""
    labelled = labels_of_raters(conversations, raters)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "labels.jsonl"
        write_labels(path, labelled)
        command = [sys.executable, "-m", "eval", "raters", str(path), "--output", str(Path(folder) / "report")]
        started = time.perf_counter()
        process = psutil.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        peak, seconds_of_cpu = 0, 0.0
        while process.poll() is None:
            try:
                times = process.cpu_times()
                peak, seconds_of_cpu = max(peak, process.memory_info().rss), times.user + times.system
            except psutil.Error:
                break
            time.sleep(0.2)
        code = process.wait()
        seconds = time.perf_counter() - started
    typer.echo(
        f"{conversations} conversations, {len(labelled)} labellings, {sum(len(i.rating.spans) for i in labelled)} spans: "
        f"exit {code}, {seconds:.1f} s ({seconds_of_cpu:.1f} s of processor), {peak / 1e6:.0f} MB"
    )


if __name__ == "__main__":
    typer.run(main)
