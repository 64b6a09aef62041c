"""Can a scorer be fooled? Hand-written contrast pairs: two short conversations that differ as little as possible.

In the one the behaviour under test must be found, in the other it must not (Gardner et al. 2020, "Evaluating Models'
Local Decision Boundaries via Contrast Sets"). A file of `contrast/` holds one family of pairs, in the codebook's
written form: `opening` is common to both conversations, `found` and `absent` go on from it. The last turn is the one
under test; what is marked in it is the expectation. Marks in earlier turns say what the last turn may refer to.

The pairs are held out: nothing of them may be trained on.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from rich import box
from rich.console import Console
from rich.table import Table

from data.annotations import markup
from data.readers.foursignal_json import describe
from eval.baselines import keyword_rater
from eval.bootstrap import Estimate
from eval.pairs import RaterFunction
from eval.plots import wilson_interval, words
from eval.report import show, table
from eval.span_metrics import overlap
from rubric.codebook import CODEBOOK, Label
from rubric.errors import DataError, FoursignalError, LabelError, refuse
from rubric.spans import Labelled, Span

FOLDER = Path(__file__).parent / "contrast"
LANGUAGE = "en"
TURNS = range(3, 7)
ALL = "all families"
KEYS = ("name", "opening", "found", "absent")


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class _Written(_Strict):
    """One pair as it stands in a file."""

    name: str = Field(min_length=1)
    opening: str = ""
    found: str = Field(min_length=1)
    absent: str = Field(min_length=1)


class _Family(_Strict):
    """One file. labels: the behaviour counts as found where any of them is. tied: only a claim tied to a need counts."""

    rule: str = Field(min_length=1)
    labels: list[str] = Field(min_length=1)
    tied: bool = False
    pairs: list[_Written] = Field(min_length=1)


@dataclass(frozen=True)
class ContrastPair:
    """Two conversations with their expectation; see `_Family` for labels and tied."""

    family: str
    name: str
    labels: tuple[Label, ...]
    tied: bool
    found: Labelled
    absent: Labelled


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Seen(_Frozen):
    """What the scorer made of one pair: whether it showed the behaviour in either conversation, and what it marked.

    in_found, in_absent: should be true and false. marked: the labels and texts in the two turns under test.
    """

    family: str
    name: str
    in_found: bool
    in_absent: bool
    marked: tuple[tuple[str, ...], tuple[str, ...]]

    @property
    def passed(self) -> bool:
        return self.in_found and not self.in_absent


class Outcome(_Frozen):
    """families: share of pairs that pass, by family and for all, with 90 % Wilson intervals; pairs: each in order."""

    families: dict[str, Estimate]
    pairs: tuple[Seen, ...]

    @property
    def failures(self) -> tuple[Seen, ...]:
        return tuple(pair for pair in self.pairs if not pair.passed)


def load_pairs(folder: Path = FOLDER) -> list[ContrastPair]:
    """All pairs of a folder's YAML files, by file name; raise DataError that lists every fault of every file."""
    faults: list[str] = []
    pairs: list[ContrastPair] = []
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise DataError(f"expected families of contrast pairs in {folder}/*.yaml, found none")
    for path in paths:
        found: list[str] = []
        pairs += _read_family(path, found)
        faults += [f"{path.name}: {fault}" for fault in found]
    refuse(DataError, str(folder), faults)
    return pairs


def _read_family(path: Path, faults: list[str]) -> list[ContrastPair]:
    try:
        raw: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        family = _Family.model_validate(raw)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        faults.append(f"cannot be read as YAML: {error}")
        return []
    except ValidationError as error:
        faults += describe(error, {(): tuple(_Family.model_fields), ("pairs",): KEYS})
        return []
    unknown = sorted(set(family.labels) - set(map(str, Label)))
    if unknown:
        faults.append(f"unknown label {', '.join(unknown)}, expected some of {', '.join(Label)}")
        return []
    labels = tuple(Label(name) for name in family.labels)
    if family.tied and labels != (Label.VALUE_CLAIM,):
        faults.append(f"tied is for value_claim alone, found {', '.join(labels)}")
    pairs: list[ContrastPair] = []
    names: set[str] = set()
    for written in family.pairs:
        if written.name in names:
            faults.append(f"{written.name}: the name is given twice")
        names.add(written.name)
        pair = _read_pair(path.stem, written, labels, family.tied, faults)
        if pair:
            pairs.append(pair)
    return pairs


def _read_pair(
    family: str, written: _Written, labels: tuple[Label, ...], tied: bool, faults: list[str]
) -> ContrastPair | None:
    sides: list[Labelled] = []
    for side, rest in (("found", written.found), ("absent", written.absent)):
        name = f"{family}/{written.name}/{side}"
        try:
            sides += markup.parse(f'@call id="{name}" lang={LANGUAGE}\n{written.opening}\n{rest}')
        except LabelError as error:
            faults.append(f"{written.name}, {side}: {error}")
    if len(sides) < 2:
        return None
    pair = ContrastPair(family, written.name, labels, tied, *sides)
    faults += [f"{pair.name}: {fault}" for fault in _faults_of(pair)]
    return pair


def _faults_of(pair: ContrastPair) -> list[str]:
    faults: list[str] = []
    for side, labelled in (("found", pair.found), ("absent", pair.absent)):
        turns = labelled.conversation.turns
        if len(turns) not in TURNS:
            faults.append(f"{side}: expected {TURNS.start} to {TURNS.stop - 1} turns, found {len(turns)}")
        if len({turn.role for turn in turns}) < 2:
            faults.append(f"{side}: expected turns of a rep and of a customer")
        if turns[-1].role != CODEBOOK[pair.labels[0]].role:
            faults.append(f"{side}: the last turn is a {turns[-1].role}'s, who cannot carry {pair.labels[0]}")
    what = f"{' or '.join(pair.labels)}{' tied to a need' if pair.tied else ''}"
    if not shows(pair, pair.found, pair.found.rating.spans):
        faults.append(f"found: expected {what} marked in the last turn")
    if shows(pair, pair.absent, pair.absent.rating.spans):
        faults.append(f"absent: expected no {what} marked in the last turn")
    if pair.found.conversation.turns == pair.absent.conversation.turns:
        faults.append("found and absent are the same text")
    return faults


def shows(pair: ContrastPair, side: Labelled, spans: Iterable[Span]) -> bool:
    """Whether `spans` show the behaviour in the last turn of one of the pair's conversations.

    A tied claim counts where one of the needs it refers to overlaps a need that the expectation refers to; where the
    expectation refers to none, any reference counts.
    """
    spans = list(spans)
    last = len(side.conversation.turns) - 1
    held = [span for span in spans if span.turn == last and span.label in pair.labels]
    if not pair.tied:
        return bool(held)
    expected = _targets(side.rating.spans, [span for span in side.rating.spans if span.turn == last])
    reached = _targets(spans, held)
    return any(overlap(left, right) for left in reached for right in expected) if expected else bool(reached)


def _targets(spans: Sequence[Span], linked: Sequence[Span]) -> list[Span]:
    """The spans that those of `linked` refer to."""
    ids = {reference for span in linked for reference in span.refers_to}
    return [span for span in spans if span.id in ids]


def run(scorer: RaterFunction, pairs: Sequence[ContrastPair]) -> Outcome:
    """Let a scorer, or any rater, mark both conversations of each pair; DataError where there is no pair."""
    if not pairs:
        raise DataError("expected contrast pairs, found none")
    seen: list[Seen] = []
    for pair in pairs:
        sides = [(side, list(scorer(side.conversation))) for side in (pair.found, pair.absent)]
        in_found, in_absent = (shows(pair, side, spans) for side, spans in sides)
        marked = tuple(_marked(side, spans) for side, spans in sides)
        seen.append(
            Seen(
                family=pair.family,
                name=pair.name,
                in_found=in_found,
                in_absent=in_absent,
                marked=(marked[0], marked[1]),
            )
        )
    families = {
        family: _rate([s for s in seen if s.family == family]) for family in dict.fromkeys(s.family for s in seen)
    }
    return Outcome(families=families | {ALL: _rate(seen)}, pairs=tuple(seen))


def _marked(side: Labelled, spans: Iterable[Span]) -> tuple[str, ...]:
    last = len(side.conversation.turns) - 1
    text = side.conversation.turns[last].text
    return tuple(
        f"{span.label}{f' ({chr(44).join(span.refers_to)})' if span.refers_to else ''}: {text[span.start : span.end]}"
        for span in spans
        if span.turn == last
    )


def _rate(seen: Sequence[Seen]) -> Estimate:
    share = sum(pair.passed for pair in seen) / len(seen)
    low, high = wilson_interval(share, len(seen))
    return Estimate(value=share, low=low, high=high, n=len(seen))


def markdown(outcomes: dict[str, Outcome]) -> str:
    """The report: pass rates of each named rater, then what the first one got wrong."""
    judged, first = next(iter(outcomes.items()))
    rows = [
        [words(family), str(found.n), *(show(outcome.families[family]) for outcome in outcomes.values())]
        for family, found in first.families.items()
    ]
    listed = "\n".join(
        f"- **{words(pair.family)}, {pair.name}**: {_verdict(pair)}\n"
        f"  - expected, and marked: {'; '.join(pair.marked[0]) or 'nothing'}\n"
        f"  - not expected, and marked: {'; '.join(pair.marked[1]) or 'nothing'}"
        for pair in first.failures
    )
    return f"""# Contrast pairs: {judged}

Share of pairs in which the behaviour is found where it is and not where it is not, with 90 % Wilson intervals over pairs. The pairs were written by a language model to the codebook and hold no real call; nobody trained on them.

{table(["family", "n", *outcomes], rows)}

## Pairs that failed

{listed or "None."}
"""


def _verdict(pair: Seen) -> str:
    if pair.in_found:
        return "found in both"
    return "the wrong way round" if pair.in_absent else "found in neither"


def write_report(outcomes: dict[str, Outcome], folder: Path) -> Path:
    """Write contrast.md and contrast.json into `folder`; returns the report's path. DataError where it cannot."""
    report = folder / "contrast.md"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        body = ",\n".join(f'"{name}": {outcome.model_dump_json(indent=1)}' for name, outcome in outcomes.items())
        (folder / "contrast.json").write_text(f"{{{body}}}\n", encoding="utf-8")
        report.write_text(markdown(outcomes), encoding="utf-8")
    except OSError as error:
        raise DataError(f"cannot write the report into {folder}: {error.strerror}; give another --output") from error
    return report


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    bundle: Annotated[Path, typer.Argument(help="An English scorer's folder, such as artifacts/bundles/en.")],
    output: Annotated[
        Path | None, typer.Option(help="Folder of the report.", show_default="artifacts/eval/NAME")
    ] = None,
) -> None:
    """Can the scorer be fooled? Runs it on hand-written pairs of conversations that differ in one behaviour.

    Prints the share of pairs that pass in each family, beside keywords without a model, and writes contrast.md and
    contrast.json with every pair that failed.

        python -m eval.contrast artifacts/bundles/en
    """
    from scoring.scorer import Scorer

    try:
        scorer = Scorer.load(bundle)
        pairs = load_pairs()
        judged = f"scorer {scorer.manifest.name}"
        outcomes = {
            judged: run(lambda conversation: scorer.score(conversation).spans, pairs),
            "keywords": run(keyword_rater, pairs),
        }
        report = write_report(outcomes, output or Path("artifacts/eval") / bundle.stem)
    except FoursignalError as error:
        Console(stderr=True).print(str(error), style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from error
    console = Console()
    shown = Table(title="Contrast pairs that pass", title_justify="left", box=box.SIMPLE_HEAD)
    shown.add_column("family", no_wrap=True)
    for heading in ("n", *outcomes):
        shown.add_column(heading, justify="right", no_wrap=True)
    for family, found in outcomes[judged].families.items():
        rates = [show(outcome.families[family]) for outcome in outcomes.values()]
        shown.add_row(words(family), str(found.n), *rates)
    console.print(shown)
    console.print(f"Report: {report}", markup=False, highlight=False, soft_wrap=True)


if __name__ == "__main__":
    app()
