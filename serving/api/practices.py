"""The practice library: what a rep may be given to practise."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends, HTTPException, Path, Query
from pydantic import BaseModel, Field

from coaching.library import Difficulty, Persona, Scenario
from rubric.errors import FoursignalError
from serving.openapi import problems
from serving.service import Service, service_of

router = APIRouter(prefix="/v1/practices", tags=["practices"], responses=problems(422, 503))

SignalName = Literal["discovery_density", "objection_acknowledgement", "value_framing", "close_attempts"]


class PracticeSummary(BaseModel):
    """A practice as lists show it. difficulty: 1 easy, 2 middle, 3 hard."""

    id: str
    title: str
    signal: str
    difficulty: Difficulty
    persona: str = Field(description="the customer's name and role")


class PracticeList(BaseModel):
    """Practices in the library's stable order. sha256: the whole library's hash, whatever was filtered."""

    sha256: str
    practices: list[PracticeSummary]


class PracticeDetails(BaseModel):
    """A practice in full. Show the rep the situation, the offer, the tip and what counts as done; needs, objections,
    the opening line and the persona's manner are for whoever plays the customer."""

    scenario: Scenario
    persona: Persona


@router.get("", summary="List the practices")
async def list_practices(
    service: Annotated[Service, Depends(service_of)],
    signal: Annotated[SignalName | None, Query(description="the signal that is practised")] = None,
    difficulty: Annotated[int | None, Query(ge=1, le=3, description="1 easy, 2 middle, 3 hard", examples=[1])] = None,
) -> PracticeList:
    """All practices, or those of one signal or difficulty."""
    library = service.library
    return PracticeList(
        sha256=library.sha256,
        practices=[
            PracticeSummary(
                id=scenario.id,
                title=scenario.title,
                signal=scenario.signal,
                difficulty=scenario.difficulty,
                persona=_who(library.persona(scenario.persona)),
            )
            for scenario in library.scenarios
            if signal in (None, scenario.signal) and difficulty in (None, scenario.difficulty)
        ],
    )


@router.get("/{id}", summary="One practice in full", responses=problems(404))
async def practice(
    service: Annotated[Service, Depends(service_of)],
    id: Annotated[str, Path(description="as the list and a scorecard's next_practice.scenario give it")],
) -> PracticeDetails:
    """The scenario and its persona."""
    try:
        scenario = service.library.scenario(id)
    except FoursignalError as error:
        raise HTTPException(404, f"no practice has the id {id!r}; GET /v1/practices lists all") from error
    return PracticeDetails(scenario=scenario, persona=service.library.persona(scenario.persona))


def _who(persona: Persona) -> str:
    return f"{persona.name}, {persona.role}"
