"""Sends events to webhooks: again and again after longer pauses, and every attempt is kept.

An attempt is begun by one process, which moves the time of the next one first. Should it be killed while it sends, the
message goes out again at that time, with the same id, by which a receiver knows it.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event as Flag
from typing import Any

import structlog
from sqlalchemy import Engine, select, update
from sqlalchemy.exc import DatabaseError

from data.base.errors import HeadroomError, NotFound
from data.base.redaction import redacted
from data.store.database import writing
from service.events.events import Delivery, Event, Kind
from service.events.tables import DELIVERIES, EVENTS
from service.events.webhooks import DeliveryError, Send, Webhook, Webhooks
from service.jobs.queue import utc_now

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (0.25, 5, 30, 120, 300, 600, 840, 1200, 1440))
"""After the first to the last failure but one; as Standard Webhooks suggests."""
BATCH = 20
SUCCESS = range(200, 300)
GONE = 410
POLL_SECONDS = 1.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class DeliveryLine:
    """One line of the delivery log."""

    id: int
    webhook: int
    event: int
    kind: Kind
    state: Delivery
    attempts: int
    not_before: datetime
    finished: datetime | None
    status: int | None
    error: str | None


class Deliveries:
    """The deliveries of a database.

    Args:
        engine: of a migrated database.
        send: sends one message.
        clock: the moment it is, UTC; decides when a failed delivery is tried again.
    """

    def __init__(self, engine: Engine, send: Send, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine = engine
        self._send = send
        self._clock = clock

    def send_due(self) -> int:
        """Send what is due; returns how many attempts were made."""
        due = (
            select(DELIVERIES.c.id, DELIVERIES.c.attempts, DELIVERIES.c.webhook, EVENTS)
            .join(EVENTS, EVENTS.c.id == DELIVERIES.c.event)
            .where(DELIVERIES.c.state == Delivery.PENDING.value, DELIVERIES.c.not_before <= self._clock())
            .order_by(DELIVERIES.c.id)
            .limit(BATCH)
        )
        with self._engine.connect() as connection:
            rows = connection.execute(due).all()
        return sum(self._attempt(row) for row in rows)

    def _attempt(self, row: Any) -> bool:  # noqa: ANN401 - a row of the query above
        number, attempts, hook, *of_event = row
        try:
            webhook = Webhooks(self._engine).webhook(hook)
        except NotFound:
            return self._write(number, attempts, state=Delivery.DEAD, error="the webhook was removed")
        last = attempts >= len(PAUSES)
        pause = PAUSES[min(attempts, len(PAUSES) - 1)]
        if not self._write(number, attempts, attempts=attempts + 1, not_before=self._clock() + pause):
            return False
        event_id, kind, _, _, happened, document = of_event
        event = Event(event_id, Kind(kind), happened, json.loads(document))
        status, error = self._answer(webhook, event)
        if status is not None and status in SUCCESS:
            self._write(number, attempts + 1, state=Delivery.DELIVERED, status=status, error=None)
            return True
        dead = last or status == GONE
        self._write(
            number,
            attempts + 1,
            state=Delivery.DEAD if dead else Delivery.PENDING,
            status=status,
            error=error or f"answered {status}",
        )
        if status == GONE:
            Webhooks(self._engine).remove(webhook.id)
        log.warning("delivery_failed", webhook=webhook.id, event_id=event.id, status=status, error=error, dead=dead)
        return True

    def _answer(self, webhook: Webhook, event: Event) -> tuple[int | None, str | None]:
        try:
            return self._send(webhook, f"event-{event.id}", json.dumps(event.message())), None
        except DeliveryError as error:
            return None, redacted(str(error))

    def _write(self, number: int, so_far: int, **values: object) -> bool:
        """Change a delivery as long as nobody began a further attempt; whether it was changed."""
        state = values.get("state")
        if isinstance(state, Delivery):
            values["state"] = state.value
            values["finished"] = None if state is Delivery.PENDING else self._clock()
        chosen = (
            DELIVERIES.c.id == number,
            DELIVERIES.c.attempts == so_far,
            DELIVERIES.c.state == Delivery.PENDING.value,
        )
        with writing(self._engine) as connection:
            return connection.execute(update(DELIVERIES).where(*chosen).values(values)).rowcount > 0

    def lines(self, webhook: int | None = None, *, limit: int = 100) -> tuple[DeliveryLine, ...]:
        """The delivery log, newest first, of one webhook or of all."""
        columns = [EVENTS.c.kind if name == "kind" else DELIVERIES.c[name] for name in DeliveryLine.__slots__]
        query = select(*columns).join(EVENTS, EVENTS.c.id == DELIVERIES.c.event)
        if webhook is not None:
            query = query.where(DELIVERIES.c.webhook == webhook)
        with self._engine.connect() as connection:
            rows = connection.execute(query.order_by(DELIVERIES.c.id.desc()).limit(limit)).mappings().all()
        return tuple(
            DeliveryLine(**{**row, "kind": Kind(row["kind"]), "state": Delivery(row["state"])}) for row in rows
        )

    def run(self, ended: Flag) -> None:
        """Send what is due until it is ended; a database that does not answer is asked again."""
        while not ended.wait(POLL_SECONDS):
            try:
                self.send_due()
            except (HeadroomError, DatabaseError) as error:
                log.warning("deliveries_unreadable", detail=str(error))
