"""An evaluation as a folder: report.md to read, evaluation.json to compute with, plots to look at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from eval.agreement import LABELS, MEAN
from eval.bootstrap import Estimate
from eval.calibration import ALL
from eval.evaluation import Evaluation, Figures, Measured
from eval.links import LINKED
from eval.plots import draw_plots, words
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
    """Write report.md, evaluation.json and the plots into `folder`; returns the report's path.

    Raises DataError where the folder cannot be written.
    """
    report = folder / "report.md"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        plots = draw_plots(evaluation, provenance.judged, rubric, folder)
        text = Report(provenance=provenance, evaluation=evaluation).model_dump_json(indent=1)
        (folder / "evaluation.json").write_text(text + "\n", encoding="utf-8")
        report.write_text(markdown(evaluation, provenance, {plot.name for plot in plots}), encoding="utf-8")
    except OSError as error:
        raise DataError(f"cannot write the report into {folder}: {error.strerror}; give another --output") from error
    return report


def markdown(evaluation: Evaluation, provenance: Provenance, plots: Iterable[str] = ()) -> str:
    """The report's text; `plots` are the files that lie beside it."""
    judged, plots = provenance.judged, set(plots)
    sections = [
        _head(evaluation, provenance),
        _short(evaluation, judged),
        _turns(evaluation, judged) + _image("alpha.png", plots) + _image("confusion.png", plots),
        _spans(evaluation, judged),
        _links(evaluation, judged),
        _signals(evaluation, judged) + _image("signals.png", plots),
        _calibration(evaluation) + _image("reliability.png", plots),
        _reading(evaluation),
    ]
    return "\n\n".join(sections) + "\n"


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


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table, the first column to the left and the others to the right."""
    lines = [" | ".join(heads), " | ".join([":--", *["--:"] * (len(heads) - 1)]), *(" | ".join(row) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines)


def _image(name: str, plots: set[str]) -> str:
    return f"\n\n![{name.removesuffix('.png')}]({name})" if name in plots else ""


def _against(evaluation: Evaluation) -> str:
    return "the gold labels" if evaluation.against == "gold" else "each rater singly"


def _head(evaluation: Evaluation, provenance: Provenance) -> str:
    hashes = {
        "bundle": provenance.bundle,
        "bundle's training data": provenance.bundle_data,
        "bundle's base model": provenance.base,
        "rubric": provenance.rubric,
        "evaluation data": provenance.data,
        "commit": provenance.commit,
    }
    given = [(what, f"`{value}`") for what, value in hashes.items() if value]
    raters = ", ".join(evaluation.raters_named) or NO_RATERS
    return f"""# {provenance.judged} against {_against(evaluation)}

{evaluation.n_conversations} conversations ({", ".join(evaluation.languages)}), {evaluation.n_turns} turns; raters: {raters}.

**{provenance.labels_by}**

Brackets hold {evaluation.confidence:.0%} intervals: BCa bootstrap over conversations, {evaluation.n_resamples} resamples, seed {evaluation.seed}.

{table(["rests on", "SHA-256"], given)}"""


def _short(evaluation: Evaluation, judged: str) -> str:
    def line(name: str, measured: Measured | None) -> list[str]:
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
    return "## In short\n\n" + table(
        [
            "",
            "alpha of turns, mean of labels",
            "overlap F1 of spans, mean of labels",
            "same band by value, mean of signals",
        ],
        rows,
    )


def _others(evaluation: Evaluation) -> dict[str, Measured | None]:
    return {"raters": evaluation.raters, **evaluation.baselines}


def _turns(evaluation: Evaluation, judged: str) -> str:
    others = _others(evaluation)
    turns = evaluation.scorer.turns
    labels = [*map(str, LABELS), MEAN]
    alphas = [
        [
            words(label),
            str(turns[label]["alpha"].n),
            show(turns[label]["prevalence"]),
            show(turns[label]["alpha"]),
            *(show(measured.turns[label]["alpha"] if measured else None) for measured in others.values()),
        ]
        for label in labels
    ]
    metrics = ("kappa", "f1", "precision", "recall")
    more = [
        [
            words(label),
            *(show(turns[label][metric]) for metric in metrics),
            show(evaluation.raters.turns[label]["f1"] if evaluation.raters else None),
        ]
        for label in labels
    ]
    return f"""## Turns

Does a turn hold the label? n counts the turns whose role may carry it. Krippendorff's alpha, nominal:

{table(["label", "n", "prevalence", judged, *others], alphas)}

Cohen's kappa, F1, precision and recall of {judged} on the same turns:

{table(["label", *metrics, "raters: F1"], more)}"""


def _spans(evaluation: Evaluation, judged: str) -> str:
    rows = []
    for label in [*map(str, LABELS), MEAN]:
        held, raters = evaluation.scorer.spans[label], evaluation.raters
        rows.append(
            [
                words(label),
                show(held["overlap_f1"], with_n=True),
                show(raters.spans[label]["overlap_f1"] if raters else None, with_n=True),
                *(show(measured.spans[label]["overlap_f1"]) for measured in evaluation.baselines.values()),
                show(held["strict_f1"]),
                show(raters.spans[label]["strict_f1"] if raters else None),
            ]
        )
    heads = [
        "label",
        f"{judged}: overlap F1",
        "raters: overlap F1",
        *(f"{name}: overlap F1" for name in evaluation.baselines),
    ]
    return f"""## Spans

F1 of spans of one label matched one to one where they overlap, and of spans whose bounds are the same but for punctuation (strict). n counts gold spans, among raters over all pairs of them.

{table([*heads, f"{judged}: strict F1", "raters: strict F1"], rows)}"""


def _links(evaluation: Evaluation, judged: str) -> str:
    who: dict[str, Figures | None] = {
        judged: evaluation.scorer.links,
        "raters": evaluation.raters.links if evaluation.raters else None,
        **evaluation.link_rules,
    }
    parts = []
    for label in map(str, LINKED):
        metrics = {
            "all targets right": "accuracy",
            "end to end": "end_to_end",
            "tied or not": "tied_accuracy",
            "tied or not, alpha": "tied_alpha",
        }
        rows = [
            [name, *(show(links[label][metric] if links else None, with_n=True) for metric in metrics.values())]
            for name, links in who.items()
        ]
        parts.append(f"{words(label).capitalize()}:\n\n{table(['', *metrics], rows)}")
    listed = "\n\n".join(parts)
    return f"""## Links

Over gold spans that a predicted span of the same label overlaps: are all targets right, "nothing" included? End to end counts a gold span that nothing overlaps as wrong. The rules tie the spans of {judged}: to nothing, or to the latest objection or need.

{listed}"""


def _signals(evaluation: Evaluation, judged: str) -> str:
    rows = {
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
    parts = []
    for signal in SIGNALS:
        held = evaluation.scorer.signals[signal]
        lines = [
            [
                shown,
                show(held[metric], with_n=True),
                *(
                    show(measured.signals[signal][metric] if measured else None, with_n=True)
                    for measured in others.values()
                ),
            ]
            for metric, shown in rows.items()
        ]
        verdict = _bias_verdict(held["bias_in_bands"])
        parts.append(f"### {words(signal).capitalize()}\n\n{verdict}\n\n{table(['', judged, *others], lines)}")
    listed = "\n\n".join(parts)
    return f"""## Signals

Error is judged minus gold; n counts conversations, among raters pairs of raters in a conversation. A band is shown where the evidence is not too thin.

{listed}"""


def _bias_verdict(bias: Estimate) -> str:
    if bias.value is None:
        return "Bias is undefined."
    within = "within" if abs(bias.value) <= TOLERATED_BIAS else "NOT within"
    inside = bias.low is not None and bias.high is not None and max(abs(bias.low), abs(bias.high)) <= TOLERATED_BIAS
    certain = "; so is its whole interval" if inside and within == "within" else "; its interval reaches further"
    return f"Bias is {within} a fifth of a band{certain if within == 'within' and bias.low is not None else ''}."


def _calibration(evaluation: Evaluation) -> str:
    if not evaluation.calibration[ALL].bins:
        return "## Calibration\n\nThe spans carry no probabilities."
    rows = [
        [
            words(name),
            show(found.error, with_n=True, places=3),
            "undefined" if found.error_if_calibrated is None else f"{found.error_if_calibrated:.3f}",
            show(found.overconfidence, places=3),
        ]
        for name, found in evaluation.calibration.items()
    ]
    return f"""## Calibration

Expected calibration error over bins of equal mass, of span probabilities against whether a gold span of the label overlaps; the error that a perfectly calibrated scorer would show at this n; and mean probability minus confirmed share.

{table(["label", "error", "error by chance alone", "overconfidence"], rows)}"""


def _reading(evaluation: Evaluation) -> str:
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
    return "## Reading the figures\n\n" + "\n".join(f"- {line}" for line in lines)
