"""With `redact: true` nothing behind the reader sees personal data."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from data import personal_data
from data.readers.read import read_text
from data.redact import Redactor
from rubric.errors import DataError
from scoring.scorer import Scorer
from serving.app import create_app
from serving.settings import Settings

TEXT = "\n".join(
    [
        "Ana Ruiz: Good morning, Mr Haddad, this is Ana Ruiz. So what slows your month-end down, and what did you try?",
        "Karim Haddad: We lose two days a month on invoices, and I do them on my own, mostly. My colleague Josie left.",
        "Ana Ruiz: So it is you, without Josie. Could we sit down on Thursday and scope a pilot for your month-end?",
        "Karim Haddad: I could, in the afternoon. My number is 07700 900 318, or my wife takes it for me, as I am out.",
    ]
)


@pytest.fixture(scope="module")
def redacting(settings: Settings, english_scorer: Scorer) -> Iterator[TestClient]:
    if not (personal_data.CACHE / "en_core_web_sm").is_dir():
        pytest.fail("no model of names: run `make models` first")
    changed = settings.model_copy(update={"redact": True})
    with TestClient(create_app(changed, {"en": english_scorer})) as client:
        yield client


def test_what_is_scored_holds_placeholders_and_notes_quote_nobody(
    redacting: TestClient, english_scorer: Scorer
) -> None:
    answer = redacting.post("/v1/scorecards", json={"text": TEXT, "language": "en", "guess_roles": True})
    assert answer.status_code == 200, answer.text
    card = answer.json()
    (transcript,) = read_text(TEXT, language="en", rep=["Ana Ruiz"])
    expected = english_scorer.score(Redactor().redact(transcript.conversation).conversation)
    assert card["spans"] == expected.model_dump(mode="json")["spans"]
    assert card["spans"]
    assert card["notes"][-1] == "personal data replaced by placeholders: 4 NAME, 1 PHONE"
    assert "roles were guessed: … is taken as the rep" in card["notes"][0]
    assert not [name for name in ("Ana", "Ruiz", "Haddad", "Josie", "07700") if name in answer.text]


def test_what_cannot_be_redacted_is_refused(redacting: TestClient) -> None:
    answer = redacting.post("/v1/scorecards", json={"text": "Rep: Hej Bo\nCustomer: Hej", "language": "da"})
    assert answer.status_code == 422
    assert "personal data is found in English" in answer.json()["detail"]


def test_without_the_extra_the_server_does_not_start(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(personal_data, "find_spec", lambda _: None)
    with pytest.raises(DataError, match=r"pip install 'foursignal\[redact\]'"):
        create_app(settings.model_copy(update={"redact": True}), {})
