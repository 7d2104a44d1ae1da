"""Where answers are given out: made once per edition and query, then handed out as bytes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import Any

import structlog
from fastapi import Request
from fastapi.responses import Response

from data.base.errors import EditionMissing, HeadroomError
from data.periods.timestamps import rfc3339
from projection.edition.edition import Edition
from service.context import Context
from service.grounds import Grounds
from service.representations import Representation, Shelf, dump

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Moment:
    """The state of the house one request is answered from."""

    edition: Edition | None
    reason: str | None
    today: date
    generation: str
    grounds: Grounds

    def required(self) -> Edition:
        """The edition; raises :class:`EditionMissing` when none can be served."""
        if self.edition is None:
            raise EditionMissing("the home", self.reason or "none was found")
        return self.edition

    @property
    def prefix(self) -> str:
        """The edition's id for ETags, or ``none``."""
        return self.edition.id if self.edition else "none"


class Desk:
    """The context with two shelves: one by canonical query, one by the exact URL for the shortcut in front.

    Attributes:
        stopping: whether the server is being ended; it then still answers, but is not ready.
        figures_seen: when the figures and the champion were last looked at with success, UTC.
        figures_fault: why the last look failed, or None.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self.by_query: Shelf[tuple[str, str]] = Shelf()
        self.by_url: Shelf[tuple[str, bytes]] = Shelf()
        self.stopping = False
        self.figures_seen = context.clock()
        self.figures_fault: str | None = None
        self._grounds = Grounds.of(context.store, context.published, mark=context.mark, promotions=context.promotions)
        self._moment = self._look()
        self._flights = SingleFlight()

    def moment(self) -> Moment:
        """What is true now; the generation changes with the edition, the champion and the day."""
        moment = self._moment
        if moment.edition is not self.context.editions.edition:
            moment = self._moment = self._look()
        return moment

    def refresh(self) -> None:
        """Look at the editions folder, the figures, the champion and the calendar again.

        It may wait for the disk and the database, so no request calls it: the server's refresher does. What cannot be
        read is served on as it was.
        """
        self.context.editions.refresh()
        self._moment = self._look()
        try:
            newer = self.context.follow(self._grounds.mark)
        except HeadroomError as error:
            if self.figures_fault is None:
                log.warning("figures_unreadable", detail=str(error), since=rfc3339(self.figures_seen))
            self.figures_fault = str(error)
            return
        if self.figures_fault is not None:
            log.info("figures_readable_again", unread_since=rfc3339(self.figures_seen))
        self.figures_seen, self.figures_fault = self.context.clock(), None
        if newer is not None:
            self._grounds = newer
            self._moment = self._look()

    def stale(self) -> str | None:
        """Since when figures and champion could not be looked at, with the reason, or None."""
        if self.figures_fault is None:
            return None
        return f"figures not looked at since {rfc3339(self.figures_seen)}: {self.figures_fault}"

    def _look(self) -> Moment:
        editions = self.context.editions
        edition = editions.edition
        today = self.context.clock().date()
        published = self._grounds.published
        version = "none" if isinstance(published, str) else published.version
        issue = f"{edition.id} instead of {edition.withheld}" if edition else "none"
        generation = f"{issue}|{version}|{self._grounds.mark}|{today}"
        return Moment(edition, editions.reason, today, generation, self._grounds)

    def give(
        self, request: Request, moment: Moment, *, kind: str, canonical: str, build: Callable[[], dict[str, Any]]
    ) -> Response:
        """The answer to a canonical query, built at most once per generation, with ETag and 304."""
        found = self.by_query.get((kind, canonical), moment.generation)
        if found is None:
            with self._flights.alone((kind, canonical)):
                found = self.by_query.get((kind, canonical), moment.generation)
                if found is None:
                    found = Representation.make(dump(build()), generation=moment.generation, prefix=moment.prefix)
                    self.by_query.put((kind, canonical), found)
        self.by_url.put((request.scope["path"], request.scope["query_string"]), found)
        return respond(request, found)

    def known(self, path: str, query: bytes) -> Representation | None:
        """What was given out before for exactly this URL, if it is still true."""
        return self.by_url.get((path, query), self.moment().generation)


class SingleFlight:
    """Of several threads that make the same thing, one makes it and the others wait for that one."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._locks: dict[tuple[str, str], tuple[Lock, int]] = {}

    @contextmanager
    def alone(self, key: tuple[str, str]) -> Iterator[None]:
        """Inside, no other thread holds the same key."""
        with self._lock:
            own, users = self._locks.get(key, (Lock(), 0))
            self._locks[key] = own, users + 1
        try:
            with own:
                yield
        finally:
            with self._lock:
                users = self._locks[key][1] - 1
                if users:
                    self._locks[key] = own, users
                else:
                    del self._locks[key]


def respond(request: Request, found: Representation) -> Response:
    """The representation as a response: 304 when the client has it already."""
    tag = request.headers.get("if-none-match")
    if tag is not None and found.matches(tag.encode("latin-1")):
        response = Response(status_code=304)
        response.raw_headers = list(found.headers_304)
        return response
    response = Response(found.body)
    response.raw_headers = list(found.headers)
    return response
