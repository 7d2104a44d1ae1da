"""``/v1/jobs`` and ``/v1/schedules``: the queue, when what falls due, and asking for work."""

from typing import Annotated, Any

from fastapi import Path, Query, Request
from fastapi.responses import Response
from pydantic import Field, ValidationError
from structlog.contextvars import get_contextvars

from data.base.errors import InvalidParameter, NotFound
from data.base.redaction import without_folders
from service.access.control import require
from service.access.keys import KeyScope
from service.base import body
from service.base.contract import KEYED
from service.base.database import Database
from service.base.paging import LIMIT_DEFAULT, Cursor, Limit, decode, encode
from service.base.query import QueryModel, one_of
from service.base.response import ResponseModel, Stamp
from service.base.routes import BODY_PROBLEMS, NO_PARAMETERS, api_router, documented, next_page
from service.cache import JSON, dump
from service.jobs.kinds import shipped
from service.jobs.queue import Cause, Job, Outcome, Queue
from service.jobs.schedules import Schedules
from service.jobs.tables import State

NO_STORE = {"Cache-Control": "no-store"}
"""What waits now does not in a moment."""
BODY_BYTES = 4096
LARGEST = 2**31 - 1
DATABASE_PROBLEMS = ("store_locked", "store_unreachable", "store_unusable")

router = api_router("jobs")


class JobsQuery(QueryModel):
    """A filter of jobs."""

    state: Annotated[str | None, one_of("state", list(State)), Field(description="Only jobs in this state.")] = None
    kind: Annotated[str | None, one_of("kind", list(shipped().kind)), Field(description="Only jobs of this kind.")] = (
        None
    )
    limit: Limit = LIMIT_DEFAULT
    cursor: Cursor = None


class NewJob(ResponseModel):
    """What is asked for."""

    kind: str = Field(description="refresh, drift, retrain, project or score.", examples=["refresh"])


class JobItem(ResponseModel):
    """One job."""

    id: int = Field(examples=[12])
    kind: str = Field(examples=["refresh"])
    state: State = Field(examples=["running"])
    cause: Cause = Field(description="Why there is one.", examples=["schedule"])
    actor: str = Field(description="Who or what asked for it.", examples=["scheduler"])
    request: str | None = Field(description="Id of the request that asked for it.", examples=[None])
    schedule: str | None = Field(examples=["refresh-daily"])
    slot: Stamp | None = Field(description="The moment of its schedule it is for.", examples=["2026-12-01T05:10:00Z"])
    parent: int | None = Field(description="The job it follows.", examples=[None])
    created: Stamp = Field(examples=["2026-12-01T05:10:00Z"])
    not_before: Stamp = Field(description="Earliest start of its next run.", examples=["2026-12-01T05:10:00Z"])
    finished: Stamp | None = Field(examples=[None])
    runs: int = Field(description="Runs begun so far.", examples=[1])
    failures: int = Field(description="Of them, those that failed.", examples=[0])
    progress: str | None = Field(description="The last line that said how far it is.", examples=["refresh 15/18 18 s"])
    error: str | None = Field(description="Why its last run failed.", examples=[None])
    cancelled_by: str | None = Field(examples=[None])


class JobList(ResponseModel):
    """A page of jobs, newest first."""

    items: list[JobItem]
    next: str | None


class RunItem(ResponseModel):
    """One run of a job."""

    number: int = Field(examples=[1])
    worker: str = Field(examples=["host.4711.5f6a7b"])
    started: Stamp = Field(examples=["2026-12-01T05:10:01Z"])
    finished: Stamp | None = Field(examples=[None])
    outcome: Outcome | None = Field(description="How it ended; null while it runs.", examples=[None])
    error: str | None = Field(examples=[None])


class JobDetail(JobItem):
    """One job with its runs and the end of its log."""

    history: list[RunItem]
    document: dict[str, Any] = Field(description="What its command printed as JSON.", examples=[{}])
    log: str = Field(description="The end of what its last run wrote.", examples=["refresh 15/18 18 s\n"])


class ScheduleItem(ResponseModel):
    """One schedule."""

    name: str = Field(examples=["refresh-daily"])
    kind: str = Field(examples=["refresh"])
    cron: str = Field(examples=["10 5 * * *"])
    zone: str = Field(examples=["UTC"])
    catch_up: str = Field(description="Which missed slots get a job: all, latest or none.", examples=["latest"])
    paused: bool = Field(examples=[False])
    next_slot: Stamp = Field(examples=["2026-12-02T05:10:00Z"])
    last_slot: Stamp | None = Field(examples=["2026-12-01T05:10:00Z"])


class ScheduleList(ResponseModel):
    """Every schedule, by name."""

    items: list[ScheduleItem]


def _detail(queue: Queue, job: Job) -> JobDetail:
    return JobDetail.of(job, history=[RunItem.of(run) for run in queue.runs(job.id)])


def _answer(document: ResponseModel, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    # What commands print names the files they wrote; where they lie is nobody's business.
    content = _without_folders(document.model_dump(mode="json", by_alias=True))
    return Response(dump(content), status_code=status, media_type=JSON, headers=NO_STORE | (headers or {}))


def _without_folders(content: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(content, str):
        return without_folders(content)
    if isinstance(content, dict):
        return {name: _without_folders(value) for name, value in content.items()}
    return [_without_folders(value) for value in content] if isinstance(content, list) else content


def _number(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text[:11]) > LARGEST:
        raise NotFound("job", text, hint="/v1/jobs lists those there are")
    return int(text)


Number = Annotated[str, Path(description="Number of the job.", examples=["12"])]


@router.get(
    "/v1/jobs",
    response_model=JobList,
    operation_id="listJobs",
    summary="Jobs that wait, run or are over",
    responses=documented(*DATABASE_PROBLEMS, cached=False),
)
async def list_jobs(query: Annotated[JobsQuery, Query()], database: Database) -> Response:
    """Jobs, newest first. Their logs are in `/v1/jobs/{job}`."""
    name = f"jobs?{query.state or ''}&{query.kind or ''}"
    before = None if query.cursor is None else int(decode(query.cursor, query=name)[0])
    jobs = await database.ask(
        lambda engine: Queue(engine).jobs(
            state=State(query.state) if query.state else None, kind=query.kind, before=before, limit=query.limit + 1
        )
    )
    following = encode((str(jobs[query.limit - 1].id),), query=name) if len(jobs) > query.limit else None
    link = next_page(query, following)
    document = JobList(items=[JobItem.of(job) for job in jobs[: query.limit]], next=following)
    return _answer(document, headers={"Link": link} if link else None)


@router.post(
    "/v1/jobs",
    response_model=JobDetail,
    status_code=202,
    operation_id="createJob",
    summary="Ask for a job",
    responses=documented(*BODY_PROBLEMS, "local_only", *DATABASE_PROBLEMS, cached=False),
    openapi_extra=KEYED
    | {"requestBody": {"required": True, "content": {JSON: {"schema": NewJob.model_json_schema()}}}},
    dependencies=NO_PARAMETERS,
)
async def create_job(request: Request, database: Database) -> Response:
    """Put a job into the queue; a worker runs it. It needs a key of the scope train, or to come from this machine."""
    actor = require(request, KeyScope.TRAIN)
    kind = _kind(await body.read(request, most=BODY_BYTES))
    request_id = get_contextvars().get("request_id")

    def add(queue: Queue) -> JobDetail:
        return _detail(queue, queue.add(kind, actor=actor, request=request_id))

    job = await database.ask(lambda engine: add(Queue(engine)))
    # Relative to the path asked for: a proxy may show all of them under a prefix.
    return _answer(job, status=202, headers={"Location": f"jobs/{job.id}"})


@router.get(
    "/v1/jobs/{job}",
    response_model=JobDetail,
    operation_id="getJob",
    summary="One job: state, runs, progress, and the end of its log",
    responses=documented("not_found", *DATABASE_PROBLEMS, cached=False),
    dependencies=NO_PARAMETERS,
)
async def get_job(job: Number, database: Database) -> Response:
    """A job as it is now."""
    number = _number(job)

    def show(queue: Queue) -> JobDetail:
        return _detail(queue, queue.job(number))

    return _answer(await database.ask(lambda engine: show(Queue(engine))))


@router.post(
    "/v1/jobs/{job}:cancel",
    response_model=JobDetail,
    operation_id="cancelJob",
    summary="Cancel a job",
    openapi_extra=KEYED,
    responses=documented("local_only", "not_found", *DATABASE_PROBLEMS, cached=False),
    dependencies=NO_PARAMETERS,
)
async def cancel_job(job: Number, request: Request, database: Database) -> Response:
    """Cancel a job that waits at once, one that runs within seconds; one that is over stays as it is.

    It is not deleted: the job, its runs and its log stay to be read. It needs a key of the scope train, or to come
    from this machine.
    """
    actor = require(request, KeyScope.TRAIN)
    number = _number(job)

    def cancel(queue: Queue) -> JobDetail:
        return _detail(queue, queue.cancel(number, actor=actor))

    return _answer(await database.ask(lambda engine: cancel(Queue(engine))))


@router.get(
    "/v1/schedules",
    response_model=ScheduleList,
    operation_id="listSchedules",
    summary="When jobs of which kind fall due",
    responses=documented(*DATABASE_PROBLEMS, cached=False),
    dependencies=NO_PARAMETERS,
)
async def list_schedules(database: Database) -> Response:
    """Every schedule, with the slot it goes on with; none before a scheduler has run."""
    schedules = await database.ask(lambda engine: Schedules(Queue(engine)).schedules())
    return _answer(ScheduleList(items=[ScheduleItem.of(schedule) for schedule in schedules]))


def _kind(content: object) -> str:
    try:
        return NewJob.model_validate(content).kind
    except ValidationError:
        message = 'the body is not a JSON object with a kind and nothing else, such as {"kind": "refresh"}'
        raise InvalidParameter("kind", message, allowed=list(shipped().kind)) from None
