"""The store of observations, which can be read as it was known on a day."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from pathlib import Path

import polars as pl
from sqlalchemy import Engine

from data.base.scopes import Scope
from data.base.shipped_tables import SCHEMAS, TABLES, read_table
from data.base.units import UNITS, unit
from data.catalogue.catalogue import Catalogue, SeriesInfo
from data.catalogue.observations import COMPILED, KEY, OBSERVED, period_end, read_all
from data.catalogue.registry import PublishedMeans, registry
from data.store import vintages
from data.store.withdrawals import COLUMNS, standing, withdrawals
from data.user_files.substitutions import StandIn, Substitutions

VINTAGE_KEY: tuple[str, ...] = KEY[:-1]
"""What the vintages of one figure share: everything of the key but ``published``."""


class Rule(StrEnum):
    """How the day a row became known is determined."""

    STRICT = "strict"
    AVAILABLE = "available"


@dataclass(frozen=True)
class Store:
    """Observations and release lags, read once and never changed.

    The shipped tables are the base; refreshed and imported rows lie over them as further vintages.

    Attributes:
        observations: one row per observation, columns of :data:`data.catalogue.observations.COLUMNS`, ``table``,
        ``retrieved``
            (moment of the refresh, null for shipped rows) and ``private``.
        lags: source_id and release_lag_days of the sources whose ``published`` is not the first print.
        site_vintages: steps of tracked sites by vintage, columns of :data:`data.base.shipped_tables.SCHEMAS`.
        accelerators: chip specifications, likewise.
        compiled: the day a blank ``published`` counts as.
        scope: whose figures these are; under the private scope imported ones are among them.
        withdrawals: of imported sources, columns of :data:`data.store.withdrawals.COLUMNS`.
        substitutions: own series that stand in for others; rows of theirs stand under the ids of those
            (:meth:`substituted`).
    """

    observations: pl.DataFrame
    lags: pl.DataFrame
    site_vintages: pl.DataFrame
    accelerators: pl.DataFrame
    compiled: date = COMPILED
    scope: Scope = Scope.PUBLIC
    withdrawals: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=COLUMNS))
    substitutions: Substitutions = field(default_factory=Substitutions)

    @classmethod
    def shipped(cls, *, folder: Path = TABLES) -> "Store":
        """The store of the shipped tables; raises :class:`TableCorrupt`. The caller keeps it."""
        return cls.of(
            read_all(folder=folder),
            release_lags(folder=folder),
            site_vintages=read_table("site_vintages", SCHEMAS["site_vintages"], folder=folder),
            accelerators=read_table("accelerators", SCHEMAS["accelerators"], folder=folder),
        )

    @classmethod
    def of(
        cls,
        observations: pl.DataFrame,
        lags: pl.DataFrame,
        *,
        site_vintages: pl.DataFrame | None = None,
        accelerators: pl.DataFrame | None = None,
    ) -> "Store":
        """A store of public rows that were never refreshed: columns of the shipped tables and ``table``."""
        never = pl.lit(None, dtype=vintages.STORED["retrieved"])
        return cls(
            observations.with_columns(never.alias("retrieved"), pl.lit(value=False).alias("private")),
            lags,
            pl.DataFrame(schema=SCHEMAS["site_vintages"]) if site_vintages is None else site_vintages,
            pl.DataFrame(schema=SCHEMAS["accelerators"]) if accelerators is None else accelerators,
        )

    @classmethod
    def load(cls, database: Engine, *, scope: Scope = Scope.PUBLIC, folder: Path = TABLES) -> "Store":
        """The shipped tables and everything stored in a database that the scope may see.

        Raises:
            TableCorrupt: a shipped table breaks its schema.
            DataError: the database cannot be read, or is of another version.
        """
        base = cls.shipped(folder=folder)
        with database.connect() as connection:
            rows = vintages.stored_rows(connection, scope=scope)
            withdrawn = withdrawals(connection)
            steps = vintages.site_steps(connection)
            chips = vintages.accelerators(connection).drop("retrieved")
        private = (pl.col("scope") == Scope.PRIVATE.value).alias("private")
        over = rows.with_columns(private).drop("scope").select(base.observations.columns)
        return replace(
            base,
            scope=scope,
            withdrawals=withdrawn if scope is Scope.PRIVATE else withdrawn.clear(),
            observations=ordered(pl.concat([base.observations, over])),
            site_vintages=pl.concat([base.site_vintages, steps]).unique(
                ["vintage", "site", "date"], keep="first", maintain_order=True
            ),
            accelerators=pl.concat([base.accelerators, chips]),
        )

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
        return self.standing(day).visible(rule=rule).filter(pl.col("visible") <= day)

    def standing(self, day: date) -> "Store":
        """The store without the rows that were withdrawn by a day."""
        by_then = self.withdrawals.filter(pl.col("withdrawn").dt.date() <= day)
        return self if by_then.is_empty() else replace(self, observations=standing(self.observations, by_then))

    def past(self, day: date, *, lags: Mapping[str, int]) -> "Store":
        """The store as it was on a day: rows known later, later vintages of sites and later chips are not in it.

        ``lags`` are release lags in days of sources that have none of their own.
        """
        more = pl.DataFrame(list(lags.items()), schema=self.lags.schema, orient="row")
        lagged = replace(self, lags=pl.concat([self.lags, more.join(self.lags, on="source_id", how="anti")]))
        return replace(
            lagged,
            observations=lagged.as_of(day, rule=Rule.AVAILABLE).drop("visible"),
            site_vintages=self.site_vintages.filter(pl.col("vintage") <= day),
            accelerators=self.accelerators.filter(pl.col("release_date") <= day),
        )

    def substituted(self, substitutions: Substitutions, entries: Iterable[StandIn]) -> "Store":
        """The store with own series under the ids of the drivers they stand in for, as ``entries`` say."""
        observed, over = pl.col("kind").is_in(OBSERVED), []
        for entry in entries:
            # Rows of a withdrawn import may be in a unit of another dimension: they stood in for nothing.
            target = unit(entry.unit)
            factors = {name: one.to(target) for name, one in UNITS.items() if one.dimension == target.dimension}
            user_rows = self.observations.filter(
                observed, pl.col("unit").is_in(list(factors)), series_id=entry.series_id, freq=entry.freq
            )
            factor = pl.col("unit").replace_strict(factors, return_dtype=pl.Float64)
            over.append(
                user_rows.with_columns(
                    *(pl.col(column) * factor for column in ("value", "low", "high")),
                    series_id=pl.lit(entry.name),
                    unit=pl.lit(entry.unit),
                )
            )
        remaining = self.observations.filter(~(observed & pl.col("series_id").is_in(list(substitutions.drivers))))
        observations = ordered(pl.concat([remaining, *over])) if over else self.observations
        return replace(self, observations=observations, substitutions=substitutions)

    def latest(self, day: date, *, rule: Rule = Rule.STRICT) -> pl.DataFrame:
        """One row per series, freq, period, source and scenario: the last published of those known on ``day``."""
        published = pl.col("published").fill_null(self.compiled)
        # Of two readings of one day's publication the later one counts; a shipped row was read before any.
        return (
            self.as_of(day, rule=rule)
            .sort(*VINTAGE_KEY, published, "retrieved", nulls_last=False, maintain_order=True)
            .unique(subset=VINTAGE_KEY, keep="last", maintain_order=True)
        )

    @property
    def newest(self) -> date:
        """The last day something became known: of publication of a refreshed row, of a withdrawal, of compilation."""
        last = self.observations.filter(pl.col("retrieved").is_not_null())["published"].max()
        withdrawn = self.withdrawals["withdrawn"].dt.date().max()
        return max([self.compiled, *(day for day in (last, withdrawn) if isinstance(day, date))])

    def catalogue(self, day: date | None = None) -> Catalogue:
        """The series of the store, described, without what was withdrawn; with a day as it was known on that day."""
        return Catalogue.of(self.standing(date.max).observations if day is None else self.as_of(day))

    def series(self, series_id: str) -> SeriesInfo:
        """What is known about one series; raises :class:`NotFound` with close matches as the hint."""
        return Catalogue.of(self.observations.filter(pl.col("series_id") == series_id), names=self._ids).get(series_id)

    def sha256(self, day: date, *, rule: Rule = Rule.STRICT) -> str:
        """Hash of every table as known on ``day``: equal hashes mean equal inputs, whenever they were retrieved.

        Specifications of accelerators and release lags carry no day of knowledge, so all of them count on every day.
        """
        tables = {
            "observations": self.as_of(day, rule=rule).drop("retrieved"),
            "site_vintages": self.site_vintages.filter(pl.col("vintage") <= day),
            "accelerators": self.accelerators,
            "lags": self.lags,
        }
        digest = hashlib.sha256()
        for name, table in tables.items():
            digest.update(f"{name}\n{table.write_csv(float_scientific=False)}".encode())
        return digest.hexdigest()

    def _ids(self) -> list[str]:
        return self.observations["series_id"].unique().to_list()


def ordered(observations: pl.DataFrame) -> pl.DataFrame:
    """Observations in the order of a store: by key, a shipped row before one of a refresh or an import."""
    return observations.sort(*KEY, "retrieved", nulls_last=[True] * len(KEY) + [False])


def release_lags(*, folder: Path = TABLES) -> pl.DataFrame:
    """source_id and release_lag_days of shipped sources and of connectors whose ``published`` is the retrieval."""
    shipped = read_table("release_lags", SCHEMAS["release_lags"], folder=folder)
    retrieved = [
        (one.name, one.release_lag_days)
        for one in registry().values()
        if one.published_means is PublishedMeans.RETRIEVAL and one.release_lag_days is not None
    ]
    refreshed = pl.DataFrame(retrieved, schema={"source_id": pl.String, "release_lag_days": pl.Int64}, orient="row")
    # Where a connector goes on with a shipped source under its own name, the shipped rule holds for both.
    added = refreshed.join(shipped, on="source_id", how="anti")
    return pl.concat([shipped.select("source_id", "release_lag_days"), added])
