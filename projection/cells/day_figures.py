"""Counts, dates and values that sentences about cells name, as words, read off the figures of an edition's day.

``cells.toml`` declares every one under ``[figures]``: a form over the figures of its series, or, where it is counted
from more than a series, a function of this module by the same name.
"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import date
from types import MappingProxyType

import polars as pl
from pydantic import model_validator

from data.base.layers import Layer
from data.base.toml_tables import Entry
from data.base.units import convert
from data.catalogue.observations import period_end
from data.periods.period import Frequency, Period
from features.commitments import commitments
from features.generation.pairs import pairs
from features.grids import load_errors
from features.grids.definitions import GRIDS, Counts, SubmittedForecast, VettedForecast
from features.grids.figures import editions, grid_figures
from features.view import View
from projection.base.timeline import QUARTERS_PER_YEAR

PLACEHOLDER = re.compile(r"\{(\w+)\}")
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
MONTH_DAYS = 365.25 / 12
EDITIONS_AHEAD = 5
"""Years after the base year whose load editions are compared by."""
FIELDS = ("count", "value", "low", "high", "least", "most", "first", "last", "next", "month", "path")
"""What a form may name of the figures of its series:

* count: of figures; least, most: of the last values of its series; first, last: calendar years of their periods;
* value, low, high: of the last; next: the year after the last, two digits; month: when the last was published;
* path: every value with its year.
"""


class DayFigure(Entry):
    """One placeholder of the table.

    Attributes:
        otherwise: the words where the figures of the day do not give it, and in an edition made before it was kept.
        series: whose figures the form names, of any kind; empty where a function of this module counts it.
        unit: its values are converted to, divided by ``scale`` and rounded to ``digits``.
        form: the words, with :data:`FIELDS` in braces.
    """

    otherwise: str
    series: tuple[str, ...] = ()
    unit: str = ""
    scale: float = 1.0
    digits: int = 0
    form: str = ""

    @model_validator(mode="after")
    def _coherent(self) -> "DayFigure":
        fields = PLACEHOLDER.findall(self.form)
        if bool(self.series) != bool(fields) or bool(self.series) != bool(self.unit):
            raise ValueError("series, their unit and a form with fields belong together")
        if unknown := sorted(set(fields) - set(FIELDS)):
            raise ValueError(f"no field of a form: {', '.join(unknown)}")
        return self

    def words(self, view: View) -> str | None:
        """The form filled in from the figures of its series; None where a field of it has no figure."""
        rows = view.rows_with_value(*self.series).sort(
            period_end(), pl.col("published").fill_null(view.compiled), "source_id"
        )
        if rows.is_empty():
            return None
        last = rows.row(-1, named=True)
        newest = rows.unique("series_id", keep="last", maintain_order=True)
        values = [self._number(value, unit) for value, unit in newest.select("value", "unit").rows()]
        fields = {
            "count": number(rows["period"].n_unique()),
            "least": min(values, key=float),
            "most": max(values, key=float),
            "first": str(rows["period"].dt.year().min()),
            "last": str(last["period"].year),
            "next": f"{last['period'].year + 1:04}"[2:],
            "month": f"{last['published'] or view.compiled:%B %Y}",
            "path": " and ".join(
                f"{self._number(value, unit)} {self.unit} ({day.year})"
                for day, value, unit in rows.select("period", "value", "unit").rows()
            ),
        } | {
            name: self._number(last[name], last["unit"]) for name in ("value", "low", "high") if last[name] is not None
        }
        placeholders = PLACEHOLDER.findall(self.form)
        return fill(self.form, fields) if fields.keys() >= set(placeholders) else None

    def _number(self, value: float, unit: str) -> str:
        return f"{convert(value, unit, self.unit) / self.scale:.{self.digits}f}"


def number(count: int) -> str:
    """A count as it stands in a sentence.

    >>> number(5), number(78)
    ('five', '78')
    """
    return NUMBERS[count] if count < len(NUMBERS) else str(count)


def counted(count: int, noun: str) -> str:
    """A count with its noun.

    >>> counted(1, "vintage"), counted(2, "vintage")
    ('one vintage', 'two vintages')
    """
    return f"{number(count)} {noun}{'' if count == 1 else 's'}"


def fill(sentence: str, figures: Mapping[str, str]) -> str:
    """A sentence with the words of every placeholder."""
    return PLACEHOLDER.sub(lambda match: figures[match[1]], sentence)


def site_vintages(view: View, _base_year: int) -> str | None:
    """How many editions of the tracker of sites are known, and the newest."""
    days: list[date] = view.site_vintages["vintage"].unique().to_list()
    return f"{counted(len(days), 'vintage')} to {max(days).day} {max(days):%B %Y}" if days else None


def site_vintage_span(view: View, _base_year: int) -> str | None:
    """How long the editions of the tracker of sites span."""
    days: list[date] = view.site_vintages["vintage"].unique().to_list()
    if len(days) < 2:  # noqa: PLR2004 - a span has two ends
        return None
    return f"under {counted(math.floor((max(days) - min(days)).days / MONTH_DAYS) + 1, 'month')}"


def tracked_sites(view: View, _base_year: int) -> str | None:
    """How many sites the newest edition of the tracker holds."""
    newest = view.site_vintages.filter(pl.col("vintage") == pl.col("vintage").max())
    return None if newest.is_empty() else counted(newest["site"].n_unique(), "tracked site")


def peak_forecast_years(view: View, _base_year: int) -> str | None:
    """When the operators' forecasts of peaks with later summers beside them were published."""
    forecasts = [grid.forecast for grid in GRIDS if isinstance(grid.forecast, SubmittedForecast)]
    days = [edition.issued for one in forecasts for edition in one.editions if edition.issued <= view.as_of]
    return f"{min(days).year}-{max(days).year}" if days else None


def peak_forecasts(view: View, _base_year: int) -> str | None:
    """How many forecasts of past peaks the spread of peaks is fitted on."""
    spread = load_errors.spread(load_errors.all_pairs(view))
    return None if spread is None else counted(spread.pairs, "forecast")


def submitted_forecasts(view: View, _base_year: int) -> str | None:
    """What came of growth as submitted: the share, and on how many forecasts of how many summers it rests."""
    load_pairs = load_errors.all_pairs(view)
    spread = load_errors.spread(load_pairs)
    came = None if spread is None else load_errors.realised(load_pairs, spread)
    if came is None:
        return None
    of = [pair for pair in load_pairs if pair.edition.counts is Counts.SUBMITTED]
    summers = counted(len({pair.summer for pair in of}), "summer")
    return f"{came.share:.2f} of it, with the weather's error ({counted(len(of), 'forecast')}, {summers})"


def large_load_editions(view: View, base_year: int) -> str | None:
    """What the editions of the vetted forecast with the most of them add for one year, GW, first to last."""
    forecasts = [grid.forecast for grid in GRIDS if isinstance(grid.forecast, VettedForecast)]
    by_year = max((editions(view, forecast.large_loads) for forecast in forecasts), key=len)
    target = base_year + EDITIONS_AHEAD
    added = {year: str(round(edition[target])) for year, edition in sorted(by_year.items()) if target in edition}
    if len(added) < 2:  # noqa: PLR2004 - one moved nothing
        return None
    *others, last = added.values()
    return f"{', '.join(others)} and {last} GW for {target} in those of {min(added)} to {max(added)}"


def ercot_planned(view: View, _base_year: int) -> str | None:
    """What of the capacity in ERCOT's report is not built."""
    report = next((figures.report for figures in grid_figures(view).values() if figures.report is not None), None)
    return None if report is None else f"{report.capacity - report.standing:.1f} GW"


def generation_windows(view: View, _base_year: int) -> str | None:
    """In how many windows of how many years planned generation stands beside what was built."""
    windows = pairs(view)
    if not windows:
        return None
    return f"{counted(len(windows), 'window')} of {counted(len({pair.year for pair in windows}), 'year')}"


def contracts_end(view: View, base_year: int) -> str | None:
    """The last year that signed power of the United States is dated to."""
    observed = Period(date(base_year, 1, 1), Frequency.QUARTER).shift(QUARTERS_PER_YEAR - 1)
    book = commitments(view, observed=observed).book("US", Layer.POWER)
    return str(max(item.end.start.year for item, _ in book.contracted)) if book.contracted else None


def firm_base(_view: View, base_year: int) -> str:
    """The year at whose end the firm balance of the United States begins."""
    return str(base_year + 1)


def firm_first(_view: View, base_year: int) -> str:
    """The first year the firm balance of the United States is answered for."""
    return str(base_year + 2)


COUNTED: Mapping[str, Callable[[View, int], str | None]] = MappingProxyType(
    {
        one.__name__: one
        for one in (
            site_vintages,
            site_vintage_span,
            tracked_sites,
            peak_forecast_years,
            peak_forecasts,
            submitted_forecasts,
            large_load_editions,
            ercot_planned,
            generation_windows,
            contracts_end,
            firm_base,
            firm_first,
        )
    }
)
"""What is counted from more than a series, by placeholder: of the view and the base year; None without figures."""


def day_figures(declared: Mapping[str, DayFigure], view: View, *, base_year: int) -> dict[str, str]:
    """The words of every placeholder that the figures of the view's day give."""
    words_by_name = {
        name: figure.words(view) if figure.series else COUNTED[name](view, base_year)
        for name, figure in declared.items()
    }
    return {name: words for name, words in words_by_name.items() if words is not None}
