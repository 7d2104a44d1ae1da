"""What a figure can be at most and at least: physical and bookkeeping bounds by unit and metric.

They are wide on purpose. A bound tells a figure in a wrong unit from a figure, never a surprising figure from an
expected one.
"""

import re

import polars as pl

MOST: dict[str, float] = {
    # The world generates 31,000 TWh a year from 10,000 GW of capacity (2025).
    "TWh": 1e5,
    "GWh": 1e8,
    "MWh": 1e11,
    "GW": 1e5,
    "GWdc": 1e5,
    "MW": 1e8,
    "EB": 1e6,
    "ZB": 1e4,
    "H100e": 1e11,
    "FLOP": 1e36,
    "USD_billion": 1e6,
    "USD_million": 1e9,
    "US_cents_per_kWh": 1e4,
    "gCO2e/kWh": 2e3,
    "percent": 1e5,
    "ratio": 1e6,
}
"""Most that a figure of a unit can be in size; units that are not named are bounded by :data:`ANY`."""

ANY = 1e15
"""Most that any figure can be in size: beyond lies a unit of another kind."""

SIGNED = r"net_imports|net_generation|net_change|error|growth|headroom|revision|decline|surplus|absorption|change"
"""Series that may be negative: balances, changes and errors. Everything else counts or measures a thing.

Net generation is one: a plant that stands still draws more than it feeds in (the District of Columbia in 2004).
"""

SHARES = r"share|utilisation|vacancy|reserve_margin|completion|coverage"
"""Percentages of a whole: never more than 100 unless they are also a change."""

CHANGES = r"growth|error|revision|decline|change"
"""Percentages that may pass 100: changes, not shares."""

EFFECTIVENESS = r"\.pue(\.|_|$)"
"""Ids of power usage effectiveness, where the unit is a ratio."""

PUE = (1.0, 3.5)
"""Power usage effectiveness: at least all of it is IT power, and nobody reports more than 3.5."""


def named(pattern: str) -> pl.Expr:
    """Rows whose id or metric carries the pattern."""
    return pl.col("series_id").str.contains(pattern) | pl.col("metric").str.contains(pattern)


def signed() -> pl.Expr:
    """Rows that may be negative."""
    return named(SIGNED)


def effectiveness() -> pl.Expr:
    """Rows that are a power usage effectiveness."""
    return pl.col("series_id").str.contains(EFFECTIVENESS) & (pl.col("unit") == "ratio")


def most() -> pl.Expr:
    """Largest size the row's unit and metric allow."""
    by_unit = pl.col("unit").replace_strict(MOST, default=ANY, return_dtype=pl.Float64)
    share = (pl.col("unit") == "percent") & ~named(CHANGES)
    return pl.when(share).then(100.0).when(effectiveness()).then(PUE[1]).otherwise(by_unit)


def least() -> pl.Expr:
    """Smallest value the row's metric allows; null where only the sign rule speaks."""
    return pl.when(effectiveness()).then(PUE[0]).otherwise(None)


CUMULATIVE = re.compile(r"\.cumulative_|(^|[._])cumulative($|[._])")
"""Series that count everything so far and can only grow between the periods of one vintage."""
