"""Time stamps in answers: RFC 3339 in UTC with Z and whole seconds, however they are stored."""

import re
from datetime import UTC, datetime
from typing import Any

_STAMP = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)\Z")


def rfc3339(moment: datetime) -> str:
    """The moment as text; one without a zone is taken as UTC.

    >>> rfc3339(datetime(2026, 11, 23, 12, 0, 3, 775324, UTC))
    '2026-11-23T12:00:03Z'
    """
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return f"{aware.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def with_rfc3339(node: Any) -> Any:  # noqa: ANN401 - a JSON tree
    """The tree with every time stamp in that form: moments, and texts that are nothing but a stamp with its zone.

    >>> with_rfc3339({"issued": "2026-11-23T13:00:03.5+01:00", "day": "2026-11-23"})
    {'issued': '2026-11-23T12:00:03Z', 'day': '2026-11-23'}
    """
    match node:
        case datetime():
            return rfc3339(node)
        case str() if _STAMP.match(node):
            try:
                return rfc3339(datetime.fromisoformat(node))
            except (ValueError, OverflowError):
                return node
        case dict():
            return {key: with_rfc3339(value) for key, value in node.items()}
        case list() | tuple():
            return [with_rfc3339(value) for value in node]
        case _:
            return node
