"""What is to be removed: said in the documentation, and by every answer of it (RFC 9745, RFC 8594, RFC 5829)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from email.utils import format_datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Deprecation:
    """That a path should be used no more.

    Attributes:
        since: the day from which on.
        sunset: the day from which on it may be gone.
        successor: what takes its place, relative to the path.
    """

    since: date
    sunset: date
    successor: str

    @property
    def headers(self) -> dict[str, str]:
        """Headers of every answer of the path."""
        return {
            "Deprecation": f"@{_midnight(self.since).timestamp():.0f}",
            "Sunset": format_datetime(_midnight(self.sunset), usegmt=True),
            "Link": f'<{self.successor}>; rel="successor-version"',
        }

    def documented(self, responses: dict[int | str, dict[str, Any]]) -> dict[int | str, dict[str, Any]]:
        """The ``responses`` of the route, which also says ``deprecated=True``, with these headers."""
        meanings = {
            "Deprecation": f"Since when it should be used no more: {self.since}.",
            "Sunset": f"From when on it may be gone: {self.sunset}.",
            "Link": f"Leads to what takes its place: {self.successor}.",
        }
        headers = {name: {"description": text, "schema": {"type": "string"}} for name, text in meanings.items()}
        answer = responses[200]
        return {**responses, 200: {**answer, "headers": answer.get("headers", {}) | headers}}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
