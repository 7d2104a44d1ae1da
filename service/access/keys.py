"""Keys: who may ask for what beyond reading, and how they are made, told apart and taken back.

A key reads ``hdr_LABEL_SECRET``: the label is shown in lists, the secret is 256 random bits, shown once. The database
holds its SHA-256. Nothing slower is needed: such a secret cannot be tried out.
"""

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import Engine, insert, select, update

from data.base.errors import InvalidParameter, NotFound
from data.store.database import writing
from service.access.tables import KEYS

SECRET_BYTES = 32
LABEL_BYTES = 4
NAME_LENGTH = 100
TEXT = re.compile(r"hdr_(?P<label>[0-9a-f]{8})_(?P<secret>[A-Za-z0-9_-]{43})")


class KeyScope(StrEnum):
    """What a key is for."""

    READ = "read"
    EVALUATE = "evaluate"
    TRAIN = "train"
    ADMIN = "admin"
    PRIVATE = "private"


def utc_now() -> datetime:
    """The moment it is, UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Key:
    """A key without its secret.

    Attributes:
        label: the part of it that may be shown.
        digest: the SHA-256 of its secret, as hexadecimal text.
        expires: when it ends by itself, or None.
        revoked: when it was taken back, or None.
    """

    id: int
    name: str
    label: str
    digest: str
    scopes: frozenset[KeyScope]
    created: datetime
    actor: str
    expires: datetime | None
    last_used: datetime | None
    revoked: datetime | None

    def allows(self, scope: KeyScope) -> bool:
        """Whether it is for this; ``admin`` is for all but private figures."""
        return scope in self.scopes or (KeyScope.ADMIN in self.scopes and scope is not KeyScope.PRIVATE)

    def ended(self, now: datetime) -> str | None:
        """Why it is worth nothing at a moment, or None."""
        if self.revoked is not None:
            return "was revoked"
        return "has expired" if self.expires is not None and self.expires <= now else None

    def opened_by(self, text: str) -> bool:
        """Whether a text is this key; it takes as long whatever part of it is wrong."""
        match = TEXT.fullmatch(text)
        return match is not None and hmac.compare_digest(_digest(match["secret"]), self.digest)


def label(text: str) -> str | None:
    """The part of a text that says which key it claims to be; None where it is no key."""
    match = TEXT.fullmatch(text)
    return None if match is None else match["label"]


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


class Keys:
    """The keys of a database.

    Args:
        engine: of a migrated database.
        clock: the moment it is, UTC.
    """

    def __init__(self, engine: Engine, *, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine, self._clock = engine, clock

    def create(
        self, name: str, *, scopes: Iterable[KeyScope], expires: datetime | None = None, actor: str
    ) -> tuple[Key, str]:
        """A new key and its text, which is nowhere else. Raises :class:`InvalidParameter`."""
        chosen = sorted(set(scopes))
        if not chosen:
            raise InvalidParameter("scope", "name at least one", allowed=list(KeyScope))
        if not 0 < len(name.strip()) <= NAME_LENGTH:
            raise InvalidParameter("name", f"a name has 1 to {NAME_LENGTH} characters")
        if expires is not None and expires <= self._clock():
            raise InvalidParameter("expires", "lies in the past")
        secret = secrets.token_urlsafe(SECRET_BYTES)
        row = {
            "name": name.strip(),
            "label": secrets.token_hex(LABEL_BYTES),
            "digest": _digest(secret),
            "scopes": json.dumps(chosen),
            "created": self._clock(),
            "actor": actor,
            "expires": expires,
        }
        with writing(self._engine) as connection:
            key = connection.execute(insert(KEYS).values(row)).inserted_primary_key
        return self.key(int(key[0]) if key else 0), f"hdr_{row['label']}_{secret}"

    def all(self) -> tuple[Key, ...]:
        """All there ever were, oldest first."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(KEYS).order_by(KEYS.c.id)).mappings().all()
        return tuple(Key(**{**row, "scopes": frozenset(map(KeyScope, json.loads(row["scopes"])))}) for row in rows)

    def key(self, number: int) -> Key:
        """One of them; raises :class:`NotFound`."""
        by_number = {key.id: key for key in self.all()}
        if number not in by_number:
            raise NotFound("key", str(number), allowed=[str(one) for one in by_number])
        return by_number[number]

    def rotate(self, number: int, *, overlap: timedelta = timedelta(0), actor: str) -> tuple[Key, str]:
        """A new key in place of one, of the same name, scopes and end; the old one ends after ``overlap``.

        Raises:
            NotFound: there is no such key.
            InvalidParameter: it has ended.
        """
        old, now = self.key(number), self._clock()
        if (reason := old.ended(now)) is not None:
            raise InvalidParameter("id", f"key {number} {reason}", allowed=[])
        new = self.create(old.name, scopes=old.scopes, expires=old.expires, actor=actor)
        if overlap:
            until = now + overlap
            self._change([number], expires=until if old.expires is None else min(until, old.expires))
        else:
            self._change([number], revoked=now)
        return new

    def revoke(self, number: int) -> Key:
        """End a key for good; one that was revoked stays as it is. Raises :class:`NotFound`."""
        if self.key(number).revoked is None:
            self._change([number], revoked=self._clock())
        return self.key(number)

    def used(self, moments: Mapping[int, datetime]) -> None:
        """Write down when keys were last used, by number."""
        for number, moment in moments.items():
            self._change([number], last_used=moment)

    def _change(self, numbers: Sequence[int], **values: datetime) -> None:
        with writing(self._engine) as connection:
            connection.execute(update(KEYS).where(KEYS.c.id.in_(numbers)).values(**values))
