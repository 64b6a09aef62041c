"""Scorecards that managers fill in for whole calls: Gong's answers as its API returns them.

`{"answeredScorecards": [{"callId", "reviewerUserId", "reviewedUserId", "answers": [{"questionId", "score"}]}]}`, the
list alone, or a scorecard a line. A question is a label of the conversation, its score the value, the reviewer the
rater, and the one reviewed the rep. An answer without a score, or not applicable, is a gap.
"""

from __future__ import annotations

from typing import Any

from data.readers.foursignal_json import load, numbered_lines
from eval.workbench.codebook import Codebook, LabelDefinition
from eval.workbench.gathered import Gathered, Known
from eval.workbench.study import Observation
from rubric.errors import DataError, refuse

ANSWERED, ANSWERS, CALL, QUESTION = "answeredScorecards", "answers", "callId", "questionId"
REVIEWER, REVIEWED, SCORE = "reviewerUserId", "reviewedUserId", "score"


def looks_like(raw: Any) -> bool:
    """Whether plain data is Gong's answer, a list of scorecards, or one."""
    if isinstance(raw, dict) and ANSWERED in raw:
        return True
    first = raw[0] if isinstance(raw, list) and raw else raw
    return isinstance(first, dict) and ANSWERS in first and CALL in first


def parse(text: str, name: str, known: Known) -> Gathered:
    """The scores of a file of scorecards; raise DataError with every fault and its place."""
    faults: list[str] = []
    cards = _cards(text, name, faults)
    codebook = known.codebook if known.chosen else _codebook_of(cards)
    observations: list[Observation] = []
    reps: dict[str, dict[str, str]] = {}
    first: dict[tuple[str, str, str], str] = {}
    for where, card in cards:
        call, answers = _name(card, CALL), card.get(ANSWERS)
        if call is None:
            faults.append(f"{where}: {CALL} is missing; it says which call was reviewed")
        if not isinstance(answers, list):
            faults.append(f"{where}: {ANSWERS}: expected a list, found {type(answers).__name__}")
        if call is None or not isinstance(answers, list):
            continue
        if rep := _name(card, REVIEWED):
            reps.setdefault(call, {})["rep"] = rep
        for index, answer in enumerate(answers):
            place = f"{where}.{ANSWERS}[{index}]"
            found = _observation(call, card, answer, place, codebook, faults)
            if found is None:
                continue
            already = first.setdefault((found.conversation, found.rater, found.label), place)
            if already != place:
                faults.append(f"{place}: {found.rater!r} has scored {found.label} of {call!r} in {already} already")
            observations.append(found)
    refuse(DataError, name, faults)
    if not observations:
        raise DataError(f"{name}: expected scored answers, found none")
    return Gathered(observations=observations, about=reps, codebook=codebook)


def _cards(text: str, name: str, faults: list[str]) -> list[tuple[str, dict[str, Any]]]:
    """Each scorecard with its place."""
    try:
        raw = load(text)
        listed = raw.get(ANSWERED, raw) if isinstance(raw, dict) else raw
        items = [(f"{ANSWERED}[{i}]", item) for i, item in enumerate(listed if isinstance(listed, list) else [listed])]
    except ValueError as whole:
        items = []
        for number, line in numbered_lines(text):
            try:
                items.append((f"line {number}", load(line)))
            except ValueError:
                raise DataError(f"{name}: not JSON: {whole}") from whole
    faults += [
        f"{where}: expected an object, found {type(item).__name__}"
        for where, item in items
        if not isinstance(item, dict)
    ]
    return [(where, item) for where, item in items if isinstance(item, dict)]


def _codebook_of(cards: list[tuple[str, dict[str, Any]]]) -> Codebook:
    """A codebook of the questions that the file answers, with the text of their first answer's question if given."""
    labels: dict[str, LabelDefinition] = {}
    for _, card in cards:
        for answer in card.get(ANSWERS) or ():
            question = _name(answer, QUESTION) if isinstance(answer, dict) else None
            if question is not None:
                name = "overall" if answer.get("isOverall") is True else f"question {question}"
                labels.setdefault(name, LabelDefinition(unit="conversation", level="interval", called=question))
    return Codebook(
        name="scorecard", labels=labels or {"question": LabelDefinition(unit="conversation", level="interval")}
    )


def _observation(
    call: str, card: dict[str, Any], answer: Any, place: str, codebook: Codebook, faults: list[str]
) -> Observation | None:
    if not isinstance(answer, dict):
        faults.append(f"{place}: expected an object, found {type(answer).__name__}")
        return None
    question = _name(answer, QUESTION)
    rater = _name(answer, REVIEWER) or _name(card, REVIEWER)
    label = codebook.named(question) if question else None
    if label is None:
        expected = ", ".join(definition.called or key for key, definition in codebook.labels.items())
        faults.append(f"{place}.{QUESTION}: expected one of {expected}, found {question!r}")
    if rater is None:
        faults.append(f"{place}: {REVIEWER} is missing, in the answer and in its scorecard")
    score = answer.get(SCORE)
    if label is None or rater is None or score is None or answer.get("notApplicable") is True:
        return None
    if isinstance(score, bool) or not isinstance(score, int | float | str):
        faults.append(f"{place}.{SCORE}: expected a number or null, found {score!r}")
        return None
    try:
        value = codebook.labels[label].code(str(score))
    except ValueError as error:
        faults.append(f"{place}.{SCORE}: {error}")
        return None
    return None if value is None else Observation(call, None, rater, label, value)


def _name(held: dict[str, Any], key: str) -> str | None:
    """An id, which Gong gives as a number or as a string."""
    value = held.get(key)
    return str(value) if isinstance(value, int | str) and not isinstance(value, bool) and str(value).strip() else None
