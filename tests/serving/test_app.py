from __future__ import annotations

import logging
import re
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, get_args

import pytest
from fastapi.testclient import TestClient

from coaching.library import load_library
from rubric.config import SIGNALS, load_rubric
from rubric.conversation import Conversation
from rubric.errors import BundleError, ConfigError
from rubric.scorecard import Scorecard
from scoring.scorer import Scorer
from serving.api.practices import SignalName
from serving.app import create_app
from serving.service import load_scorers
from serving.settings import Settings

MakeConversation = Callable[..., dict[str, Any]]
URL = "/v1/scorecards"
SECRET = "We will leave Corvane Freight on the ninth of May."


class StandIn(Scorer):
    """The shipped scorer but for `score`, which first does `before`."""

    def __init__(self, shipped: Scorer, before: Callable[[Conversation], None]) -> None:
        self.manifest, self.rubric, self._shipped, self._before = shipped.manifest, shipped.rubric, shipped, before

    def score(self, conversation: Conversation, notes: Sequence[str] = ()) -> Scorecard:
        self._before(conversation)
        return self._shipped.score(conversation, notes)


def _fail(conversation: Conversation) -> None:
    raise BundleError(conversation.turns[0].text) from RuntimeError(conversation.turns[0].text)


def test_no_log_holds_a_posted_sentence(
    settings: Settings, english_scorer: Scorer, make_conversation: MakeConversation, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    said = make_conversation(SECRET, "Why?")
    with TestClient(create_app(settings, {"en": english_scorer})) as client:
        scored = client.post(URL, json={"conversation": said})
        unfit = client.post(URL, json={"conversation": make_conversation(SECRET)})
        invalid = client.post(URL, json={"text": [SECRET], "history": SECRET, SECRET: SECRET})
        broken = client.post(URL, content=f'{{"text": "{SECRET}', headers={"Content-Type": "application/json"})
    with TestClient(create_app(settings, {"en": StandIn(english_scorer, _fail)})) as client:
        failed = client.post(URL, json={"conversation": said})
    assert [answer.status_code for answer in (scored, unfit, invalid, broken, failed)] == [200, 422, 422, 400, 500]
    assert failed.headers["content-type"] == "application/problem+json"
    assert failed.json() == {
        "type": "urn:foursignal:problem:internal",
        "title": "Something went wrong in the server",
        "status": 500,
        "detail": "an unexpected error; it is in the server's log, without the request's content",
    }
    assert "Corvane" not in caplog.text
    lines = [record.getMessage() for record in caplog.records if record.name == "serving"]
    assert re.fullmatch(r"POST /v1/scorecards 200 \d+\.\d ms", lines[0])
    assert "POST /v1/scorecards failed: BundleError" in lines[-2]
    assert "in scorecard" in lines[-2]


def test_a_path_cannot_forge_a_log_line(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="serving")
    client.get("/x%0AGET%20/healthz%20200")
    (line,) = [record.getMessage() for record in caplog.records if record.name == "serving"]
    assert line.startswith("GET /x%0AGET%20/healthz%20200 404 ")


def test_a_full_queue_turns_away_and_the_rest_still_answers(
    settings: Settings, english_scorer: Scorer, make_conversation: MakeConversation
) -> None:
    begun, may_end = threading.Semaphore(0), threading.Event()

    def wait(_: Conversation) -> None:
        begun.release()
        may_end.wait(30)

    tight = settings.model_copy(update={"max_concurrent": 1, "max_waiting": 0})
    body = {"conversation": make_conversation("What hurts?", "Invoices.")}
    with TestClient(create_app(tight, {"en": StandIn(english_scorer, wait)})) as client, ThreadPoolExecutor(1) as pool:
        held = pool.submit(client.post, URL, json=body)
        try:
            assert begun.acquire(timeout=30)
            refused = client.post(URL, json=body)
            health = client.get("/healthz")
        finally:
            may_end.set()
        assert held.result().status_code == 200
        assert client.post(URL, json=body).status_code == 200
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "2"
    assert refused.json()["detail"] == "1 conversations are being scored and 0 wait; try again in 2 seconds"
    assert health.status_code == 200


def test_an_application_that_was_not_started_is_not_ready(settings: Settings, english_scorer: Scorer) -> None:
    answer = TestClient(create_app(settings, {"en": english_scorer})).get("/healthz")
    assert answer.status_code == 503
    assert "the scorers are not loaded" in answer.json()["detail"]


def test_health_and_bundles_carry_the_hashes_of_scorecards(client: TestClient, english_scorer: Scorer) -> None:
    manifest = english_scorer.manifest
    bundle = {"language": "en", "name": manifest.name, "sha256": manifest.sha256}
    assert client.get("/healthz").json() == {"status": "ready", "bundles": [bundle]}
    (details,) = client.get("/v1/bundles").json()
    assert details.items() >= bundle.items()
    assert details["rubric_sha256"] == load_rubric().sha256


def test_practices_by_signal_and_difficulty(client: TestClient) -> None:
    library = load_library()
    everything = client.get("/v1/practices").json()
    assert everything["sha256"] == library.sha256
    assert [item["id"] for item in everything["practices"]] == [scenario.id for scenario in library.scenarios]
    some = client.get("/v1/practices", params={"signal": "value_framing", "difficulty": 1}).json()["practices"]
    assert [item["id"] for item in some] == [scenario.id for scenario in library.of("value_framing", 1)]
    assert get_args(SignalName) == SIGNALS


def test_one_practice_in_full(client: TestClient) -> None:
    library = load_library()
    scenario = library.scenarios[0]
    found = client.get(f"/v1/practices/{scenario.id}").json()
    assert found["scenario"] == scenario.model_dump(mode="json")
    assert found["persona"] == library.persona(scenario.persona).model_dump(mode="json")


@pytest.mark.parametrize(
    ("method", "path", "status", "message"),
    [
        ("GET", "/v1/practices/dd-9", 404, "no practice has the id 'dd-9'; GET /v1/practices lists all"),
        ("GET", "/v1/practices?signal=charm", 422, "query.signal: input should be 'discovery_density'"),
        ("GET", "/v1/practices?difficulty=4", 422, "query.difficulty: input should be less than or equal to 3"),
        ("GET", "/nowhere", 404, "there is nothing at /nowhere; see /docs"),
        ("PUT", "/v1/scorecards", 405, "/v1/scorecards takes POST, found PUT"),
        ("POST", "/v1/scorecards", 415, "expected Content-Type: application/json, found none"),
    ],
)
def test_every_error_is_a_problem(client: TestClient, method: str, path: str, status: int, message: str) -> None:
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    assert message in answer.json()["detail"]


def test_the_documentation_needs_no_network(client: TestClient) -> None:
    page = client.get("/docs")
    assert page.status_code == 200
    sources = re.findall(r'(?:src|href)="([^"]*)"', page.text)
    assert len(sources) >= 3
    assert "https://" not in page.text
    assert all(client.get(source).status_code == 200 for source in sources)


def test_scorers_are_loaded_from_the_settings_bundles(settings: Settings, english_bundle: Path, tmp_path: Path) -> None:
    given = settings.model_copy(update={"bundles": {"en": english_bundle}})
    with TestClient(create_app(given)) as client:
        assert client.get("/healthz").json()["status"] == "ready"
    with pytest.raises(BundleError, match=r"no scorer bundle in .*: expected manifest\.json there; `make bundle`"):
        load_scorers(settings.model_copy(update={"bundles": {"en": tmp_path}}), load_rubric())
    with pytest.raises(ConfigError, match=r"bundles\.de: expected a bundle for 'de', but .* scores 'en'"):
        load_scorers(settings.model_copy(update={"bundles": {"de": english_bundle}}), load_rubric())
