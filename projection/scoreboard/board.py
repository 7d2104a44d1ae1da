"""A whole scoreboard as it is kept: the outcomes of one scoring as a table, read back equal."""

import hashlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Self

import polars as pl

from data.base.layers import Layer
from data.periods.period import Frequency, Period
from projection.scoreboard.entries import Entry
from projection.scoreboard.judging import LaterFigure, ScoredProjection, State

FRAME: dict[str, pl.DataType | type[pl.DataType]] = {
    "by": pl.String,
    "source_id": pl.String,
    "series_id": pl.String,
    "region": pl.String,
    "unit": pl.String,
    "freq": pl.String,
    "period": pl.Date,
    "scenario": pl.String,
    "published": pl.Date,
    "point": pl.Float64,
    "low": pl.Float64,
    "high": pl.Float64,
    "kind": pl.String,
    "derived": pl.String,
    "layer": pl.String,
    "quantiles": pl.List(pl.Float64),
    "horizon": pl.Float64,
    "state": pl.String,
    "quantity": pl.String,
    "basis": pl.String,
    "later_series": pl.String,
    "later_low": pl.Float64,
    "later_middle": pl.Float64,
    "later_high": pl.Float64,
    "later_sources": pl.List(pl.String),
    "later_published": pl.Date,
    "log_error": pl.Float64,
    "inside": pl.Boolean,
    "crps": pl.Float64,
}
"""Columns of a scoreboard as a frame."""
LATER = {
    "later_series": "series_id",
    "later_low": "low",
    "later_middle": "middle",
    "later_high": "high",
    "later_sources": "sources",
    "later_published": "last_published",
}
"""Columns of the later figure, by the names of its fields."""
SPELT = {"period", "layer", "quantiles"}
"""Fields of an entry that a frame spells otherwise."""


def to_frame(outcomes: Sequence[ScoredProjection]) -> pl.DataFrame:
    """A scoreboard as a frame, columns of :data:`FRAME`; :func:`from_frame` reads it back."""
    return pl.DataFrame([_row(outcome) for outcome in outcomes], schema=FRAME, orient="row")


def _row(outcome: ScoredProjection) -> dict[str, object]:
    entry, later = outcome.entry, outcome.later
    spelt = {
        "freq": entry.period.freq.value,
        "period": entry.period.start,
        "layer": None if entry.layer is None else entry.layer.value,
        "quantiles": list(entry.quantiles),
        "state": outcome.state.value,
    }
    judged = {column: None if later is None else getattr(later, name) for column, name in LATER.items()}
    rest = {
        name: getattr(entry, name, None) if hasattr(entry, name) else getattr(outcome, name)
        for name in FRAME
        if name not in spelt and name not in judged
    }
    return rest | spelt | judged


def from_frame(frame: pl.DataFrame) -> tuple[ScoredProjection, ...]:
    """The outcomes of a frame :func:`to_frame` made."""
    return tuple(_outcome(row) for row in frame.iter_rows(named=True))


def _outcome(row: dict[str, Any]) -> ScoredProjection:
    entry = Entry(
        **{name: row[name] for name in Entry.__slots__ if name not in SPELT},
        period=Period(row["period"], Frequency(row["freq"])),
        layer=None if row["layer"] is None else Layer(row["layer"]),
        quantiles=tuple(row["quantiles"]),
    )
    later = None
    if row["later_series"] is not None:
        fields = {name: row[column] for column, name in LATER.items()}
        later = LaterFigure(**fields | {"sources": tuple(row["later_sources"])})
    scores = {name: row[name] for name in ("quantity", "basis", "log_error", "inside", "crps")}
    return ScoredProjection(entry=entry, state=State(row["state"]), later=later, **scores)


@dataclass(frozen=True)
class Board:
    """The outcomes of one scoring.

    Attributes:
        as_of: day whose figures and projections it knows.
        outcomes: in the order of :func:`projection.scoreboard.judging.scoreboard`.
        skipped: a sentence on each of our editions that could not be read.
    """

    as_of: date
    outcomes: tuple[ScoredProjection, ...]
    skipped: tuple[str, ...] = ()

    @cached_property
    def frame(self) -> pl.DataFrame:
        """The outcomes, columns of :data:`FRAME`."""
        return to_frame(self.outcomes)

    @cached_property
    def content(self) -> bytes:
        """The outcomes as Parquet; equal outcomes give equal bytes."""
        buffer = io.BytesIO()
        self.frame.write_parquet(buffer, compression="zstd", statistics=False)
        return buffer.getvalue()

    @property
    def sha256(self) -> str:
        """Hex digest of the content."""
        return hashlib.sha256(self.content).hexdigest()

    @classmethod
    def read(cls, content: bytes, *, as_of: date, skipped: Sequence[str]) -> Self:
        """What :attr:`content` was made of."""
        return cls(as_of, from_frame(pl.read_parquet(content)), tuple(skipped))
