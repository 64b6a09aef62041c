"""The sampling plan as a report: how many, which kinds, who how much. It names no conversation and no rater."""

from __future__ import annotations

from collections.abc import Sequence

from eval.documents.document import Bullets, Callout, Document, Provenance, Section, Table
from eval.sampling.plan import EVERY, Assignment, Numbers, slice_counts
from eval.sampling.precision import MOST_CONVERSATIONS
from eval.sampling.selection import About
from rubric.conversation import Conversation

MANY = f"over {MOST_CONVERSATIONS - 1:,}"


def plan_document(
    numbers: Numbers,
    provenance: Provenance,
    assignment: Assignment | None = None,
    pool: Sequence[Conversation] = (),
    labelled: Sequence[Conversation] = (),
    about: About | None = None,
) -> Document:
    """The report of a plan; without an assignment it says how many and no more. about: attributes of conversations."""
    sections = [_how_many(numbers)]
    if assignment:
        sections += [_which(numbers, assignment, pool, labelled, about), _who(assignment), _next()]
    return Document(
        "Sampling plan",
        lead(numbers, assignment),
        provenance,
        sections,
        {
            "target": numbers.target.model_dump(),
            "raters_a_conversation": numbers.per_conversation,
            "conversations_needed": numbers.needed,
            "conversations_next": numbers.next,
            "needs": [need.model_dump() for need in numbers.needs],
            "loads": assignment.loads() if assignment else {},
        },
    )


def lead(numbers: Numbers, assignment: Assignment | None) -> str:
    """The plan in two sentences."""
    target, pilot = numbers.target, numbers.spread
    decides = f", of which {pilot.label.replace('_', ' ')} takes most" if target.label == EVERY else ""
    said = (
        f"For alpha of {target.label.replace('_', ' ')} ± {target.half_width:g} ({target.confidence:.0%} interval){decides}: "
        f"{count(numbers.needed)} conversations with {numbers.per_conversation} raters each, {count(numbers.next)} of them "
        f"still to be labelled."
    )
    if assignment and len(assignment.choices) != numbers.next:
        total = numbers.needed - numbers.next + len(assignment.choices)
        said += f" {len(assignment.choices)} are handed out, with which ± {numbers.half_width(total):.3f} is expected."
    return said


def count(n: int) -> str:
    return MANY if n >= MOST_CONVERSATIONS else f"{n:,}"


def _how_many(numbers: Numbers) -> Section:
    target = numbers.target
    options = list(numbers.needs[0].assured)
    table = Table(
        ("label", "alpha in the pilot", "± now", *(f"{m} raters" for m in options)),
        [
            (
                need.label.replace("_", " "),
                need.alpha,
                need.half_width,
                *(f"{count(need.assured[m])} ({count(need.expected[m])})" for m in options),
            )
            for need in numbers.needs
        ],
        caption=f"Conversations for a {target.confidence:.0%} interval of alpha ± {target.half_width:g}, with "
        f"{target.assurance:.0%} assurance against a pilot that was lucky; in brackets if its variance is right.",
    )
    pilot = numbers.spread
    known = "neither a third nor a fourth rater would" if pilot.n_raters == 2 else "a fourth rater would"
    notes = [
        f"The pilot has {pilot.n_conversations} conversations and {pilot.n_raters} raters.",
        *(
            [
                f"With {pilot.n_raters} raters in the pilot it cannot be told what {known} bring; the plan assumes the least."
            ]
            if pilot.n_raters < 4
            else []
        ),
        "Few conversations and alpha near 1 make intervals lopsided; the half-width is that of a symmetric one.",
    ]
    return Section("How many", [table, Bullets(notes)])


def _which(
    numbers: Numbers,
    assignment: Assignment,
    pool: Sequence[Conversation],
    labelled: Sequence[Conversation],
    about: About | None,
) -> Section:
    drawn = sum(choice.drawn == "random" for choice in assignment.choices)
    unsure: dict[str, list[float]] = {"random": [], "informative": []}
    for choice in assignment.choices:
        if choice.uncertainty is not None:
            unsure[choice.drawn].append(choice.uncertainty)
    parts: list[str | Callout | Table] = [
        f"{len(assignment.choices)} of {len(pool)} conversations in the pool: {drawn} at random, "
        f"{len(assignment.choices) - drawn} because they tell most."
    ]
    if unsure["informative"] and unsure["random"]:
        means = {kind: sum(ranks) / len(ranks) for kind, ranks in unsure.items()}
        parts.append(
            f"The scorer's uncertainty, as a mean rank in the pool from 0 to 1, is {means['random']:.2f} among the random "
            f"ones and {means['informative']:.2f} among the others."
        )
    if drawn < len(assignment.choices):
        width = f"± {numbers.half_width(drawn):.3f}" if drawn > 1 else "no interval"
        parts.append(
            Callout(
                "Agreement on conversations that were chosen for being hard says nothing about the pool. Figures for the "
                f"pool rest on the {drawn} random ones ({width}); the key says which they are."
            )
        )
    if len(assignment.choices) < numbers.next:
        parts.append(Callout(f"{count(numbers.next)} are needed and the pool holds {len(pool)}: bring more."))
    rows = [
        (f"{name}: {value}", *counts)
        for (name, value), counts in slice_counts(assignment.choices, pool, labelled, about).items()
    ]
    parts.append(Table(("slice", "labelled", "pool", "chosen"), rows, caption="Conversations by slice."))
    return Section("Which", parts)


def _who(assignment: Assignment) -> Section:
    loads, shared = assignment.loads(), assignment.shared()
    order = list(loads)
    rows = [
        (
            rater,
            loads[rater],
            *(shared.get((min(rater, other), max(rater, other)), 0) if rater != other else None for other in order),
        )
        for rater in order
    ]
    caption = (
        "Conversations of each rater, and those that every two share. Codes stand for people; the key says for whom."
    )
    return Section("Who", [Table(("rater", "conversations", *order), rows, caption=caption)])


def _next() -> Section:
    return Section(
        "What to do",
        [
            Bullets(
                [
                    "Give each rater the folder of their code under raters/, and nothing else; keep the key to yourself.",
                    "Label Studio: a project with labelling.xml, import tasks.json, export as JSON. doccano: see docs/labels.md.",
                    "Take the labels back: python -m eval unblind KEY EXPORT --rater CODE --pool POOL --output labels.jsonl",
                    "Then: python -m eval raters labels.jsonl",
                ]
            )
        ],
    )
