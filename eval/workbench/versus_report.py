"""The scorer as one more rater, as a document."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib as mpl
from matplotlib.figure import Figure

from eval.documents.document import Bullets, Callout, Cell, Document, Part, Plot, Provenance, Section, Table
from eval.documents.write import STYLE
from eval.plots import GRID, JUDGED, words
from eval.statistics.alternative_annotator import (
    DISCOVERY_RATE,
    MINIMUM_CLUSTERS,
    MINIMUM_UNITS,
    PASSES_AT,
    AlternativeAnnotator,
)
from eval.statistics.prmse import LEAST_PRMSE
from eval.statistics.weighted_kappa import LEAST_KAPPA, MOST_DEGRADATION, MOST_DIFFERENCE, MOST_DIFFERENCE_OF_SLICE
from eval.workbench.abstention import COVERAGES, Abstention
from eval.workbench.left_out import LeftOut
from eval.workbench.slices import ALPHA, MEAN, SHIFT, SliceFigure
from eval.workbench.versus_results import versus_results
from eval.workbench.versus_study import LabelVersus, Versus, VersusStudy

COLOURS = (JUDGED, "#b45309", "#475569", "#7c3aed", "#0369a1", "#be123c", "#4d7c0f", "#a16207", "#334155")
NO_CONFIDENCE = "The judged one gives no probabilities: there is no order in which it could keep silent."


def versus_document(
    found: VersusStudy, slices: Sequence[SliceFigure], silence: Sequence[Abstention], provenance: Provenance
) -> Document:
    """The report of `python -m eval versus-raters`."""
    judged = found.judged.name
    sections = [
        Section("One more rater", _alphas(found)),
        Section("In a rater's place", _left_out(found)),
        Section("The alternative annotator test", _tests(found)),
        Section("The flags of automated scoring", _flags(found)),
        Section("For whom is it worse?", _slices(slices)),
        Section("What silence would buy", _silence(silence)),
        Section("Reading the figures", [Bullets(_reading(found))]),
    ]
    return Document(
        f"{judged} as one more rater", _lead(found), provenance, sections, versus_results(found, slices, silence)
    )


def _lead(found: VersusStudy) -> str:
    verdicts = [held.verdict for held in found.labels]
    n = {kind: sum(verdict == kind for verdict in verdicts) for kind in ("passes", "fails", "untested")}
    nothing = len(verdicts) - sum(n.values())
    lost = [held for held in found.mean_left_out if held.difference.value is not None]
    places = ""
    if lost:
        mean = sum(held.difference.value or 0.0 for held in lost) / len(lost)
        places = (
            f" Put in a rater's place, it agrees with the others {abs(mean):.2f} alpha {'less' if mean < 0 else 'more'} "
            "than that rater does, mean over raters and labels of turns."
        )
    return (
        f"{found.judged.name} beside {len(found.study.raters)} raters on {found.study.n_conversations} conversations. Of "
        f"{len(verdicts)} labels it passes the alternative annotator test on {n['passes']}, fails on {n['fails']}, passes "
        f"on {nothing} where a judge that knows nothing passes too, and cannot be tested on {n['untested']}.{places}"
    )


def _name(held: LabelVersus) -> str:
    return words(held.units.label)


def _alphas(found: VersusStudy) -> Sequence[Part]:
    rows: list[Sequence[Cell]] = [
        (
            _name(held),
            held.judged.n_units,
            held.alpha,
            held.judged.alpha_with,
            held.judged.gained,
            *(judge.gained for judge in held.simple if judge.judge == "constant"),
        )
        for held in found.labels
    ]
    parts: list[Part] = [
        "Krippendorff's alpha among the raters, and with the judged one as one more of them. A judge who is as good as a "
        "rater leaves it as it is.",
        Table(("label", "n", "raters", f"with {found.judged.name}", "difference", "difference, constant"), rows),
    ]
    if found.not_given:
        parts.append(f"Rated, and not given by {found.judged.name}: {', '.join(map(words, found.not_given))}.")
    return parts


def _left_out(found: VersusStudy) -> Sequence[Part]:
    parts: list[Part] = [
        "Each rater is left out in turn; she, and then the judged one, is held against the same other raters on the same "
        "units. Alpha of these pairs."
    ]
    if found.mean_left_out:
        parts.append(_left_out_table(found, found.mean_left_out, "Mean over the labels of turns."))
    rows: list[Sequence[Cell]] = []
    for held in found.labels:
        known = [one for one in held.left_out if one.difference.value is not None]
        worst = min(known, key=lambda one: one.difference.value or 0.0, default=None)
        best = max(known, key=lambda one: one.difference.value or 0.0, default=None)
        rows.append(
            (
                _name(held),
                worst.rater if worst else "undefined",
                worst.difference if worst else None,
                best.rater if best else "undefined",
                best.difference if best else None,
            )
        )
    heads = ("label", "furthest behind", "judged minus rater", "furthest ahead of", "judged minus rater")
    parts.append(Table(heads, rows, "By label, the rater it stays furthest behind and the one it stays ahead of most."))
    return parts


def _left_out_table(found: VersusStudy, held: Sequence[LeftOut], caption: str) -> Table:
    rows: list[Sequence[Cell]] = [(one.rater, one.rater_alpha, one.judged_alpha, one.difference) for one in held]
    return Table(("rater left out", "rater", found.judged.name, "difference"), rows, caption)


def _judges(held: LabelVersus) -> list[Versus]:
    return [held.judged, *held.simple]


def _tests(found: VersusStudy) -> Sequence[Part]:
    rows: list[Sequence[Cell]] = []
    for held in found.labels:
        for judge in _judges(held):
            own = judge is held.judged
            rows.append(
                (
                    _name(held) if own else "",
                    judge.judge,
                    _share(judge.clustered),
                    _share(judge.published),
                    judge.published.advantage,
                    held.verdict if own else _passes(judge.test),
                )
            )
    empty = [_name(held) for held in found.labels if held.passing_simple]
    parts: list[Part] = [
        f"Calderon, Reichart and Dror (2025), epsilon {found.epsilon:g}. Omega is the share of raters against whom the judge "
        f"wins (false discovery rate {DISCOVERY_RATE:g}, Benjamini and Yekutieli); it passes at {PASSES_AT:g}. Rho is how "
        "often it agrees with the other raters as well as the rater left out, or better. The verdict rests on the test that "
        "takes conversations as independent; as published the test takes turns as independent, and passes too often where "
        f"errors come in whole conversations. It needs {MINIMUM_UNITS} units, and {MINIMUM_CLUSTERS} conversations; with "
        "fewer than about twenty conversations it errs in up to 8 of 100 studies instead of 5.",
        Table(("label", "judge", "omega", "omega, as published", "rho", "verdict"), rows, n_left=2),
    ]
    if empty:
        parts.append(
            Callout(
                "A judge that knows nothing passes as well on: "
                + ", ".join(empty)
                + ". There the label is so rare, or "
                "raters are so far apart, that passing proves nothing."
            )
        )
    reasons = dict.fromkeys(
        f"{_name(held)}: {held.judged.test.reason}" for held in found.labels if held.judged.test.reason
    )
    return [*parts, Bullets(list(reasons))] if reasons else parts


def _share(test: AlternativeAnnotator) -> str:
    return "untested" if test.winning_rate is None else f"{test.winning_rate:.2f}"


def _passes(test: AlternativeAnnotator) -> str:
    return "untested" if test.passes is None else "passes" if test.passes else "fails"


def _flags(found: VersusStudy) -> Sequence[Part]:
    rows: list[Sequence[Cell]] = []
    for held in found.labels:
        for judge in _judges(held):
            own = judge is held.judged
            flags = judge.flags
            rows.append(
                (
                    _name(held) if own else "",
                    judge.judge,
                    flags.kappa,
                    held.rater_kappa if own else None,
                    flags.degradation,
                    flags.difference,
                    flags.prmse,
                    _flagged(judge),
                )
            )
    heads = ("label", "judge", "kappa", "raters' kappa", "degradation", "SMD", "PRMSE", "flagged")
    return [
        f"The flags of ETS' RSMTool: quadratic-weighted kappa with a rater (mean over raters) under {LEAST_KAPPA:.2f}; more "
        f"than {MOST_DEGRADATION:.2f} below raters' own; a standardised mean difference (SMD, judged minus raters) beyond "
        f"{MOST_DIFFERENCE:.2f}; PRMSE, the share of true scores' variance that is predicted, under {LEAST_PRMSE:.2f}. A "
        "flag is set by the value, whatever its interval.",
        Table(heads, rows, n_left=2),
    ]


def _flagged(judge: Versus) -> str:
    flags = judge.flags
    set_ = {
        "kappa": flags.kappa.value is not None and flags.kappa.value < LEAST_KAPPA,
        "degradation": flags.degradation.value is not None and flags.degradation.value > MOST_DEGRADATION,
        "SMD": flags.difference.value is not None and abs(flags.difference.value) > MOST_DIFFERENCE,
        "PRMSE": flags.prmse.value is not None and flags.prmse.value < LEAST_PRMSE,
    }
    known = [flags.kappa, flags.degradation, flags.difference, flags.prmse]
    if all(figure.value is None for figure in known):
        return "undefined"
    return ", ".join(name for name, is_set in set_.items() if is_set) or "none"


def _slices(slices: Sequence[SliceFigure]) -> Sequence[Part]:
    if not slices:
        return ["No attribute of the conversations has two levels with five conversations each: nothing to compare."]
    shown = [held for held in slices if held.label == MEAN or held.figure != ALPHA or held.flagged]
    rows: list[Sequence[Cell]] = [
        (
            f"{held.attribute}: {held.level}",
            f"{words(held.label)}, {held.figure}",
            held.found.n_inside,
            held.found.inside,
            held.found.outside,
            held.found.difference,
            "untested" if held.adjusted_p is None else f"{held.adjusted_p:.3f}",
        )
        for held in shown
    ]
    n = sum(held.adjusted_p is not None for held in slices)
    flagged = [held for held in slices if held.flagged]
    wide = [
        f"{held.attribute} {held.level} ({words(held.label)})"
        for held in slices
        if held.figure == SHIFT and abs(held.found.inside.value or 0) > MOST_DIFFERENCE_OF_SLICE
    ]
    parts: list[Part] = [
        f"Every slice beside the rest, {n} comparisons; p by permutation of conversations, adjusted for their number "
        f"(Benjamini and Yekutieli). {len(flagged)} differ beyond chance. The table shows means and signals, and single "
        "labels that differ; report.json has all. Few conversations a slice show only large differences.",
        Table(("slice", "figure", "n", "in the slice", "in the rest", "difference", "p, adjusted"), rows, n_left=2),
    ]
    if wide:
        parts.append(
            f"Standardised means that differ by more than {MOST_DIFFERENCE_OF_SLICE:.2f} in a slice, RSMTool's flag, whatever "
            f"the interval: {', '.join(wide)}."
        )
    return parts


def _silence(silence: Sequence[Abstention]) -> Sequence[Part]:
    if not silence:
        return [NO_CONFIDENCE]
    rows: list[Sequence[Cell]] = [
        (held.name, held.n_conversations, held.n, *(held.risk[coverage] for coverage in COVERAGES), held.gain)
        for held in silence
    ]
    heads = (
        "slice",
        "conversations",
        "decisions",
        *(f"risk at {coverage:.0%}" for coverage in COVERAGES),
        "gain of 10 % silence",
    )
    return [
        "Every decision on a turn and a label, in order of its probability. Risk is the share of raters who decide "
        "otherwise, over the surest decisions of that share.",
        Table(heads, rows, places=3),
        Plot("abstention", _silence_plot(silence), "Risk by the share of decisions that are kept, surest first."),
    ]


def _silence_plot(silence: Sequence[Abstention]) -> Figure:
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(7.6, 4.0), layout="constrained")
        axes = figure.subplots()
        for held, colour in zip(silence, COLOURS, strict=False):
            step = max(1, len(held.curve.risk) // 400)
            axes.plot(
                held.curve.coverage[::step],
                held.curve.risk[::step],
                color=colour,
                lw=2 if held is silence[0] else 1,
                label=held.name,
            )
        axes.set_xlim(0, 1)
        axes.set_ylim(bottom=0)
        axes.grid(color=GRID)
        axes.set_axisbelow(True)
        axes.set_xlabel("share of decisions kept")
        axes.set_ylabel("risk")
        axes.legend(fontsize=8.5)
    return figure


def _reading(found: VersusStudy) -> list[str]:
    lines = [
        f"Brackets hold {found.resamples.confidence:.0%} intervals over conversations ({len(found.resamples.weights)} "
        f"resamples, seed {found.seed}).",
        "Constant says the commonest category, or the mean; random draws from what raters gave; length alone is a regression "
        "on the words of the turn or conversation, fitted on other conversations. They were given these raters' labels; the "
        "judged one was not.",
        "Passing the test says that the judge is no worse than a rater by epsilon. It does not say that raters are good: see "
        "python -m eval raters.",
    ]
    return [*lines, *found.study.notes]
