"""What the panels of a gap are drawn of: the cell's points, others' figures, the past, and how far the scale reaches.

A stock stands at its period's end and a flow in the middle of its period, and so do the ticks of the years.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from data.periods.period import Frequency, Period
from projection.edition.points import Point
from projection.third_party.comparisons import Beside, Year
from service.api.gaps.gaps import GapReading
from service.pages.charts.history import NONE, History, place
from service.pages.charts.style import KINDS, TIMING
from service.pages.headline import YEARS_AHEAD
from service.pages.words import MET, NEED, day_text, in_hundred
from service.wording import Scale

Row = dict[str, Any]
LEVELS = {"q10": "0.1", "q25": "0.25", "q50": "0.5", "q75": "0.75", "q90": "0.9"}
LABEL_ROOM = 0.15
"""Share of the years' span that is left free at the right, for names of lines."""
MARGIN = 1.06


@dataclass(frozen=True)
class Picture:
    """What the panels are drawn of.

    Attributes:
        reading: the cell and its points.
        years: what others published beside them; empty where nobody did, or it is not asked for.
        history: what was published of the years before.
        marked: the period asked about, if any.
        whole: whether the scale holds all of the upper tail.
        narrow: whether it is drawn for a telephone.
    """

    reading: GapReading
    years: Sequence[Year] = ()
    history: History = NONE
    marked: Point | None = None
    whole: bool = False
    narrow: bool = False

    @property
    def scale(self) -> Scale:
        """The unit of all panels."""
        return Scale.of((point.demand["0.5"] for point in self.reading.points), self.reading.cell.unit)

    def day(self, start: date) -> date:
        """Where a period stands in time."""
        return place(Period(start, self.reading.query.freq), self.reading.cell.timing)

    @property
    def shows_history(self) -> bool:
        """Growth counts from a day on, and what came before is no part of it."""
        return bool(self.history.values) and self.reading.growth_since is None

    @property
    def near(self) -> date:
        """To here a capped scale holds all of the bands: the period asked about, or two years after the figures."""
        if self.marked is not None:
            return self.marked.period
        return date(self.reading.edition.data_as_of.year + YEARS_AHEAD, 12, 31)

    @property
    def span(self) -> tuple[date, date]:
        """First and last day of the horizontal scale, room for names included."""
        first = min(self.day(self.reading.points[0].period), self.reading.edition.data_as_of)
        if self.shows_history:
            first = min(first, self.history.values[0].day)
        last = self.day(self.reading.points[-1].period)
        room = LABEL_ROOM * (1.9 if self.narrow else 1.0)
        return first - timedelta(days=60), last + timedelta(days=round((last - first).days * room) + 40)

    @property
    def ticks(self) -> list[str]:
        """Where the years stand."""
        first, last = self.span
        years = (Period(date(year, 1, 1), Frequency.YEAR) for year in range(first.year, last.year + 1))
        days = (place(year, self.reading.cell.timing) for year in years)
        return [day.isoformat() for day in days if first <= day <= self.day(self.reading.points[-1].period)]

    @property
    def need(self) -> str:
        """What the line of demand is called."""
        return NEED[self.reading.cell.demand_concept]

    @property
    def met(self) -> str:
        """What the line of supply is called."""
        return MET[self.reading.cell.layer]

    @property
    def unit_words(self) -> str:
        """Unit and meaning of the vertical axis."""
        cell, since = self.reading.cell, self.reading.growth_since
        words = f"{self.scale.unit}, {KINDS[cell.unit_kind]}, {TIMING[cell.timing]}"
        return words if since is None else f"{words}; growth since {day_text(since)}, not all there is"

    @property
    def others(self) -> list[tuple[Year, Beside]]:
        """What others published and a pool counts, year by year."""
        return [(year, item) for year in self.years for item in year.published if item.pooled and item.converted]


def need_rows(picture: Picture) -> list[Row]:
    """One row a period: bands of demand, supply and gap in the scale's unit, and what is said on hover."""
    return [_row(picture, point) for point in picture.reading.points]


def _row(picture: Picture, point: Point) -> Row:
    scale = picture.scale
    bands = {"demand": point.demand, "supply": point.supply, "gap": point.gap, "expected": point.expected}
    row: Row = {
        "day": picture.day(point.period).isoformat(),
        "Period": Period(point.period, picture.reading.query.freq).label,
    }
    for name, band in bands.items():
        if band is not None:
            row |= {f"{name}_{key}": band[level] / scale.divisor for key, level in LEVELS.items()}
    row[picture.need.capitalize()] = band_text(point.demand, scale)
    if point.supply is not None:
        row[picture.met.capitalize()] = band_text(point.supply, scale)
    if point.gap is not None and point.p_short is not None:
        row["Short by"] = band_text(point.gap, scale)
        row |= {"short": 100 * point.p_short, "Falls short": f"in {in_hundred(point.p_short)} futures"}
    return row


def band_text(band: Mapping[str, float], scale: Scale) -> str:
    """The middle with the range of eight futures of ten."""
    return f"{scale.text(band['0.5'])} ({scale.number(band['0.1'])} to {scale.number(band['0.9'])})"


def tail(picture: Picture) -> float | None:
    """The largest value that the capped scale leaves out, in the cell's unit; None where it leaves out none."""
    top = max(point.demand["0.9"] for point in picture.reading.points)
    return top if top / picture.scale.divisor > cap(picture) else None


def cap(picture: Picture) -> float:
    """Where the scale ends: what is needed and built in the middle case, and the band of the period asked about."""
    points = picture.reading.points
    tops = [point.demand["0.5"] for point in points]
    tops += [point.supply["0.75"] for point in points if point.supply is not None]
    tops += [point.demand["0.9"] for point in points if point.period <= picture.near]
    tops += [value.value for value in picture.history.values if picture.shows_history]
    if picture.whole:
        tops += [point.demand["0.9"] for point in points]
        tops += [point.supply["0.9"] for point in points if point.supply is not None]
    return MARGIN * max(tops) / picture.scale.divisor


def floor(picture: Picture) -> float:
    """Where the scale begins: zero, or below where growth may be negative."""
    lows = [band["0.1"] for point in picture.reading.points for band in (point.demand, point.supply) if band]
    return min(0.0, min(lows) / picture.scale.divisor * MARGIN)
