"""A scorecard for the terminal: signals with their evidence quoted, the axes, what to work on, the next practice."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from rubric.codebook import Label
from rubric.conversation import Conversation
from rubric.scorecard import Scorecard
from rubric.signals import Signal
from rubric.spans import Span

NAMES = {
    "discovery_density": "Discovery density",
    "objection_acknowledgement": "Objection acknowledgement",
    "value_framing": "Value framing",
    "close_attempts": "Close attempts",
}
COLOURS = {"low": "red", "middle": "yellow", "target": "green", "above_target": "yellow"}
MOST_QUOTED = 8


def render(conversation: Conversation, card: Scorecard, all_evidence: bool = False) -> RenderableType:
    """The whole scorecard. all_evidence: quote every span, not only the first few of a signal."""
    parts: list[RenderableType] = [_signals(card)]
    for name, signal in card.signals.items():
        parts += [
            Text(),
            Text(NAMES[name], style="bold"),
            Padding(_evidence(name, signal, conversation, card, all_evidence), (0, 2)),
        ]
    parts += [Text(), _ranked(card)]
    if card.next_practice is not None:
        parts += [Text(), _next_practice(card)]
    for note in card.notes:
        parts.append(Text(f"note: {note}", style="dim"))
    hashes = f"bundle {card.bundle.name} {card.bundle.sha256[:12]}  rubric {card.rubric.name} {card.rubric.sha256[:12]}"
    return Panel(Group(*parts), title=f"[bold]{card.conversation}[/]", subtitle=f"[dim]{hashes}[/]", padding=(1, 2))


def _signals(card: Scorecard) -> Table:
    table = Table(box=None, pad_edge=False, show_header=True, header_style="dim")
    for column, justify in (
        ("signal", "left"),
        ("value", "right"),
        ("from", "right"),
        ("90 % interval", "right"),
        ("band", "left"),
    ):
        table.add_column(column, justify=justify)  # type: ignore[arg-type]
    for name, signal in card.signals.items():
        interval = (
            ""
            if signal.interval is None
            else f"{_number(name, signal.interval[0])} – {_number(name, signal.interval[1])}"
        )
        value = "–" if signal.value is None else _number(name, signal.value)
        table.add_row(NAMES[name], value, _fraction(name, signal), interval, _band(signal))
    warmth, competence = ("–" if axis is None else f"{axis:.0f}" for axis in (card.axes.warmth, card.axes.competence))
    table.add_row()
    table.add_row("Warmth (0–100)", warmth)
    table.add_row("Competence (0–100)", competence)
    return table


def _number(name: str, value: float) -> str:
    return f"{value:.0f}" if name == "close_attempts" else f"{value:.2f}"


def _fraction(name: str, signal: Signal) -> str:
    if signal.denominator is None:
        return f"{signal.numerator:g}"
    if name == "discovery_density":
        return f"{signal.numerator:g} in {signal.denominator:.1f} min"
    return f"{signal.numerator:g} of {signal.denominator:g}"


def _band(signal: Signal) -> Text:
    if signal.band is None:
        return Text(signal.reason or "", style="dim italic")
    return Text(signal.band.replace("_", " "), style=f"bold {COLOURS[signal.band]}")


def _evidence(
    name: str, signal: Signal, conversation: Conversation, card: Scorecard, all_evidence: bool
) -> RenderableType:
    head = [Text(signal.note, style="dim italic")] if signal.note else []
    lines = list(
        _objections(conversation, card) if name == "objection_acknowledgement" else _quotes(signal, conversation, card)
    )
    shown = lines if all_evidence else lines[:MOST_QUOTED]
    if len(shown) < len(lines):
        shown.append(Text(f"… and {len(lines) - len(shown)} more (--all-evidence)", style="dim"))
    return Group(*head, *(shown or [Text(signal.reason or "none found", style="dim italic")]))


def _quotes(signal: Signal, conversation: Conversation, card: Scorecard) -> Iterator[Text]:
    needs = {span.id: span for span in card.spans if span.label == Label.NEED}
    for index in signal.evidence:
        span = card.spans[index]
        line = _quote(span, conversation)
        for reference in span.refers_to:
            if reference in needs:
                line.append("\n      serves ", style="dim").append(
                    _words(needs[reference], conversation, 70), style="cyan"
                )
        if span.label == Label.VALUE_CLAIM and not span.refers_to:
            line.append("  generic", style="dim")
        yield line


def _objections(conversation: Conversation, card: Scorecard) -> Iterator[Text]:
    """One entry a distinct objection: where it was raised, and where it was said back before the first answer."""
    counted = set(card.signals["objection_acknowledgement"].evidence)
    raised: dict[str, Span] = {}
    for span in card.spans:
        if span.label == Label.OBJECTION and span.id:
            raised.setdefault(span.id, span)
    for name, objection in raised.items():
        line = _quote(objection, conversation)
        restated = [
            card.spans[index]
            for index in sorted(counted)
            if card.spans[index].label == Label.OBJECTION_RESTATEMENT and name in card.spans[index].refers_to
        ]
        if restated:
            line.append("\n      restated ", style="green").append_text(_quote(restated[0], conversation))
        else:
            line.append("\n      not restated before the first answer", style="red")
        yield line


def _quote(span: Span, conversation: Conversation) -> Text:
    turn = conversation.turns[span.turn]
    second = turn.time_at(span.start)
    where = f"turn {span.turn}" if second is None else f"turn {span.turn}, {int(second // 60)}:{int(second % 60):02d}"
    line = Text(f"{where:<16}", style="dim")
    return line.append(f"“{_words(span, conversation, 100)}”", style="default")


def _words(span: Span, conversation: Conversation, most: int) -> str:
    words = conversation.turns[span.turn].text[span.start : span.end].replace("\n", " ")
    return words if len(words) <= most else f"{words[: most - 1]}…"


def _ranked(card: Scorecard) -> RenderableType:
    table = Table(box=None, pad_edge=False, show_header=False)
    for place, behaviour in enumerate(card.behaviours, start=1):
        table.add_row(f"{place}.", NAMES[behaviour.name], Text(behaviour.reason, style="dim"))
    return Group(Text("Work on", style="bold"), Padding(table, (0, 2)))


def _next_practice(card: Scorecard) -> RenderableType:
    practice = card.next_practice
    if practice is None:
        return Text()
    text = (
        Text(practice.title, style="bold")
        .append(f"  ({practice.scenario})", style="dim")
        .append(f"\n{practice.reason}", style="default")
    )
    return Panel(text, title="Next practice", title_align="left", border_style="green")
