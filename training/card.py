"""The model card of a scorer, from its record, its parity and its evaluation report; and the README's table of figures."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from rubric.errors import BundleError
from scoring.bundle import CALIBRATION
from training.record import RECORD, Record, read_record
from training.weights import ADAPTER, HEADS

CARD, EVALUATION, REPORT = "README.md", "evaluation.json", "report"
PARITY = "parity.json"
BEGIN, END = "<!-- figures:begin -->", "<!-- figures:end -->"
SHIPPED = (RECORD, ADAPTER, HEADS, CALIBRATION, CARD, EVALUATION, PARITY)
SIGNAL_METRICS = {
    "interval_alpha": "alpha, interval",
    "bias_in_bands": "bias, in band widths",
    "band_agreement_by_value": "same band",
    "coverage": "inside the 90 % interval",
}


def write_card(run: Path) -> Path:
    """Write the card of a finished and evaluated run into its `scorer/` folder; returns its path.

    Raises BundleError where the run was not finished or not evaluated.
    """
    scorer = run / "scorer"
    record = read_record(scorer)
    report = _read(run / REPORT / EVALUATION, "python -m eval RUN/bundle --output RUN/report")
    parity = _read(run / PARITY, "make train")
    text = _card(record, report, parity)
    (scorer / CARD).write_text(text, encoding="utf-8")
    shutil.copyfile(run / REPORT / EVALUATION, scorer / EVALUATION)
    shutil.copyfile(run / PARITY, scorer / PARITY)
    return scorer / CARD


def ship(run: Path, target: Path) -> None:
    """Copy what is shipped of a run (record, adapter, heads, calibration, card, figures) into a folder of scorers/."""
    scorer = run / "scorer"
    missing = [name for name in SHIPPED if not (scorer / name).is_file()]
    if missing:
        raise BundleError(f"{scorer} is not ready to ship: {', '.join(missing)} missing; run `make train` to its end")
    if read_record(scorer).quick:
        raise BundleError(f"{scorer} comes of the quick recipe, which is for trying out: train without --quick to ship")
    target.mkdir(parents=True, exist_ok=True)
    for name in SHIPPED:
        shutil.copyfile(scorer / name, target / name)


def put_figures(readme: Path, scorer: Path) -> None:
    """Replace what stands between the markers of a README by the figures of a shipped scorer."""
    text = readme.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        raise BundleError(f"{readme} has no place for figures: expected {BEGIN} and {END}")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    report = _read(scorer / EVALUATION, "make train")
    readme.write_text(f"{before}{BEGIN}\n{figures(report)}\n{END}{after}", encoding="utf-8")


def figures(report: dict[str, Any]) -> str:
    """The tables of turn labels and signals in Markdown, each figure with n and interval, beside the raters' own."""
    evaluation = report["evaluation"]
    others = {"raters among themselves": evaluation["raters"], **evaluation["baselines"]}
    turns = [
        [
            label.replace("_", " "),
            str(found["alpha"]["n"]),
            _show(found["alpha"]),
            *(_show(other["turns"][label]["alpha"]) if other else "no second rater" for other in others.values()),
        ]
        for label, found in evaluation["scorer"]["turns"].items()
    ]
    spans = [
        [
            label.replace("_", " "),
            str(found["overlap_f1"]["n"]),
            _show(found["overlap_f1"]),
            *(_show(other["spans"][label]["overlap_f1"]) if other else "no second rater" for other in others.values()),
        ]
        for label, found in evaluation["scorer"]["spans"].items()
    ]
    links = [
        [label.replace("_", " "), str(found["accuracy"]["n"]), _show(found["accuracy"]), _show(found["end_to_end"])]
        for label, found in evaluation["scorer"]["links"].items()
    ]
    signals = [
        [
            signal.replace("_", " "),
            str(found["absolute_error"]["n"]),
            _show(found["absolute_error"]),
            *(_show(found[metric]) for metric in SIGNAL_METRICS),
        ]
        for signal, found in evaluation["scorer"]["signals"].items()
        if "absolute_error" in found
    ]
    return "\n\n".join(
        [
            f"{evaluation['n_conversations']} conversations of the test split, {evaluation['n_turns']} turns, none of them seen "
            f"in training, choice or calibration. Brackets: {evaluation['confidence']:.0%} intervals over conversations.",
            "Does a turn hold the label? Krippendorff's alpha:",
            _table(["label", "turns", "scorer", *others], turns),
            "Spans, overlap F1:",
            _table(["label", "spans", "scorer", *others], spans),
            "Links: are the targets right, “tied to nothing” included; end to end also counts the spans that were missed:",
            _table(["link of", "spans", "targets right", "end to end"], links),
            "Signals per conversation against the raters' majority:",
            _table(["signal", "conversations", "mean absolute error", *SIGNAL_METRICS.values()], signals),
        ]
    )


def _card(record: Record, report: dict[str, Any], parity: dict[str, Any]) -> str:
    config, provenance = record.config, report["provenance"]
    rows = [
        ["language", config.language],
        ["base", f"{config.base}, sha256 `{record.base_sha256}`"],
        ["adapter", f"{config.adapter.method}, rank {config.adapter.rank}"],
        ["trained at commit", f"`{record.commit}`"],
        ["labelled conversations", f"sha256 `{record.data_sha256}`"],
        ["rubric", f"sha256 `{record.rubric_sha256}`"],
        ["seed", str(config.seed)],
        [
            "int8 export against torch",
            f"{parity['flipped_spans']:.1%} of {parity['n_spans']} spans differ over {parity['n_conversations']} held-out "
            f"conversations, probabilities by {parity['mean_probability_gap']:.3f} on average",
        ],
    ]
    return (
        "\n\n".join(
            [
                f"# {provenance['judged']}",
                f"A LoRA adapter, three heads and a calibration, made by `make train` with the recipe in `{RECORD}`. "
                "`make bundle` merges them into the base and exports what serves.",
                _table(["", ""], rows),
                "## Figures",
                f"**{provenance['labels_by']}**",
                figures(report),
                "## Use and limits",
                "For practice and coaching with a person in the loop: a score is evidence to look at together, not a verdict on "
                "an employee. Text behaviours only. English; conversations of one rep's side and one customer's side. The "
                "training conversations are written ones, rich in objections; on real calls, on rough transcripts and on other "
                "varieties of English its agreement with people is not known.",
            ]
        )
        + "\n"
    )


def _show(found: dict[str, Any]) -> str:
    if found["value"] is None:
        return "undefined"
    text = f"{found['value'] + 0.0:.2f}".replace("-0.00", "0.00")
    if found["low"] is None:
        return text
    return f"{text} [{found['low']:.2f}, {found['high']:.2f}]".replace("-0.00", "0.00")


def _table(heads: list[str], rows: list[list[str]]) -> str:
    rule = [":--", *["--:"] * (len(heads) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (heads, rule, *rows))


def _read(path: Path, command: str) -> dict[str, Any]:
    try:
        read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BundleError(f"cannot read {path}: {error}; `{command}` makes it") from error
    return read
