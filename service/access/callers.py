"""Who asks: the key that a request brings, or the address it comes from."""

import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import NamedTuple

import structlog
from anyio import CapacityLimiter, to_thread
from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError
from starlette.types import Scope

from data.base.access_errors import KeyInvalid
from data.base.errors import HeadroomError
from service.access.keys import Key, Keys, label, utc_now
from service.access.rules import AccessRules

LOOK_SECONDS = 0.1
"""At most one look for an unknown key in this time: whoever tries keys out costs the database that much."""
CREDENTIALS = {b"authorization", b"x-api-key"}
SITE_BITS = 64
"""What one site is given of IPv6 addresses: it counts as one caller."""

log = structlog.get_logger(__name__)


class Caller(NamedTuple):
    """Who asks.

    Attributes:
        name: of the key or the address, as requests are counted by.
        key: verified; None where none was brought.
    """

    name: str
    key: Key | None = None


def address(scope: Scope, rules: AccessRules) -> str:
    """The address a request comes from: behind trusted proxies the last one that they do not vouch for themselves."""
    peer = (scope.get("client") or ("unknown",))[0]
    lines = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
    if lines and rules.trusts(peer):
        for hop in reversed([hop.strip() for line in lines for hop in line.split(",")]):
            if not _is_address(hop):
                break
            peer = hop
            if not rules.trusts(hop):
                break
    return _site(peer)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=4096)
def _site(text: str) -> str:
    if ":" not in text or not _is_address(text):
        return text
    site = ip_address(text.partition("%")[0])
    if isinstance(site, IPv6Address) and site.ipv4_mapped is not None:
        return str(site.ipv4_mapped)
    return str(ip_network((site, SITE_BITS), strict=False))


def credentials(scope: Scope) -> str | None:
    """The key that a request brings, as ``Authorization: Bearer`` or ``X-API-Key``; None without either.

    Raises:
        KeyInvalid: it brings several, or an authorization of another kind.
    """
    if not CREDENTIALS & dict(scope["headers"]).keys():
        return None
    texts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-api-key"]
    for line in (value.decode("latin-1") for name, value in scope["headers"] if name == b"authorization"):
        kind, _, text = line.partition(" ")
        if kind.casefold() != "bearer":
            raise KeyInvalid("Authorization is not of the kind Bearer")
        texts.append(text.strip())
    if len(set(texts)) > 1:
        raise KeyInvalid("several keys are given")
    return texts[0] if texts else None


class KeyRing:
    """The keys of a database, held in memory: they are looked at again every few seconds.

    Args:
        engine: of the database; raises :class:`data.base.errors.StoreUnusable` while there is none.
        clock: the moment it is, UTC.
    """

    def __init__(self, engine: Callable[[], Engine], *, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine, self._clock = engine, clock
        self._keys: Mapping[str, Key] = {}
        self._used: dict[int, datetime] = {}
        self._until = 0.0
        self._limiter = CapacityLimiter(1)

    async def key(self, text: str) -> Key:
        """The key a text is; raises :class:`KeyInvalid` where it is none, or one that has ended."""
        name = label(text)
        if name is not None and name not in self._keys:
            # It may be new.
            await to_thread.run_sync(self._look_for_new, limiter=self._limiter)
        key = self._keys.get(name or "")
        if key is None or not key.opened_by(text):
            raise KeyInvalid("it is not one of this service")
        now = self._clock()
        if (reason := key.ended(now)) is not None:
            raise KeyInvalid(f"it {reason}")
        self._used[key.id] = now
        return key

    def refresh(self) -> None:
        """Read the keys again, and write down when they were used. Raises :class:`HeadroomError`."""
        keys = Keys(self._engine())
        used, self._used = self._used, {}
        keys.used(used)
        self._keys = {key.label: key for key in keys.all()}

    def _look_for_new(self) -> None:
        if time.monotonic() < self._until:
            return
        self._until = time.monotonic() + LOOK_SECONDS
        try:
            self.refresh()
        except (HeadroomError, DatabaseError) as error:
            log.warning("keys_unreadable", detail=str(error))
