"""What each point of agreement costs: the scorer beside what a user would try first, on the same unseen calls.

From nothing to the scorer: a constant, the sentence's length alone, keywords and regular expressions, TF-IDF with
logistic regression, and embeddings of the scorer's own base with logistic heads (SetFit's way without its tuning).
All learn from the training conversations and set their thresholds on the same held-out ones as the scorer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from data.splits import Split, load_split
from eval.agreement import LABELS, MEAN, turn_agreement
from eval.baselines import constant_rater, keyword_rater
from eval.bootstrap import Estimate, draw
from eval.documents.markdown import table_lines
from eval.pairs import Pair, RaterFunction, rate_with
from eval.report import show
from eval.sentence_models import Features, SentenceModel, tfidf, word_counts
from rubric.spans import Labelled
from scoring.scorer import Scorer

BATCH = 256


def embeddings(base: Path) -> Features:
    """Mean-pooled sentence embeddings of a base, (n, hidden_width), each sentence embedded once."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(base)
    model: Any = AutoModel.from_pretrained(base).eval()
    known: dict[str, np.ndarray] = {}

    def embed(texts: Sequence[str]) -> np.ndarray:
        new = sorted({text for text in texts if text not in known}, key=len)
        for begin in track(range(0, len(new), BATCH), "embedding sentences", console=Console(stderr=True)):
            held = new[begin : begin + BATCH]
            inputs = tokenizer(held, padding=True, truncation=True, max_length=128, return_tensors="pt")
            with torch.no_grad():
                hidden = model(**inputs).last_hidden_state  # (B, T, H)
            mask = inputs["attention_mask"][..., None]
            pooled = torch.nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1))  # (B, H)
            known.update(zip(held, pooled.numpy(), strict=True))
        return np.stack([known[text] for text in texts])

    return embed


def raters(bundle: Path, base: Path, language: str) -> dict[str, RaterFunction]:
    """Everyone who is compared, the weakest first."""
    train = load_split(language, "train")
    held_out = [*load_split(language, "validation"), *load_split(language, "calibration")]
    scorer = Scorer.load(bundle)
    fitted: dict[str, Callable[[], RaterFunction]] = {
        "constant": lambda: constant_rater,
        "length alone": lambda: SentenceModel(word_counts, train, held_out),
        "keywords": lambda: keyword_rater,
        "TF-IDF, logistic regression": lambda: SentenceModel(tfidf(train), train, held_out),
        "embeddings, logistic heads": lambda: SentenceModel(embeddings(base), train, held_out),
        f"scorer {scorer.manifest.name}": lambda: lambda conversation: scorer.score(conversation).spans,
    }
    return {name: fit() for name, fit in fitted.items()}


def alphas(rater: RaterFunction, labelled: Sequence[Labelled], n_resamples: int) -> dict[str, Estimate]:
    """Alpha of turns by label, and their mean, with 90 % intervals over conversations."""
    pairs = [Pair(item.conversation, gold=item.rating.spans, predicted=()) for item in labelled]
    found = turn_agreement(rate_with(rater, pairs), draw(len(labelled), n_resamples))
    return {label: figures["alpha"] for label, figures in found.items()}


def main(
    bundle: Annotated[Path, typer.Argument(help="The scorer's folder.")] = Path("artifacts/bundles/en"),
    base: Annotated[Path, typer.Option(help="The base whose embeddings are compared.")] = Path(
        "artifacts/bases/all-MiniLM-L6-v2"
    ),
    language: Annotated[str, typer.Option(help="Language of the split; keywords are English.")] = "en",
    split: Annotated[Split, typer.Option(help="Where to compare; test is for the last word.")] = "validation",
    resamples: Annotated[int, typer.Option(min=1)] = 1000,
) -> None:
    """Compare the scorer with simpler raters, label by label."""
    labelled = load_split(language, split)
    console = Console()
    found = {name: alphas(rater, labelled, resamples) for name, rater in raters(bundle, base, language).items()}
    shown = Table(title=f"Alpha of turns, split {split}, {len(labelled)} conversations")
    shown.add_column("rater")
    labels = [MEAN, *map(str, LABELS)]
    for label in labels:
        shown.add_column(label.replace("_", " "), justify="right")
    rows = [
        [name, show(of[MEAN]), *(show(of[label]).partition(" [")[0] for label in labels[1:])]
        for name, of in found.items()
    ]
    for row in rows:
        shown.add_row(*row)
    console.print(shown)
    console.print(
        table_lines(["rater", *(label.replace("_", " ") for label in labels)], rows), markup=False, soft_wrap=True
    )


if __name__ == "__main__":
    typer.run(main)
