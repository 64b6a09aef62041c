"""Requests that work as they are: the examples of the API's documentation."""

from __future__ import annotations

from fastapi.openapi.models import Example

from rubric.examples import CODEBOOK_CALL

_TEAMS = """WEBVTT

00:00:01.000 --> 00:00:05.500
<v Maya Lindqvist>Thanks for making the time. How do you match carrier invoices to your rate card today?</v>

00:00:06.000 --> 00:00:12.000
<v Dana Ortiz>By hand, mostly. We lose about two days a month on it, and I saw your price, it is double what we pay.</v>

00:00:12.500 --> 00:00:21.000
<v Maya Lindqvist>So it's the jump in price that gives you pause. Could we sit down on Thursday and scope a pilot?</v>
"""

_PLAIN = """Rep: What slows your month-end down?
Customer: Reconciling invoices, it takes us two full days and somebody always digs through emails.
Rep: So the two days are what hurts. The matching runs overnight, so those days come back to your team.
Customer: It sounds good, but now is not a good time for us.
"""

EXAMPLES: dict[str, Example] = {
    "conversation": {
        "summary": "A conversation with roles",
        "value": {"conversation": CODEBOOK_CALL.model_dump(mode="json", exclude_none=True)},
    },
    "webvtt": {
        "summary": "A WebVTT export, the rep by name",
        "value": {"text": _TEAMS, "language": "en", "rep": ["Maya Lindqvist"], "id": "2026-11-24-ortiz"},
    },
    "text": {
        "summary": "Plain text whose speakers say the role, and what was practised before",
        "value": {"text": _PLAIN, "practised": ["dd-1-carrier-invoices"]},
    },
}
