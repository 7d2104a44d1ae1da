"""``/healthz``, ``/readyz`` and ``/problems/{code}``: whether the service is up, and what its problems mean."""

import time
from dataclasses import replace
from datetime import date
from threading import Lock
from typing import Annotated, Literal

import structlog
from anyio import CapacityLimiter, to_thread
from fastapi import Depends, Request
from fastapi.responses import Response
from pydantic import Field

from data.base.errors import ArtifactCorrupt, HeadroomError, NotFound, ServiceStopping
from data.base.layers import Status
from data.base.quantiles import Quantile
from data.base.redaction import without_folders
from data.periods.period import Frequency
from features.driver_ages import stale_words
from projection.cells.cells import VERDICTS
from projection.edition.columns import ColumnCache
from projection.edition.edition import Edition
from service import problems
from service.base.response import ResponseModel, Stamp, Withholding
from service.base.routes import NO_PARAMETERS, api_router, documented
from service.cache import JSON, Representation, dump
from service.state import ServingState, Snapshot

NO_STORE = {"Cache-Control": "no-store"}
CHECK_SECONDS = 1.0
"""How long a checked edition counts as readable: probes from many sides cost one check a second."""
THREADS = 2
MEDIAN = (Quantile(0.5),)

log = structlog.get_logger(__name__)
router = api_router("service")


class Health(ResponseModel):
    """The process answers."""

    status: Literal["ok"] = Field(examples=["ok"])


class Champion(ResponseModel):
    """Whether a trained champion is at hand."""

    version: str | None
    reason: str | None


class Ready(ResponseModel):
    """What is being served, which editions were found broken, and since when the figures could not be looked at."""

    status: Literal["ready"] = Field(examples=["ready"])
    edition: str = Field(examples=["e-20261122-0a1b2c3d4e"])
    data_as_of: date = Field(examples=["2026-11-22"])
    champion: Champion = Field(examples=[{"version": "m-20261122-5f6a7b8c9d", "reason": None}])
    withheld: Withholding
    skipped: list[str] = Field(examples=[[]])
    figures_seen: Stamp = Field(examples=["2026-11-24T09:00:00Z"])
    stale: str | None
    stale_drivers: list[str] = Field(
        description="Official series the edition rests on that were old on its day, each in a sentence.",
        examples=[["us.electricity.netgen.total.eia ends with 2025-09, 419 days before the day of the figures."]],
    )


class ProblemKind(ResponseModel):
    """What a problem code means."""

    type: str = Field(examples=["/problems/invalid_parameter"])
    code: str = Field(examples=["invalid_parameter"])
    title: str = Field(examples=["Invalid parameter"])
    status: int = Field(examples=[422])
    description: str = Field(examples=["A value is outside what is allowed."])


def check(edition: Edition) -> None:
    """Answer the first cell that carries a gap for its first year, under every scenario.

    It takes some ten milliseconds, past every cache: files are read. Raises :class:`ArtifactCorrupt` when the edition
    does not answer.
    """
    edition = replace(edition, columns=ColumnCache())
    cells = (edition.cell(region, layer) for region, layer in VERDICTS)
    cell = next((cell for cell in cells if cell.status is Status.AVAILABLE), None)
    if cell is None:
        return
    years = edition.periods(cell, Frequency.YEAR)[:1]
    for scenario in edition.scenarios:
        of_scenario = replace(cell, scenario=scenario)
        edition.answer(of_scenario, first=years[0].start, last=years[0].start, levels=MEDIAN)


class Readiness:
    """Whether an answer can be given now; a change is logged once, however often it is asked for.

    Attributes:
        threads: of probes, which wait for no other request.
    """

    def __init__(self, state: ServingState) -> None:
        self.state = state
        self.threads = CapacityLimiter(THREADS)
        self._lock = Lock()
        self._edition: str | None = None
        self._until = 0.0
        self._reason: str | None = None

    def snapshot(self) -> Snapshot:
        """What is served now, of which an answer was just read; of a corrupt edition the one before is tried.

        Raises:
            ServiceStopping: the server is being ended.
            EditionMissing: none can be served.
            ArtifactCorrupt: the one served cannot be read now.
        """
        try:
            if self.state.stopping:
                raise ServiceStopping
            snapshot = self._readable()
        except HeadroomError as error:
            self._log(error.detail)
            raise
        self._log(None)
        return snapshot

    def _readable(self) -> Snapshot:
        while True:
            snapshot = self.state.snapshot()
            try:
                self._check(snapshot.required_edition())
            except ArtifactCorrupt as error:
                if error.edition is None:
                    raise
                self.state.inputs.editions.withhold(error.edition, error.summary)
                if self.state.snapshot().edition is snapshot.edition:
                    raise
            else:
                return snapshot

    def _check(self, edition: Edition) -> None:
        with self._lock:
            if self._edition != edition.id or time.monotonic() >= self._until:
                check(edition)
                self._edition, self._until = edition.id, time.monotonic() + CHECK_SECONDS

    def _log(self, reason: str | None) -> None:
        if reason != self._reason:
            log.warning("readiness_changed", ready=reason is None, reason=reason)
        self._reason = reason


async def readiness(request: Request) -> Readiness:
    """A dependency: whether the service is ready."""
    current: Readiness = request.app.state.readiness
    return current


@router.get(
    "/healthz",
    response_model=Health,
    operation_id="getHealth",
    summary="The process answers",
    responses=documented(cached=False),
    dependencies=NO_PARAMETERS,
)
async def health() -> Response:
    """Always 200 while the process can answer at all."""
    # On the event loop: it waits for no thread, no file and no database.
    return Response(dump(Health(status="ok")), media_type=JSON, headers=NO_STORE)


@router.get(
    "/readyz",
    response_model=Ready,
    operation_id="getReadiness",
    summary="The edition served answers",
    responses=documented("edition_missing", "artifact_corrupt", "service_stopping", cached=False),
    dependencies=NO_PARAMETERS,
)
async def ready(request: Request, readiness: Annotated[Readiness, Depends(readiness)]) -> Response:
    """200 when a question put to the served edition was just answered; 503 with the reason when not.

    ``stale`` says since when figures and champion could not be looked at; answers go on from those held.
    ``stale_drivers`` names official series that were old on the edition's day.
    """
    try:
        snapshot = await to_thread.run_sync(readiness.snapshot, limiter=readiness.threads)
    except HeadroomError as error:
        return problems.of_error(error, prefix=problems.prefix_of(request))
    state, edition, published = readiness.state, snapshot.required_edition(), snapshot.data.published
    editions = state.inputs.editions
    champion = (
        Champion(version=None, reason=without_folders(published))
        if isinstance(published, str)
        else Champion(version=published.version, reason=None)
    )
    reason, stale = editions.reason, state.stale()
    body = Ready.of(
        edition,
        status="ready",
        edition=edition.id,
        champion=champion,
        skipped=[*map(without_folders, editions.skipped), *([without_folders(reason)] if reason else [])],
        figures_seen=state.figures_seen,
        stale=without_folders(stale) if stale else None,
        stale_drivers=stale_words(edition.drivers),
    )
    return Response(dump(body), media_type=JSON, headers=NO_STORE)


@router.get(
    "/problems/{code}",
    response_model=ProblemKind,
    operation_id="getProblem",
    summary="What a problem code means",
    responses=documented("not_found"),
    dependencies=NO_PARAMETERS,
)
def problem(code: str, request: Request) -> Response:
    """The target of every problem's ``type``."""
    kind = problems.KINDS.get(code)
    if kind is None:
        raise NotFound("problem", code, allowed=sorted(problems.KINDS))
    # Not kept: the type follows the prefix of the proxy, which is no part of what an answer is kept by.
    where = f"{problems.prefix_of(request)}{problems.BASE}{kind.code}"
    return Representation(dump(ProblemKind.of(kind, type=where)))
