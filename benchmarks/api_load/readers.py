"""Readers that ask several servers at once, as a balancer would, and count every answer that is not right."""

import hashlib
import http.client
import json
import threading
import time
from collections.abc import Sequence
from http import HTTPStatus

PATHS = (
    "/v1/gaps?region=US&layer=power",
    "/v1/gaps?region=US&layer=power&above={number}",
    "/v1/gaps?region=CN&layer=energy&freq=Q&above={number}",
    "/v1/headlines?region=US&layer=power&period=2028",
    "/v1/comparisons?region=US&layer=power",
    "/v1/layers",
    "/",
)
"""What is read; a number makes a question that nobody asked before."""
PAUSE = 0.02
TIMEOUT = 60.0


class Answers:
    """What readers were answered: how many, what was wrong, and which editions they saw."""

    def __init__(self) -> None:
        self.count = 0
        self.faults: list[str] = []
        self.editions: set[str] = set()
        self._bodies: dict[tuple[str, str], str] = {}
        self._lock = threading.Lock()

    def take(self, path: str, status: int, tag: str, body: bytes) -> None:
        """Judge an answer: it is whole, it is of one edition, and it is the one that others had of that edition."""
        faults = []
        if status != HTTPStatus.OK:
            faults.append(f"{path}: {status} {body[:120]!r}")
        elif path.startswith("/v1/") and path != "/v1/layers":
            edition = str(json.loads(body)["edition"])
            if not tag.startswith(f'"{edition}-'):
                faults.append(f"{path}: the tag {tag} is not of {edition}")
            with self._lock:
                self.editions.add(edition)
        digest = hashlib.sha256(body).hexdigest()
        with self._lock:
            self.count += 1
            if self._bodies.setdefault((path, tag), digest) != digest:
                faults.append(f"{path}: two answers with the tag {tag}")
            self.faults += faults

    def lost(self, path: str, error: Exception) -> None:
        """Take note of a request without an answer."""
        with self._lock:
            self.faults.append(f"{path}: {error!r}")


class Reader(threading.Thread):
    """Asks until ended: the server it is connected to, or another one where that is not there any more."""

    def __init__(self, number: int, addresses: Sequence[str], answers: Answers, ended: threading.Event) -> None:
        super().__init__(daemon=True)
        self._number, self._addresses, self._answers, self._ended = number, addresses, answers, ended

    def run(self) -> None:
        """Ask one question after the other."""
        turn, connection = self._number, None
        while not self._ended.is_set():
            path = PATHS[turn % len(PATHS)].format(number=turn * 100 + self._number)
            turn += 1
            try:
                connection = connection or self._connect()
                connection.request("GET", path)
                answer = connection.getresponse()
                self._answers.take(path, answer.status, answer.getheader("etag", ""), answer.read())
                if answer.getheader("connection") == "close":
                    connection.close()
                    connection = None
            except (OSError, ValueError, KeyError, http.client.HTTPException) as error:
                self._answers.lost(path, error)
                connection = None
            time.sleep(PAUSE)
        if connection is not None:
            connection.close()

    def _connect(self) -> http.client.HTTPConnection:
        """A connection to a server that listens; raises ConnectionRefusedError where none does."""
        for place in range(len(self._addresses)):
            address = self._addresses[(self._number + place) % len(self._addresses)]
            connection = http.client.HTTPConnection(address, timeout=TIMEOUT)
            try:
                connection.connect()
            except ConnectionRefusedError:
                continue
            return connection
        raise ConnectionRefusedError


class Readers:
    """Readers that ask from entering to leaving.

    Attributes:
        answers: what they were answered.
    """

    def __init__(self, addresses: Sequence[str], *, count: int) -> None:
        self.answers = Answers()
        self._ended = threading.Event()
        self._readers = [Reader(number, addresses, self.answers, self._ended) for number in range(count)]

    def __enter__(self) -> Answers:
        """Begin."""
        for reader in self._readers:
            reader.start()
        return self.answers

    def __exit__(self, *_: object) -> None:
        """Ask no more, and await the last answers."""
        self._ended.set()
        for reader in self._readers:
            reader.join(2 * TIMEOUT)
