"""The shipped scorer as one more rater beside real studies' raters; writes the figures into the pages.

`python -m benchmarks.real_raters --human FOLDER` (`make raters-figures HUMAN=FOLDER`) runs what `python -m eval
versus-raters` runs on AnnoMI's two transcripts that ten people rated, on the test split's three raters, and on
conversational uptake as far as its summarised ratings allow, and puts the tables between the marks of
docs/reliability.md and README.md. FOLDER holds annomi/AnnoMI-full.csv and uptake/uptake_data.csv, which are not shipped;
the tables of a file that is missing stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.progress import track
from scipy.stats import spearmanr

from data.corpora.uptake import Exchange
from data.corpora.uptake import read as read_uptake
from eval.bootstrap import Floats, bootstrap, draw
from eval.documents.markdown import table_lines
from eval.report import show
from eval.statistics.alternative_annotator import EPSILON
from eval.workbench.judged import scorer_as_judged
from eval.workbench.left_out import left_out, pair_counts_of
from eval.workbench.options import open_study
from eval.workbench.simple_models import simple_models
from eval.workbench.versus_study import LabelVersus, VersusStudy, hold_against_raters
from rubric.codebook import Label
from rubric.conversation import Conversation, Turn
from rubric.errors import DataError, plain_errors
from scoring.scorer import Scorer

ROOT = Path(__file__).parent.parent
PAGES = ROOT / "docs" / "reliability.md", ROOT / "README.md"
TEST = ROOT / "data" / "transcripts" / "en.test.ratings.jsonl"
COUNTED_AS = {"objection_restatement": "listening_cue"}  # AnnoMI's raters were asked for reflections of any kind
TAKES_UP = (Label.LISTENING_CUE, Label.OBJECTION_RESTATEMENT, Label.ACKNOWLEDGEMENT)


def versus(paths: list[Path], bundle: Path, conversations: Path | None, counted_as: dict[str, str]) -> VersusStudy:
    """The study behind `python -m eval versus-raters` with these options."""
    console = Console(stderr=True)
    study = open_study(paths, conversations=conversations).overlapping()
    judged = scorer_as_judged(study, bundle, counted_as, console)
    return hold_against_raters(study, judged, epsilon=EPSILON["experts"], console=console)


def long_table(found: VersusStudy) -> str:
    """Every label: alpha with and without the scorer, in a rater's place, rho of every judge, and the verdict."""
    rows = []
    for held in found.labels:
        judges = [held.judged, *held.simple]
        rho = [judge.published.advantage for judge in judges]
        rows.append(
            [
                held.units.label.replace("_", " "),
                str(held.judged.n_units),
                show(held.alpha).removesuffix(" [no interval]"),
                show(held.judged.alpha_with).removesuffix(" [no interval]"),
                *_places(found, held),
                " / ".join("undefined" if value is None else f"{value:.2f}" for value in rho),
                held.verdict,
            ]
        )
    names = " / ".join(["scorer", *(judge.judge for judge in found.labels[0].simple)])
    heads = ["label", "n", "raters", "with the scorer", "a rater", "the scorer in her place", "a constant there"]
    return table_lines([*heads, f"rho: {names}", "alternative annotator test"], rows)


def short_table(found: VersusStudy) -> str:
    """Every label of turns: raters among themselves, a rater with the others, scorer and constant in her place."""
    rows = [
        [
            held.units.label.replace("_", " "),
            str(held.judged.n_units),
            show(held.alpha).removesuffix(" [no interval]"),
            *_places(found, held),
        ]
        for held in found.labels
        if held.units.definition.unit == "turn"
    ]
    heads = ["label", "turns", "raters among themselves", "a rater with the others", "the scorer in her place"]
    return table_lines([*heads, "a constant there"], rows)


def _places(found: VersusStudy, held: LabelVersus) -> list[str]:
    """Alpha with the other raters, mean over raters left out: of the rater, of the scorer, of a constant."""
    constant = next(judge for judge in simple_models(found.study, found.seed) if judge.name == "constant")
    values = constant.values[held.units.label]
    flat = left_out(held.units, pair_counts_of(held.units, values), found.study.raters, found.resamples)
    return [
        _mean([one.rater_alpha.value for one in held.left_out]),
        _mean([one.judged_alpha.value for one in held.left_out]),
        _mean([one.judged_alpha.value for one in flat]),
    ]


def _mean(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    return f"{np.mean(known) + 0.0:.2f}" if known else "undefined"


def uptake(path: Path, bundle: Path) -> str:
    """How judges' values go with the mean of the raters, by rank, with intervals over lessons."""
    scorer = Scorer.load(bundle)
    items = [item for item in read_uptake(path) if isinstance(item, Exchange) and item.uptake is not None]
    items = [item for item in items if item.student.strip() and item.teacher.strip()]
    rated = np.array([item.uptake for item in items], dtype=np.float64)
    judges = {
        "the scorer": np.array(
            [_taken_up(scorer, item) for item in track(items, "Scoring", console=Console(stderr=True))]
        ),
        "length alone": np.array([float(len(item.teacher.split())) for item in items]),
        "random": np.random.default_rng(0).random(len(items)),
    }
    lessons: dict[str, list[int]] = {}
    for row, item in enumerate(items):
        lessons.setdefault(item.id.rpartition("-")[0], []).append(row)
    resamples = draw(len(lessons), 500)
    rows = [
        [
            name,
            str(len(items)),
            show(
                bootstrap(
                    list(lessons.values()),
                    lambda drawn, values=values: _rank_correlation(values, rated, drawn),  # type: ignore[misc]
                    resamples,
                    undefined="undefined: values do not vary",
                )
            ),
        ]
        for name, values in judges.items()
    ]
    rows.append(["a constant", str(len(items)), "undefined: it does not vary"])
    return table_lines(["judge", "exchanges", "Spearman's correlation with the raters' mean"], rows)


def _rank_correlation(values: Floats, rated: Floats, drawn: Sequence[Sequence[int]]) -> float | None:
    rows = [row for lesson in drawn for row in lesson]
    if np.ptp(values[rows]) == 0 or np.ptp(rated[rows]) == 0:
        return None
    return float(spearmanr(values[rows], rated[rows]).statistic)


def _taken_up(scorer: Scorer, item: Exchange) -> float:
    """How probable the scorer finds it that the teacher acknowledges or says back what the student said."""
    turns = (
        Turn(speaker="student", role="customer", text=item.student),
        Turn(speaker="teacher", role="rep", text=item.teacher),
    )
    reading = scorer.read(Conversation(id=item.id, language="en", turns=turns, times="none"))
    return max((held.probability for held in reading.rated if held.label in TAKES_UP), default=0.0)


def put(figures: dict[str, str], out: Console) -> None:
    """Each table between its marks, in the page that has them. Raises DataError where no page has."""
    for name, table in figures.items():
        begin, end = f"<!-- {name}:begin -->\n\n", f"\n<!-- {name}:end -->"
        held = {page: page.read_text(encoding="utf-8") for page in PAGES}
        marked = [page for page, text in held.items() if begin in text and end in text]
        if not marked:
            raise DataError(
                f"expected the marks {begin.strip()} and {end.strip()} in one of {', '.join(map(str, PAGES))}"
            )
        for page in marked:
            head, tail = held[page].split(begin)[0], held[page].split(end)[1]
            page.write_text(f"{head}{begin}{table}\n{end}{tail}", encoding="utf-8")
        out.print(f"{name}\n\n{table}\n", markup=False, highlight=False, soft_wrap=True)


def main(
    bundle: Annotated[Path, typer.Option(help="The scorer's folder.")] = Path("artifacts/bundles/en"),
    human: Annotated[Path, typer.Option(help="Folder of annomi/ and uptake/ with the data sets' own files.")] = Path(
        "human"
    ),
) -> None:
    """The shipped scorer beside real raters: tables into docs/reliability.md and README.md."""
    with plain_errors():
        out = Console()
        annomi, exchanges = human / "annomi" / "AnnoMI-full.csv", human / "uptake" / "uptake_data.csv"
        for path in (annomi, exchanges):
            if not path.exists():
                out.print(f"{path} is not there: its table stays; give its folder with --human", soft_wrap=True)
        if annomi.exists():
            found = versus([annomi], bundle, None, COUNTED_AS)
            put({"ten raters": short_table(found), "ten raters in full": long_table(found)}, out)
        test = versus([TEST], bundle, TEST.with_name("en.test.jsonl"), {})
        put({"test raters in full": long_table(test)}, out)
        if exchanges.exists():
            put({"uptake": uptake(exchanges, bundle)}, out)


if __name__ == "__main__":
    typer.run(main)
