"""Serving: one uvicorn worker in this process, ended without losing a request by SIGTERM, SIGHUP or SIGINT."""

import asyncio
import errno
import gc
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import structlog
import uvicorn

from data.base.errors import InvalidParameter
from service.app import create_app
from service.named_models import Load, none_kept
from service.server.connections import Connection, Connections, ServerLimits, backlog
from service.server.handshakes import refuse_new
from service.server.refresher import Refresher
from service.state import ServiceInputs, ServingState

PORT_MAXIMUM = 65535
STEP_SECONDS = 0.05

log = structlog.get_logger(__name__)


def serve(
    inputs: ServiceInputs,
    *,
    host: str,
    port: int,
    limits: ServerLimits | None = None,
    models: Load = none_kept,
) -> None:
    """Answer on host:port until stopped.

    Args:
        inputs: what to answer from.
        host: name or address to listen on.
        port: port to listen on; 0 takes a free one.
        limits: on connections and times; None takes the defaults.
        models: loads a version that an edition names, where it is not the champion.

    Raises:
        InvalidParameter: the address cannot be listened on.
    """
    limits = limits or ServerLimits()
    with listen(host, port, send_timeout=limits.send) as listener:
        app = create_app(inputs, models=models)
        connections = Connections(limits, app.memory)
        config = uvicorn.Config(
            app,
            loop="uvloop",
            http=partial(Connection, shared=connections),  # type: ignore[arg-type]  # it is only called
            ws="none",
            lifespan="off",
            access_log=False,
            log_config=None,
            log_level="warning",
            server_header=False,
            # Else uvicorn replaces the address of the peer by what X-Forwarded-For says, and nobody could be trusted.
            proxy_headers=False,
            backlog=backlog(),
            timeout_keep_alive=limits.keep_alive,  # type: ignore[arg-type]  # seconds, also broken ones
            timeout_graceful_shutdown=limits.drain,  # type: ignore[arg-type]  # likewise
        )
        # What the start made stays: no later collection need look at it.
        gc.freeze()
        gc.enable()
        with Refresher(app.state.serving, app.state.control, interval=limits.refresh):
            Server(config, app.state.serving, connections).run(sockets=[listener])


class Server(uvicorn.Server):
    """uvicorn's server, which a signal first takes out of service and then ends.

    For ``drain_delay`` seconds it goes on listening and answering, while /readyz is 503 and every answer closes its
    connection, so that load balancers and clients with kept connections go elsewhere by themselves. Then listening
    ends, and what was accepted is answered. SIGINT, from a person at a terminal, ends the delay once no client is
    connected, and a second one ends it at once.
    """

    def __init__(self, config: uvicorn.Config, state: ServingState, connections: Connections) -> None:
        super().__init__(config)
        self._state = state
        self._connections = connections

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End: out of service, out of listening, out of requests."""
        self._state.stopping = self._connections.stopping = True
        log.info("stopping", drain_delay=self._connections.limits.drain_delay)
        loop = asyncio.get_running_loop()
        until = loop.time() + self._connections.limits.drain_delay
        while not self._hurried() and loop.time() < until:  # noqa: ASYNC110 - signals are handled outside the loop
            await asyncio.sleep(STEP_SECONDS)
        for listener in sockets or []:
            refuse_new(listener)
        # Handshakes that were under way end meanwhile.
        await asyncio.sleep(STEP_SECONDS)
        # What the system accepted for us and we did not take would be reset: take it, and end listening in one go.
        last = [connection for listener in sockets or [] for connection in _accepted(listener)]
        for server in self.servers:
            server.close()
        for connection in last:
            await loop.connect_accepted_socket(self._protocol, connection)
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take SIGHUP, as of a terminal that is closed, like SIGTERM; uvicorn itself leaves it to whoever comes by."""
        # Inside: at its end uvicorn raises what it took once more, for the handlers that stood before.
        with super().capture_signals():
            before = signal.signal(signal.SIGHUP, self.handle_exit)
            try:
                yield
            finally:
                signal.signal(signal.SIGHUP, before)

    def _hurried(self) -> bool:
        interrupted = signal.SIGINT in self._captured_signals and not self.server_state.connections
        return self.force_exit or interrupted

    def _protocol(self) -> Connection:
        return Connection(self.config, self.server_state, self.lifespan.state, shared=self._connections)


def _accepted(listener: socket.socket) -> list[socket.socket]:
    """Connections that wait to be taken."""
    connections = []
    while True:
        try:
            connections.append(listener.accept()[0])
        except OSError:
            # None waits, or there is no handle left for it.
            return connections


def listen(host: str, port: int, *, send_timeout: float | None = None) -> socket.socket:
    """A listening socket; raises :class:`InvalidParameter` naming host or port when it cannot be had.

    ``send_timeout`` is the time in seconds after which the system ends a connection whose peer takes nothing more.
    """
    if not 0 <= port <= PORT_MAXIMUM:
        raise InvalidParameter("port", f"{port} is not a port", allowed=[f"0 to {PORT_MAXIMUM}"])
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except socket.gaierror as error:
        raise InvalidParameter("host", f"{host!r} cannot be resolved ({error.strerror})") from None
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Connections inherit it from the listener. Where the system has no such option its own, longer times hold.
        if send_timeout is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(send_timeout * 1000))
        listener.bind(address)
        listener.listen(backlog())
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise InvalidParameter("port", f"{port} on {host} is in use", allowed=["a free port, or 0"]) from None
        name = "port" if error.errno == errno.EACCES else "host"
        raise InvalidParameter(name, f"{host}:{port} cannot be listened on ({error.strerror})") from None
    listener.set_inheritable(True)
    return listener
