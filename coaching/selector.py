"""The next practice of a rep, from the scorecards so far: which signal, which scenario, and the reason in numbers."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict

from coaching.focus import MARGIN, Observation, Standing, advance, by_urgency
from coaching.library import Difficulty, Library, Scenario
from rubric.behaviours import N_RANKED, Behaviour
from rubric.config import SIGNALS, RubricConfig, SignalConfig
from rubric.errors import FoursignalError
from rubric.scorecard import NextPractice, Scorecard

# Two weeks at two practices a week: a scenario played again sooner tests memory, not the behaviour.
N_LATELY = 4
IN_WORDS: dict[Difficulty, str] = {1: "easy", 2: "of middle difficulty", 3: "hard"}
LEVELS: dict[Difficulty, str] = {
    1: "that lies in the low band",
    2: "that is neither low nor at target",
    3: "the target is reached",
}


class Practice(BaseModel):
    """The next practice. behaviour: the signal it works on. behaviours: that one, then the two next widest gaps.

    The same history, library and configuration give the same practice. Nothing in the choice is random, so there is
    no propensity to log.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    scenario: Scenario
    behaviour: str
    reason: str
    behaviours: tuple[Behaviour, ...]

    def summary(self) -> NextPractice:
        """What a scorecard carries of it."""
        return NextPractice(
            scenario=self.scenario.id, title=self.scenario.title, behaviour=self.behaviour, reason=self.reason
        )


def next_practice(
    history: Sequence[Scorecard], library: Library, config: RubricConfig, practised: Sequence[str] = ()
) -> Practice:
    """The practice to run after `history`.

    history: all scorecards of one rep, oldest first, at least one. practised: ids of the scenarios played so far,
    newest last. The signal is chosen by `coaching.focus`; the difficulty follows from where its average lies: in the
    low band easy, short of target middle, at target hard, never seen easy. Among the scenarios that fit, one never
    played comes before the one played longest ago; one of the last four comes only where the signal has no other.
    Raises FoursignalError where the history is empty, a scorecard lacks a signal, or the library has no scenario.
    """
    standing = standing_after(history, config)
    wanted = difficulty_of(standing, config)
    scenario = _pick(library, standing.focus, wanted, practised)
    ranked = [standing.focus, *(name for name in by_urgency(standing.gaps) if name != standing.focus)][:N_RANKED]
    seen = {name: _seen(name, standing, len(history), config) for name in ranked}
    reason = f"{seen[standing.focus]}. {_why_this_signal(standing)} {_why_this_scenario(scenario, wanted, standing, practised)}"
    return Practice(
        scenario=scenario,
        behaviour=standing.focus,
        reason=reason,
        behaviours=tuple(Behaviour(name=name, gap=standing.gaps[name], reason=seen[name]) for name in ranked),
    )


def standing_after(history: Sequence[Scorecard], config: RubricConfig) -> Standing:
    """Where the rep stands: `coaching.focus.advance` over the history, so that the focus before is part of it."""
    standing: Standing | None = None
    for card in history:
        missing = [name for name in SIGNALS if name not in card.signals]
        if missing:
            raise FoursignalError(
                f"the scorecard of {card.conversation} lacks {', '.join(missing)}; score the conversation again"
            )
        seen = {name: Observation.of(card.signals[name], config.signals[name].minimum_evidence) for name in SIGNALS}
        standing = advance(standing, seen, config)
    if standing is None:
        raise FoursignalError(
            "the next practice is picked from at least one scorecard, found none; score a conversation first"
        )
    return standing


def difficulty_of(standing: Standing, config: RubricConfig) -> Difficulty:
    """1 where the focus lies in its low band or was never seen, 3 where it is at target, 2 between."""
    value = standing.estimates[standing.focus].value
    if standing.gaps[standing.focus] == 0:
        return 3
    return 1 if value is None or _is_low(standing.focus, value, config) else 2


def _is_low(signal: str, value: float, config: RubricConfig) -> bool:
    return any(band.name == "low" and band.holds(value) for band in config.signals[signal].bands)


def _pick(library: Library, signal: str, wanted: Difficulty, practised: Sequence[str]) -> Scenario:
    """The scenario that fits best: not played lately, of the nearest difficulty, played longest ago; ties as in the file."""
    last_played = {played: position for position, played in enumerate(practised)}
    lately = set(practised[-N_LATELY:])
    fitting = sorted(
        library.of(signal),
        key=lambda scenario: (
            scenario.id in lately,
            abs(scenario.difficulty - wanted),
            last_played.get(scenario.id, -1),
            scenario.difficulty,
        ),
    )
    if not fitting:
        raise FoursignalError(f"the practice library has no scenario for {signal}; add some to {signal}.yaml")
    return fitting[0]


def _seen(signal: str, standing: Standing, n_held: int, config: RubricConfig) -> str:
    """What was seen, over how many conversations, beside the target."""
    estimate = standing.estimates[signal]
    if estimate.value is None:
        found = "not seen in " + ("the one conversation" if n_held == 1 else f"any of {n_held} conversations")
    elif n_held == 1:
        found = f"{estimate.value:.2f} in one conversation"
    elif estimate.n_seen == 1:
        found = f"{estimate.value:.2f} in the one of {n_held} conversations that gave a chance"
    else:
        over = f"all {n_held}" if estimate.n_seen == n_held else f"{estimate.n_seen} of {n_held}"
        found = f"{estimate.value:.2f} on average over {over} conversations, the newest counting most"
    signal_config = config.signals[signal]
    return f"{_in_words(signal).capitalize()}: {found} ({signal_config.unit}; target {_target(signal_config)})"


def _target(signal: SignalConfig) -> str:
    band = next(band for band in signal.bands if band.name == "target")
    low = f"above {band.above:g}" if band.above is not None else f"{band.at_least or 0:g}"
    if band.through is not None:
        return f"{low} to {band.through:g}"
    if band.below is not None:
        return f"{low} to below {band.below:g}"
    return low if band.above is not None else f"{low} or more"


def _why_this_signal(standing: Standing) -> str:
    focus, gap = standing.focus, standing.gaps[standing.focus]
    widest = by_urgency(standing.gaps)[0]
    rival = standing.gaps[widest]
    if all(gap is None for gap in standing.gaps.values()):
        return "Nothing has been seen yet, so the first behaviour of the rubric comes first."
    if gap is None:
        return "What has been seen is at its target or near it, so this comes next: it may need work."
    if widest != focus and rival is not None and rival > gap:
        return (
            f"It stays the focus: {_in_words(widest)} lies further from its target by only {rival - gap:.2f} of the way, "
            f"and the focus moves at more than {MARGIN:g}."
        )
    if gap == 0:
        return "It is at its target and nothing lies clearly further off, so this practice holds it."
    return f"Nothing lies further from its target: {gap:.0%} of the way is left."


def _why_this_scenario(scenario: Scenario, wanted: Difficulty, standing: Standing, practised: Sequence[str]) -> str:
    never_seen = standing.estimates[standing.focus].value is None
    level = "it was never seen" if never_seen else LEVELS[wanted]
    if scenario.difficulty == wanted:
        fits = f"is {IN_WORDS[wanted]}, since {level}"
    else:
        fits = f"is {IN_WORDS[scenario.difficulty]}; what would be {IN_WORDS[wanted]} was played in the last {N_LATELY}"
    if scenario.id not in practised:
        return f"“{scenario.title}” {fits}, and has not been played yet."
    n_since = list(reversed(practised)).index(scenario.id) + 1
    ago = "as the last practice" if n_since == 1 else f"{n_since} practices ago"
    return f"“{scenario.title}” {fits}; it was last played {ago}."


def _in_words(signal: str) -> str:
    return signal.replace("_", " ")
