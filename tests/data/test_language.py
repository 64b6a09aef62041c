from collections import Counter

import pytest

from data.language import guess_language
from data.splits import SPLITS, languages, load_split


def test_no_shipped_conversation_is_taken_for_another_language():
    outcomes: Counter[str] = Counter()
    for language in languages():
        for split in SPLITS if language == "en" else SPLITS[:-1]:
            for item in load_split(language, split):
                guess = guess_language(" ".join(turn.text for turn in item.conversation.turns))
                outcomes["silent" if guess is None else "right" if guess == language else "wrong"] += 1
    assert outcomes == {"right": outcomes.total() - 2, "silent": 2}


@pytest.mark.parametrize("text", ["", "hm", "12 34", "the the", "xyzzy plugh " * 30])
def test_too_little_or_unknown_text_is_no_language(text):
    assert guess_language(text) is None


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("月末の請求書の確認に時間がかかります", "ja"),
        ("每个月对账要花两天时间", "zh"),
        ("송장을 맞추는 데 이틀이 걸립니다", "ko"),
        ("نحتاج يومين كل شهر", "ar"),
    ],
)
def test_scripts_tell(text, language):
    assert guess_language(text) == language
