"""The store: observations as they were known on a day.

``strict`` is what had been published by then; a blank ``published`` counts as the day the tables were compiled.
``available`` is for sources whose ``published`` is a retrieval day: there a row is visible once its period has ended
and the source's release lag has passed. Values are then still today's revision, so scores made on it are labelled
``pseudo_vintage``.
"""

import difflib
import hashlib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Self

import polars as pl

from data.errors import InvalidParameter, NotFound
from data.tables import COMPILED, KEY, observations, release_lags

SERIES_KEY = ("series_id", "freq", "period", "source_id", "scenario")


class Rule(StrEnum):
    """How the day a row became visible is decided."""

    STRICT = "strict"
    AVAILABLE = "available"

    @classmethod
    def parse(cls, text: str) -> "Rule":
        """Read a rule's name; raises :class:`InvalidParameter`."""
        try:
            return cls(text)
        except ValueError:
            raise InvalidParameter("rule", f"{text!r} is not a rule", allowed=[rule.value for rule in cls]) from None


@dataclass(frozen=True)
class SeriesInfo:
    """What is known of one series."""

    series_id: str
    region: str
    metric: str
    unit: str
    freqs: tuple[str, ...]
    sources: tuple[str, ...]
    scenarios: tuple[str, ...]
    kinds: tuple[str, ...]
    first: date
    last: date
    n: int
    table: str


@dataclass(frozen=True)
class Store:
    """All observations with both of their visibility days."""

    observations: pl.DataFrame

    @classmethod
    def shipped(cls) -> Self:
        """The shipped tables with visibility days ``known_strict`` and ``known_available`` per row."""
        months = pl.col("freq").replace_strict({"A": "12mo", "H": "6mo", "Q": "3mo", "M": "1mo"})
        end = pl.col("period").dt.offset_by(months).dt.offset_by("-1d")
        lag = pl.duration(days=pl.col("release_lag_days"))
        strict = pl.col("published").fill_null(COMPILED)
        frame = (
            observations()
            .join(
                release_lags().select("source_id", "release_lag_days"),
                on="source_id",
                how="left",
                maintain_order="left",
            )
            .with_columns(period_end=end, known_strict=strict)
            .with_columns(
                known_available=pl.when(pl.col("release_lag_days").is_null())
                .then(pl.col("known_strict"))
                .otherwise(pl.col("period_end") + lag)
            )
            .drop("release_lag_days")
        )
        return cls(frame)

    def as_of(self, day: date, *, rule: Rule = Rule.STRICT) -> pl.DataFrame:
        """Every row visible on a day, all vintages, in key order."""
        return self.observations.filter(pl.col(f"known_{rule.value}") <= day)

    def latest(self, day: date, *, rule: Rule = Rule.STRICT) -> pl.DataFrame:
        """One row per series, frequency, period, source and scenario: the last published one visible on a day."""
        return (
            self.as_of(day, rule=rule)
            .sort(*SERIES_KEY, "known_strict", maintain_order=True)
            .unique(SERIES_KEY, keep="last", maintain_order=True)
        )

    def newest_day(self) -> date:
        """The last day on which any shipped row became known under the strict rule."""
        return max(day for day in self.observations["known_strict"].to_list() if isinstance(day, date))

    def sha256(self, day: date) -> str:
        """Hash of everything visible on a day: the data vintage."""
        digest = hashlib.sha256()
        digest.update(self.as_of(day).select(*KEY, "value", "low", "high", "unit", "kind").write_csv().encode())
        return digest.hexdigest()

    @cached_property
    def catalogue(self) -> dict[str, SeriesInfo]:
        """Every series by id, ascending."""
        grouped = (
            self.observations.group_by("series_id")
            .agg(
                pl.col("region", "metric", "unit", "table").first(),
                *(pl.col(name).unique().sort().alias(f"{name}s") for name in ("freq", "source_id", "scenario", "kind")),
                pl.col("period").min().alias("first"),
                pl.col("period").max().alias("last"),
                pl.len().alias("n"),
            )
            .sort("series_id")
        )
        return {
            row["series_id"]: SeriesInfo(
                series_id=row["series_id"],
                region=row["region"],
                metric=row["metric"],
                unit=row["unit"],
                freqs=tuple(row["freqs"]),
                sources=tuple(row["source_ids"]),
                scenarios=tuple(name for name in row["scenarios"] if name),
                kinds=tuple(row["kinds"]),
                first=row["first"],
                last=row["last"],
                n=row["n"],
                table=row["table"],
            )
            for row in grouped.iter_rows(named=True)
        }

    def series(self, series_id: str) -> SeriesInfo:
        """One series; raises :class:`NotFound` naming close matches."""
        try:
            return self.catalogue[series_id]
        except KeyError:
            close = difflib.get_close_matches(series_id, self.catalogue, n=5, cutoff=0.5)
            raise NotFound("series", series_id, allowed=close, hint="" if close else "list them: /v1/series") from None
