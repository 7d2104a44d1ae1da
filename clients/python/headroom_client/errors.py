"""What can go wrong.

HeadroomError
├── ConnectionFailed      the service was not reached, also when asked again
├── UnexpectedAnswer      what answered is no Headroom service, or one this client does not know
├── StillComputing        an evaluation took longer than one wanted to wait
└── ProblemError          the service refused, and said why (RFC 9457)
    ├── QuestionRefused   a parameter is unknown, missing or outside what is allowed
    ├── AccessRefused     a key is needed, is wrong, or is for other things
    ├── NotFound          there is no such thing, or not any more
    ├── LimitReached      asked more often than one may
    └── ServiceFailed     the service cannot answer now
"""

from http import HTTPStatus

import httpx2
from pydantic import ValidationError

from headroom_client.models import Problem, ProblemItem
from headroom_client.retry import PASSING_FAULTS, PASSING_STATUSES, retry_after


class HeadroomError(Exception):
    """Base of every error of this package.

    Attributes:
        passing: whether the same question may be answered in a moment. The client has then asked it again, as often as
            its ``Retry`` says.
        retry_after: seconds that the service asks to wait; None where it says nothing.
    """

    passing: bool = False
    retry_after: float | None = None


class ConnectionFailed(HeadroomError):  # noqa: N818 - the tree reads as nouns
    """The service was not reached."""


class UnexpectedAnswer(HeadroomError):  # noqa: N818 - same
    """The answer is none that this client knows."""


class StillComputing(HeadroomError):  # noqa: N818 - same
    """An evaluation goes on: ask the same again later, and it is answered as far as it is."""


class ProblemError(HeadroomError):
    """The service refused, and said why.

    Attributes:
        problem: the whole body.
        code: the stable name of the problem, such as ``invalid_parameter``; /problems/{code} describes it.
        detail: what happened this time and, in brackets, what to do about it.
        remedy: what to do about it; None where the service names nothing.
        status: the HTTP status.
        errors: what is wrong, a part at a time; empty where the detail says all.
        request_id: what the service's log calls the request.
    """

    def __init__(self, problem: Problem, *, request_id: str | None) -> None:
        super().__init__(f"{problem.code}: {problem.detail}")
        self.problem = problem
        self.code = problem.code
        self.detail = problem.detail
        self.remedy = problem.remedy
        self.status = problem.status
        self.errors = tuple(problem.errors)
        self.request_id = request_id

    @property
    def by_parameter(self) -> dict[str, list[ProblemItem]]:
        """What is wrong by parameter, or by place in the body."""
        parts: dict[str, list[ProblemItem]] = {}
        for part in self.errors:
            if part.parameter is not None:
                parts.setdefault(part.parameter, []).append(part)
        return parts


class QuestionRefused(ProblemError):  # noqa: N818 - same
    """A parameter is unknown, missing or outside what is allowed: ``by_parameter`` says which, and what is."""


class AccessRefused(ProblemError):  # noqa: N818 - same
    """A key is needed, is wrong, or is for other things."""


class NotFound(ProblemError):  # noqa: N818 - same
    """There is no such series, scenario or edition, or not any more."""


class LimitReached(ProblemError):  # noqa: N818 - same
    """Asked more often than one may, longer than the client waits."""


class ServiceFailed(ProblemError):  # noqa: N818 - same
    """The service cannot answer now: it has no edition, is too busy, or failed."""


KINDS: dict[int, type[ProblemError]] = {
    HTTPStatus.UNAUTHORIZED: AccessRefused,
    HTTPStatus.FORBIDDEN: AccessRefused,
    HTTPStatus.NOT_FOUND: NotFound,
    HTTPStatus.GONE: NotFound,
    HTTPStatus.TOO_MANY_REQUESTS: LimitReached,
}


def error_of(response: httpx2.Response) -> HeadroomError:
    """The error that a response states; the response has been read."""
    try:
        problem = Problem.model_validate_json(response.content)
    except ValidationError:
        kind = response.headers.get("content-type", "no content")
        error: HeadroomError = UnexpectedAnswer(f"{response.url} answered {response.status_code} with {kind}")
    else:
        failed = response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
        chosen = ServiceFailed if failed else KINDS.get(response.status_code, QuestionRefused)
        error = chosen(problem, request_id=response.headers.get("x-request-id"))
    error.passing = response.status_code in PASSING_STATUSES
    error.retry_after = retry_after(response)
    return error


def unreached(request: httpx2.Request, fault: httpx2.RequestError) -> ConnectionFailed:
    """The error of a request without a response."""
    error = ConnectionFailed(f"{request.url} was not reached: {str(fault) or type(fault).__name__}")
    error.passing = isinstance(fault, PASSING_FAULTS)
    error.__cause__ = fault
    return error
