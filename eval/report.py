"""An evaluation as a report: report.html to read and print, report.md, report.json, and evaluation.json to compute with."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from pydantic import BaseModel, ConfigDict

from eval.agreement import LABELS, MEAN
from eval.bootstrap import Estimate
from eval.calibration import ALL
from eval.documents.document import Bullets, Cell, Document, Part, Plot, Section, Table
from eval.documents.document import Provenance as DocumentProvenance
from eval.documents.write import STYLE, write
from eval.evaluation import Evaluation, Figures, Measured
from eval.links import LINKED
from eval.plots import alpha_plot, confusion_plot, reliability_plot, signal_plot, words
from eval.signal_error import MEAN_OF_SIGNALS
from rubric.config import SIGNALS, RubricConfig
from rubric.errors import DataError

NO_RATERS = "no second rater"
TOLERATED_BIAS = 0.2
BY_LANGUAGE_MODELS = (
    "The conversations, the gold labels and the raters' labels are the work of large language models, not of people. "
    "What follows says how well a scorer agrees with language models that follow the codebook; it does not say how "
    "well it agrees with people, or on real calls."
)


class Provenance(BaseModel):
    """What an evaluation rests on. judged: the name of what is evaluated. Hashes are SHA-256.

    bundle, bundle_data, base: of the scorer's bundle; None where stored labels are judged. labels_by: a sentence on
    who wrote conversations, gold and ratings.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    judged: str
    labels_by: str
    rubric: str
    data: str
    bundle: str | None = None
    bundle_data: str | None = None
    base: str | None = None
    commit: str | None = None


class Report(BaseModel):
    """The content of evaluation.json."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    provenance: Provenance
    evaluation: Evaluation


def write_report(evaluation: Evaluation, provenance: Provenance, rubric: RubricConfig, folder: Path) -> Path:
    """Write report.html, report.md, report.json, evaluation.json and the plots; returns the path of report.html.

    Raises DataError where the folder cannot be written.
    """
    page = write(scorer_document(evaluation, provenance, rubric), folder)
    text = Report(provenance=provenance, evaluation=evaluation).model_dump_json(indent=1)
    try:
        (folder / "evaluation.json").write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise DataError(f"cannot write the report into {folder}: {error.strerror}; give another --output") from error
    return page


def scorer_document(evaluation: Evaluation, provenance: Provenance, rubric: RubricConfig) -> Document:
    """The report of `python -m eval scorer`."""
    judged = provenance.judged
    with mpl.rc_context(STYLE):
        sections = _sections(evaluation, judged, rubric)
    return Document(
        f"{judged} against {_against(evaluation)}",
        _lead(evaluation),
        DocumentProvenance(
            raters=provenance.labels_by,
            data=provenance.data,
            rubric=provenance.rubric,
            bundle=provenance.bundle,
            bundle_data=provenance.bundle_data,
            base=provenance.base,
            commit=provenance.commit,
        ),
        sections,
        {"judged": judged, "evaluation": evaluation.model_dump(mode="json")},
    )


def _sections(evaluation: Evaluation, judged: str, rubric: RubricConfig) -> list[Section]:
    return [
        Section("In short", [_short(evaluation, judged)]),
        Section("Turns", _turns(evaluation, judged)),
        Section("Spans", _spans(evaluation, judged)),
        Section("Links", _links(evaluation, judged)),
        Section("Signals", _signals(evaluation, judged, rubric)),
        Section("Calibration", _calibration(evaluation)),
        Section("Reading the figures", [Bullets(_reading(evaluation))]),
    ]


def show(found: Estimate | None, *, with_n: bool = False, places: int = 2) -> str:
    """A figure with its interval as the report prints it; None stands for raters that do not exist.

    >>> show(Estimate(value=0.5, low=0.4, high=0.61, n=12), with_n=True)
    '0.50 [0.40, 0.61], n 12'
    """
    if found is None:
        return NO_RATERS
    if found.value is None:
        return found.reason or "undefined"
    text = _rounded(found.value, places)
    if found.low is not None and found.high is not None:
        text += f" [{_rounded(found.low, places)}, {_rounded(found.high, places)}]"
    else:
        text += " [no interval]"
    return f"{text}, n {found.n}" if with_n else text


def _rounded(value: float, places: int) -> str:
    return f"{round(value, places) + 0.0:.{places}f}"  # adding 0.0 turns -0.0 into 0.0


def _cell(found: Estimate | None) -> Cell:
    return NO_RATERS if found is None else found


def _against(evaluation: Evaluation) -> str:
    return "the gold labels" if evaluation.against == "gold" else "each rater singly"


def _lead(evaluation: Evaluation) -> str:
    raters = ", ".join(evaluation.raters_named) or NO_RATERS
    return (
        f"{evaluation.n_conversations} conversations ({', '.join(evaluation.languages)}), {evaluation.n_turns} turns; "
        f"raters: {raters}. Brackets hold {evaluation.confidence:.0%} intervals: BCa bootstrap over conversations, "
        f"{evaluation.n_resamples} resamples, seed {evaluation.seed}."
    )


def _short(evaluation: Evaluation, judged: str) -> Table:
    def line(name: str, measured: Measured | None) -> list[Cell]:
        if measured is None:
            return [name, NO_RATERS, NO_RATERS, NO_RATERS]
        return [
            name,
            show(measured.turns[MEAN]["alpha"], with_n=True),
            show(measured.spans[MEAN]["overlap_f1"], with_n=True),
            show(measured.signals[MEAN_OF_SIGNALS]["band_agreement_by_value"], with_n=True),
        ]

    rows = [line(judged, evaluation.scorer), line("raters among themselves", evaluation.raters)]
    rows += [line(name, measured) for name, measured in evaluation.baselines.items()]
    heads = (
        "alpha of turns, mean of labels",
        "overlap F1 of spans, mean of labels",
        "same band by value, mean of signals",
    )
    return Table(("", *heads), rows)


def _others(evaluation: Evaluation) -> dict[str, Measured | None]:
    return {"raters": evaluation.raters, **evaluation.baselines}


def _turns(evaluation: Evaluation, judged: str) -> Sequence[Part]:
    others = _others(evaluation)
    turns = evaluation.scorer.turns
    labels = [*map(str, LABELS), MEAN]
    alphas: list[Sequence[Cell]] = [
        (
            words(label),
            turns[label]["alpha"].n,
            turns[label]["prevalence"],
            turns[label]["alpha"],
            *(_cell(measured.turns[label]["alpha"] if measured else None) for measured in others.values()),
        )
        for label in labels
    ]
    metrics = ("kappa", "f1", "precision", "recall")
    more: list[Sequence[Cell]] = [
        (
            words(label),
            *(turns[label][metric] for metric in metrics),
            _cell(evaluation.raters.turns[label]["f1"] if evaluation.raters else None),
        )
        for label in labels
    ]
    return [
        "Does a turn hold the label? n counts the turns whose role may carry it. Krippendorff's alpha, nominal:",
        Table(("label", "n", "prevalence", judged, *others), alphas),
        Plot("alpha", alpha_plot(evaluation, judged), "Alpha of every label, with its interval."),
        f"Cohen's kappa, F1, precision and recall of {judged} on the same turns:",
        Table(("label", *metrics, "raters: F1"), more),
        Plot(
            "confusion",
            confusion_plot(evaluation, judged),
            "Rows: turns by their label; columns: what they were called. Shaded by the share of the row.",
        ),
    ]


def _spans(evaluation: Evaluation, judged: str) -> Sequence[Part]:
    rows: list[Sequence[Cell]] = []
    for label in [*map(str, LABELS), MEAN]:
        held, raters = evaluation.scorer.spans[label], evaluation.raters
        rows.append(
            (
                words(label),
                show(held["overlap_f1"], with_n=True),
                show(raters.spans[label]["overlap_f1"] if raters else None, with_n=True),
                *(measured.spans[label]["overlap_f1"] for measured in evaluation.baselines.values()),
                held["strict_f1"],
                _cell(raters.spans[label]["strict_f1"] if raters else None),
            )
        )
    overlap = judged, "raters", *evaluation.baselines
    heads = "label", *(f"{name}: overlap F1" for name in overlap), f"{judged}: strict F1", "raters: strict F1"
    return [
        "F1 of spans of one label matched one to one where they overlap, and of spans whose bounds are the same but for "
        "punctuation (strict). n counts gold spans, among raters over all pairs of them.",
        Table(heads, rows),
    ]


def _links(evaluation: Evaluation, judged: str) -> Sequence[Part]:
    who: dict[str, Figures | None] = {
        judged: evaluation.scorer.links,
        "raters": evaluation.raters.links if evaluation.raters else None,
        **evaluation.link_rules,
    }
    metrics = {
        "all targets right": "accuracy",
        "end to end": "end_to_end",
        "tied or not": "tied_accuracy",
        "tied or not, alpha": "tied_alpha",
    }
    parts: list[Part] = [
        'Over gold spans that a predicted span of the same label overlaps: are all targets right, "nothing" included? End '
        f"to end counts a gold span that nothing overlaps as wrong. The rules tie the spans of {judged}: to nothing, or to "
        "the latest objection or need."
    ]
    for label in map(str, LINKED):
        rows = [
            [name, *(show(links[label][metric] if links else None, with_n=True) for metric in metrics.values())]
            for name, links in who.items()
        ]
        parts.append(Table(("", *metrics), rows, f"{words(label).capitalize()}."))
    return parts


def _signals(evaluation: Evaluation, judged: str, rubric: RubricConfig) -> Sequence[Part]:
    shown = {
        "bias": "bias, in the signal's unit",
        "bias_in_bands": "bias, in band widths",
        "absolute_error": "mean absolute error",
        "interval_alpha": "alpha, interval",
        "band_agreement": "same band, both shown",
        "two_bands_off": "two bands off, both shown",
        "band_agreement_by_value": "same band by value alone",
        "two_bands_off_by_value": "two bands off by value alone",
        "coverage": f"gold inside the {evaluation.confidence:.0%} interval",
        "one_undefined": "one undefined, the other not",
        "one_band_missing": "one without a band, the other not",
    }
    others = _others(evaluation)
    parts: list[Part] = [
        "Error is judged minus gold; n counts conversations, among raters pairs of raters in a conversation. A band is "
        "shown where the evidence is not too thin."
    ]
    for signal in SIGNALS:
        measured = {judged: evaluation.scorer, **others}
        rows = [
            [name, *(show(held.signals[signal][metric] if held else None, with_n=True) for held in measured.values())]
            for metric, name in shown.items()
        ]
        verdict = _bias_verdict(evaluation.scorer.signals[signal]["bias_in_bands"])
        parts.append(Table(("", *measured), rows, f"{words(signal).capitalize()}. {verdict}"))
    caption = (
        "One dot a conversation, larger where several coincide; where a dot is in a shaded square, the bands agree."
    )
    return [*parts, Plot("signals", signal_plot(evaluation, judged, rubric), caption)]


def _bias_verdict(bias: Estimate) -> str:
    if bias.value is None:
        return "Bias is undefined."
    within = "within" if abs(bias.value) <= TOLERATED_BIAS else "NOT within"
    inside = bias.low is not None and bias.high is not None and max(abs(bias.low), abs(bias.high)) <= TOLERATED_BIAS
    certain = "; so is its whole interval" if inside and within == "within" else "; its interval reaches further"
    return f"Bias is {within} a fifth of a band{certain if within == 'within' and bias.low is not None else ''}."


def _calibration(evaluation: Evaluation) -> Sequence[Part]:
    if not evaluation.calibration[ALL].bins:
        return ["The spans carry no probabilities."]
    rows: list[Sequence[Cell]] = [
        (
            words(name),
            show(found.error, with_n=True, places=3),
            "undefined" if found.error_if_calibrated is None else found.error_if_calibrated,
            found.overconfidence,
        )
        for name, found in evaluation.calibration.items()
    ]
    return [
        "Expected calibration error over bins of equal mass, of span probabilities against whether a gold span of the label "
        "overlaps; the error that a perfectly calibrated scorer would show at this n; and mean probability minus confirmed "
        "share.",
        Table(("label", "error", "error by chance alone", "overconfidence"), rows, places=3),
        Plot(
            "reliability",
            reliability_plot(evaluation),
            "Share of spans that gold confirms against their probability, a dot a bin; bars: 90 % Wilson intervals.",
        ),
    ]


def _reading(evaluation: Evaluation) -> list[str]:
    lines = [
        "Alpha is 1 for perfect agreement and 0 for what chance gives; the same number of errors costs more alpha on a rare label than on a common one.",
        "An interval over few conversations is a little too narrow: in simulations of 22 conversations, nominal 90 % intervals of alpha held the truth in 87 to 89 %.",
        "Where all conversations agree there is no interval, which does not mean that there is no uncertainty.",
    ]
    if evaluation.against == "gold" and evaluation.judged_rater in evaluation.raters_named:
        lines.append(
            f"Rater {evaluation.judged_rater} is judged here and, where gold is the raters' majority, is part of it: the agreement is inflated. Use `--against raters`."
        )
    elif evaluation.raters and evaluation.against == "gold":
        lines.append(
            "Gold made from the raters' majority is steadier than any one rater, so a scorer may agree with it better than raters do among themselves; against each rater singly (`--against raters`) the two columns compare like with like."
        )
    return lines
