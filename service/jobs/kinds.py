"""The kinds of jobs, what follows what, and the schedules a database begins with: ``kinds.toml``."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from typing import Any

from data.base.toml_tables import Entry, read_shipped

FILE = "kinds.toml"


class CatchUp(StrEnum):
    """Which slots get a job of those that passed while no scheduler ran."""

    ALL = "all"
    LATEST = "latest"
    NONE = "none"


class Kind(Entry):
    """What a job of a kind runs, and how often and how long it is tried; times in seconds."""

    title: str
    command: tuple[str, ...]
    past: tuple[str, ...] | None = None
    why_no_past: str = ""
    success: frozenset[int] = frozenset({0})
    seconds: float
    attempts: int
    pause: float


class FollowUp(Entry):
    """A job of ``kind`` follows a successful one of ``after``, if its document says ``when``."""

    after: str
    kind: str
    when: str | None = None


class DefaultSchedule(Entry):
    """A schedule a database begins with."""

    name: str
    kind: str
    cron: str
    zone: str = "UTC"
    catch_up: CatchUp = CatchUp.LATEST


class Kinds(Entry):
    """Every kind by name, what follows what, and the first schedules."""

    kind: Mapping[str, Kind]
    follow_up: tuple[FollowUp, ...] = ()
    schedule: tuple[DefaultSchedule, ...] = ()

    def after(self, kind: str, document: Mapping[str, Any]) -> tuple[str, ...]:
        """The kinds that follow a successful job with that document."""
        return tuple(
            follow_up.kind
            for follow_up in self.follow_up
            if follow_up.after == kind and (follow_up.when is None or document.get(follow_up.when) is True)
        )


@cache
def shipped() -> Kinds:
    """The kinds that ship; raises :class:`data.base.errors.TableCorrupt`."""
    return read_shipped(Kinds, "service.jobs", FILE)
