"""Reads one source: requests, pages, conditional answers, and their parsed rows. Nothing is stored here."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

import polars as pl

from data.base.errors import HeadroomError, InvalidParameter, PayloadTruncated, SourceChanged
from data.base.scopes import Scope
from data.base.shipped_tables import SCHEMAS
from data.connectors.bodies import ZIP_START, examine
from data.connectors.contract import OBSERVATIONS, ROW_SCHEMA, Access, Connector, Parsed, Rejected
from data.connectors.fetch import Fetcher, NotModified, Validators
from data.connectors.payload import Form, Payload, Request
from data.ingest.storing import Reading
from data.store.refreshes import Origin, SourceResponse
from data.store.vintages import now

_T = TypeVar("_T")

PAGES = 2_000
"""Most pages of one source: beyond, a source that never says it ended is taken for broken."""


@dataclass
class _Gathered:
    parsed: list[Parsed] = field(default_factory=list)
    answers: list[SourceResponse] = field(default_factory=list)


def read(
    connector: Connector,
    fetcher: Fetcher,
    access: Access,
    *,
    since: date | None,
    today: date,
    last: dict[str, SourceResponse],
    report: Callable[[str], None],
) -> Reading | None:
    """What the source says now; None when no answer differs from the last stored one.

    Args:
        connector: knows addresses and formats.
        fetcher: opens the connections.
        access: keys.
        since: only periods from that day on, where the source can narrow.
        today: the day of asking.
        last: the last answers by request; an empty one asks for everything whole.
        report: called with every request in words.

    Raises :class:`data.base.errors.SourceError` when any part of it cannot be had or read: a source is stored whole or
    not at all.
    """
    started = now()
    gathered = _Gathered()
    queue = deque(connector.requests(access, since=since, today=today))
    count = 0
    while queue:
        request = queue.popleft()
        count += 1
        if count > PAGES:
            raise SourceChanged(fetcher.address(request), f"gave more than {PAGES} pages")
        report(request.part or request.url)
        following = _ask(connector, fetcher, access, request, last.get(request.key), gathered)
        if following is not None:
            queue.appendleft(following)
    if not gathered.parsed:
        return None
    retrieved = max(answer.retrieved for answer in gathered.answers)
    return reading(connector.name, gathered.parsed, tuple(gathered.answers), started=started, retrieved=retrieved)


def _ask(
    connector: Connector,
    fetcher: Fetcher,
    access: Access,
    request: Request,
    before: SourceResponse | None,
    gathered: _Gathered,
) -> Request | None:
    # An answer another page follows from is always asked for whole: without it the next page is not known.
    validators = Validators(before.etag, before.last_modified) if before and not before.followed else None
    payload = fetcher.get(request, validators=validators)
    if isinstance(payload, NotModified):
        return None
    try:
        following = _call(connector, payload, lambda: connector.following(payload, access))
        changed = before is None or before.sha256 != payload.sha256
        pages = [parsed(connector, payload)] if changed else []
    except (SourceChanged, PayloadTruncated) as error:
        # A connector knows the source's own address; what it could not read may have come from a mirror.
        raise type(error)(fetcher.address(request), error.reason) from error
    gathered.answers.append(
        SourceResponse(
            request=request.key,
            retrieved=payload.retrieved,
            sha256=payload.sha256,
            bytes=len(payload.body),
            etag=payload.etag,
            last_modified=payload.last_modified,
            followed=following is not None,
        )
    )
    gathered.parsed += pages
    return following


def parsed(connector: Connector, payload: Payload) -> Parsed:
    """What the parser makes of an answer; whatever it stumbles over is a format that changed."""
    return _call(connector, payload, lambda: connector.parse(payload))


def _call(connector: Connector, payload: Payload, task: Callable[[], _T]) -> _T:
    try:
        return task()
    except HeadroomError:
        raise
    except Exception as error:
        reason = f"could not be read by {connector.name}: {type(error).__name__}: {error}"
        raise SourceChanged(payload.request.key, " ".join(reason.split())[:500]) from error


def from_file(connector: Connector, path: Path, access: Access, *, retrieved: datetime) -> Reading:
    """What a file says that was downloaded by hand, read as the answer to the request whose format it has.

    Raises :class:`SourceChanged` when it has the format of none, :class:`PayloadTruncated` when it is empty or ends in
    the middle, and :class:`InvalidParameter` when it cannot be opened.
    """
    started = now()
    try:
        body = path.read_bytes()
    except OSError as error:
        raise InvalidParameter("file", f"{path}: {error.strerror}") from None
    refused: list[str] = []
    # A source without an address has one format; the parser sees from its content which file it is.
    by_hand = [Request(path.absolute().as_uri(), Form.XLSX if body.startswith(ZIP_START) else Form.CSV)]
    for request in connector.requests(access, since=None, today=retrieved.date()) or by_hand:
        payload = Payload(request, body, retrieved)
        try:
            examine(body, request)
            page = parsed(connector, payload)
        except SourceChanged as error:
            refused.append(error.reason)
            continue
        return reading(connector.name, [page], (), started=started, retrieved=retrieved, origin=Origin.FILE)
    raise SourceChanged(str(path), "; ".join(dict.fromkeys(refused)))


def reading(
    source: str,
    parts: list[Parsed],
    answers: tuple[SourceResponse, ...],
    *,
    started: datetime,
    retrieved: datetime,
    origin: Origin = Origin.SOURCE,
    scope: Scope = Scope.PUBLIC,
) -> Reading:
    """Several parsed answers as one reading."""
    frames = {name: [part.tables[name] for part in parts if name in part.tables] for name in (OBSERVATIONS, *SCHEMAS)}
    rejected: tuple[Rejected, ...] = tuple(row for part in parts for row in part.rejected)
    return Reading(
        source=source,
        scope=scope,
        origin=origin,
        started=started,
        retrieved=retrieved,
        observations=pl.concat([pl.DataFrame(schema=ROW_SCHEMA), *frames[OBSERVATIONS]]),
        site_vintages=pl.concat(frames["site_vintages"]) if frames["site_vintages"] else None,
        accelerators=pl.concat(frames["accelerators"]) if frames["accelerators"] else None,
        rejected=rejected,
        answers=answers,
        rows_read=sum(part.rows_read for part in parts),
        marked=sum(part.marked for part in parts),
    )
