import pytest

from data.leakage import check_leakage, leaks, shingles, similar_pairs
from data.splits import load_ratings, load_split
from rubric.conversation import Conversation, Turn
from rubric.errors import DataError
from rubric.spans import Labelled, Rating


def call(id: str, *texts: str) -> Labelled:
    turns = tuple(Turn(speaker="R", role="rep", text=text) for text in texts)
    return Labelled(Conversation(id=id, language="en", turns=turns), Rating(conversation=id, rater="author"))


def test_similarity_is_shared_shingles_over_all_shingles():
    left, right = call("a", "one two three four").conversation, call("b", "One, two three! Five").conversation
    assert shingles(left) == {("one", "two", "three"), ("two", "three", "four")}
    assert similar_pairs([left, right], threshold=0.3) == [(0, 1, pytest.approx(1 / 3))]
    assert similar_pairs([left, right]) == []
    chinese = call("c", "我们每月对账").conversation
    assert ("我", "们", "每") in shingles(chinese)


def test_a_planted_near_duplicate_is_found():
    train, validation = load_split("en", "validation"), load_split("en", "calibration")
    turns = [
        turn.model_copy(update={"text": turn.text.replace(" the ", " a ")}) for turn in train[3].conversation.turns
    ]
    copied = Conversation(id="planted", language="en", turns=tuple(turns[2:]))
    validation.append(Labelled(copied, Rating(conversation="planted", rater="author")))
    with pytest.raises(DataError) as caught:
        check_leakage({"train": train, "validation": validation})
    assert "conversations that lie in two splits: 1" in str(caught.value)
    assert f"train/{train[3].conversation.id} and validation/planted: similarity 0." in str(caught.value)


def test_the_same_id_is_a_leak_and_two_ratings_of_one_call_in_a_split_are_not():
    pairs = leaks({"train": [call("x", "we say this here")], "test": [call("x", "and quite another thing")]})
    assert [(pair.left, pair.right, pair.similarity) for pair in pairs] == [("train/x", "test/x", 1.0)]
    assert leaks({"test": load_ratings("en")}) == []
