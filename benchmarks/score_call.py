"""A 250-turn call of 5,000 words: the scorer beside four separate Hugging Face pipelines over the same turns.

The pipelines are what people put together today, one text classifier a behaviour, each over every turn. Theirs are
the scorer's own base with a fresh head, so that the ratio compares ways of working, not sizes of models. Each way runs
in a process of its own, since the served one must not hold torch; memory is the process's peak.
"""

from __future__ import annotations

import json
import multiprocessing
import platform
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from data.splits import load_split
from rubric.conversation import Conversation

N_TURNS, N_WORDS = 250, 5000
SHORTEST = 4  # turns of a word or two are left out, so that 250 turns make 5,000 words
BEHAVIOURS = 4


def long_call() -> Conversation:
    """250 turns and about 5,000 words out of the held-out English conversations, in order.

    Turns are cut to the length at which the whole comes nearest to the words asked for.
    """
    turns = [turn for item in load_split("en", "calibration") for turn in item.conversation.turns]
    turns = [turn for turn in turns if turn.n_words >= SHORTEST][:N_TURNS]
    lengths = range(1, max(turn.n_words for turn in turns) + 1)
    most = min(lengths, key=lambda length: abs(sum(min(turn.n_words, length) for turn in turns) - N_WORDS))
    cut = [
        turn.model_copy(update={"text": " ".join(turn.text.split()[:most]), "start": None, "end": None})
        for turn in turns
    ]
    return Conversation(id="long-call", language="en", turns=tuple(cut))


def served(bundle: Path, n_runs: int) -> dict[str, float]:
    """Seconds of each run of the scorer, after one to warm up."""
    from scoring.scorer import Scorer

    scorer = Scorer.load(bundle)
    return _timed(lambda call: scorer.score(call), n_runs)


def pipelines(base: Path, n_runs: int) -> dict[str, float]:
    """The same of four text-classification pipelines."""
    from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

    tokenizer = AutoTokenizer.from_pretrained(base)
    classifiers: list[Any] = [
        pipeline(
            "text-classification",
            model=AutoModelForSequenceClassification.from_pretrained(base, num_labels=2),
            tokenizer=tokenizer,
            device="cpu",
        )
        for _ in range(BEHAVIOURS)
    ]

    def classify(call: Conversation) -> None:
        texts = [turn.text for turn in call.turns]
        for classifier in classifiers:
            classifier(texts, truncation=True)

    return _timed(classify, n_runs)


def _timed(run: Callable[[Conversation], object], n_runs: int) -> dict[str, float]:
    call = long_call()
    run(call)
    seconds = []
    for _ in range(n_runs):
        begun = time.perf_counter()
        run(call)
        seconds.append(time.perf_counter() - begun)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"median_seconds": sorted(seconds)[n_runs // 2], "fastest_seconds": min(seconds), "peak_megabytes": peak}


def main(
    bundle: Annotated[Path, typer.Option(help="The scorer's bundle.")] = Path("artifacts/bundles/en"),
    n_runs: Annotated[int, typer.Option(help="Timed runs of the scorer; the pipelines get a third of them.")] = 9,
    output: Annotated[Path, typer.Option(help="Where the figures go.")] = Path("artifacts/benchmarks/score_call.json"),
) -> None:
    """Measure both ways, print them beside each other and write the figures."""
    from training.bases import resolve

    call = long_call()
    base = resolve("all-MiniLM-L6-v2")
    # A fresh interpreter each: memory and loaded libraries are that way's own.
    context = multiprocessing.get_context("spawn")
    with context.Pool(1, maxtasksperchild=1) as pool:
        ours = pool.apply(served, (bundle, n_runs))
        theirs = pool.apply(pipelines, (base, max(1, n_runs // 3)))
    ratio = theirs["median_seconds"] / ours["median_seconds"]
    table = Table(
        title=f"{len(call.turns)} turns, {call.words_before[-1]:,} words, {platform.machine()}, {multiprocessing.cpu_count()} cores"
    )
    for column in ("way", "median s", "fastest s", "peak MB"):
        table.add_column(column, justify="left" if column == "way" else "right")
    for way, figures in (("foursignal scorer", ours), ("four pipelines", theirs)):
        table.add_row(
            way,
            f"{figures['median_seconds']:.2f}",
            f"{figures['fastest_seconds']:.2f}",
            f"{figures['peak_megabytes']:.0f}",
        )
    Console().print(table, f"the scorer is {ratio:.0f} times as fast")
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps({"scorer": ours, "pipelines": theirs, "ratio": ratio}, indent=1) + "\n")


if __name__ == "__main__":
    typer.run(main)
