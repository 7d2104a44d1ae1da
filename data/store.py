"""The store of observations, and what of it was known on a day."""

import hashlib
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path

import polars as pl

from data.catalogue import Catalogue, SeriesInfo
from data.observations import COMPILED, KEY, OBSERVED, period_end, read_all
from data.tables import SCHEMAS, TABLES, read_table

VINTAGE_KEY: tuple[str, ...] = KEY[:-1]
"""What the vintages of one figure share: everything of the key but ``published``."""


class Rule(StrEnum):
    """How the day a row became known is told."""

    STRICT = "strict"
    AVAILABLE = "available"


@dataclass(frozen=True)
class Store:
    """Observations and release lags, read once and never changed.

    Attributes:
        observations: one row per observation, columns of :data:`data.observations.COLUMNS` and ``table``.
        lags: source_id and release_lag_days of the sources whose ``published`` is not the first print.
        compiled: the day a blank ``published`` counts as.
    """

    observations: pl.DataFrame
    lags: pl.DataFrame
    compiled: date = COMPILED

    @classmethod
    def shipped(cls, *, folder: Path = TABLES) -> "Store":
        """The store of the shipped tables; raises :class:`TableCorrupt`. The caller keeps it."""
        lags = read_table("release_lags", SCHEMAS["release_lags"], folder=folder)
        return cls(read_all(folder=folder), lags.select("source_id", "release_lag_days"))

    def visible(self, *, rule: Rule = Rule.STRICT) -> pl.DataFrame:
        """All rows with the day each becomes known, as column ``visible``.

        Strict: ``published``, or the day of compilation where it is blank. Available: for observed kinds of sources
        with a release lag, period end + lag (also where ``published`` is earlier: what stands there is a revised
        value, and one rule holds for the whole source); every other row as strict.
        """
        strict = pl.col("published").fill_null(self.compiled)
        if rule is Rule.STRICT:
            return self.observations.with_columns(strict.alias("visible"))
        lagged = period_end().dt.offset_by(pl.format("{}d", pl.col("release_lag_days")))
        by_lag = pl.col("release_lag_days").is_not_null() & pl.col("kind").is_in(OBSERVED)
        return (
            self.observations.join(self.lags, on="source_id", how="left", maintain_order="left")
            .with_columns(pl.when(by_lag).then(lagged).otherwise(strict).alias("visible"))
            .drop("release_lag_days")
        )

    def as_of(self, day: date, *, rule: Rule = Rule.STRICT) -> pl.DataFrame:
        """Every row known on ``day``, all vintages, with the day it became known as ``visible``."""
        return self.visible(rule=rule).filter(pl.col("visible") <= day)

    def latest(self, day: date, *, rule: Rule = Rule.STRICT) -> pl.DataFrame:
        """One row per series, freq, period, source and scenario: the last published of those known on ``day``."""
        published = pl.col("published").fill_null(self.compiled)
        return (
            self.as_of(day, rule=rule)
            .sort(*VINTAGE_KEY, published, maintain_order=True)
            .unique(subset=VINTAGE_KEY, keep="last", maintain_order=True)
        )

    def catalogue(self) -> Catalogue:
        """The series of the store, described."""
        return Catalogue.of(self.observations)

    def series(self, series_id: str) -> SeriesInfo:
        """What is known about one series; raises :class:`NotFound` with close matches as the hint."""
        return Catalogue.of(self.observations.filter(pl.col("series_id") == series_id), known=self._ids).get(series_id)

    def sha256(self, day: date, *, rule: Rule = Rule.STRICT) -> str:
        """Hash of the rows known on ``day``: equal hashes mean equal inputs."""
        rows = self.as_of(day, rule=rule).write_csv(float_scientific=False).encode()
        return hashlib.sha256(rows).hexdigest()

    def _ids(self) -> list[str]:
        return self.observations["series_id"].unique().to_list()
