"""The shipped scorer on talk that people labelled, without any training on it: `python -m eval.transfer`.

Each row compares one behaviour of a public data set with the codebook label nearest to it, turn by turn. Their
definitions are not ours, and the talk is no sales call: a row says how far a label carries, not how right it is.
Where several people rated the same conversations, their agreement with each other stands beside the scorer's with them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.progress import track

from data.corpora.corpora import CORPORA, Corpus
from eval.agreement import UNDEFINED_ALPHA, as_square, confusion_alpha, precision, prevalence, recall
from eval.bootstrap import Estimate, Floats, draw, estimate
from eval.coefficients import cohen_kappa
from eval.documents.markdown import table_lines
from eval.report import show
from rubric.codebook import CODEBOOK, Label
from rubric.conversation import Conversation
from rubric.errors import DataError, plain_errors
from rubric.spans import Labelled, Span
from scoring.scorer import Scorer

UNDEFINED = "undefined: never marked"
QUESTIONS = frozenset({Label.DISCOVERY_QUESTION, Label.CLOSED_QUESTION})


@dataclass(frozen=True)
class Behaviour:
    """One behaviour of a data set. theirs: the labels its reader maps it to. ours: the scorer's labels that count.

    mismatch: what their definition takes in or leaves out beside ours.
    """

    name: str
    theirs: frozenset[Label]
    ours: frozenset[Label]
    mismatch: str


BEHAVIOURS: dict[str, tuple[Behaviour, ...]] = {
    "annomi": (
        Behaviour(
            "open question",
            frozenset({Label.DISCOVERY_QUESTION}),
            frozenset({Label.DISCOVERY_QUESTION}),
            "theirs counts rapport and leading questions too, if they are open",
        ),
        Behaviour(
            "any question",
            QUESTIONS,
            QUESTIONS,
            "theirs counts rapport, logistics and checking back",
        ),
        Behaviour(
            "reflection",
            frozenset({Label.LISTENING_CUE}),
            frozenset({Label.LISTENING_CUE, Label.OBJECTION_RESTATEMENT}),
            "theirs counts guesses beyond what was said, and echoes of a word or two",
        ),
        Behaviour(
            "sustain talk",
            frozenset({Label.OBJECTION}),
            frozenset({Label.OBJECTION}),
            "theirs is any reason against changing one's own life; there is no offer to object to",
        ),
    ),
    "p4g": (
        Behaviour(
            "ask for a donation",
            frozenset({Label.CLOSE_ASK}),
            frozenset({Label.CLOSE_ASK}),
            "theirs counts confirming an amount and hints without a question",
        ),
        Behaviour(
            "resistance",
            frozenset({Label.OBJECTION}),
            frozenset({Label.OBJECTION}),
            "theirs counts asking back, hesitation and offering less",
        ),
        Behaviour(
            "appeal",
            frozenset({Label.VALUE_CLAIM}),
            frozenset({Label.VALUE_CLAIM}),
            "theirs praises a charity to a giver, who gains nothing by it",
        ),
    ),
    "casino": (
        Behaviour(
            "self-need, other-need",
            frozenset({Label.NEED}),
            frozenset({Label.NEED}),
            "theirs counts reasons given for wanting an item, the scorer also counts the bare wish",
        ),
        Behaviour(
            "elicit preference",
            frozenset({Label.DISCOVERY_QUESTION}),
            QUESTIONS,
            "theirs does not tell open from closed questions",
        ),
    ),
}


@dataclass(frozen=True)
class Transfer:
    """One row. raters: mean kappa of rater against rater, scorer_with_raters: of the scorer against each, on the
    conversations with several raters; None where there are none."""

    corpus: str
    behaviour: Behaviour
    n_conversations: int
    kappa: Estimate
    alpha: Estimate
    precision: Estimate
    recall: Estimate
    prevalence: Estimate
    scorer_with_raters: float | None
    raters: float | None


def has(conversation: Conversation, spans: Sequence[Span], labels: frozenset[Label]) -> np.ndarray:
    """(n_units,) whether each turn of the labels' role holds one of them."""
    role = next(CODEBOOK[label].role for label in labels)
    held = {span.turn for span in spans if span.label in labels}
    return np.array([index in held for index, turn in enumerate(conversation.turns) if turn.role == role], dtype=bool)


def cells(gold: np.ndarray, predicted: np.ndarray) -> Floats:
    """(4,) units marked by both, only predicted, only gold, by neither."""
    return np.array(
        [(gold & predicted).sum(), (~gold & predicted).sum(), (gold & ~predicted).sum(), (~gold & ~predicted).sum()],
        dtype=np.float64,
    )


def transfer(
    name: str, labelled: Sequence[Labelled], scored: Mapping[str, Sequence[Span]], n_resamples: int = 1000
) -> list[Transfer]:
    """The rows of one data set. labelled: one item a conversation and rater; scored: the scorer's spans by id.

    The first rater of a conversation is its gold; intervals (90 %) draw groups of conversations that belong together.
    """
    corpus: Corpus = CORPORA[name]
    raters: dict[str, list[Labelled]] = {}
    for item in labelled:
        raters.setdefault(item.conversation.id, []).append(item)
    rows = []
    for behaviour in BEHAVIOURS[name]:
        counts: dict[str, Floats] = {}
        with_raters, among = [], []
        for conversation_id, held in raters.items():
            conversation = held[0].conversation
            predicted = has(conversation, scored[conversation_id], behaviour.ours)
            golds = [has(conversation, item.rating.spans, behaviour.theirs) for item in held]
            group = corpus.group_of(conversation_id)
            counts[group] = counts.get(group, np.zeros(4)) + cells(golds[0], predicted)
            if len(golds) > 1:
                with_raters += [cells(gold, predicted) for gold in golds]
                among += [cells(left, right) for left, right in combinations(golds, 2)]
        table_of_groups = np.array(list(counts.values()))
        resamples = draw(len(counts), n_resamples)
        n = int(table_of_groups.sum())
        figures = {
            key: estimate(table_of_groups, statistic, resamples, n=n, undefined=undefined)
            for key, statistic, undefined in (
                ("kappa", lambda table: cohen_kappa(as_square(table)), UNDEFINED_ALPHA),
                ("alpha", confusion_alpha, UNDEFINED_ALPHA),
                ("precision", precision, UNDEFINED),
                ("recall", recall, UNDEFINED),
                ("prevalence", prevalence, UNDEFINED),
            )
        }
        rows.append(
            Transfer(
                name,
                behaviour,
                len(raters),
                scorer_with_raters=_mean_kappa(with_raters),
                raters=_mean_kappa(among),
                **figures,
            )
        )
    return rows


def _mean_kappa(tables: Sequence[Floats]) -> float | None:
    kappas = [float(kappa) for kappa in (cohen_kappa(as_square(table)) for table in tables) if not np.isnan(kappa)]
    return float(np.mean(kappas)) if kappas else None


def markdown(rows: Sequence[Transfer]) -> str:
    """The rows as a Markdown table."""
    heads = (
        "data set", "behaviour → label", "conversations", "turns", "kappa", "precision", "recall", "share of turns",
        "scorer with each rater", "rater with rater", "why they differ",
    )  # fmt: skip
    body = [
        [
            CORPORA[row.corpus].source.name,
            f"{row.behaviour.name} → {' or '.join(sorted(label.replace('_', ' ') for label in row.behaviour.ours))}",
            str(row.n_conversations),
            str(row.kappa.n),
            show(row.kappa),
            *(show(found).partition(" [")[0] for found in (row.precision, row.recall, row.prevalence)),
            *("—" if found is None else f"{found:.2f}" for found in (row.scorer_with_raters, row.raters)),
            row.behaviour.mismatch,
        ]
        for row in rows
    ]
    return table_lines(heads, body)


def main(
    bundle: Annotated[Path, typer.Argument(help="The scorer's folder, such as artifacts/bundles/en.")],
    annomi: Annotated[Path | None, typer.Option(help="AnnoMI-full.csv.")] = None,
    p4g: Annotated[Path | None, typer.Option(help="ResPer's Final_annotations.csv.")] = None,
    casino: Annotated[Path | None, typer.Option(help="casino.json, or one of its splits.")] = None,
    output: Annotated[Path | None, typer.Option(help="Also write the table to this Markdown file.")] = None,
    resamples: Annotated[int, typer.Option(min=1, help="Bootstrap resamples of the conversations.")] = 1000,
) -> None:
    """How far does a scorer carry to talk that people labelled? Give the original files; `python -m data corpora` says
    where to get them.

        python -m eval.transfer artifacts/bundles/en --annomi AnnoMI-full.csv --p4g Final_annotations.csv
    """
    with plain_errors():
        files = {name: path for name, path in (("annomi", annomi), ("p4g", p4g), ("casino", casino)) if path}
        if not files:
            raise DataError(
                "expected at least one of --annomi, --p4g, --casino; `python -m data corpora` names the files"
            )
        scorer = Scorer.load(bundle)
        rows: list[Transfer] = []
        for name, path in files.items():
            labelled = [item for item in CORPORA[name].read(path) if isinstance(item, Labelled)]
            conversations = {item.conversation.id: item.conversation for item in labelled}
            scored = {
                key: scorer.score(conversation).spans
                for key, conversation in track(conversations.items(), f"scoring {name}", console=Console(stderr=True))
            }
            rows += transfer(name, labelled, scored, resamples)
        text = f"Scorer {scorer.manifest.name}, 90 % intervals over conversations.\n\n{markdown(rows)}\n"
        Console().print(text, markup=False, highlight=False, soft_wrap=True)
        if output:
            try:
                output.write_text(text, encoding="utf-8")
            except OSError as error:
                raise DataError(f"cannot write {output}: {error.strerror}") from error


if __name__ == "__main__":
    typer.run(main)
