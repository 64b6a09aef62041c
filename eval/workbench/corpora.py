"""Public data sets with human raters, for the workbench: what `data.corpora` reads, with who the raters were."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from data.corpora.corpora import CORPORA
from data.corpora.uptake import Exchange
from eval.workbench.codebook import load_codebook
from eval.workbench.gathered import Gathered
from eval.workbench.study import Observation, Said
from rubric.spans import Labelled

UPTAKE = Path(__file__).parent.parent.parent / "configs" / "codebooks" / "uptake.yaml"
HEADS = {  # columns that tell the original files from other tables
    "annomi": ("transcript_id", "annotator_id", "main_therapist_behaviour"),
    "uptake": ("obs_id", "exchange_idx", "uptake_majority"),
}
N_RATERS = 3


def read(name: str, path: Path) -> Gathered:
    """The ratings of a data set's original file."""
    corpus = CORPORA[name]
    items = corpus.read(path)
    labelled = [item for item in items if isinstance(item, Labelled)]
    if labelled:
        return Gathered(labelled=labelled, covers=corpus.covers)
    return _uptake([item for item in items if isinstance(item, Exchange)])


def ratings_behind(exchange: Exchange) -> tuple[int, ...] | None:
    """The ratings, from 0 to 2, that must lie behind an exchange's mean, majority and number who agree.

    None where the three do not tell: a mean of 1 on which no two agree is one rater's 1, or 0 and 2, or 0, 1 and 2.

    >>> ratings_behind(Exchange("1-1", "", "", uptake=5 / 3, majority=2, n_agree=2))
    (1, 2, 2)
    >>> ratings_behind(Exchange("1-2", "", "", uptake=1.5, majority=None, n_agree=1))
    (1, 2)
    >>> ratings_behind(Exchange("1-3", "", "", uptake=1.0, majority=None, n_agree=1)) is None
    True
    """
    if exchange.uptake is None:
        return ()
    mean, majority = exchange.uptake, exchange.majority
    if majority is None:
        single = {0.0: (0,), 2.0: (2,), 0.5: (0, 1), 1.5: (1, 2)}
        return single.get(round(mean, 4))
    if exchange.n_agree == 2 and abs(mean - majority) > 1e-6:
        third = round(N_RATERS * mean - 2 * majority)
        return tuple(sorted((majority, majority, third)))
    return (majority,) * exchange.n_agree


def _uptake(exchanges: Sequence[Exchange]) -> Gathered:
    """Exchanges as turns of their lesson, ratings in order of size: who gave which is not in the file."""
    observations: list[Observation] = []
    said: dict[str, dict[int, Said]] = {}
    n_unclear = 0
    for exchange in exchanges:
        lesson, _, number = exchange.id.rpartition("-")
        found = ratings_behind(exchange)
        n_unclear += found is None
        for label, values in (("uptake", found or ()), ("uptake_at_worst", (0, 1, 2) if found is None else found)):
            observations += (
                Observation(lesson, int(number), str(rank), label, float(value))
                for rank, value in enumerate(values, start=1)
            )
        words = f"student: {exchange.student} / teacher: {exchange.teacher}"
        said.setdefault(lesson, {})[int(number)] = Said("", words)
    note = (
        f"The file holds each exchange's mean, majority and number of raters who agree. They tell the ratings apart but "
        f"for {n_unclear} of {len(exchanges)} exchanges, whose mean of 1 without a majority may be one rater's 1, or 0 "
        "and 2, or 0, 1 and 2: `uptake` leaves them out, `uptake_at_worst` takes them as 0, 1 and 2. Who gave which "
        "rating is not in the file."
    )
    return Gathered(observations=observations, said=said, codebook=load_codebook(UPTAKE), anonymous=True, notes=(note,))
