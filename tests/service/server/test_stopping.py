"""Signals under load: first not ready, then no new connections, and no request without its answer."""

import http.client
import signal
import threading
import time
from urllib.parse import urlsplit

import httpx2
import pytest

CLIENTS = 40


class Client(threading.Thread):
    """Asks again and again on a kept connection until the server refuses connections."""

    def __init__(self, address, number):
        super().__init__()
        self.address, self.number = address, number
        self.answers, self.closed, self.lost = 0, 0, []
        self.ready = []

    def run(self):
        connection = None
        for turn in range(100_000):
            try:
                if connection is None:
                    connection = http.client.HTTPConnection(self.address, timeout=600)
                    connection.connect()
            except ConnectionRefusedError:
                return
            try:
                # Each address is another one, so that no answer is cached.
                path = f"/v1/gaps?region=US&layer=power&above={self.number}.{turn}" if turn % 50 == 0 else "/v1/layers"
                connection.request("GET", path)
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException) as error:
                self.lost.append((repr(error), path))
                return
            self.answers += 1
            if answer.getheader("connection") == "close":
                self.closed += 1
                connection.close()
                connection = None


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_no_client_with_a_kept_connection_meets_a_reset(start_server, editions, number):
    server = start_server(editions, drain_delay=4.0)
    clients = [Client(urlsplit(server.url).netloc, number) for number in range(CLIENTS)]
    for client in clients:
        client.start()
    time.sleep(1.5)
    server.process.send_signal(number)
    for client in clients:
        client.join(600)
    assert server.process.wait(600) in {0, 1, -number}
    assert all(client.answers > 0 for client in clients)
    assert [lost for client in clients for lost in client.lost] == [], server.log.read_text()
    assert all(client.closed for client in clients), "each was told to go elsewhere"


def test_it_is_not_ready_and_closes_connections_before_it_stops_listening(start_server, editions):
    server = start_server(editions, drain_delay=3.0)
    with httpx2.Client(base_url=server.url) as client:
        assert client.get("/readyz").status_code == 200
        server.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        ready = client.get("/readyz")
        assert (ready.status_code, ready.json()["code"]) == (503, "service_stopping")
        assert ready.headers["connection"] == "close"
        assert client.get("/healthz").status_code == 200
        assert client.get("/v1/gaps?region=US&layer=power").status_code == 200
    assert server.process.wait(600) in {0, -signal.SIGTERM}


def test_an_interrupt_from_the_terminal_waits_for_nobody(start_server, editions):
    server = start_server(editions, drain_delay=60.0)
    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(600) in {0, 1, -signal.SIGINT}
