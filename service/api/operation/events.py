"""``/v1/events``: what happened, as a stream of Server-Sent Events, or as JSON for those who ask from time to time."""

import json
import time
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Any

import anyio
import structlog
from fastapi import Query, Request
from fastapi.responses import Response
from pydantic import Field
from sqlalchemy import Engine
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import SendTimeoutError
from starlette.types import Receive, Scope, Send

from data.base.errors import HeadroomError, InvalidParameter, TooManyStreams
from service.api.operation.jobs import DATABASE_PROBLEMS, NO_STORE
from service.base.database import Database, RequestDatabase
from service.base.query import QueryModel
from service.base.query import Text as QueryText
from service.base.response import ResponseModel, Stamp
from service.base.routes import State, api_router, documented
from service.cache import JSON, dump
from service.events.events import Event, Kind, events, newest
from service.events.retention import last_removed
from service.state import ServingState

LAST = "last-event-id"
LOOK_SECONDS = 1.0
SEND_SECONDS = 30.0
PING_SECONDS = 15
LARGEST = 2**31 - 1
MEDIA_TYPE = "text/event-stream"
BEGIN = "events.begin"
"""Type of the first message of a stream that begins with new events."""
MISSING = "events.missing"
"""Type of the first message of a stream that goes on from before events that were removed."""

log = structlog.get_logger(__name__)
router = api_router("events")


def number(text: str) -> int:
    """The number of an event; raises :class:`InvalidParameter`."""
    if not text.isascii() or not text.isdigit() or int(text[:11]) > LARGEST:
        raise InvalidParameter("after", "is not the id of an event", allowed=["0", "17"])
    return int(text)


class EventsQuery(QueryModel):
    """Where to go on."""

    after: Annotated[
        int | None,
        QueryText(number, {"type": "integer", "minimum": 0}),
        Field(
            description="Only events after this id; Last-Event-ID counts before it. Left out: new ones.", examples=[0]
        ),
    ] = None


class EventItem(ResponseModel):
    """One event."""

    id: int = Field(examples=[17])
    type: Kind = Field(examples=["edition.published"])
    timestamp: Stamp = Field(description="When it happened.", examples=["2026-12-01T05:40:00Z"])
    data: dict[str, Any] = Field(description="About it; docs/schedule.md says what.", examples=[{"edition": "e-1"}])


class EventList(ResponseModel):
    """Events, oldest first, a hundred at most."""

    items: list[EventItem]
    removed_up_to: int | None = Field(
        default=None,
        description="Where events after `after` were removed by age: the highest id among them. Null: none is missing.",
        examples=[940],
    )


class Streams:
    """The open streams of a process, and the id of the last event, asked once a second for all of them.

    Args:
        most: streams that may be open at once.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._open = 0
        self._lock = anyio.Lock()
        self._newest, self._until = 0, 0.0

    def enter(self) -> None:
        """Count a stream; raises :class:`TooManyStreams`."""
        if self._open >= self._most:
            raise TooManyStreams(self._most)
        self._open += 1

    def leave(self) -> None:
        """Count it no more."""
        self._open -= 1

    async def newest(self, database: RequestDatabase) -> int:
        """The id of the last event, at most a second old."""
        async with self._lock:
            if time.monotonic() >= self._until:
                self._newest = await database.ask(_newest)
                self._until = time.monotonic() + LOOK_SECONDS
            return self._newest


class EventStream(EventSourceResponse):
    """A stream that is counted until it ends; a reader that takes nothing for half a minute is dropped."""

    def __init__(self, content: AsyncIterator[ServerSentEvent], streams: Streams) -> None:
        super().__init__(content, ping=PING_SECONDS, send_timeout=SEND_SECONDS)
        self._streams = streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until either side ends."""
        try:
            await super().__call__(scope, receive, send)
        except SendTimeoutError:
            log.info("slow_reader_dropped")
        finally:
            self._streams.leave()


MESSAGE = {
    "type": "object",
    "description": "One event of the stream.",
    "properties": {
        "id": {"type": "string", "description": "What the stream goes on from, as Last-Event-ID."},
        "event": {"type": "string", "description": "Its kind."},
        "data": {"type": "string", "description": "The same as JSON: type, timestamp, data."},
    },
}


@router.get(
    "/v1/events",
    response_model=EventList,
    operation_id="listEvents",
    summary="What happened, as a stream or a list",
    responses=documented("too_many_streams", *DATABASE_PROBLEMS, cached=False)
    | {200: {"description": "OK", "content": {MEDIA_TYPE: {"schema": MESSAGE}}}},
)
async def list_events(
    query: Annotated[EventsQuery, Query()], request: Request, state: State, database: Database
) -> Response:
    """Server-Sent Events as they happen, each with its id; `Last-Event-ID` or `after` goes on where one left off.

    With `Accept: application/json` the events after `after`, as a list.
    """
    last = request.headers.get(LAST)
    after = query.after if last is None else number(last)
    if JSON in request.headers.get("accept", ""):
        listed, removed = await database.ask(partial(_listed, after=after or 0))
        document = EventList(items=[_item(event) for event in listed], removed_up_to=removed)
        return Response(dump(document), media_type=JSON, headers=NO_STORE)
    streams: Streams = request.app.state.streams
    begin = await streams.newest(database) if after is None else after
    if request.scope.get("head"):
        return Response(media_type=MEDIA_TYPE, headers=NO_STORE)
    streams.enter()
    return EventStream(_follow(begin, streams, state, database, announce=after is None), streams)


async def _follow(
    after: int, streams: Streams, state: ServingState, database: RequestDatabase, *, announce: bool
) -> AsyncIterator[ServerSentEvent]:
    if announce:
        # Its id is where a reader goes on who is cut off before an event.
        yield ServerSentEvent(json.dumps({"type": BEGIN, "data": {"after": after}}), id=str(after), event=BEGIN)
    warned = False
    while not state.stopping:
        removed = None
        try:
            following = after < await streams.newest(database)
            batch, removed = await database.ask(partial(_listed, after=after)) if following else ((), None)
        except HeadroomError as error:
            # The stream goes on where it is once the database answers again.
            log.warning("events_unreadable", detail=str(error))
            batch = ()
        if removed is not None and not warned:
            # Without an id: a reader that goes on later asks from the last event it has.
            yield ServerSentEvent(json.dumps({"type": MISSING, "data": {"removed_up_to": removed}}), event=MISSING)
            warned = True
        for event in batch:
            yield ServerSentEvent(json.dumps(event.message()), id=str(event.id), event=event.kind.value)
            after = event.id
        if not batch:
            await anyio.sleep(LOOK_SECONDS)


def _listed(engine: Engine, *, after: int) -> tuple[tuple[Event, ...], int | None]:
    """Events after an id, and the highest id of those after it that were removed by age."""
    removed = last_removed(engine)
    return events(engine, after=after), removed if removed > after else None


def _newest(engine: Engine) -> int:
    event = newest(engine)
    return 0 if event is None else event.id


def _item(event: Event) -> EventItem:
    return EventItem(id=event.id, type=event.kind, timestamp=event.happened, data=dict(event.document))
