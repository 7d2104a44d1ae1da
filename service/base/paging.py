"""Lists in pages: a cursor holds the last key of a page, bound to the query it belongs to."""

import base64
import binascii
import hashlib
import operator
import re
from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from pydantic import Field

from data.base.errors import InvalidParameter
from service.base.query import QueryModel, Text, whole_number

LIMIT_DEFAULT = 100
LIMIT_MAXIMUM = 1000
ALPHABET = re.compile(r"[A-Za-z0-9_-]+\Z")
_DIGEST = 6
_SEPARATOR = "\x1f"

Row = TypeVar("Row")


Limit = Annotated[
    int,
    whole_number("limit", 1, LIMIT_MAXIMUM),
    Field(description="Items on a page.", examples=[10]),
]
Cursor = Annotated[
    str | None,
    Text(str, {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"}),
    Field(description="The value of next in the page before."),
]


class PageQuery(QueryModel):
    """The query of a list without filters."""

    limit: Limit = LIMIT_DEFAULT
    cursor: Cursor = None


def _digest(query: str) -> bytes:
    return hashlib.sha256(query.encode()).digest()[:_DIGEST]


def encode(key: Sequence[str], *, query: str) -> str:
    """A cursor of characters A-Za-z0-9_- that continues ``query`` after ``key``."""
    raw = _digest(query) + _SEPARATOR.join(key).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decode(cursor: str, *, query: str) -> tuple[str, ...]:
    """The key in a cursor; raises :class:`InvalidParameter` if malformed or from another query.

    >>> decode(encode(("us.a", "2028"), query="region=US"), query="region=US")
    ('us.a', '2028')
    """
    wrong = InvalidParameter("cursor", "is malformed: give the value of next in the page before")
    if not ALPHABET.match(cursor):
        raise wrong
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        key = raw[_DIGEST:].decode()
    except (binascii.Error, UnicodeDecodeError):
        raise wrong from None
    if raw[:_DIGEST] != _digest(query):
        message = "belongs to another query: give the value of next in the page before"
        raise InvalidParameter("cursor", message)
    return tuple(key.split(_SEPARATOR))


def page(
    rows: Sequence[Row],
    *,
    key: Callable[[Row], tuple[str, ...]],
    query: str,
    cursor: str | None,
    limit: int,
    descending: bool = False,
) -> tuple[list[Row], str | None]:
    """The next ``limit`` rows after ``cursor`` and the cursor of the page after, or None at the end.

    ``rows`` are sorted by ``key``, ascending unless ``descending``; its values are unique, so pages stay stable when
    rows are added.
    """
    after = None if cursor is None else decode(cursor, query=query)
    follows = operator.lt if descending else operator.gt
    rest = [row for row in rows if after is None or follows(key(row), after)]
    items = rest[:limit]
    following = encode(key(items[-1]), query=query) if len(rest) > limit else None
    return items, following
