"""Connections to PostgreSQL with a time limit on our side.

A server process that is suspended keeps its sockets open: the operating system still acknowledges what is sent, so no
TCP timeout ends the wait, and a limit enforced by the server would not run. Therefore the client limits every wait.
"""

from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, event

MARGIN_SECONDS = 5.0
"""How much longer we wait than the server was asked to: its own word says more than our patience."""


class LimitedConnection(psycopg.Connection[Any]):
    """A connection whose statements end, with a result or an error, within ``limit`` seconds."""

    limit: float | None = None

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:  # noqa: ANN401 - as psycopg's
        """Wait for the server, and close the connection when that takes too long."""
        try:
            return super().wait(gen, interval=interval, timeout=self.limit if timeout is None else timeout)
        except psycopg.errors._WaitTimeout:  # noqa: SLF001 - the name psycopg documents for it
            # The statement is under way still: nothing else can be said over this connection.
            self.close()
            message = f"the server did not answer within {self.limit:g} s"
            raise psycopg.OperationalError(message) from None


def limit_waiting(database: Engine, seconds: float) -> None:
    """Limit every wait of an engine's connections: for the connection itself, and for each statement."""
    milliseconds = int(seconds * 1000)
    parameters = {
        "connect_timeout": max(2, round(seconds)),  # libpq knows whole seconds, and no fewer than two
        "tcp_user_timeout": milliseconds,
        "keepalives_idle": max(1, round(seconds)),
    }

    @event.listens_for(database, "do_connect")
    def connect(_dialect: object, _record: object, arguments: list[Any], named: dict[str, Any]) -> LimitedConnection:
        connection = LimitedConnection.connect(*arguments, **(parameters | named))
        connection.limit = seconds
        return connection


def allow(connection: Connection, seconds: float) -> None:
    """Let the statements of a connection take longer from now on: one that waits for a lock, say."""
    driver = connection.connection.driver_connection
    if isinstance(driver, LimitedConnection) and driver.limit is not None:
        driver.limit = max(driver.limit, seconds + MARGIN_SECONDS)
