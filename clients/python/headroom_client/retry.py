"""How often a question is asked again, and how long is waited before."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx2

PASSING_STATUSES = frozenset(
    {
        HTTPStatus.REQUEST_TIMEOUT,
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
"""Statuses that may be another one in a moment. No question of this client changes anything, so all can be repeated."""
PASSING_FAULTS = (httpx2.NetworkError, httpx2.TimeoutException, httpx2.RemoteProtocolError)


@dataclass(frozen=True)
class Retry:
    """How often a question is asked again, and how long is waited before.

    Attributes:
        attempts: how often a question is sent, at least once.
        first_wait: seconds that are waited at most before the second attempt. It doubles each time, and a random part
            of at least half of it is waited, so that clients that failed together do not come back together.
        longest_wait: seconds that are waited at most. Where the service asks for more (``Retry-After``), its refusal is
            raised at once.
    """

    attempts: int = 5
    first_wait: float = 0.25
    longest_wait: float = 60.0

    def wait(self, attempt: int, stated: float | None) -> float | None:
        """Seconds before the next attempt.

        Args:
            attempt: the one that failed, counted from 0.
            stated: what the service asks for, in seconds.

        Returns:
            None where there is no next attempt.
        """
        if attempt + 1 >= self.attempts:
            return None
        if stated is not None:
            return stated if stated <= self.longest_wait else None
        most = min(self.first_wait * 2.0**attempt, self.longest_wait)
        return random.uniform(most / 2, most)  # noqa: S311 - no secret


def retry_after(response: httpx2.Response) -> float | None:
    """Seconds that a response asks to wait, as a number or as a moment; None where it says nothing."""
    text = response.headers.get("retry-after", "")
    if text.isdecimal():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    moment = moment.replace(tzinfo=moment.tzinfo or UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())
