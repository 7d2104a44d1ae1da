"""Where answers are given out: made once per edition and query, then handed out as bytes."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from data.errors import EditionMissing
from projection.editions import Edition
from service.context import Context
from service.grounds import Grounds
from service.representations import Representation, Shelf, dump


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
            raise EditionMissing("the editions folder", self.reason or "none was found")
        return self.edition

    @property
    def prefix(self) -> str:
        """The edition's id for ETags, or ``none``."""
        return self.edition.id if self.edition else "none"


class Desk:
    """The context with two shelves: one by canonical query, one by the exact URL for the shortcut in front."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.by_query: Shelf[tuple[str, str]] = Shelf()
        self.by_url: Shelf[tuple[str, bytes]] = Shelf()
        self._grounds = Grounds.of(context.store, context.published, mark=context.mark, promotions=context.promotions)
        self._moment = self._look()

    def moment(self) -> Moment:
        """What is true now; the generation changes with the edition, the champion and the day."""
        moment = self._moment
        if moment.edition is not self.context.editions.edition:
            moment = self._moment = self._look()
        return moment

    async def refresh(self) -> None:
        """Look at the editions folder, the figures, the champion and the calendar again, away from the event loop."""
        await asyncio.to_thread(self.context.editions.refresh)
        newer = await asyncio.to_thread(self.context.follow, self._grounds.mark)
        self._grounds = newer or self._grounds
        self._moment = self._look()

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
            found = Representation.make(dump(build()), generation=moment.generation, prefix=moment.prefix)
            self.by_query.put((kind, canonical), found)
        self.by_url.put((request.scope["path"], request.scope["query_string"]), found)
        return respond(request, found)

    def known(self, path: str, query: bytes) -> Representation | None:
        """What was given out before for exactly this URL, if it is still true."""
        return self.by_url.get((path, query), self.moment().generation)


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
