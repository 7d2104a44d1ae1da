"""How the Python client asks: again where that helps, not anew where nothing changed, and with its key."""

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx2
import pytest

from headroom_client import (
    AccessRefused,
    AsyncHeadroom,
    ConnectionFailed,
    Headroom,
    LimitReached,
    Retry,
    ServiceFailed,
    UnexpectedAnswer,
)

EDITIONS = {"items": [], "next": None}
PROBLEM = {"type": "/problems/x", "title": "X", "detail": "x (do y)", "remedy": "do y", "errors": []}


def problem(status, code, **headers):
    body = PROBLEM | {"status": status, "code": code}
    return httpx2.Response(status, json=body, headers={"content-type": "application/problem+json", **headers})


class Answers:
    """A transport that answers from a list, and remembers what was asked."""

    def __init__(self, *answers):
        self.answers, self.requests = list(answers), []

    def __call__(self, request):
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def waits(monkeypatch):
    """Seconds that the client waited."""
    seconds = []
    monkeypatch.setattr("headroom_client.transport.time.sleep", seconds.append)
    return seconds


def asking(answers, **options):
    return Headroom("http://service/prefix/", http=httpx2.Client(transport=httpx2.MockTransport(answers)), **options)


def test_it_waits_as_long_as_the_service_asks(waits):
    answers = Answers(
        problem(503, "overloaded", **{"retry-after": "7"}),
        problem(429, "limit_reached", **{"retry-after": format_datetime(datetime.now(UTC) + timedelta(seconds=30))}),
        httpx2.Response(200, json=EDITIONS),
    )
    assert asking(answers).editions() == []
    assert waits[0] == 7.0
    assert 20 < waits[1] <= 30


def test_it_waits_longer_each_time_where_the_service_says_nothing(waits):
    answers = Answers(
        httpx2.ConnectError("refused"), httpx2.ReadTimeout("slow"), httpx2.Response(502, text="<html>"),
        httpx2.Response(200, json=EDITIONS),
    )  # fmt: skip
    assert asking(answers, retry=Retry(first_wait=1.0)).editions() == []
    assert [0.5 <= waits[0] <= 1.0, 1.0 <= waits[1] <= 2.0, 2.0 <= waits[2] <= 4.0] == [True] * 3


def test_it_gives_up_after_the_attempts_it_has_and_says_why(waits):
    down = [httpx2.ConnectError("refused")] * 2
    with pytest.raises(ConnectionFailed, match="http://service/prefix/v1/editions was not reached: refused"):
        asking(Answers(*down), retry=Retry(attempts=2)).editions()
    with pytest.raises(ServiceFailed) as failure:
        asking(
            Answers(*[problem(503, "edition_missing", **{"retry-after": "1"})] * 2), retry=Retry(attempts=2)
        ).editions()
    assert (failure.value.code, failure.value.retry_after, failure.value.remedy) == ("edition_missing", 1.0, "do y")
    assert len(waits) == 2


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        pytest.param(problem(429, "limit_reached", **{"retry-after": "3600"}), LimitReached, id="waits-too-long"),
        pytest.param(problem(401, "key_required"), AccessRefused, id="needs-a-key"),
        pytest.param(problem(500, "internal_error"), ServiceFailed, id="a-fault-of-the-service"),
        pytest.param(httpx2.Response(404, text="<html>"), UnexpectedAnswer, id="another-server"),
        pytest.param(httpx2.Response(200, text="<html>"), UnexpectedAnswer, id="another-page"),
        pytest.param(httpx2.Response(302, headers={"location": "/login"}), UnexpectedAnswer, id="a-login"),
    ],
)
def test_what_does_not_pass_by_itself_is_raised_at_once(waits, answer, kind):
    with pytest.raises(kind):
        asking(Answers(answer)).editions()
    assert waits == []


def test_an_answer_that_is_still_current_is_not_sent_again():
    changed = {"items": [], "next": None}
    answers = Answers(
        httpx2.Response(200, json=EDITIONS, headers={"etag": '"1"'}), httpx2.Response(304, headers={"etag": '"1"'}),
        httpx2.Response(200, json=changed, headers={"etag": '"2"'}), httpx2.Response(304, headers={"etag": '"2"'}),
    )  # fmt: skip
    headroom = asking(answers)
    for _ in range(4):
        assert headroom.editions() == []
    assert [request.headers.get("if-none-match") for request in answers.requests] == [None, '"1"', '"1"', '"2"']


def test_answers_are_kept_up_to_a_number_of_bytes():
    answers = Answers(*[httpx2.Response(200, json=EDITIONS, headers={"etag": '"1"'}) for _ in range(2)])
    headroom = asking(answers, cache_bytes=10)
    headroom.editions()
    headroom.editions()
    assert "if-none-match" not in answers.requests[1].headers


def test_the_key_goes_with_every_request():
    answers = Answers(httpx2.Response(200, json=EDITIONS))
    asking(answers, api_key="hdr_label_secret").editions()
    assert answers.requests[0].headers["authorization"] == "Bearer hdr_label_secret"


def stream(text):
    return httpx2.Response(200, text=text, headers={"content-type": "text/event-stream"})


STREAMS = (
    'id: 7\nevent: events.begin\ndata: {"type": "events.begin", "data": {"after": 7}}\n\n',
    """event: events.missing
data: {"type": "events.missing", "data": {"removed_up_to": 8}}

id: 9
event: x
data: {"type": "x", "timestamp": "2026-12-01T00:00:00Z", "data": {}}

""",
)
"""A stream that breaks off before an event, and one that goes on from it."""


def test_a_stream_goes_on_from_where_it_began_although_it_had_no_event(waits):
    answers = Answers(stream(STREAMS[0]), httpx2.ConnectError("down"), stream(STREAMS[1]))
    events = asking(answers).watch()
    assert [(event.id, event.type) for event in (next(events), next(events))] == [(None, "events.missing"), (9, "x")]
    assert [request.headers.get("last-event-id") for request in answers.requests] == [None, "7", "7"]
    assert len(waits) == 2


def test_a_stream_that_ends_at_once_again_and_again_raises(waits):
    with pytest.raises(ConnectionFailed, match="ended"):
        next(asking(Answers(*[stream("")] * 3), retry=Retry(attempts=3)).watch(after=1))
    assert len(waits) == 2


def test_a_stream_that_stood_for_a_while_may_end_as_often_as_it_likes(waits, monkeypatch):
    clock = iter(range(0, 1000, 20))
    monkeypatch.setattr("headroom_client.connection.time.monotonic", lambda: next(clock))
    answers = Answers(*[stream(": ping\n\n")] * 9, stream(STREAMS[1]))
    assert next(asking(answers, retry=Retry(attempts=2)).watch(after=1)).type == "events.missing"
    assert len(waits) == 9


def test_a_stream_that_is_refused_raises(waits):
    with pytest.raises(AccessRefused):
        next(asking(Answers(problem(401, "key_required"))).watch())
    refusals = [problem(503, "too_many_streams", **{"retry-after": "1"})] * 2
    with pytest.raises(ServiceFailed):
        next(asking(Answers(*refusals), retry=Retry(attempts=2)).watch())
    assert waits == [1.0]


def test_awaiting_asks_again_as_blocking_does():
    answers = Answers(problem(503, "overloaded", **{"retry-after": "0"}), httpx2.Response(200, json=EDITIONS))

    async def ask():
        http = httpx2.AsyncClient(transport=httpx2.MockTransport(answers))
        async with AsyncHeadroom("http://service", http=http) as headroom:
            return await headroom.editions()

    assert asyncio.run(ask()) == []
    assert len(answers.requests) == 2
