"""Which shipped series can be forecast, and which rows of each a model reads.

One source and one scenario are read. Where a series id is one definition spread over several reports (a company's
filings, a yearly table reprinted), its sources are spliced: per period the last published row wins. Projections and
plans are never read as history.
"""

from datetime import date

import polars as pl

from data.periods import Frequency, Period
from data.store import Rule, Store
from features.series import ModelSeries, from_rows

MINIMUM_POINTS = 8
SPLICE = "splice.last_published"
_FINEST_FIRST = (Frequency.MONTH, Frequency.QUARTER, Frequency.HALF, Frequency.YEAR)


def observed(store: Store, *, as_of: date, rule: Rule) -> pl.DataFrame:
    """Actual and estimate rows with a value, visible on a day, one a period, source and scenario."""
    return store.latest(as_of, rule=rule).filter(
        pl.col("kind").is_in(["actual", "estimate"]) & pl.col("value").is_not_null()
    )


def forecastable(store: Store, *, as_of: date, rule: Rule = Rule.STRICT) -> dict[str, ModelSeries]:
    """Every series with at least eight observed points at one frequency, by id, at its finest such frequency."""
    rows = observed(store, as_of=as_of, rule=rule)
    counted = rows.group_by("series_id", "freq").agg(pl.col("period").n_unique().alias("n"))
    enough = counted.filter(pl.col("n") >= MINIMUM_POINTS)
    parts = rows.join(enough.select("series_id", "freq"), on=["series_id", "freq"], how="semi").partition_by(
        "series_id", "freq", as_dict=True
    )
    out: dict[str, ModelSeries] = {}
    for freq in reversed(_FINEST_FIRST):
        for (series_id, code), part in parts.items():
            if code == freq.value:
                out[str(series_id)] = read_one(part, series_id=str(series_id), rule=rule)
    return dict(sorted(out.items()))


def read_one(rows: pl.DataFrame, *, series_id: str, rule: Rule) -> ModelSeries:
    """One value a period from rows of one id and frequency: a single source where it is complete, else the splice."""
    aligned = _on_grid(rows)
    periods = aligned["period"].n_unique()
    by_source = (
        aligned.group_by("source_id", "scenario")
        .agg(pl.col("period").n_unique().alias("n"), pl.col("period").max().alias("last"))
        .sort("n", "last", "source_id", "scenario")
    )
    best = by_source.row(-1, named=True)
    if best["n"] == periods:
        chosen = aligned.filter((pl.col("source_id") == best["source_id"]) & (pl.col("scenario") == best["scenario"]))
        recipe = None
    else:
        chosen, recipe = aligned, SPLICE
    known = f"known_{rule.value}"
    single = chosen.sort("period", "known_strict", "source_id").unique("period", keep="last", maintain_order=True)
    # A spliced period became visible when its first row did: a reprint does not make an old figure new.
    first = chosen.group_by("period").agg(pl.col(known).min().alias("first_known"))
    single = single.join(first, on="period", how="left", maintain_order="left").with_columns(
        pl.when(pl.lit(rule is Rule.AVAILABLE)).then("first_known").otherwise(known).alias(known)
    )
    return from_rows(single, series_id=series_id, rule=rule, recipe=recipe)


def _on_grid(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows on the calendar grid of the last period: a fiscal year that moved is another series, not a gap."""
    freq = Frequency(rows["freq"][0])
    phase = pl.col("period").dt.month() % freq.months
    newest = Period(max(rows["period"].to_list()), freq).start.month % freq.months
    return rows.filter(phase == newest)
