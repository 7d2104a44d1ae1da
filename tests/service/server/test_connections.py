"""Connections that send nothing, half a header or too much of it, take nothing, or are too many."""

import http.client
import json
import socket
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import loopback
import pytest

HALF_A_HEADER = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "


def connect(server):
    parts = urlsplit(server.url)
    return socket.create_connection((parts.hostname, parts.port), timeout=600)


def seconds_to_end(connection):
    began = time.monotonic()
    received = b""
    while part := connection.recv(65536):
        received += part
    return time.monotonic() - began, received


@pytest.mark.parametrize(("sent", "answer"), [(b"", b""), (HALF_A_HEADER, b"HTTP/1.1 408 Request Timeout")])
def test_a_connection_without_a_whole_request_is_ended_in_time(impatient_server, sent, answer):
    with connect(impatient_server) as silent:
        silent.sendall(sent)
        seconds, received = seconds_to_end(silent)
    assert 0.5 < seconds < 10
    assert received.startswith(answer)
    assert bool(received) is bool(answer)


def test_a_header_that_trickles_in_is_ended_in_time(impatient_server):
    with connect(impatient_server) as slow:
        slow.sendall(HALF_A_HEADER)
        with pytest.raises(OSError, match=r"Broken pipe|reset"):
            trickle(slow)


def trickle(connection):
    for _ in range(200):
        connection.sendall(b"a")
        time.sleep(0.05)


def test_the_second_request_of_a_connection_has_the_same_limit_as_the_first(impatient_server):
    with connect(impatient_server) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        received = b""
        while b'"ok"}' not in received:
            received += connection.recv(65536)
        connection.sendall(HALF_A_HEADER)
        seconds, received = seconds_to_end(connection)
    assert seconds < 10
    assert received.startswith(b"HTTP/1.1 408")


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 400_000, 431),
        (b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: a\r\n" * 60_000, 431),
    ],
    ids=["address", "one value", "many names"],
)
def test_headers_beyond_the_limit_are_refused(impatient_server, request_bytes, status):
    with connect(impatient_server) as large:
        try:
            large.sendall(request_bytes)
            received = seconds_to_end(large)[1]
        except OSError:
            received = b""  # ended while we still sent
        assert received == b"" or received.startswith(f"HTTP/1.1 {status}".encode())
    assert loopback.get(f"{impatient_server.url}/healthz").status_code == 200


@pytest.mark.parametrize(
    ("request_bytes", "code"),
    [
        (b"GET /healthz HTTP/9\r\n\r\n", "bad_request"),
        (b"nonsense\r\n\r\n", "bad_request"),
        (b"GET /" + b"a" * 17_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", "uri_too_long"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 33_000 + b"\r\n\r\n", "headers_too_large"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", "bad_request"),
        (b"GET / HTTP/1.1\r\n\r\n", "bad_request"),
        (HALF_A_HEADER, "request_timeout"),
    ],
)
def test_what_the_server_itself_refuses_is_a_problem_too(impatient_server, request_bytes, code):
    with connect(impatient_server) as client:
        client.sendall(request_bytes)
        client.settimeout(60)
        answer = http.client.HTTPResponse(client)
        answer.begin()
        problem = json.loads(answer.read())
    assert (problem["code"], problem["status"]) == (code, answer.status)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-request-id"]


def test_a_client_that_takes_nothing_is_let_go(impatient_server):
    if not hasattr(socket, "TCP_USER_TIMEOUT"):
        pytest.skip("this system has no time limit on what was sent")
    with connect(impatient_server) as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.sendall(b"GET /v1/series?limit=1000 HTTP/1.1\r\nHost: x\r\n\r\n" * 100)
        deadline = time.monotonic() + 600
        port = deaf.getsockname()[1]
        while time.monotonic() < deadline and connection_open(impatient_server, port):
            time.sleep(0.2)
        assert not connection_open(impatient_server, port)


def connection_open(server, port):
    """Whether the server still holds its end of the connection from a port."""
    at = f"{urlsplit(server.url).port:04X}"
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return any(line[1].endswith(f":{at}") and line[2].endswith(f":{port:04X}") and line[3] == "01" for line in lines)


@pytest.mark.slow
def test_with_more_connections_than_file_handles_it_still_answers_and_says_so(start_server, editions):
    server = start_server(editions, files=128, header=3.0)
    with ExitStack() as clients:
        for _ in range(200):
            half = clients.enter_context(connect(server))
            half.sendall(HALF_A_HEADER)
        for path in ("/healthz", "/readyz", "/v1/gaps?region=US&layer=power"):
            assert loopback.get(f"{server.url}{path}", timeout=600).status_code == 200
    assert "connections_exhausted" in server.log.read_text()
    assert server.log.read_text().count("connections_exhausted") == 1


def test_kept_connections_make_room_for_new_ones(start_server, editions):
    server = start_server(editions, connections=8)
    address = urlsplit(server.url).netloc
    connections = [http.client.HTTPConnection(address, timeout=600) for _ in range(20)]
    for one in connections:
        one.request("GET", "/healthz")
        assert one.getresponse().read()
    assert loopback.get(f"{server.url}/healthz").status_code == 200
    for one in connections:
        one.close()


def test_requests_sent_at_once_are_answered_in_their_order(live_server):
    before = ["/v1/layers", "/v1/regions?limit=1"]
    for path in before:
        loopback.get(live_server.url + path, timeout=600)
    paths = ["/v1/gaps?region=US&layer=power&above=5.25", *before * 100, "/v1/gaps?region=US&layer=power&above=5.5"]
    with connect(live_server) as connection:
        connection.sendall("".join(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n" for path in paths).encode())
        answers = http_answers(connection, len(paths))
    assert answers == [loopback.get(live_server.url + path, timeout=600).content for path in paths]


def http_answers(connection, count):
    """Bodies of answers with 200, one after the other."""
    bodies = []
    with connection.makefile("rb") as stream:
        for _ in range(count):
            assert stream.readline().startswith(b"HTTP/1.1 200")
            headers = dict(line.lower().split(b": ", 1) for line in iter(stream.readline, b"\r\n"))
            bodies.append(stream.read(int(headers[b"content-length"])))
    return bodies
