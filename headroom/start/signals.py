"""SIGTERM and SIGHUP end a command like an interrupt does, so that it cleans up."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from types import FrameType


class Stopped(SystemExit):
    """Raised where the signal found us; leaves with 128 + its number unless somebody ends more gracefully."""


@contextmanager
def unwinding() -> Iterator[None]:
    """Raise :class:`Stopped` on SIGTERM and SIGHUP while inside."""

    def stop(number: int, _frame: FrameType | None) -> None:
        raise Stopped(128 + number)

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def ending() -> Iterator[Event]:
    """Yield an event that SIGINT, SIGTERM and SIGHUP set while inside, for a loop that ends between two steps."""
    ended = Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield ended
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
