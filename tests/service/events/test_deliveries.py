"""Deliveries to a receiver on loopback, and what becomes of those that fail."""

import json
import threading
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from job_tools import NOON, Clock
from standardwebhooks import Webhook as Verifier

from data.base.errors import NotFound
from service.access.rules import networks
from service.events.deliveries import PAUSES, Deliveries
from service.events.events import Delivery, Fact, Kind, record
from service.events.webhooks import DeliveryError, Webhooks, sender

LOOPBACK = networks("127.0.0.0/8")


@pytest.fixture
def receiver():
    """A server that keeps what it gets and answers with the statuses of its list, then 204."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            server.messages.append((dict(self.headers), body, self.path))
            status = server.statuses.pop(0) if server.statuses else 204
            self.send_response(status)
            if status == 302:
                self.send_header("Location", "http://127.0.0.1:1/elsewhere")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.messages, server.statuses = [], []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def hook(ledger, receiver):
    return Webhooks(ledger, allowed=LOOPBACK).add(f"http://127.0.0.1:{receiver.server_port}/hook?x=1", actor="ann")


@pytest.fixture
def clock():
    return Clock()


def happens(ledger, number=1):
    record(ledger, [Fact(Kind.EDITION_PUBLISHED, f"e-{number}:{number}", number, NOON, {"edition": f"e-{number}"})])


def test_a_message_arrives_signed_once(ledger, receiver, hook, clock):
    happens(ledger)
    deliveries = Deliveries(ledger, sender(LOOPBACK), clock=clock)
    assert deliveries.send_due() == 1
    assert deliveries.send_due() == 0
    ((headers, body, path),) = receiver.messages
    message = Verifier(hook.secret).verify(body, headers)
    assert message == {
        "type": "edition.published", "timestamp": "2026-11-23T12:00:00Z", "data": {"edition": "e-1"},
    }  # fmt: skip
    assert path == "/hook?x=1"
    assert headers["webhook-id"] == "event-1"
    (line,) = deliveries.lines()
    assert (line.state, line.status, line.attempts, line.finished) == (Delivery.DELIVERED, 204, 1, NOON)


def test_a_failure_is_tried_again_after_longer_pauses_with_the_same_id(ledger, receiver, hook, clock):
    del hook
    receiver.statuses = [500, 302, 404]
    happens(ledger)
    deliveries = Deliveries(ledger, sender(LOOPBACK), clock=clock)
    for pause, status in zip(PAUSES, (500, 302, 404), strict=False):
        assert deliveries.send_due() == 1
        (line,) = deliveries.lines()
        assert (line.state, line.status, line.error) == (Delivery.PENDING, status, f"answered {status}")
        assert line.not_before == clock() + pause
        assert deliveries.send_due() == 0
        clock.now += pause
    assert deliveries.send_due() == 1
    assert deliveries.lines()[0].state is Delivery.DELIVERED
    assert {headers["webhook-id"] for headers, *_ in receiver.messages} == {"event-1"}
    # No redirect was followed.
    assert {path for *_, path in receiver.messages} == {"/hook?x=1"}


def unreachable(*_):
    raise DeliveryError("nobody is there")


def test_after_its_last_attempt_a_delivery_is_dead(ledger, hook, clock):
    del hook
    happens(ledger)
    deliveries = Deliveries(ledger, unreachable, clock=clock)
    for _ in range(len(PAUSES) + 1):
        assert deliveries.send_due() == 1
        clock.now += timedelta(days=2)
    assert deliveries.send_due() == 0
    (line,) = deliveries.lines()
    assert (line.state, line.attempts, line.error) == (Delivery.DEAD, len(PAUSES) + 1, "nobody is there")


def test_a_receiver_that_is_gone_is_removed(ledger, receiver, hook, clock):
    receiver.statuses = [410]
    happens(ledger, 1)
    happens(ledger, 2)
    deliveries = Deliveries(ledger, sender(LOOPBACK), clock=clock)
    deliveries.send_due()
    assert Webhooks(ledger).webhooks() == ()
    assert [line.state for line in deliveries.lines(hook.id)] == [Delivery.DEAD, Delivery.DEAD]
    assert len(receiver.messages) == 1


def test_one_that_is_killed_while_it_sends_is_sent_again_and_by_one_process(ledger, hook, clock):
    del hook
    happens(ledger)

    def killed(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Deliveries(ledger, killed, clock=clock).send_due()
    ids = []

    def send(_hook, message_id, _body):
        ids.append(message_id)
        return 204

    deliveries = Deliveries(ledger, send, clock=clock)
    assert deliveries.send_due() == 0
    clock.now += PAUSES[0]
    assert deliveries.send_due() == 1
    assert ids == ["event-1"]


def test_loopback_is_refused_unless_a_setting_allows_it(ledger, receiver, hook, clock):
    del hook
    happens(ledger)
    deliveries = Deliveries(ledger, sender(()), clock=clock)
    deliveries.send_due()
    assert "which is not allowed" in deliveries.lines()[0].error
    assert receiver.messages == []


def test_webhooks_are_listed_without_those_removed(ledger):
    hooks = Webhooks(ledger)
    first, second = (hooks.add(f"https://example.org/{name}", actor="ann") for name in "ab")
    assert first.secret != second.secret
    assert first.secret.startswith("whsec_")
    hooks.remove(first.id)
    assert [hook.id for hook in hooks.webhooks()] == [second.id]
    with pytest.raises(NotFound):
        hooks.remove(first.id)


def test_a_message_is_json(ledger, hook, clock):
    del hook
    happens(ledger)
    bodies = []
    Deliveries(ledger, lambda _hook, _id, body: bodies.append(body) or 200, clock=clock).send_due()
    assert json.loads(bodies[0])["data"] == {"edition": "e-1"}
