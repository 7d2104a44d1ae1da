"""Entries of the scoreboard: projections as somebody published them, read from the figures."""

import math
from dataclasses import dataclass
from datetime import date

import polars as pl

from data.base.layers import Layer
from data.base.shipped_tables import sources
from data.catalogue.definitions import definitions
from data.catalogue.observations import KEY, OBSERVED
from data.periods.period import Frequency, Period
from features.view import View
from projection.scoreboard.matches import Matches

DAYS = 365.25
PERCENT = 100.0


@dataclass(frozen=True, slots=True)
class Entry:
    """A projection as it was published.

    Attributes:
        by: who forecast; source_id: where the figure stands.
        point: the figure in ``unit``; None where only a range was printed. low, high: the printed range, if any.
        kind: ``projection`` or ``plan``.
        derived: how the figure was computed, where it was not printed; empty elsewhere.
        layer: it belongs to; None where it belongs to none.
        quantiles: at :data:`data.base.quantiles.DEFAULT_LEVELS`; empty where none were published.
    """

    by: str
    source_id: str
    series_id: str
    region: str
    unit: str
    period: Period
    scenario: str
    published: date
    point: float | None
    low: float | None
    high: float | None
    kind: str
    derived: str = ""
    layer: Layer | None = None
    quantiles: tuple[float, ...] = ()

    @property
    def middle(self) -> float | None:
        """The point, or the geometric middle of a range; None where neither is positive."""
        if self.point is not None:
            return self.point if self.point > 0 else None
        if self.low is None or self.high is None or self.low <= 0:
            return None
        return math.sqrt(self.low * self.high)

    @property
    def horizon(self) -> float:
        """Years from publication to the end of the period."""
        return (self.period.end - self.published).days / DAYS


def entries_of(view: View, matches: Matches) -> list[Entry]:
    """Every projection of a third party known on the view's day, and those known by the errors they had."""
    return [*_projections(view, matches), *_from_errors(view, matches)]


def _projections(view: View, matches: Matches) -> list[Entry]:
    """Rows that say what a period will bring, with a day, said before the period was over."""
    plans = [name for name, match in matches.by_series.items() if match.plan]
    forward = pl.col("kind").eq("projection") | (pl.col("kind").eq("plan") & pl.col("series_id").is_in(plans))
    rows = (
        view.vintages()
        .filter(forward & pl.col("published").is_not_null())
        .filter(pl.any_horizontal(pl.col("value", "low", "high").is_not_null()))
        # A figure that was shipped and read again later is one figure.
        .sort(*KEY, "retrieved", nulls_last=False)
        .unique(KEY, keep="last", maintain_order=True)
    )
    publishers, series = dict(sources().select("source_id", "publisher").rows()), definitions()
    entries = []
    for row in rows.iter_rows(named=True):
        period = Period(row["period"], Frequency(row["freq"]))
        skipped = any(item.covers(row["series_id"], row["source_id"], row["period"]) for item in matches.left_out)
        if skipped or row["published"] > period.end:
            continue
        match = matches.by_series.get(row["series_id"])
        entries.append(
            Entry(
                by=(match.by if match else "") or publishers.get(row["source_id"]) or row["source_id"],
                source_id=row["source_id"],
                series_id=row["series_id"],
                region=row["region"],
                unit=row["unit"],
                period=period,
                scenario=row["scenario"],
                published=row["published"],
                point=row["value"],
                low=row["low"],
                high=row["high"],
                kind=row["kind"],
                layer=series[row["series_id"]].layer if row["series_id"] in series else None,
            )
        )
    return entries


def _from_errors(view: View, matches: Matches) -> list[Entry]:
    """Projections of editions whose printed error and the actual they were compared with are both known."""
    yearly = view.rows.filter(pl.col("kind").is_in(OBSERVED), pl.col("freq") == Frequency.YEAR.value)
    entries = []
    for series_id, edition in ((errors.of, edition) for errors in matches.errors for edition in errors.editions):
        match = matches.by_series[series_id]
        errors = yearly.filter(pl.col("series_id") == edition.series)
        actuals = yearly.filter(pl.col("series_id") == match.actual)
        both = errors.join(actuals.select("period", actual="value", actual_unit="unit"), on="period")
        for row in both.drop_nulls(["value", "actual"]).iter_rows(named=True):
            period = Period(row["period"], Frequency.YEAR)
            if edition.published > period.end:
                continue
            entries.append(
                Entry(
                    by=match.by,
                    source_id=row["source_id"],
                    series_id=series_id,
                    region=row["region"],
                    unit=row["actual_unit"],
                    period=period,
                    scenario=edition.series.rsplit(".", 1)[-1],
                    published=edition.published,
                    point=row["actual"] * (1 + row["value"] / PERCENT),
                    low=None,
                    high=None,
                    kind="projection",
                    derived="from its printed error, in percent of the actual",
                    layer=Layer.FIRM,
                )
            )
    return entries
