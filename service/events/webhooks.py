"""Webhooks: addresses that get events, signed by the scheme of Standard Webhooks (standardwebhooks.com)."""

import base64
import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import httpcore2
from sqlalchemy import Engine, insert, select, update
from standardwebhooks import Webhook as Signer

from data.base.errors import InvalidParameter, NotFound
from data.base.release import release
from data.store.database import writing
from service.access.rules import Network
from service.events.addresses import CheckedBackend, check_url
from service.events.events import Kind
from service.events.tables import WEBHOOKS
from service.jobs.queue import utc_now

SECRET_BYTES = 32
SECONDS = 15.0
"""What sending one message may take, from resolving the name to the status of the answer."""

Send = Callable[["Webhook", str, str], int]
"""Sends a message with its id to a webhook; returns the status of the answer, raises :class:`DeliveryError`."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that gets events of some kinds."""

    id: int
    url: str
    secret: str
    kinds: tuple[Kind, ...]
    created: datetime
    actor: str


class DeliveryError(Exception):
    """A message could not be delivered; the text says why."""


class Webhooks:
    """The webhooks of a database.

    Args:
        engine: of a migrated database.
        allowed: networks they may lead to beyond public addresses.
    """

    def __init__(self, engine: Engine, *, allowed: Sequence[Network] = ()) -> None:
        self._engine = engine
        self._allowed = allowed

    def add(self, url: str, *, kinds: Sequence[Kind] = tuple(Kind), actor: str) -> Webhook:
        """Add one with a new secret: it gets the events told from now on. Raises :class:`InvalidParameter`."""
        if not kinds:
            raise InvalidParameter("event", "name at least one kind", allowed=list(Kind))
        row = {
            "url": check_url(url, allowed=self._allowed),
            "secret": f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}",
            "kinds": json.dumps([kind.value for kind in dict.fromkeys(kinds)]),
            "created": utc_now(),
            "actor": actor,
        }
        with writing(self._engine) as connection:
            key = connection.execute(insert(WEBHOOKS).values(row)).inserted_primary_key
        return self.webhook(int(key[0]) if key else 0)

    def webhooks(self) -> tuple[Webhook, ...]:
        """Those that were not removed, oldest first."""
        columns = [WEBHOOKS.c[name] for name in Webhook.__slots__]
        query = select(*columns).where(WEBHOOKS.c.removed.is_(None)).order_by(WEBHOOKS.c.id)
        with self._engine.connect() as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(Webhook(**{**row, "kinds": tuple(map(Kind, json.loads(row["kinds"])))}) for row in rows)

    def webhook(self, number: int) -> Webhook:
        """One of them; raises :class:`NotFound`."""
        by_number = {webhook.id: webhook for webhook in self.webhooks()}
        if number not in by_number:
            raise NotFound("webhook", str(number), allowed=[str(one) for one in by_number])
        return by_number[number]

    def remove(self, number: int) -> None:
        """Send it nothing more; its delivery log stays. Raises :class:`NotFound`."""
        self.webhook(number)
        with writing(self._engine) as connection:
            connection.execute(update(WEBHOOKS).where(WEBHOOKS.c.id == number).values(removed=utc_now()))


def sender(allowed: Sequence[Network]) -> Send:
    """Sends over HTTP to permitted addresses, without proxy and without following redirects."""

    def send(webhook: Webhook, message_id: str, body: str) -> int:
        now = utc_now()
        headers: dict[bytes | str, bytes | str] = {
            "content-type": "application/json",
            "user-agent": f"headroom/{release()}",
            "webhook-id": message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": Signer(webhook.secret).sign(msg_id=message_id, timestamp=now, data=body),
        }
        backend = CheckedBackend(allowed, seconds=SECONDS)
        try:
            with (
                httpcore2.ConnectionPool(network_backend=backend) as pool,
                pool.stream("POST", webhook.url, headers=headers, content=body.encode()) as response,
            ):
                return int(response.status)
        except (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError, OSError) as error:
            raise DeliveryError(str(error) or type(error).__name__) from None

    return send
