"""Which conversations, by whom, under which names."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.splits import load_split
from eval.sampling.assignment import assign, overlap
from eval.sampling.blinding import Key, blind, codes, read_key, unblind
from eval.sampling.selection import choose, uncertainties
from rubric.conversation import Conversation, Turn
from rubric.errors import DataError, LabelError
from rubric.spans import Labelled, Rating
from scoring.scorer import Scorer


def call(id: str, kind: str | None = None) -> Conversation:
    return Conversation(id=id, language="en", kind=kind, turns=(Turn(speaker="Maya", role="rep", text="Hi there."),))


@given(
    st.integers(1, 60),
    st.integers(2, 7).flatmap(lambda raters: st.tuples(st.just(raters), st.integers(2, raters))),
    st.integers(0, 99),
)
@settings(max_examples=60)
def test_loads_are_alike_and_nobody_rates_twice(n: int, raters: tuple[int, int], seed: int) -> None:
    assigned = assign(n, *raters, seed=seed)
    assert [len(set(chosen)) for chosen in assigned] == [raters[1]] * n
    loads = [sum(rater in chosen for chosen in assigned) for rater in range(raters[0])]
    assert max(loads) - min(loads) <= 1


def test_every_two_raters_meet_alike_often() -> None:
    for n_raters, per_conversation in ((4, 2), (5, 2), (5, 3), (6, 3)):
        shared = overlap(assign(60, n_raters, per_conversation))
        expected = 60 * per_conversation * (per_conversation - 1) / (n_raters * (n_raters - 1))
        assert len(shared) == n_raters * (n_raters - 1) // 2
        assert all(abs(together - expected) <= 0.25 * expected + 1 for together in shared.values())


def test_too_few_raters_are_refused() -> None:
    with pytest.raises(DataError, match="expected 2 to 3 raters a conversation, since 3 take part, found 4"):
        assign(5, 3, 4)
    with pytest.raises(DataError, match="found 1"):
        assign(5, 3, 1)


def test_unsure_and_uncovered_conversations_come_first() -> None:
    pool = [call(f"c{n}", "renewal" if n else "cold call") for n in range(6)]
    sure = [0.0, 0.2, 0.9, 0.1, 0.0, 0.3]
    chosen = choose(pool, 3, uncertainty=sure, labelled=[call("old", "renewal")] * 5, random_share=0)
    assert [choice.conversation.id for choice in chosen] == ["c2", "c5", "c0"]
    assert all(choice.drawn == "informative" and choice.worth is not None for choice in chosen)
    unscored = choose(pool, 1, uncertainty=[None] * 6, labelled=[call("old", "renewal")], random_share=0)
    assert [choice.conversation.id for choice in unscored] == ["c0"]


def test_the_random_share_does_not_look_at_the_scorer() -> None:
    pool = [call(f"c{n}") for n in range(20)]
    first = choose(pool, 10, uncertainty=[n / 20 for n in range(20)], seed=4)
    other = choose(pool, 10, uncertainty=[1 - n / 20 for n in range(20)], seed=4)
    drawn = [[c.conversation.id for c in held if c.drawn == "random"] for held in (first, other)]
    assert drawn[0] == drawn[1]
    assert len(drawn[0]) == 5
    assert len({c.conversation.id for c in first}) == 10
    assert len(choose(pool, 99, uncertainty=[None] * 20)) == 20


def test_uncertainty_is_the_mean_rank_of_the_intervals_widths(english_scorer: Scorer) -> None:
    cards = [english_scorer.score(item.conversation).signals for item in load_split("en", "validation")[:4]]
    assert all(value is not None and 0 <= value <= 1 for value in uncertainties(cards))
    wide = {name: signal.model_copy(update={"interval": (0.0, 99.0)}) for name, signal in cards[0].items()}
    bare = {name: signal.model_copy(update={"interval": None}) for name, signal in cards[0].items()}
    ranked = uncertainties([wide, *cards[1:], bare, None])
    assert (ranked[0], ranked[-2], ranked[-1]) == (1.0, None, None)


def test_a_blinded_conversation_keeps_words_and_roles_only() -> None:
    turns = (
        Turn(speaker="Maya", role="rep", text="Hi.", start=0, end=1),
        Turn(speaker="Bo", role="customer", text="Hello.", start=1, end=2),
        Turn(speaker="Ana", role="rep", text="I am Ana.", start=2, end=3),
        Turn(speaker="Maya", role="rep", text="So.", start=3, end=4),
    )
    hidden = blind(Conversation(id="acme-7", language="en", kind="renewal", trade="steel", turns=turns), "c3")
    assert [turn.speaker for turn in hidden.turns] == ["R", "C", "R2", "R"]
    assert [turn.text for turn in hidden.turns] == [turn.text for turn in turns]
    assert (hidden.id, hidden.kind, hidden.trade, hidden.turns[0].end) == ("c3", None, None, 1)


def test_codes_are_a_shuffle_and_labels_come_back_under_names(tmp_path: Path) -> None:
    items = load_split("da", "train")
    named = codes([item.conversation.id for item in items], "c", seed=5)
    assert sorted(named.values()) == ["c1", "c2", "c3"]
    key = Key(conversations={code: name for name, code in named.items()}, raters={"r1": "Ana"}, drawn={})
    hidden = [
        Labelled(
            blind(item.conversation, named[item.conversation.id]),
            Rating(conversation=named[item.conversation.id], rater="r1", spans=item.rating.spans),
        )
        for item in items
    ]
    known = {item.conversation.id: item.conversation for item in items}
    back = unblind(hidden, key, known, "export.json")
    assert [item.conversation for item in back] == [item.conversation for item in items]
    assert [(item.rating.rater, item.rating.spans) for item in back] == [("Ana", item.rating.spans) for item in items]
    changed = {name: held.model_copy(update={"turns": held.turns[:2]}) for name, held in known.items()}
    with pytest.raises(LabelError, match=r"export\.json has 3 faults:\n  - c\d: the words are not those of"):
        unblind(hidden, key, changed, "export.json")
    with pytest.raises(LabelError, match="the key does not know this code"):
        unblind(items, key, known, "export.json")
    with pytest.raises(LabelError, match="is not among the conversations that were given"):
        unblind(hidden, key, {}, "export.json")
    with pytest.raises(DataError, match="cannot read the key"):
        read_key(tmp_path / "none.json")
    (tmp_path / "key.json").write_text('{"raters": 3}')
    with pytest.raises(DataError, match=r"the key .* has 3 faults"):
        read_key(tmp_path / "key.json")
