from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import anyio
import pytest
from fastapi import HTTPException, Request
from fastapi.testclient import TestClient
from starlette.types import Message, Receive, Scope, Send

from coaching.library import load_library
from coaching.selector import next_practice
from data.readers.read import read_text
from rubric.scorecard import Scorecard
from scoring.scorer import Scorer
from serving.api.examples import EXAMPLES
from serving.app import create_app
from serving.body_limit import BodyLimit
from serving.settings import Settings

MakeConversation = Callable[..., dict[str, Any]]
URL = "/v1/scorecards"
JSON = {"Content-Type": "application/json"}
SPOKEN = ("What slows your month-end down?", "We lose two days a month on invoices.")


@pytest.fixture(scope="module")
def card(client: TestClient, make_conversation: MakeConversation) -> dict[str, Any]:
    answer = client.post(URL, json={"conversation": make_conversation(*SPOKEN)})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_of_the_documentation_works(client: TestClient, name: str) -> None:
    answer = client.post(URL, json=EXAMPLES[name]["value"])
    assert answer.status_code == 200, answer.text
    scored = Scorecard.model_validate_json(answer.content)
    assert scored.next_practice is not None
    documented = client.get("/openapi.json").json()["paths"][URL]["post"]["requestBody"]["content"]["application/json"]
    assert documented["examples"][name] == EXAMPLES[name]


def test_the_answer_is_the_scorers_own_card_with_the_next_practice(
    client: TestClient, english_scorer: Scorer, make_conversation: MakeConversation
) -> None:
    posted = make_conversation(*SPOKEN)
    (transcript,) = read_text(json.dumps(posted), "json")
    scored = english_scorer.score(transcript.conversation)
    practice = next_practice([scored], load_library(), english_scorer.rubric).summary()
    expected = scored.model_copy(update={"next_practice": practice}).to_json()
    answers = [client.post(URL, json={"conversation": posted}) for _ in range(2)]
    assert [answer.text for answer in answers] == [expected, expected]
    assert answers[0].headers["content-type"] == "application/json"


def test_labels_beside_a_conversation_are_ignored(
    client: TestClient, card: dict[str, Any], make_conversation: MakeConversation
) -> None:
    labels = [{"turn": 1, "start": 0, "end": 7, "label": "need", "id": "N1"}]
    answer = client.post(URL, json={"conversation": make_conversation(*SPOKEN, spans=labels, rater="A")})
    assert answer.json() == card


def test_a_text_gives_what_its_conversation_gives(client: TestClient, card: dict[str, Any]) -> None:
    text = f"R: {SPOKEN[0]}\nC: {SPOKEN[1]}\n"
    answer = client.post(URL, json={"text": text, "language": "en", "id": "call-1"})
    assert answer.json() == card


def test_history_and_practised_decide_the_next_practice(client: TestClient, card: dict[str, Any]) -> None:
    first = card["next_practice"]
    body = {"text": f"R: {SPOKEN[0]}\nC: {SPOKEN[1]}\n", "language": "en"}
    after = client.post(URL, json={**body, "history": [card, card]}).json()["next_practice"]
    assert "over all 3 conversations" in after["reason"] or "of 3 conversations" in after["reason"]
    played = client.post(URL, json={**body, "practised": [first["scenario"], "dd-9-gone"]}).json()
    assert played["next_practice"]["scenario"] != first["scenario"]
    assert played["notes"] == ["practised: the library does not know 'dd-9-gone'"]


def test_notes_tell_of_guesses(client: TestClient) -> None:
    english = "Anna: What slows your month-end down?\nBo: We lose two days a month, it is too dear for us.\n"
    body = {"text": english, "language": "en", "roles": {"Anna": "rep"}, "guess_roles": True}
    notes = client.post(URL, json=body).json()["notes"]
    assert any(note.startswith("roles were guessed") for note in notes)


MAILBOX = """From ana@acme.com Mon May  6 10:00:00 2024
From: Ana Ruiz <ana@acme.com>
Date: Mon, 06 May 2024 10:00:00 +0000
Subject: Month-end

What slows your month-end down?

From bo@buyer.org Mon May  6 11:00:00 2024
From: Bo Li <bo@buyer.org>
Date: Mon, 06 May 2024 11:00:00 +0000
Subject: Re: Month-end

We lose two days a month on invoices.

> What slows your month-end down?
"""
TABLE = "agent;line\nAna;What slows your month-end down?\nBo;We lose two days a month on invoices.\n"


@pytest.mark.parametrize(
    ("text", "options"),
    [
        (MAILBOX, {"rep_domain": ["acme.com"]}),
        (TABLE, {"columns": {"speaker": "agent", "text": "line"}, "roles": {"Ana": "rep", "Bo": "customer"}}),
    ],
    ids=["mail", "table"],
)
def test_domains_and_columns_reach_the_reader(
    client: TestClient, card: dict[str, Any], text: str, options: dict[str, Any]
) -> None:
    answer = client.post(URL, json={"text": text, "language": "en", **options})
    assert answer.status_code == 200, answer.text
    marked = [(span["turn"], span["start"], span["label"]) for span in answer.json()["spans"]]
    assert marked == [(span["turn"], span["start"], span["label"]) for span in card["spans"]] != []
    refused = client.post(URL, json={"text": text, "language": "en"})
    assert refused.status_code == 422
    assert re.search("who is the rep|cannot tell the format", refused.json()["detail"])


def test_words_of_another_language_are_refused(client: TestClient) -> None:
    german = (
        "Rep: Guten Tag, wie machen Sie das denn heute mit den Rechnungen, und was dauert dabei so lange für Sie?\n"
        "Kunde: Das ist nicht einfach, wir haben zwei Leute, und die sind damit den ganzen Tag beschäftigt.\n"
    )
    status, problem = post(client, json.dumps({"text": german, "language": "en"}))
    assert (status, problem["type"]) == (422, "urn:foursignal:problem:conversation")
    assert "the words read like 'de', the conversation is said to be in 'en'" in problem["detail"]


def post(client: TestClient, content: str | bytes) -> tuple[int, dict[str, Any]]:
    answer = client.post(URL, content=content, headers=JSON)
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    found: dict[str, Any] = answer.json()
    assert found["status"] == answer.status_code
    assert "Traceback" not in answer.text
    return answer.status_code, found


@pytest.mark.parametrize(
    ("content", "status", "message"),
    [
        ('{"text": "x"', 400, "the body is not JSON: Expecting ',' delimiter at character 12"),
        (b'{"text": "\xff"}', 400, "the body is not UTF-8: the byte 0xff at offset 10"),
        ("[" * 100_000, 400, "nested too deeply"),
        ('{"text": ' + "1" * 5_000 + "}", 400, "a number of thousands of digits"),
        ("[]", 422, "expected an object with either `conversation` (turns with roles) or `text`"),
        ("{}", 422, "expected an object with either `conversation`"),
        ('{"text": "a", "conversation": {}}', 422, "expected an object with either `conversation`"),
        ('{"text": 3, "formt": "srt"}', 422, "body.formt: unknown key; see /docs"),
        ('{"text": "a", "format": "pdf"}', 422, "body.format: unknown format, expected one of webvtt, srt, text"),
        ('{"text": "a", "language": "English"}', 422, "body.language: string should match pattern"),
        ('{"text": "a\\ud800"}', 422, "body.text: half of a character pair at character 1"),
        ('{"text": "a", "history": [{}]}', 422, "body.history.0.signals: missing"),
        ('{"text": "", "language": "en"}', 422, "transcript is empty; expected a transcript"),
        ('{"text": "Rep: a\\nCustomer: b"}', 422, "cannot tell the language; give it as an ISO 639 code"),
        ('{"text": "Rep: a\\nCustomer: b", "language": "de"}', 422, "is in 'de', this server scores en"),
        ('{"text": "Rep: a\\nRep: b", "language": "en"}', 422, "only one speaker found, 'Rep'"),
        (
            '{"text": "Ana: a\\nBo: b", "language": "en"}',
            422,
            "who is the rep and who the customer; found the speakers",
        ),
        ('{"text": "Ana: a\\nBo: b", "language": "en", "rep": ["Cy"]}', 422, "no speaker 'Cy'; found 'Ana', 'Bo'"),
        (
            '{"text": "Ana: a\\nBo: b", "language": "en", "roles": {"Bo": "boss"}}',
            422,
            "body.roles.Bo: input should be",
        ),
        ('{"conversation": [{}]}', 422, "body.conversation: expected an object with id, language, turns"),
        ('{"conversation": {"id": "x"}}', 422, "language is missing\n  - turns is missing"),
    ],
)
def test_a_bad_request_is_told_what_to_do(client: TestClient, content: str | bytes, status: int, message: str) -> None:
    found, problem = post(client, content)
    assert found == status
    assert message in problem["detail"]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"turns": []}, "turns: tuple should have at least 1 item"),
        ({"turns": [{"speaker": "R", "role": "rep", "text": "Hi."}]}, "every turn is a rep's"),
        ({"turns": [{"speaker": "R", "role": "boss", "text": "Hi."}]}, "turns.0.role: input should be 'rep' or"),
        ({"turns": [{"speaker": "R", "role": "rep", "text": "a", "start": float("nan")}]}, "NaN is not a number"),
        ({"language": "fr"}, "is in 'fr', this server scores en"),
        ({"id": "\ud800"}, "half of a character pair"),
        ({"stat": 1}, "unknown key 'stat', expected id, language, turns"),
    ],
)
def test_a_bad_conversation_is_told_what_to_do(
    client: TestClient, make_conversation: MakeConversation, changed: dict[str, Any], message: str
) -> None:
    status, problem = post(client, json.dumps({"conversation": {**make_conversation(*SPOKEN), **changed}}))
    assert (status, problem["type"]) == (422, "urn:foursignal:problem:conversation")
    assert message in problem["detail"]


def test_what_is_too_long_is_refused(client: TestClient, make_conversation: MakeConversation) -> None:
    for texts, message in (
        (["a"] * 10_001, "10,001 turns, more than the limit of 10,000"),
        (["a"] * 2_001, "2,001 turns, more than this server's limit of 2,000"),
        (["a", "b" * 50_001], "turn 1 has 50,001 characters, more than the limit of 50,000"),
    ):
        status, problem = post(client, json.dumps({"conversation": make_conversation(*texts)}))
        assert status == 422
        assert message in problem["detail"]


def test_several_conversations_are_refused(client: TestClient, make_conversation: MakeConversation) -> None:
    lines = "\n".join(json.dumps(make_conversation(*SPOKEN)) for _ in range(3))
    status, problem = post(client, json.dumps({"text": lines, "format": "jsonl"}))
    assert status == 422
    assert problem["detail"] == "expected one conversation, found 3; post each in a request of its own"


def test_history_must_hold_measured_values(client: TestClient, card: dict[str, Any]) -> None:
    tampered = json.loads(json.dumps(card))
    tampered["signals"]["value_framing"]["numerator"] = -1
    status, problem = post(client, json.dumps({"text": "a", "history": [card, tampered]}))
    assert status == 422
    assert problem["errors"][0]["path"] == "body.history.1"
    assert "signals.value_framing: expected finite numbers of 0 or more" in problem["detail"]
    del tampered["signals"]["value_framing"]
    body = {"text": "Rep: a\nCustomer: b", "language": "en", "history": [tampered]}
    status, problem = post(client, json.dumps(body))
    assert status == 422
    assert "the scorecard of call-1 lacks value_framing" in problem["detail"]


def test_many_faults_are_counted_and_the_first_shown(client: TestClient) -> None:
    status, problem = post(client, json.dumps({"text": "a", "history": [{}] * 10}))
    assert status == 422
    assert len(problem["errors"]) == 20
    assert problem["detail"].endswith("more")


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
def test_only_json_is_taken(client: TestClient, content_type: str) -> None:
    answer = client.post(URL, content="{}", headers={"Content-Type": content_type})
    assert answer.status_code == 415
    assert answer.json()["detail"] == f"expected Content-Type: application/json, found {content_type}"


def test_an_oversized_body_is_refused(settings: Settings, english_scorer: Scorer) -> None:
    small = settings.model_copy(update={"max_body_bytes": 1_000})
    with TestClient(create_app(small, {"en": english_scorer})) as client:
        announced = client.post(URL, content=b" " * 1_001, headers=JSON)
        chunked = client.post(URL, content=iter([b" " * 400] * 3), headers=JSON)
        fitting = client.post(URL, content=b" " * 1_000, headers=JSON)
    assert "content-length" not in chunked.request.headers
    for answer in (announced, chunked):
        assert answer.status_code == 413
        assert answer.headers["content-type"] == "application/problem+json"
        assert "larger than the limit of 1,000 bytes" in answer.json()["detail"]
    assert fitting.status_code == 400


def test_an_oversized_body_is_not_read_to_its_end() -> None:
    n_received = 0

    async def receive() -> Message:
        nonlocal n_received
        n_received += 1
        return {"type": "http.request", "body": b" " * 400, "more_body": True}

    async def read_all(scope: Scope, receive: Receive, _: Send) -> None:
        await Request(scope, receive).body()

    async def send(_: Message) -> None:
        raise AssertionError("nothing to send: the application answers")

    limited = BodyLimit(read_all, max_bytes=1_000)
    with pytest.raises(HTTPException) as refused:
        anyio.run(limited, {"type": "http", "headers": []}, receive, send)
    assert (refused.value.status_code, n_received) == (413, 3)
