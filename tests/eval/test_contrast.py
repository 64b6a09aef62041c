from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from data.splits import languages, load_split, splits_of
from eval.baselines import constant_rater, keyword_rater
from eval.contrast import ALL, ContrastPair, Outcome, load_pairs, run, write_report
from eval.plots import words
from rubric.conversation import Conversation
from rubric.errors import DataError
from rubric.spans import Span

WORDS_OF_A_SENTENCE = 6


@pytest.fixture(scope="module")
def pairs() -> list[ContrastPair]:
    return load_pairs()


def _oracle(pairs: list[ContrastPair]) -> dict[str, tuple[Span, ...]]:
    return {side.conversation.id: side.rating.spans for pair in pairs for side in (pair.has, pair.lacks)}


def test_there_are_enough_pairs_in_every_family(pairs: list[ContrastPair]) -> None:
    assert len(pairs) >= 200
    assert min(Counter(pair.family for pair in pairs).values()) >= 25


def test_a_perfect_rater_passes_and_the_constant_one_fails_all(pairs: list[ContrastPair]) -> None:
    gold = _oracle(pairs)
    perfect = run(lambda conversation: gold[conversation.id], pairs)
    assert (perfect.families[ALL].share, perfect.failures) == (1, ())
    silent = run(constant_rater, pairs)
    assert (silent.families[ALL].n_passed, silent.families[ALL].n_missed) == (0, len(pairs))
    assert len(silent.failures) == len(pairs)


def test_links_to_everything_or_to_the_wrong_need_fail(pairs: list[ContrastPair]) -> None:
    tied = [pair for pair in pairs if pair.tied]
    gold = _oracle(tied)

    def eager(conversation: Conversation) -> list[Span]:
        first = next(i for i, turn in enumerate(conversation.turns) if turn.role == "customer")
        need = Span(turn=first, start=0, end=len(conversation.turns[first].text), label="need", id="N1")
        claims = [s for s in gold[conversation.id] if s.label == "value_claim"]
        return [need, *(claim.model_copy(update={"refers_to": ("N1",)}) for claim in claims)]

    rate = run(eager, tied).families[ALL]
    assert (rate.n_passed, rate.n_missed, rate.n_spurious) == (0, 0, len(tied))


def test_no_sentence_of_a_variant_stands_in_the_shipped_corpus(pairs: list[ContrastPair]) -> None:
    def plain(text: str) -> str:
        return " ".join("".join(c for c in text.lower() if c.isalnum() or c.isspace()).split())

    assert "en" in languages()
    corpus = {
        plain(turn.text)
        for split in splits_of("en")
        for item in load_split("en", split)
        for turn in item.conversation.turns
    }
    whole = "\n".join(corpus)
    said = {plain(turn.text) for pair in pairs for side in (pair.has, pair.lacks) for turn in side.conversation.turns}
    assert [text for text in said if len(text.split()) >= WORDS_OF_A_SENTENCE and text in whole] == []


def test_variants_differ_and_stay_short(pairs: list[ContrastPair]) -> None:
    for pair in pairs:
        assert pair.has.conversation.turns != pair.lacks.conversation.turns
        for side in (pair.has, pair.lacks):
            assert 2 <= len(side.conversation.turns) <= 6, side.conversation.id


def test_all_faults_of_all_files_in_one_error(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("label: close_ask\nabout: x\nextra: 1\npairs: []\n")
    (tmp_path / "b.yaml").write_text(
        "label: close_ask\nabout: x\npairs:\n"
        "  - {id: one, has: 'R: {ask|Sign today?}', lacks: 'R: {ask|Sign now?}'}\n"
        "  - {id: one, before: 'C: hm', has: 'R: {ask|Sign?', lacks: 'R: no'}\n"
    )
    with pytest.raises(DataError) as caught:
        load_pairs(tmp_path)
    for part in (
        "a.yaml: extra: Extra inputs are not permitted",
        "a.yaml: pairs: Tuple should have at least 1 item",
        "b.yaml: one: expected no close_ask in `lacks`, found one",
        "needs a turn of the rep and one of the customer",
        "b.yaml: one: the id is given twice",
        "is not closed",
    ):
        assert part in str(caught.value)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no family, expected files such as asks\.yaml"):
        load_pairs(tmp_path)


def test_the_report_lists_pass_rates_and_what_failed(tmp_path: Path) -> None:
    pairs = load_pairs()
    silent, keywords = run(constant_rater, pairs), run(keyword_rater, pairs)
    report = write_report(silent, keywords, "nobody", tmp_path).read_text(encoding="utf-8")
    assert f"| {words(ALL)} | {len(pairs)} | 0% [0%, 1%] | {len(pairs)} | 0 |" in report
    assert report.count("- missed in: ") >= len(pairs)
    assert Outcome.model_validate_json((tmp_path / "contrast.json").read_text(encoding="utf-8")) == silent
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(DataError, match="cannot write the report into"):
        write_report(silent, keywords, "nobody", tmp_path / "file")
