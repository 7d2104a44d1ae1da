"""A bare ASGI application that sends bytes from memory: ``python -m benchmarks.api_load.plain FOLDER``.

A file of the folder, JSON, holds a path, headers and a body; with If-None-Match the answer is 304. uvicorn serves it
with the loop and the parser that Headroom uses, and without Headroom's connections, boundary, record and cache.
"""

import json
import socket
import sys
from pathlib import Path
from typing import Any

import uvicorn

BODILESS = {"content-length", "content-type"}


class Plain:
    """ASGI application over the answers of a folder."""

    def __init__(self, folder: Path) -> None:
        self._answers: dict[tuple[str, bytes, bool], tuple[Any, Any]] = {}
        for file in sorted(folder.iterdir()):
            about = json.loads(file.read_text())
            path, _, query = about["path"].partition("?")
            for same in (False, True):
                self._answers[path, query.encode(), same] = _messages(about, same=same)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI's
        """Answer a request."""
        del receive
        same = any(name == b"if-none-match" for name, _ in scope["headers"])
        start, body = self._answers[scope["path"], scope["query_string"], same]
        await send(start)
        await send(body)


def _messages(about: dict[str, Any], *, same: bool) -> tuple[Any, Any]:
    headers = [
        (name.encode(), value.encode()) for name, value in about["headers"].items() if not (same and name in BODILESS)
    ]
    body = b"" if same else about["body"].encode()
    start = {"type": "http.response.start", "status": 304 if same else 200, "headers": headers}
    return start, {"type": "http.response.body", "body": body}


def main() -> None:
    """Serve on a free port of loopback, whose address is printed."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(f"127.0.0.1:{listener.getsockname()[1]}", flush=True)
        app = Plain(Path(sys.argv[1]))
        config = uvicorn.Config(
            app,
            loop="uvloop",
            http="httptools",
            ws="none",
            lifespan="off",
            access_log=False,
            log_level="warning",
            server_header=False,
            proxy_headers=False,
        )
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
