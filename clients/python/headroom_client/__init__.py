"""Asks a Headroom service: typed answers, polars frames, and events as they happen."""

from headroom_client.clients import AsyncHeadroom, Headroom
from headroom_client.errors import (
    AccessRefused,
    ConnectionFailed,
    HeadroomError,
    LimitReached,
    NotFound,
    ProblemError,
    QuestionRefused,
    ServiceFailed,
    StillComputing,
    UnexpectedAnswer,
)
from headroom_client.events import Event
from headroom_client.retry import Retry

__all__ = [
    "AccessRefused",
    "AsyncHeadroom",
    "ConnectionFailed",
    "Event",
    "Headroom",
    "HeadroomError",
    "LimitReached",
    "NotFound",
    "ProblemError",
    "QuestionRefused",
    "Retry",
    "ServiceFailed",
    "StillComputing",
    "UnexpectedAnswer",
]
