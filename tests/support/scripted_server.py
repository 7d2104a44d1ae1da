"""A source played on loopback: answers are put up by path and given one after the other, the last one again and again.

Reached by a fetcher through its mirror: ``https://api.eia.gov/v2/x`` is asked as ``/api.eia.gov/v2/x`` here.
"""

import contextlib
import gzip
import threading
from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

PIECE = 64 * 1024
LONGEST_PAUSE = 5.0


@dataclass(frozen=True)
class Answer:
    """How one request is answered; see :meth:`SourceServer.answer`."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    no_length: bool = False
    stall: float = 0.0
    drop: bool = False
    repeat: int = 1


@dataclass(frozen=True)
class Asked:
    """A request as it arrived; header names are lower case."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


class SourceServer:
    """The server and its script. ``requests`` holds what was asked, in order."""

    def __init__(self):
        self.requests: list[Asked] = []
        self._answers: dict[str, deque[Answer]] = defaultdict(deque)
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """What a fetcher takes as its mirror."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self):
        self._ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=600)

    def answer(
        self,
        path,
        body=b"",
        *,
        status=200,
        headers=None,
        etag=None,
        last_modified=None,
        retry_after=None,
        location=None,
        compress=False,
        cut=None,
        length=None,
        no_length=False,
        stall=0.0,
        drop=False,
        repeat=1,
    ):
        """Put up the next answer of a path (``/HOST/PATH``, without query).

        etag, last_modified: validators; a request that holds the same one is answered 304.
        compress: gzip the body. cut: send only so many of the bytes that are announced. length: announce this one.
        no_length: announce no length (the end of the connection ends the body). stall: seconds of silence after half of
        the body (at most 5). drop: close the connection without a word. repeat: send the body so many times over (a
        huge file without the memory).
        """
        content = body.encode() if isinstance(body, str) else body
        content = gzip.compress(content, mtime=0) if compress else content
        all_headers = {
            "ETag": etag,
            "Last-Modified": last_modified,
            "Retry-After": retry_after,
            "Location": location,
            "Content-Encoding": "gzip" if compress else None,
            **(headers or {}),
        }
        announced = len(content) * repeat if length is None else length
        answer = Answer(
            body=content[:cut],
            status=status,
            headers={name: str(value) for name, value in all_headers.items() if value is not None},
            length=announced,
            no_length=no_length,
            stall=min(stall, LONGEST_PAUSE),
            drop=drop,
            repeat=repeat,
        )
        with self._lock:
            self._answers[path].append(answer)

    def next(self, path: str) -> Answer:
        with self._lock:
            waiting = self._answers.get(path)
            if not waiting:
                return Answer(status=404, body=b"nothing was put up here", length=23)
            return waiting.popleft() if len(waiting) > 1 else waiting[0]

    def record(self, request: Asked):
        with self._lock:
            self.requests.append(request)

    def pause(self, seconds: float):
        self._ended.wait(seconds)

    def _handler(self):
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 10

            def do_GET(self):
                parts = urlsplit(self.path)
                headers = {name.lower(): value for name, value in self.headers.items()}
                server.record(Asked(parts.path, dict(parse_qsl(parts.query, keep_blank_values=True)), headers))
                # A client that gave up closes its end; that is what some tests are about.
                with contextlib.suppress(ConnectionError, TimeoutError):
                    self._give(server.next(parts.path), headers)

            def _give(self, answer: Answer, request_headers: Mapping[str, str]):
                self.close_connection = True
                if answer.drop:
                    return
                validators = {request_headers.get("if-none-match"), request_headers.get("if-modified-since")} - {None}
                if validators & {answer.headers.get("ETag"), answer.headers.get("Last-Modified")}:
                    self._head(304, answer.headers)
                    return
                length = {} if answer.no_length else {"Content-Length": str(answer.length)}
                self._head(answer.status, {**length, **answer.headers})
                half = len(answer.body) // 2 if answer.stall else len(answer.body)
                for _ in range(answer.repeat):
                    self.wfile.write(answer.body[:half])
                    self.wfile.flush()
                if answer.stall:
                    server.pause(answer.stall)
                    self.wfile.write(answer.body[half:])

            def _head(self, status: int, headers: Mapping[str, str]):
                self.send_response_only(status)
                # One answer a connection: a client that keeps it would race with its end.
                self.send_header("Connection", "close")
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()

            def log_message(self, *_):
                """Say nothing: what was asked stands in ``requests``."""

        return Handler
