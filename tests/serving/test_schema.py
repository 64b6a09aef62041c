"""Generated requests, valid and not: none makes the server fail, and every answer is what the schema says."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as effort
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]


POSITIVE, NEGATIVE = GenerationMode.POSITIVE, GenerationMode.NEGATIVE


@pytest.mark.parametrize(
    ("method", "path", "mode"),
    [
        ("post", "/v1/scorecards", POSITIVE),
        ("post", "/v1/scorecards", NEGATIVE),
        ("get", "/v1/practices", POSITIVE),
        ("get", "/v1/practices", NEGATIVE),
        ("get", "/v1/practices/{id}", POSITIVE),  # no string is wrong for an id, and nothing for the last two
        ("get", "/v1/bundles", POSITIVE),
        ("get", "/healthz", POSITIVE),
    ],
)
def test_generated_requests(client: TestClient, method: str, path: str, mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_asgi("/openapi.json", client.app)
    answered: set[int] = set()

    @given(case=schema[path][method].as_strategy(mode))
    @effort(
        max_examples=15,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def check(case: Case[Any]) -> None:
        answered.add(case.call_and_validate(checks=CHECKS).status_code)

    check()
    assert answered
    assert answered <= {200, 400, 404, 415, 422}
