"""Which later figure a published projection is held against: the same id, or an entry of ``matches.toml``."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from importlib import resources

from data.base.errors import TableCorrupt
from data.base.toml_tables import Entry, read_toml

SAME_ID = "same series"


class Match(Entry):
    """Projections under some ids and the series of what happened.

    Attributes:
        by: who forecast, where the source is somebody who reports it; empty elsewhere.
        total: the actual is quarterly and the projection of a year is held against the sum of its four quarters.
        last: the actual is a quarterly level and the projection of a year's end is held against its last quarter.
        plan: rows of kind plan count as projections.
    """

    series: tuple[str, ...]
    actual: str
    reason: str
    by: str = ""
    total: bool = False
    last: bool = False
    plan: bool = False


class ErrorsOfEdition(Entry):
    """An edition of which only the errors were kept, in percent of the actual, and the day it was published."""

    series: str
    published: date


class Errors(Entry):
    """Past editions of the projection ``of``, of which only the errors were kept."""

    of: str
    editions: tuple[ErrorsOfEdition, ...]


class LeftOut(Entry):
    """Rows that are no projection of their period, or repeat one."""

    series: str
    source: str
    reason: str
    period: date | None = None

    def covers(self, series_id: str, source_id: str, period: date) -> bool:
        """Whether a row is meant."""
        return (series_id, source_id) == (self.series, self.source) and self.period in {None, period}


class _File(Entry):
    match: tuple[Match, ...]
    errors: tuple[Errors, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


@dataclass(frozen=True)
class Matches:
    """The file, indexed.

    Attributes:
        by_series: the match of a projection's id.
        errors: projections whose older editions are known by their errors.
    """

    by_series: dict[str, Match]
    errors: tuple[Errors, ...]
    left_out: tuple[LeftOut, ...]

    @classmethod
    def parse(cls, raw: str) -> "Matches":
        """Read the TOML; raises :class:`TableCorrupt` naming what is malformed."""
        file = read_toml(_File, raw, file="matches.toml")
        by_series: dict[str, Match] = {}
        for item in file.match:
            for series_id in item.series:
                if series_id in by_series:
                    raise TableCorrupt("matches.toml", f"{series_id} is matched twice")
                by_series[series_id] = item
        if unmatched := [item.of for item in file.errors if item.of not in by_series]:
            raise TableCorrupt("matches.toml", f"errors of editions need a match of {', '.join(unmatched)}")
        return cls(by_series, file.errors, file.left_out)


@lru_cache(maxsize=1)
def shipped() -> Matches:
    """The matches of the product."""
    return Matches.parse((resources.files("projection.scoreboard") / "matches.toml").read_text(encoding="utf-8"))
