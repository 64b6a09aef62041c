"""Can the scorer be gamed? Pairs of short conversations that differ in one behaviour and in little else.

`eval/contrast_pairs/*.yaml` holds one family a file, written for this test and never trained on:

    label: close_ask          # the behaviour; several as a list: any of them counts
    tied: false               # true: the behaviour is a link, to the needs that the markup names
    about: One sentence on what is told apart.
    pairs:
      - id: ring-the-surveyor
        before: |             # turns that both variants share; may be left out
          C: It sounds all right.
        has: |                # the behaviour is in the turns where the markup has its label
          R: {ask|Shall I book the surveyor for Friday?}
        lacks: |              # the behaviour is in none of these turns
          R: The surveyor could come on a Friday.

Turns are in the codebook's written form; they mark at least what decides. A pair passes when the behaviour is found in
every turn that has it, and in no turn of the other variant (shared turns are not judged): a scorer that reacts to a
phrase marks both, one that sees nothing marks none, and both fail.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from rich import box
from rich.console import Console
from rich.table import Table

from data.annotations import markup
from eval.baselines import keyword_rater
from eval.documents.markdown import table_lines
from eval.links import same_targets
from eval.pairs import Pair, RaterFunction
from eval.plots import wilson_interval, words
from rubric.codebook import Label
from rubric.errors import DataError, LabelError, plain_errors, refuse
from rubric.spans import Labelled, Span

FOLDER = Path(__file__).parent / "contrast_pairs"
ALL = "all families"


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _PairText(_Strict):
    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    before: str = ""
    has: str
    lacks: str


class _FamilyText(_Strict):
    label: tuple[Label, ...]
    tied: bool = False
    about: str
    pairs: tuple[_PairText, ...] = Field(min_length=1)

    @field_validator("label", mode="before")
    @classmethod
    def _one_or_several(cls, value: object) -> object:
        return [value] if isinstance(value, str) else value


@dataclass(frozen=True)
class ContrastPair:
    """Two variants of a conversation. labels: the behaviour, any of them. n_shared: turns at the start of both that
    are not judged. tied: whether the behaviour is the link and not the span alone."""

    family: str
    id: str
    labels: tuple[Label, ...]
    tied: bool
    has: Labelled
    lacks: Labelled
    n_shared: int


class Failure(_Strict):
    """A pair that failed. missed: the turns of `has` without the behaviour, each as "text -> labels found"; spurious:
    the turns of `lacks` that were given it, likewise."""

    family: str
    pair: str
    missed: tuple[str, ...]
    spurious: tuple[str, ...]


class PassRate(_Strict):
    """Pairs passed with the 90 % Wilson interval of their share; pairs lost for want of the behaviour in `has`, and for
    finding it in `lacks` (a pair may be both)."""

    n: int
    n_passed: int
    low: float
    high: float
    n_missed: int
    n_spurious: int

    @property
    def share(self) -> float:
        return self.n_passed / self.n


class Outcome(_Strict):
    """families: pass rates by family, "all families" last. failures: in the order of the pairs."""

    families: dict[str, PassRate]
    failures: tuple[Failure, ...]


def load_pairs(folder: Path = FOLDER) -> list[ContrastPair]:
    """All pairs of a folder of families; raise DataError that lists the faults of all files together."""
    pairs: list[ContrastPair] = []
    faults: list[str] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            family = _FamilyText.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            faults.append(f"{path.name}: not readable as YAML: {error}")
        except ValidationError as error:
            faults += [
                f"{path.name}: {'.'.join(map(str, e['loc'])) or 'top level'}: {e['msg']}" for e in error.errors()
            ]
        else:
            seen: set[str] = set()
            for text in family.pairs:
                where = f"{path.name}: {text.id}"
                if text.id in seen:
                    faults.append(f"{where}: the id is given twice")
                seen.add(text.id)
                pairs += _pair(path.stem, family, text, where, faults)
    if not pairs and not faults:
        faults.append("no family, expected files such as asks.yaml")
    refuse(DataError, str(folder), faults)
    return pairs


def _pair(family: str, of: _FamilyText, text: _PairText, where: str, faults: list[str]) -> list[ContrastPair]:
    """The pair in a list; nothing where it has faults, which are added to `faults`."""
    variants: list[Labelled] = []
    for name, turns in (("has", text.has), ("lacks", text.lacks)):
        header = f"@call id={family}.{text.id}.{name} lang=en"
        try:
            variants += markup.parse("\n".join([header, text.before, turns]), f"{where}: {name}")
        except LabelError as error:
            faults.append(str(error))
    if len(variants) < 2:
        return []
    n_shared = sum(bool(line.strip()) for line in text.before.split("\n"))
    pair = ContrastPair(family, text.id, of.label, of.tied, variants[0], variants[1], n_shared)
    before = len(faults)
    if not _turns_with(pair, pair.has.rating.spans):
        faults.append(f"{where}: expected a span of {' or '.join(of.label)} in `has`, found none")
    if _turns_with(pair, pair.lacks.rating.spans):
        faults.append(f"{where}: expected no {' or '.join(of.label)} in `lacks`, found one")
    if pair.has.conversation.turns == pair.lacks.conversation.turns:
        faults.append(f"{where}: the two variants are the same")
    for variant in variants:
        if not (variant.conversation.has_role("rep") and variant.conversation.has_role("customer")):
            faults.append(f"{where}: {variant.conversation.id} needs a turn of the rep and one of the customer")
    return [pair] if len(faults) == before else []


def _turns_with(pair: ContrastPair, spans: Sequence[Span]) -> set[int]:
    """The judged turns in which `spans` show the behaviour; of a link, any link in them counts."""
    return {
        span.turn
        for span in spans
        if span.turn >= pair.n_shared and span.label in pair.labels and (span.refers_to or not pair.tied)
    }


def _missed(pair: ContrastPair, spans: Sequence[Span]) -> set[int]:
    """The turns of `has` where the behaviour is and `spans` do not show it; a link must have the right targets."""
    gold = pair.has.rating.spans
    found = _turns_with(pair, spans)
    if pair.tied:
        judged = Pair(pair.has.conversation, gold=gold, predicted=tuple(spans))
        right = {
            span.turn
            for span in spans
            for wanted in gold
            if span.turn == wanted.turn
            and span.label == wanted.label
            and wanted.refers_to
            and same_targets(judged, wanted, span)
        }
        found &= right
    return _turns_with(pair, gold) - found


def run(rater: RaterFunction, pairs: Iterable[ContrastPair]) -> Outcome:
    """Let `rater` mark both variants of every pair and count the pairs it tells apart."""
    judged: dict[str, list[tuple[bool, bool]]] = {}
    failures: list[Failure] = []
    for pair in pairs:
        in_has, in_lacks = (tuple(rater(variant.conversation)) for variant in (pair.has, pair.lacks))
        missed, spurious = _missed(pair, in_has), _turns_with(pair, in_lacks)
        judged.setdefault(pair.family, []).append((bool(missed), bool(spurious)))
        if missed or spurious:
            failures.append(
                Failure(
                    family=pair.family,
                    pair=pair.id,
                    missed=tuple(_what_was_found(pair.has, turn, in_has) for turn in sorted(missed)),
                    spurious=tuple(_what_was_found(pair.lacks, turn, in_lacks) for turn in sorted(spurious)),
                )
            )
    families = {family: _pass_rate(held) for family, held in judged.items()}
    families[ALL] = _pass_rate([one for held in judged.values() for one in held])
    return Outcome(families=families, failures=tuple(failures))


def _pass_rate(judged: Sequence[tuple[bool, bool]]) -> PassRate:
    n, n_passed = len(judged), sum(not (missed or spurious) for missed, spurious in judged)
    low, high = wilson_interval(n_passed / n, n) if n else (0.0, 1.0)
    return PassRate(
        n=n,
        n_passed=n_passed,
        low=round(low, 4),
        high=round(high, 4),
        n_missed=sum(missed for missed, _ in judged),
        n_spurious=sum(spurious for _, spurious in judged),
    )


def _what_was_found(variant: Labelled, turn: int, spans: Sequence[Span]) -> str:
    text = variant.conversation.turns[turn].text
    found = [
        words(span.label) + (f" to {', '.join(span.refers_to)}" if span.refers_to else "")
        for span in spans
        if span.turn == turn
    ]
    return f"{text} -> {', '.join(found) or 'nothing'}"


def summary(outcome: Outcome, keywords: Outcome, judged: str) -> Table:
    """Pass rates, a family a row, beside those of the keyword rater."""
    shown = Table(title=f"Contrast pairs told apart by {judged}", title_justify="left", box=box.SIMPLE_HEAD)
    shown.add_column("family", no_wrap=True)
    for heading in ("n", "passed", "90 % interval", "missed", "spurious", "keywords"):
        shown.add_column(heading, justify="right", no_wrap=True)
    for family, rate in outcome.families.items():
        shown.add_row(
            words(family),
            str(rate.n),
            f"{rate.share:.0%}",
            f"{rate.low:.0%} to {rate.high:.0%}",
            str(rate.n_missed),
            str(rate.n_spurious),
            f"{keywords.families[family].share:.0%}",
        )
    return shown


def markdown(outcome: Outcome, keywords: Outcome, judged: str) -> str:
    """The report's text: pass rates beside those of the keyword rater, then every pair that failed."""
    rows = [
        [
            words(family),
            str(rate.n),
            f"{rate.share:.0%} [{rate.low:.0%}, {rate.high:.0%}]",
            str(rate.n_missed),
            str(rate.n_spurious),
            f"{keywords.families[family].share:.0%}",
        ]
        for family, rate in outcome.families.items()
    ]
    listed = "\n".join(
        f"- **{words(failure.family)}: {failure.pair}**"
        + "".join(f"\n  - missed in: {turn}" for turn in failure.missed)
        + "".join(f"\n  - wrongly found in: {turn}" for turn in failure.spurious)
        for failure in outcome.failures
    )
    return f"""# Contrast pairs: {judged}

Pairs told apart, with 90 % Wilson intervals over pairs. They were written by a language model to the codebook, hold no real call, and nobody trained on them.

{table_lines(["family", "n", "passed", "missed", "spurious", "keywords"], rows)}

## Pairs that failed

{listed or "None."}
"""


def write_report(outcome: Outcome, keywords: Outcome, judged: str, folder: Path) -> Path:
    """Write contrast.md and contrast.json; returns the report's path. DataError where it cannot."""
    report = folder / "contrast.md"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "contrast.json").write_text(outcome.model_dump_json(indent=1) + "\n", encoding="utf-8")
        report.write_text(markdown(outcome, keywords, judged), encoding="utf-8")
    except OSError as error:
        raise DataError(f"cannot write the report into {folder}: {error.strerror}; give another --output") from error
    return report


app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    bundle: Annotated[Path, typer.Argument(help="An English scorer's folder, such as artifacts/bundles/en.")],
    family: Annotated[str | None, typer.Option(help="One family only, such as asks.")] = None,
    output: Annotated[
        Path | None, typer.Option(help="Folder of the report.", show_default="artifacts/eval/NAME")
    ] = None,
) -> None:
    """Can the scorer be gamed? Judge it on pairs of conversations that differ in one behaviour and little else.

    A pair passes when the behaviour is found in the one variant and not in the other, so neither a scorer that reacts
    to a phrase nor one that stays silent passes. The keyword rater stands beside it: what phrases alone achieve.

        python -m eval.contrast artifacts/bundles/en

    Look into one family:

        python -m eval.contrast artifacts/bundles/en --family ties

    The pairs are in eval/contrast_pairs/, one family a file: add your own there. Never train on them.
    """
    from scoring.scorer import Scorer

    with plain_errors():
        pairs = load_pairs()
        names = sorted({pair.family for pair in pairs})
        if family is not None and family not in names:
            raise DataError(f"unknown family {family!r}, expected one of {', '.join(names)}")
        pairs = [pair for pair in pairs if family in (None, pair.family)]
        scorer = Scorer.load(bundle)
        outcome = run(lambda conversation: scorer.score(conversation).spans, pairs)
        keywords = run(keyword_rater, pairs)
        judged = f"scorer {scorer.manifest.name}"
        report = write_report(outcome, keywords, judged, output or Path("artifacts/eval") / bundle.stem)
    console = Console()
    console.print(summary(outcome, keywords, judged))
    console.print(f"Report: {report}", markup=False, highlight=False, soft_wrap=True)


if __name__ == "__main__":
    app()
