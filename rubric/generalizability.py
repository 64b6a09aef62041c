"""How far a rep's mean over some conversations can be trusted: the decision study of generalizability theory.

A value is taken apart into rep, conversation within rep, rater, and the rest (Brennan 2001, "Generalizability Theory",
sections 2.2 and 3.2, for raters crossed with conversations nested in reps). Pure arithmetic: `eval` estimates the
components from ratings, and whoever shows scores asks here how many calls a trustworthy one needs.

With all components known, three calls by two raters give a rep's mean a dependability of .64:

>>> found = VarianceComponents(rep=2.0, conversation=3.0, rater=0.0, residual=0.75)
>>> round(reliability(found, n_conversations=3, n_raters=2), 2)
0.64
>>> calls_needed(found, 0.8, n_raters=2)
7
>>> round(reliability(found, 7, 2), 3), round(reliability(found, 6, 2), 3)
(0.806, 0.78)
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, isclose

TARGETS = (0.70, 0.80, 0.90)


@dataclass(frozen=True)
class VarianceComponents:
    """Variances, each at least 0, in the square of the signal's unit.

    rep: between reps, what a score is about. conversation: between one rep's conversations. rater: between raters'
    overall levels. residual: the rest, one rater's error on one conversation and every interaction with the rater.
    """

    rep: float
    conversation: float
    rater: float
    residual: float


def reliability(components: VarianceComponents, n_conversations: int, n_raters: int, *, absolute: bool = True) -> float:
    """Share of true variance, 0 to 1, in a rep's mean over `n_conversations`, each rated by the same `n_raters`.

    absolute: the index of dependability, phi, in which a severe rater counts as error. Otherwise the generalizability
    coefficient, which is right where the same raters, or one scorer, judge all reps that are compared. 0 where reps do
    not differ. Raises ValueError for counts under 1.
    """
    if n_conversations < 1 or n_raters < 1:
        raise ValueError(f"expected at least 1 conversation and 1 rater, found {n_conversations} and {n_raters}")
    error = (components.conversation + components.residual / n_raters) / n_conversations
    if absolute:
        error += components.rater / n_raters
    return components.rep / (components.rep + error) if components.rep > 0 else 0.0


def calls_needed(
    components: VarianceComponents, target: float, n_raters: int = 1, *, absolute: bool = True
) -> int | None:
    """The least number of conversations of one rep whose mean reaches the reliability `target`, above 0 and below 1.

    None where no number does: reps do not differ, or raters' levels alone are more error than the target allows.
    Raises ValueError for a target outside its range or no rater.
    """
    if not 0 < target < 1 or n_raters < 1:
        raise ValueError(f"expected a target between 0 and 1 and at least 1 rater, found {target:g} and {n_raters}")
    allowed = components.rep * (1 - target) / target - (components.rater / n_raters if absolute else 0.0)
    if allowed <= 0:
        return None
    exact = (components.conversation + components.residual / n_raters) / allowed
    whole = round(exact)
    return max(1, whole if isclose(exact, whole, rel_tol=1e-9) else ceil(exact))
