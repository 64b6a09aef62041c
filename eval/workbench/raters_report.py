"""What the raters of a study reach, computed, and as a document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict
from rich.console import Console
from rich.progress import Progress

from eval.bootstrap import Resamples, draw
from eval.documents.document import Bullets, Callout, Cell, Document, Part, Plot, Provenance, Quote, Section, Table
from eval.workbench.agreement import GOOD, LEAST, MINIMUM_CONVERSATIONS, LabelAgreement, label_agreement
from eval.workbench.codebook import NO, YES
from eval.workbench.disagreements import Disagreement, told, widest_disagreements
from eval.workbench.plots import LIMITS, estimate_plot, heat_map
from eval.workbench.rater_profiles import Profiles, rater_profiles
from eval.workbench.span_agreement import METRICS, SpanAgreement, agreement_on_spans
from eval.workbench.study import Study
from rubric.errors import DataError

CONFIDENCE = 0.9


@dataclass(frozen=True)
class RaterStudy:
    """Everything that `python -m eval raters` found.

    profiles: None where columns are no persons. spans: None where under two raters marked spans.
    """

    study: Study
    resamples: Resamples
    labels: Sequence[LabelAgreement]
    profiles: Profiles | None
    disagreements: Sequence[Disagreement]
    spans: SpanAgreement | None


class RaterResults(BaseModel):
    """The part of report.json that is for programs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    raters: tuple[str, ...]
    n_conversations: int
    confidence: float
    n_resamples: int
    labels: tuple[LabelAgreement, ...]
    profiles: Profiles | None
    disagreements: tuple[Disagreement, ...]
    spans: SpanAgreement | None


def study_raters(study: Study, n_resamples: int = 1000, seed: int = 0, console: Console | None = None) -> RaterStudy:
    """Every figure about a study's raters. Raises DataError where there is nothing to compare."""
    if not study.units:
        raise DataError("expected ratings of at least one label, found none")
    study = study.overlapping()
    resamples = draw(study.n_conversations, n_resamples, seed, CONFIDENCE)
    turns = study.of_unit("turn") or study.of_unit("conversation")
    with Progress(console=console or Console(quiet=True), transient=True) as progress:
        task = progress.add_task("Comparing raters", total=len(study.units) + 3)
        labels = []
        for units in study.units.values():
            labels.append(label_agreement(units, resamples, study.raters, anonymous=study.anonymous))
            progress.advance(task)
        compared = len(study.raters) > 1 and not study.anonymous
        profiles = rater_profiles(study, turns, resamples) if compared else None
        progress.advance(task)
        disagreements = widest_disagreements(study)
        progress.advance(task)
        spans = agreement_on_spans(study, resamples, seed)
        progress.advance(task)
    return RaterStudy(study, resamples, labels, profiles, disagreements, spans)


def weakest_first(labels: Sequence[LabelAgreement]) -> list[LabelAgreement]:
    """Labels by alpha from low to high, those without one last."""
    return sorted(labels, key=lambda held: (held.alpha.value is None, held.alpha.value or 0.0))


def raters_document(found: RaterStudy, provenance: Provenance) -> Document:
    """The report of `python -m eval raters`."""
    study = found.study
    results = RaterResults(
        raters=study.raters,
        n_conversations=study.n_conversations,
        confidence=CONFIDENCE,
        n_resamples=len(found.resamples.weights),
        labels=tuple(found.labels),
        profiles=found.profiles,
        disagreements=tuple(found.disagreements),
        spans=found.spans,
    )
    sections = [
        _data(found),
        _labels(found),
        *([_spans(found.spans)] if found.spans else []),
        *([_raters(found.profiles)] if found.profiles else []),
        *([_quotes(found.disagreements)] if found.disagreements else []),
        _reading(),
    ]
    title = f"Do the raters agree? {study.codebook.name} {study.codebook.version}".strip()
    return Document(title, _lead(found), provenance, sections, results)


def _lead(found: RaterStudy) -> str:
    defined = [held for held in weakest_first(found.labels) if held.alpha.value is not None]
    if not defined:
        return f"There is no agreement to report: {found.labels[0].alpha.reason}."
    weakest, strongest = defined[0], defined[-1]
    firm = sum(held.alpha.value >= GOOD for held in defined if held.alpha.value is not None)
    tentative = sum(LEAST <= held.alpha.value < GOOD for held in defined if held.alpha.value is not None)
    weak = len(defined) - firm - tentative
    return (
        f"Of {len(defined)} labels, {firm} reach an alpha of .800 or more, {tentative} lie between .667 and .800, "
        f"{weak} below. Weakest is {_words(weakest.label)} (alpha {weakest.alpha.value:.2f}), strongest "
        f"{_words(strongest.label)} ({strongest.alpha.value:.2f})."
    )


def _data(found: RaterStudy) -> Section:
    study = found.study
    rows: list[tuple[Cell, ...]] = [
        ("conversations", study.n_conversations),
        ("raters", "not told apart" if study.anonymous else ", ".join(study.raters)),
        ("labels", len(study.units)),
    ]
    n_ratings = sum(int(units.n_ratings.sum()) for units in study.units.values())
    n_cells = sum(units.values.size for units in study.units.values())
    rows.append(("ratings", f"{n_ratings:,}"))
    rows.append(("gaps", f"{1 - n_ratings / n_cells:.0%} of units times raters"))
    parts: list[Part] = [Table(("", ""), rows, n_left=2), *study.notes]
    if study.n_conversations < MINIMUM_CONVERSATIONS:
        parts.append(
            Callout(
                f"Intervals resample conversations, and {study.n_conversations} are too few for that: the figures say "
                "what these raters did with these conversations, and not how others would fare."
            )
        )
    return Section("What was rated", parts)


def _labels(found: RaterStudy) -> Section:
    heads = ("label", "n", "alpha", "P(< .667)", "P(< .800)", "Cohen", "Fleiss", "AC1", "agreement")
    ordered = weakest_first(found.labels)
    binary = any(YES in held.specific for held in ordered)
    rows = []
    for held in ordered:
        row: list[Cell] = [_words(held.label), held.n_units, held.alpha]
        row += [chance(held.below_least), chance(held.below_good)]
        row += [held.cohen, held.fleiss, held.ac1, held.percent]
        if binary:
            row += [held.specific.get(YES), held.specific.get(NO), held.prevalence.get(YES)]
        rows.append(row)
    more = ("on yes", "on no", "prevalence") if binary else ()
    units = {held.unit for held in ordered}
    of = "turns" if units == {"turn"} else "conversations" if units == {"conversation"} else "turns or conversations"
    caption = f"Weakest first; n: {of} that two raters or more judged; brackets: {CONFIDENCE:.0%} intervals over conversations."
    parts: list[Part] = [Table((*heads, *more), rows, caption=caption)]
    several = [held for held in ordered if held.specific and YES not in held.specific]
    if several:
        categories = [
            (_words(held.label), name, held.prevalence[name], held.specific[name])
            for held in several
            for name in held.specific
        ]
        parts.append(
            Table(
                ("label", "category", "prevalence", "agreement on it"),
                categories,
                caption="Labels of several categories: how often a second rater chooses what a first one has.",
                n_left=2,
            )
        )
    figures = {held.label: held.alpha for held in ordered}
    if any(alpha.value is not None for alpha in figures.values()):
        plot = estimate_plot(figures, f"Krippendorff's alpha, {CONFIDENCE:.0%} intervals over conversations", LIMITS)
        parts.append(
            Plot("alpha", plot, "Krippendorff's alpha per label, with the limits for tentative and firm conclusions.")
        )
    return Section("Agreement per label", parts)


def _spans(spans: SpanAgreement) -> Section:
    rows: list[tuple[Cell, ...]] = [
        (_words(label), held["overlap_f1"].n, *(held[metric] for metric in METRICS))
        for label, held in spans.spans.items()
    ]
    parts: list[Part] = [
        Table(
            ("label", "spans", *METRICS.values()),
            rows,
            caption=(
                "Each rater against each other one; spans counts them over all pairs. F1 of spans matched one to one "
                "where they overlap, and of those whose bounds are the same but for punctuation; Krippendorff's unitised "
                "alpha (its binary form |u, characters as units); how far the bounds of matched spans lie apart."
            ),
        )
    ]
    links = [
        (_words(label), held["accuracy"].n, held["accuracy"], held["end_to_end"], held["tied_alpha"])
        for label, held in spans.links.items()
    ]
    caption = "Targets of spans that both of a pair marked; end to end also counts what the other one did not mark."
    heads = ("link of", "spans", "targets the same", "end to end", "tied or not, alpha")
    return Section("Spans and links", [*parts, Table(heads, links, caption=caption)])


def _raters(profiles: Profiles) -> Section:
    rows = [
        (held.rater, held.n_conversations, held.n_ratings, held.more_marks, held.agreement, held.alpha_without)
        for held in profiles.raters
    ]
    over = "" if profiles.alpha is None else f"; mean alpha of all raters is {profiles.alpha:.2f}"
    parts: list[Part] = [
        Table(
            ("rater", "conversations", "ratings", "marks beyond the others'", "alpha with the others", "alpha without"),
            rows,
            caption=(
                "Marks beyond the others': 0.10 is a tenth more yes than the others gave to the same units. Alpha with "
                f"the others: mean over pairs and labels. Alpha without: of those who remain{over}."
            ),
        )
    ]
    names = [held.rater for held in profiles.raters]
    if any(value is not None for row in profiles.pairs for value in row):
        plot = heat_map(profiles.pairs, names, names, "Alpha of two raters, mean over labels")
        parts.append(Plot("pairs", plot, "Who disagrees with whom: alpha of each two raters, mean over labels."))
    severity = [[found.value for found in held.severity.values()] for held in profiles.raters]
    if any(value is not None for row in severity for value in row):
        plot = heat_map(severity, names, profiles.labels, "Severity: difference to the others", diverging=True)
        parts.append(
            Plot(
                "severity",
                plot,
                "Severity: mean difference to the others on the same units, as a share of units for yes and no, in steps "
                "or the label's unit otherwise.",
            )
        )
    return Section("Raters", parts)


def _quotes(disagreements: Sequence[Disagreement]) -> Section:
    parts: list[Part] = ["Where raters differ most, what a revision of the codebook should settle first."]
    for found in disagreements:
        of = "the whole conversation" if found.turn is None else f"turn {found.turn}"
        where = f"{found.conversation}, {of}{f', {found.role}' if found.role else ''}"
        parts.append(Quote(found.text or "(the text was not given)", where, told(found) + "."))
    return Section("Widest disagreement", parts)


def _reading() -> Section:
    return Section(
        "Reading the figures",
        [
            Bullets(
                [
                    "Krippendorff's alpha is 1 for perfect agreement and 0 for what chance gives; nominal, ordinal or "
                    "interval as the label is. He asks for .800, and for .667 where conclusions are tentative. The same "
                    "number of errors costs more alpha on a rare label than on a common one.",
                    "P(< .667) is the probability that alpha over all such conversations lies below the limit, from the "
                    "same resamples as the interval.",
                    "Cohen's kappa is the mean over pairs of raters (quadratic weights for ordinal labels), Fleiss' kappa "
                    "and Gwet's AC1 take all raters at once. AC1 does not fall with rarity: where it is high and alpha "
                    "low, raters agree on the many clear cases and not on the label.",
                    "Agreement on yes: how often a second rater says yes where a first one has.",
                    "Intervals resample conversations (BCa), since turns of one conversation resemble each other. Where all "
                    "conversations agree there is none, which does not mean that there is no uncertainty.",
                ]
            )
        ],
    )


def chance(probability: float | None) -> str | None:
    """A probability as one prints it; resamples cannot tell 0 or 1 from nearly so.

    >>> chance(0.0), chance(0.254), chance(0.9999)
    ('< 0.01', '0.25', '> 0.99')
    """
    if probability is None:
        return None
    return "< 0.01" if probability < 0.01 else "> 0.99" if probability > 0.99 else f"{probability:.2f}"


def _words(name: str) -> str:
    return name.replace("_", " ")
