"""The reliability of a study's values as a document."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import matplotlib as mpl
from matplotlib.figure import Figure
from pydantic import BaseModel, ConfigDict

from eval.bootstrap import Estimate
from eval.documents.document import Bullets, Callout, Cell, Document, Part, Plot, Provenance, Section, Table
from eval.documents.write import STYLE
from eval.plots import GRID, JUDGED, RATERS, SOFT, words
from eval.workbench.reliability_study import (
    CONFIDENCE,
    FACETS,
    N_CONVERSATIONS,
    N_RATERS,
    Reliability,
    ReliabilityStudy,
)
from rubric.generalizability import TARGETS

NO_REPS = (
    "No conversation says who its rep is, so the conversation is the only facet: these figures tell how well one "
    "conversation can be told from another, not how many calls a rep's score needs. A rep's calls differ among "
    "themselves, and how much they do is not in these data. Give a table with the columns conversation and rep (--about) "
    "to learn it."
)
COLOURS = (JUDGED, "#b45309", "#475569", "#7c3aed")


class SignalResults(BaseModel):
    """One signal of report.json. calls_needed: by target, for one rater and by absolute agreement."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    unit: str
    n_conversations: int
    n_raters: int
    icc_single: Estimate
    icc_average: Estimate
    standard_error: Estimate
    minimal_detectable_change: Estimate
    components: dict[str, Estimate]
    calls_needed: dict[str, int | None]
    raters_needed: dict[str, int | None]


class ReliabilityResults(BaseModel):
    """The part of report.json that is for programs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    raters: tuple[str, ...]
    n_conversations: int
    n_reps: int | None
    confidence: float
    n_resamples: int
    seed: int
    signals: tuple[SignalResults, ...]


def reliability_document(found: ReliabilityStudy, provenance: Provenance) -> Document:
    """The report of `python -m eval reliability`."""
    return Document(
        "How reliable are values of whole conversations?",
        _lead(found),
        provenance,
        [
            Section("Raters' agreement in the signal's own unit", _agreement(found)),
            Section("Limits of agreement", _limits(found)),
            Section("Where the variance lies", _variance(found)),
            Section("How many calls, how many raters?", _decision(found)),
            Section("Reading the figures", [Bullets(_reading(found))]),
        ],
        _results(found),
    )


def _lead(found: ReliabilityStudy) -> str:
    study = found.study
    reps = "no rep is named" if found.n_reps is None else f"{found.n_reps} reps"
    n = f"{study.n_conversations} conversations, {len(study.raters)} raters, {reps}."
    known = [(one, one.intraclass.single.value) for one in found.signals if one.intraclass.single.value is not None]
    if not known:
        return f"{n} No value was given by all raters to two conversations, so no intraclass correlation is defined."
    ends = [min(known, key=lambda pair: pair[1])[0], max(known, key=lambda pair: pair[1])[0]]
    told = dict.fromkeys(f"{words(one.measured.name)} {_plain(one.intraclass.single)}" for one in ends)
    return f"{n} One rater's value may stand for another's to this extent, ICC(A,1), least to most: {', '.join(told)}."


def _plain(figure: Estimate) -> str:
    interval = f" [{figure.low:.2f}, {figure.high:.2f}]" if figure.low is not None and figure.high is not None else ""
    return f"{figure.value:.2f}{interval}"


def _agreement(found: ReliabilityStudy) -> Sequence[Part]:
    rows: list[Sequence[Cell]] = []
    for one in found.signals:
        icc = one.intraclass
        rows.append(
            (
                words(one.measured.name),
                one.n_conversations,
                icc.single.n,
                icc.single,
                icc.average,
                one.error,
                one.change,
            )
        )
    k = len(found.study.raters)
    return [
        "ICC(A,1) is the reliability of one rater's value and ICC(A,k) that of the mean of all raters, for absolute "
        "agreement (McGraw and Wong 1996). SEM is the standard error of measurement of one rater's value, and MDC the "
        "smallest change between two values that is more than that error in nineteen cases of twenty.",
        Table(
            ("signal", "conversations", "rated by all", "ICC(A,1)", f"ICC(A,{k})", "SEM", "MDC"),
            rows,
            "Intraclass correlations take conversations that every rater rated; SEM and MDC take all.",
        ),
        Bullets([f"{words(one.measured.name)}: {one.measured.unit}" for one in found.signals]),
    ]


def _limits(found: ReliabilityStudy) -> Sequence[Part]:
    rows: list[Sequence[Cell]] = [
        (words(one.measured.name), who, limits.bias.n, limits.bias, limits.lower, limits.upper)
        for one in found.signals
        for who, limits in one.limits.items()
    ]
    if not rows:
        return ["There is one rater: nobody to differ from."]
    return [
        "Mean difference of two raters' values, and the limits between which 95 of 100 differences lie (Bland and Altman "
        "1986). Intervals are exact for few conversations (Carkeet 2015) as far as differences are normal; counts and "
        "shares of few spans are not quite.",
        Table(("signal", "difference", "n", "bias", "lower limit", "upper limit"), rows, n_left=2),
    ]


def _variance(found: ReliabilityStudy) -> Sequence[Part]:
    rows: list[Sequence[Cell]] = [
        (words(one.measured.name), *(one.shares[name] for name in FACETS)) for one in found.signals
    ]
    negative = [
        f"{words(one.measured.name)}: the estimate for {' and '.join(one.components.negative)} was below 0 and is given as 0."
        for one in found.signals
        if one.components.negative
    ]
    parts: list[Part] = [
        "Each facet's share of the variance of one rater's value of one conversation, by Henderson's first method, which "
        "allows for gaps. Rater: some are more severe than others. Residual: the rest, every disagreement that is not a "
        "constant severity.",
        Table(("signal", "between reps", "between calls", "between raters", "residual"), rows),
    ]
    return [*parts, Bullets(negative)] if negative else parts


def _decision(found: ReliabilityStudy) -> Sequence[Part]:
    parts: list[Part] = []
    if found.n_reps is None:
        parts.append(Callout(NO_REPS))
    else:
        parts.append(
            "How many calls of one rep, each rated by the same raters, a mean takes to tell reps apart with a reliability "
            "of .70, .80 and .90. Absolute: a severe rater counts as error. Relative: all reps that are compared have the "
            "same raters, or the same scorer."
        )
        parts.append(_needed_table(found, absolute=True, caption="Calls needed, absolute (dependability, phi)."))
        parts.append(_needed_table(found, absolute=False, caption="Calls needed, relative (generalizability)."))
    heads = ("signal", *(f"{target:.2f}" for target in TARGETS), *(f"{target:.2f} relative" for target in TARGETS))
    rows = [
        (
            words(one.measured.name),
            *(one.raters[target, True].shown() for target in TARGETS),
            *(one.raters[target, False].shown() for target in TARGETS),
        )
        for one in found.signals
    ]
    parts.append(Table(heads, rows, "Raters needed for the mean of one conversation."))
    shown = [one for one in found.signals if any(point.value is not None for point in one.curves.values())]
    if shown:
        caption = (
            "Reliability of one conversation's mean by the number of raters, absolute agreement, with its interval."
            if found.n_reps is None
            else "Reliability of a rep's mean by the number of calls and of raters, absolute agreement."
        )
        parts.append(Plot("reliability", _curve_plot(shown, reps=found.n_reps is not None), caption))
    reasons = dict.fromkeys(
        f"{words(one.measured.name)}: {reason}."
        for one in found.signals
        for reason in [one.components.reason]
        if reason
    )
    return [*parts, Bullets(list(reasons))] if reasons else parts


def _needed_table(found: ReliabilityStudy, *, absolute: bool, caption: str) -> Table:
    rows: list[Sequence[Cell]] = [
        (words(one.measured.name), n, *(one.calls[target, n, absolute].shown() for target in TARGETS))
        for one in found.signals
        for n in N_RATERS
    ]
    return Table(("signal", "raters", *(f"{target:.2f}" for target in TARGETS)), rows, caption)


def _curve_plot(signals: Sequence[Reliability], *, reps: bool) -> Figure:
    n_columns = min(2, len(signals))
    n_rows = -(-len(signals) // n_columns)
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.6, 0.6 + 2.3 * n_rows), layout="constrained")
        grid = figure.subplots(n_rows, n_columns, squeeze=False, sharey=True)
        for axes in grid.flat[len(signals) :]:
            axes.set_visible(False)
        for axes, one in zip(grid.flat, signals, strict=False):
            draw_curves: Callable[[mpl.axes.Axes, Reliability], None] = _rep_curves if reps else _conversation_curve
            draw_curves(axes, one)
            for target in TARGETS:
                axes.axhline(target, color=SOFT, lw=0.8, ls=(0, (4, 3)))
            axes.set_ylim(0, 1.02)
            axes.set_title(words(one.measured.name), loc="left")
            axes.grid(color=GRID)
            axes.set_axisbelow(True)
            axes.set_xlabel("calls of a rep" if reps else "raters")
        if reps:
            grid[0, 0].legend(title="raters", fontsize=8.5)
    return figure


def _rep_curves(axes: mpl.axes.Axes, one: Reliability) -> None:
    for n_raters, colour in zip(N_RATERS, COLOURS, strict=True):
        points = [(n, one.curves[n, n_raters].value) for n in N_CONVERSATIONS]
        known = [(n, value) for n, value in points if value is not None]
        axes.plot([n for n, _ in known], [value for _, value in known], "o-", ms=3.5, color=colour, label=str(n_raters))


def _conversation_curve(axes: mpl.axes.Axes, one: Reliability) -> None:
    known = [(k, figure) for (_, k), figure in one.curves.items() if figure.value is not None]
    bounded = [(k, f.low, f.high) for k, f in known if f.low is not None and f.high is not None]
    axes.plot([k for k, _ in known], [f.value for _, f in known if f.value is not None], "o-", ms=3.5, color=JUDGED)
    if bounded:
        axes.fill_between(
            [k for k, _, _ in bounded],
            [low for _, low, _ in bounded],
            [high for _, _, high in bounded],
            color=RATERS,
            alpha=0.2,
        )


def _reading(found: ReliabilityStudy) -> list[str]:
    drawn = "reps" if found.n_reps is not None else "conversations"
    lines = [
        f"Brackets hold {CONFIDENCE:.0%} intervals. Those of variances, SEM, MDC and of all that follows from them resample "
        f"{drawn} ({found.n_resamples} times, seed {found.seed}) and keep the raters: they do not say what other raters "
        "would do. Those of intraclass correlations allow for other raters, as their formula does.",
        "Reliability depends on how different the rated conversations are: raters who are as exact look less reliable on "
        "calls that resemble each other. SEM and MDC do not depend on it.",
        "A signal that a rater found undefined (no objection was raised) is a gap, not a 0.",
        "With fewer than about twenty conversations or reps, intervals of variances and of what follows from them are too "
        "narrow, mostly too low: in simulations a nominal 90 % held the truth in 71 to 89 % at ten conversations and in 70 to "
        "87 % at five. Those of intraclass correlations hold. docs/reliability.md has the coverage.",
    ]
    return [*lines, *found.study.notes]


def _results(found: ReliabilityStudy) -> ReliabilityResults:
    return ReliabilityResults(
        raters=found.study.raters,
        n_conversations=found.study.n_conversations,
        n_reps=found.n_reps,
        confidence=CONFIDENCE,
        n_resamples=found.n_resamples,
        seed=found.seed,
        signals=tuple(
            SignalResults(
                name=one.measured.name,
                unit=one.measured.unit,
                n_conversations=one.n_conversations,
                n_raters=one.n_raters,
                icc_single=one.intraclass.single,
                icc_average=one.intraclass.average,
                standard_error=one.error,
                minimal_detectable_change=one.change,
                components=one.components.parts,
                calls_needed={f"{target:.2f}": one.calls[target, 1, True].value for target in TARGETS},
                raters_needed={f"{target:.2f}": one.raters[target, True].value for target in TARGETS},
            )
            for one in found.signals
        ),
    )
