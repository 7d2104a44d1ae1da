"""The answer to the question of a cell in plain words, every number read off the edition."""

from dataclasses import dataclass

from data.base.layers import DemandConcept
from data.periods.period import Period
from projection.edition.points import Point
from service.api.gaps.gaps import GapReading
from service.pages.words import MET, NEED, by_when, day_text, dots, in_hundred, verdict
from service.wording import Scale, region_name


@dataclass(frozen=True)
class Answer:
    """What the page says at its head; blank or None where the cell does not answer.

    Attributes:
        verdict: the answer in a word or two.
        frequency: the chance of a shortage in words.
        middle: need and supply in the middle case.
        short_by: the average shortfall of the futures that fall short.
        range: the band of the gap, or of the need.
        dots: futures of 100 that fall short.
        reason: why there is no answer, or not all of it.
    """

    verdict: str = ""
    frequency: str = ""
    middle: str = ""
    short_by: str = ""
    range: str = ""
    dots: int | None = None
    reason: str = ""


def answer_of(reading: GapReading, point: Point | None) -> Answer:
    """The answer in words, for every status a cell can have."""
    cell = reading.cell
    where = region_name(cell.region)
    if reading.edition.unaffected(cell):
        return Answer(verdict="As in the base.", reason="The scenario leaves every number of this cell as it is.")
    if point is None:
        return Answer(verdict="No answer.", reason=cell.reason or "")
    scale, when, need = scale_of(reading), when_of(reading, point), NEED[cell.demand_concept]
    middle = f"{scale.text(point.demand['0.5'])} {need}"
    if point.gap is None or point.supply is None or point.p_short is None:
        low, high = point.demand["0.1"], point.demand["0.9"]
        return Answer(
            verdict="Nobody can say." if reading.query.demand is not DemandConcept.REQUESTED else "",
            middle=f"Middle case: {middle} {when}.",
            range=f"In 8 of 10 futures {scale.band(low, high)}.",
            reason=f"{cell.reason or ''} {_expected(point, scale)}".strip(),
        )
    since = reading.growth_since
    growth = "" if since is None else f" Both count growth since {day_text(since)}, not all there is."
    middle = f"Middle case: {middle}, {scale.text(point.supply['0.5'])} {MET[cell.layer]} {when}.{growth}"
    short_by = ""
    if point.p_short > 0 and point.expected_shortfall is not None:
        short_by = f"Where it falls short, it is by {scale.text(point.expected_shortfall / point.p_short)} on average."
    low, high = point.gap["0.1"], point.gap["0.9"]
    return Answer(
        verdict=verdict(point.p_short),
        frequency=f"{where[0].upper()}{where[1:]} falls short in {in_hundred(point.p_short)} futures.",
        middle=middle,
        short_by=short_by,
        range=f"In 8 of 10 futures it lies between {_side(low, scale)} and {_side(high, scale)}.",
        dots=dots(point.p_short),
    )


def _side(gap: float, scale: Scale) -> str:
    """A gap in words, on its side of zero."""
    return f"{scale.text(-gap)} to spare" if gap < 0 else f"{scale.text(gap)} short"


def _expected(point: Point, scale: Scale) -> str:
    if point.expected is None:
        return ""
    band = point.expected
    low, high = band["0.1"], band["0.9"]
    return f"Of it, {scale.text(band['0.5'])} is expected to be connected ({scale.band(low, high)} in 8 of 10 futures)."


def when_of(reading: GapReading, point: Point | None) -> str:
    """When the answer holds, inside a sentence; blank where there is none."""
    return "" if point is None else by_when(Period(point.period, reading.query.freq), reading.cell.timing)


def scale_of(reading: GapReading) -> Scale:
    """The unit of all numbers of a view."""
    return Scale.of((point.demand["0.5"] for point in reading.points), reading.cell.unit)
