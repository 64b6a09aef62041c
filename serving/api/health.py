"""Whether the server is ready, and which bundles it scores with."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from scoring.scorer import Scorer
from serving.openapi import problems
from serving.service import Service, service_of

router = APIRouter(tags=["server"], responses=problems(503))


class Bundle(BaseModel):
    """A scorer bundle, by the hash that each of its scorecards carries."""

    language: str
    name: str
    sha256: str


class BundleDetails(Bundle):
    """A bundle and all it rests on. rubric_sha256_at_training and rubric_sha256 differ where bands or codebook changed
    since: scores then follow the present ones."""

    base: str = Field(description="the base encoder")
    base_sha256: str
    data_sha256: str = Field(description="of the labelled conversations it was trained on")
    rubric_sha256_at_training: str
    rubric_sha256: str = Field(description="of the rubric that scores now")
    commit: str = Field(description="of the code that trained it")
    seed: int


class Health(BaseModel):
    """A server that answers this is ready; one that is not answers 503."""

    status: Literal["ready"] = "ready"
    bundles: list[Bundle]


@router.get("/healthz", summary="Is the server ready?")
async def healthz(service: Annotated[Service, Depends(service_of)]) -> Health:
    """Ready, with the languages it scores and the hashes of their bundles; 503 while it is not."""
    return Health(bundles=[_bundle(scorer) for scorer in service.scorers.values()])


@router.get("/v1/bundles", summary="The bundles and what they rest on")
async def bundles(service: Annotated[Service, Depends(service_of)]) -> list[BundleDetails]:
    """Each language's bundle with the hashes of its base, its data and its rubric."""
    return [_details(scorer) for scorer in service.scorers.values()]


def _bundle(scorer: Scorer) -> Bundle:
    manifest = scorer.manifest
    return Bundle(language=manifest.language, name=manifest.name, sha256=manifest.sha256)


def _details(scorer: Scorer) -> BundleDetails:
    manifest = scorer.manifest
    return BundleDetails(
        language=manifest.language,
        name=manifest.name,
        sha256=manifest.sha256,
        base=manifest.base,
        base_sha256=manifest.base_sha256,
        data_sha256=manifest.data_sha256,
        rubric_sha256_at_training=manifest.rubric_sha256,
        rubric_sha256=scorer.rubric.sha256,
        commit=manifest.commit,
        seed=manifest.seed,
    )
