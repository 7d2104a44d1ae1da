"""Equations between series of figures, such as a total and its parts, each with its tolerance.

Every function returns the pairs it compared as a frame with ``what`` (text), ``left``, ``right`` and ``tolerance``
(absolute, in the unit of the values); a pair fails when the two sides are further apart than the tolerance.
"""

from datetime import date

import polars as pl

from data.catalogue.definitions import by_form
from data.catalogue.forms import Figure, Form, Sums, Way, grown, intervals, printed
from data.catalogue.observations import OBSERVED
from data.periods.period import Frequency, Period

CHIP_ROUNDING = 0.01
"""H100e or thousand chips: the decimals the medians are printed with."""
OWID_ROUNDING = 0.05
"""TWh: up to ten sources, each printed to two decimals."""
SIA_FIRST_PRINT = 0.015
"""Relative: first prints of quarters and the three-month average of a later release."""
CENSUS_YEAR = 0.007
"""Relative: seasonal factors cancel over a year to this much (notes of the compilers)."""


def last_published(observations: pl.DataFrame) -> pl.DataFrame:
    """One observed value per series, freq and period, whoever printed it last; a blank day is the latest revision."""
    rows = observations.filter(pl.col("kind").is_in(OBSERVED) & pl.col("value").is_not_null())
    ordered = rows.sort("series_id", "freq", "period", pl.col("published").fill_null(date.max), "source_id")
    return ordered.unique(["series_id", "freq", "period"], keep="last", maintain_order=True)


def cumulative_flows(rows: pl.DataFrame) -> pl.DataFrame:
    """Differences of cumulative chip medians are the printed quarterly flows (compute and units)."""
    pairs = []
    for kind in ("compute", "units"):
        stock = _suffix(rows, f".ai_chips.cumulative_{kind}").sort("name", "period")
        flow = _suffix(rows, f".ai_chips.quarterly_{kind}")
        steps = stock.with_columns((pl.col("value") - pl.col("value").shift(1).over("name")).alias("difference"))
        paired = flow.join(steps.drop_nulls("difference"), on=["name", "period"], suffix="_stock")
        pairs.append(_pairs(paired, left="difference", right="value", tolerance=pl.lit(CHIP_ROUNDING)))
    return pl.concat(pairs)


def semiconductor_quarters(rows: pl.DataFrame) -> pl.DataFrame:
    """A quarter of world semiconductor sales is three times the three-month average of its closing month."""
    quarter = _series(rows, "world.semiconductors.sales_quarter")
    average = _series(rows, "world.semiconductors.sales_3mma").with_columns(pl.col("period").dt.offset_by("-2mo"))
    paired = quarter.join(average, on="period", suffix="_average").with_columns(
        (3 * pl.col("value_average")).alias("tripled")
    )
    return _pairs(paired, left="value", right="tripled", tolerance=SIA_FIRST_PRINT * pl.col("value"))


def census_years(rows: pl.DataFrame) -> pl.DataFrame:
    """Unadjusted construction spending sums over a year to the mean of the seasonally adjusted annual rates."""
    pairs = []
    for subject in ("datacenter", "office_general"):
        adjusted = _years(_series(rows, f"us.{subject}.construction_spending.saar"), pl.col("value").mean())
        raw = _years(_series(rows, f"us.{subject}.construction_spending.nsa"), pl.col("value").sum())
        paired = raw.join(adjusted, on=["name", "period"], suffix="_rate")
        pairs.append(_pairs(paired, left="value", right="value_rate", tolerance=CENSUS_YEAR * pl.col("value")))
    return pl.concat(pairs)


def forms(rows: pl.DataFrame) -> pl.DataFrame:
    """A stated period of a flow is what its running totals, or the year before and growth, say of it."""
    names = [name for flow, relatives in by_form().items() for name in (flow, *(one.series_id for one in relatives))]
    figures: dict[tuple[str, str], dict[Period, Figure]] = {}
    for name, freq, day, value in (
        rows.filter(pl.col("series_id").is_in(names)).select("series_id", "freq", "period", "value").iter_rows()
    ):
        figures.setdefault((name, freq), {})[Period(day, Frequency(freq))] = printed(value)
    pairs = []
    for (flow, freq), stated in figures.items():
        relatives = [(one.form, figures.get((one.series_id, freq), {})) for one in by_form().get(flow, ())]
        totals = [
            each for form, totals in relatives if form is not None and form.total for each in intervals(totals, form)
        ]
        ways = [Sums(stated, totals).differences()]
        ways += [grown(stated, growth) for form, growth in relatives if form is Form.GROWTH]
        pairs += [
            (flow, period.start, figure.value, stated[period].value, figure.bound + stated[period].bound)
            for way in ways
            for period, figure in way.items()
            if period in stated and figure.way is not Way.BACK
        ]
    columns = ["name", "period", "left", "right", "bound"]
    return _pairs(pl.DataFrame(pairs, columns, orient="row"), left="left", right="right", tolerance=pl.col("bound"))


def generation_by_source(rows: pl.DataFrame) -> pl.DataFrame:
    """Yearly generation by source sums to the total, where a region prints every source in a year."""
    owid = rows.filter(pl.col("series_id").str.contains(r"^[a-z]+\.electricity\.generation\.[a-z_]+\.owid$"))
    owid_rows = owid.with_columns(
        pl.col("series_id").str.split(".").list.get(0).alias("name"),
        pl.col("series_id").str.split(".").list.get(3).alias("source"),
    )
    total = owid_rows.filter(pl.col("source") == "total")
    parts = owid_rows.filter(pl.col("source") != "total").with_columns(
        # A part that has ended or not begun is printed as zero by one edition and left out by another.
        pl.col("source").n_unique().over("name").alias("of")
    )
    sums = parts.group_by("name", "period").agg(
        pl.col("value").sum().alias("summed"), pl.len().alias("n"), pl.col("of").first()
    )
    whole = sums.filter(pl.col("n") == pl.col("of"))
    paired = total.join(whole, on=["name", "period"])
    return _pairs(paired, left="summed", right="value", tolerance=pl.lit(OWID_ROUNDING))


def demand_and_imports(rows: pl.DataFrame) -> pl.DataFrame:
    """Yearly demand is generation plus net imports."""
    sides = {side: _suffix(rows, f".electricity.{side}.owid") for side in ("demand", "generation.total", "net_imports")}
    paired = (
        sides["demand"]
        .join(sides["generation.total"], on=["name", "period"], suffix="_made")
        .join(sides["net_imports"], on=["name", "period"], suffix="_net")
        .with_columns((pl.col("value_made") + pl.col("value_net")).alias("supplied"))
    )
    return _pairs(paired, left="value", right="supplied", tolerance=pl.lit(OWID_ROUNDING))


def _series(rows: pl.DataFrame, series_id: str) -> pl.DataFrame:
    series_rows = rows.filter(pl.col("series_id") == series_id)
    return series_rows.select(pl.col("series_id").alias("name"), "period", "value")


def _suffix(rows: pl.DataFrame, suffix: str) -> pl.DataFrame:
    suffix_rows = rows.filter(pl.col("series_id").str.ends_with(suffix))
    return suffix_rows.select(pl.col("series_id").str.strip_suffix(suffix).alias("name"), "period", "value")


def _years(rows: pl.DataFrame, value: pl.Expr) -> pl.DataFrame:
    years = rows.group_by("name", pl.col("period").dt.truncate("1y")).agg(value, pl.len().alias("n"))
    whole = years.filter(pl.col("n") == 12)  # noqa: PLR2004 - months of a year
    return whole.with_columns(pl.col("name").str.strip_suffix(".saar").str.strip_suffix(".nsa")).drop("n")


def _pairs(frame: pl.DataFrame, *, left: str, right: str, tolerance: pl.Expr) -> pl.DataFrame:
    label = pl.format("{} {}", pl.col("name"), pl.col("period"))
    return frame.select(
        label.alias("what"), pl.col(left).alias("left"), pl.col(right).alias("right"), tolerance.alias("tolerance")
    )
