"""Serving: one uvicorn worker in this process, ended gracefully by SIGINT or SIGTERM."""

import errno
import socket

import uvicorn

from data.errors import InvalidParameter
from service.app import create_app
from service.context import Context

GRACE_SECONDS = 10
BACKLOG = 2048
PORT_MAXIMUM = 65535


def serve(context: Context, *, host: str, port: int, access_log: bool = False) -> None:
    """Answer on host:port until told to stop.

    Args:
        context: what to answer from.
        host: name or address to listen on.
        port: port to listen on; 0 takes a free one.
        access_log: one line a request, at about a quarter of the speed.

    Raises:
        InvalidParameter: the address cannot be listened on.
    """
    listener = listen(host, port)
    with listener:
        config = uvicorn.Config(
            create_app(context),
            loop="uvloop",
            http="httptools",
            lifespan="off",
            access_log=access_log,
            log_level="warning",
            server_header=False,
            # Else uvicorn replaces the address of the peer by what X-Forwarded-For says, and nobody could be trusted.
            proxy_headers=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        uvicorn.Server(config).run(sockets=[listener])


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; raises :class:`InvalidParameter` naming host or port when it cannot be had."""
    if not 0 <= port <= PORT_MAXIMUM:
        raise InvalidParameter("port", f"{port} is not a port", allowed=[f"0 to {PORT_MAXIMUM}"])
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as error:
        raise InvalidParameter("host", f"{host!r} cannot be resolved ({error.strerror})") from None
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise InvalidParameter("port", f"{port} on {host} is in use", allowed=["a free port, or 0"]) from None
        name = "port" if error.errno == errno.EACCES else "host"
        raise InvalidParameter(name, f"{host}:{port} cannot be listened on ({error.strerror})") from None
    listener.set_inheritable(True)
    return listener
