"""``/v1/headlines``: one plain sentence about a gap: how likely short, by how much, and what cannot be said."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Annotated, Any

from fastapi import Query
from fastapi.responses import Response
from pydantic import Field

from data.base.layers import Confidence, DemandConcept, Layer, Status, Timing
from data.periods.period import Period
from data.store.ledger import Promotion
from projection.base.measures import LIKELY
from projection.edition.differences import NOT_AFFECTED
from projection.edition.points import Point
from service.api.gaps.gap_answer import CellHead
from service.api.gaps.gaps import OWNER, CellQuery, GapQuery, GapReading, read_gap, unavailable
from service.api.models.gate_checks import failure_note
from service.base.query import PERIOD_SCHEMA, Text, span
from service.base.response import Cite
from service.base.routes import EDITION_PROBLEMS, Respond, api_router, documented
from service.base.window import Window
from service.wording import Scale, probability, region_name

YEARS_AHEAD = 2
"""Far enough for plans to be open, near enough for figures to bear on it."""
BAND = ("0.1", "0.5", "0.9")
MOST = 0.5
"""Share of a band's variance from which it is said that the model error makes most of it."""
PLANT_BY_PLANT = ("US",)
"""Regions whose supply of energy is counted plant by plant: growth of all generation would read as another supply."""
WORTH_SAYING = 0.01
"""Share of draws in which something binds, from which it is named."""

NOUN = {
    Layer.COMPUTE: "accelerator capacity",
    Layer.POWER: "facility power",
    Layer.ENERGY: "electricity for data centers",
    Layer.FIRM: "firm capacity at peak",
    Layer.STORAGE: "data-center storage",
}
READING = {
    DemandConcept.WANTED: "what buyers want",
    DemandConcept.BOUGHT: "what buyers take",
    DemandConcept.CONTRACTED: "what is contracted",
    DemandConcept.REQUESTED: "what is requested",
}
"""What demand counts, in a sentence."""
BINDS = {
    "chips": "chips",
    "halls": "halls",
    "grid": "connections to the grid",
    "firm": "firm power",
    "nothing": "nothing",
}
"""What binds, in a sentence, in the order it is named where shares are equal; what does not bind comes last."""
EVIDENCE = {
    Confidence.WEAK: "The figures behind this are weak; the notes say where.",
    Confidence.SUPPORTED: "What is stated here is supported by figures.",
}


router = api_router("gaps")


_HEADLINE = (
    "At the end of 2028 the US is short of facility power, measured by what buyers want, with probability 0.83; the "
    "median gap is 14.2 GW (80 % band \u22123.1 to 33.0 GW)."
)
_BINDING = (
    "What is wanted is kept from being served by halls in 45 % of draws, by connections to the grid in 31 %, by chips "
    "in 9 %, by nothing in 15 %."
)


class HeadlineQuery(CellQuery):
    """A question about one period of a cell."""

    period: Annotated[
        date | None,
        Text(lambda text: span("period", text)[1], PERIOD_SCHEMA),
        Field(description="The period the sentence is about; by default two years after the data.", examples=["2028"]),
    ] = None

    @property
    def cell(self) -> GapQuery:
        """The cell and all its periods."""
        return GapQuery.model_validate(self.model_dump(exclude={"period"}))


class Headline(CellHead):
    """One sentence about a cell, and those that go with it."""

    period: date | None = Field(examples=["2028-01-01"])
    text: str = Field(
        description="The sentences, the first of which is the headline.",
        examples=[f"{_HEADLINE} {_BINDING}"],
    )
    sentences: list[str] = Field(
        description="The same one by one: the gap; what binds; growth of generation beside that of data centers; "
        "whether power is the limit at all; how much of the width is model error where that is most of it.",
        examples=[[_HEADLINE, _BINDING]],
    )
    cite: Cite
    evidence: str | None = Field(
        description="How far figures carry it, in words.",
        examples=["The figures behind this are weak; the notes say where."],
    )


def answer(reading: GapReading, *, day: date | None, promotions: Sequence[Promotion] = (), cite: Cite) -> Headline:
    """The sentence with the period it is about and the head of the gap's answer.

    Args:
        reading: a cell that carries at least the levels 0.1, 0.5 and 0.9.
        day: a day inside the wanted period; by default two years after the data.
        promotions: what says which checks its model version failed.
        cite: how it is cited.
    """
    if day is not None:
        reading = _within(reading, day)
    point = pick(reading, day=day)
    spoken = sentences(reading, point, day=day)
    return Headline.about(
        reading.edition,
        reading.cell,
        freq=reading.query.freq,
        period=None if point is None else point.period,
        text=" ".join(spoken),
        sentences=spoken,
        cite=cite,
        evidence=_evidence(reading, promotions) if point else None,
    )


def _evidence(reading: GapReading, promotions: Sequence[Promotion]) -> str | None:
    confidence = reading.cell.confidence
    failure = failure_note(promotions, version=reading.edition.model_version)
    sentences = (EVIDENCE[confidence] if confidence else None, failure)
    return " ".join(sentence for sentence in sentences if sentence) or None


def _within(reading: GapReading, day: date) -> GapReading:
    """The answer, or where the edition has no period that holds the day, one that gives that reason and no point."""
    periods = reading.edition.periods(reading.cell, reading.query.freq)
    reason = Window(day, day).reason(periods, owner=OWNER)
    if reason is None:
        return reading
    return replace(reading, cell=unavailable(reading.cell, reason), points=(), limits=())


def pick(reading: GapReading, *, day: date | None) -> Point | None:
    """The point that holds the wanted day, else the nearest one; None without points."""
    day = day or _usual(reading)
    start = Period.containing(day, reading.query.freq).start
    return min(reading.points, key=lambda point: abs(point.period - start), default=None)


def _usual(reading: GapReading) -> date:
    return date(reading.edition.data_as_of.year + YEARS_AHEAD, 12, 31)


def sentences(reading: GapReading, point: Point | None, *, day: date | None = None) -> list[str]:
    """The sentences for every status a cell can have, the headline first.

    Args:
        reading: a cell that carries at least the levels 0.1, 0.5 and 0.9.
        point: the period it is about; None where there is none.
        day: a day inside the wanted period; by default two years after the data.
    """
    cell = reading.cell
    where = region_name(cell.region)
    if reading.edition.unaffected(cell):
        return [f"{cell.scenario} {NOT_AFFECTED}: {NOUN[cell.layer]} in {where} is that of base in every draw."]
    if point is None:
        unanswered = f"No answer for {NOUN[cell.layer]} in {where}: {cell.reason}"
        return [unanswered, *_limit(reading, day or _usual(reading))]
    if cell.status is Status.PARTIAL or point.gap is None or point.p_short is None:
        spoken = [_demand(reading, point), *_expected(point, cell.unit), *_growth(reading, point)]
        spoken += [cell.reason] if cell.reason else []
    else:
        spoken = [_gap(reading, point, point.gap, point.p_short)]
        spoken += [*_binding(reading, point), *_growth(reading, point)]
    return [*spoken, *_limit(reading, point.period), *_model_error(point)]


def _when(reading: GapReading, start: date) -> str:
    label = Period(start, reading.query.freq).label
    return f"At the end of {label}" if reading.cell.timing is Timing.END else f"In {label}"


def _noun(reading: GapReading) -> str:
    """What is short; where it is growth, since when."""
    noun = NOUN[reading.cell.layer]
    if reading.growth_since is None:
        return noun
    return f"{noun} for growth since {reading.growth_since.day} {reading.growth_since:%B %Y}"


def _gap(reading: GapReading, point: Point, gap: Mapping[str, float], p_short: float) -> str:
    cell = reading.cell
    low, middle, high = (gap[level] for level in BAND)
    scale = Scale.of((low, middle, high), cell.unit)
    if middle >= 0:
        centre = f"the median gap is {scale.text(middle)} (80 % band {scale.band(low, high)})"
    else:
        centre = f"the median is a surplus of {scale.text(-middle)} (80 % band of the gap {scale.band(low, high)})"
    return (
        f"{_when(reading, point.period)} {region_name(cell.region)} is short of {_noun(reading)}, measured by "
        f"{READING[cell.demand_concept]}, with probability {probability(p_short)}; {centre}."
    )


def _demand(reading: GapReading, point: Point) -> str:
    cell = reading.cell
    return (
        f"{_when(reading, point.period)} demand for {_noun(reading)} in {region_name(cell.region)}, measured by "
        f"{READING[cell.demand_concept]}, is {_band(point.demand, cell.unit)}; whether that is short is not said."
    )


def _expected(point: Point, unit: str) -> list[str]:
    if point.expected is None:
        return []
    return [f"With only what is expected to be connected it is {_band(point.expected, unit)}."]


def _binding(reading: GapReading, point: Point) -> list[str]:
    """What keeps what is wanted from being served, the likeliest first, where the cell tells it."""
    if point.binding is None or reading.cell.demand_concept is not DemandConcept.WANTED:
        return []
    binding = point.binding
    ranked = sorted(BINDS, key=lambda name: (name == "nothing", -binding[name]))
    first, *others = [name for name in ranked if binding[name] >= WORTH_SAYING]
    rest = "".join(f", by {BINDS[name]} in {_percent(binding[name])}" for name in others)
    return [f"What is wanted is kept from being served by {BINDS[first]} in {_percent(binding[first])} of draws{rest}."]


def _growth(reading: GapReading, point: Point) -> list[str]:
    """Growth of generation and of data centers since the base year and over the year, where it is the answer."""
    if point.growth is None or reading.cell.region in PLANT_BY_PLANT:
        return []
    year, since = Period(point.period, reading.query.freq).label, reading.edition.base_year
    spoken = [f"From {since} to {year} {_beside(point.growth, reading.cell.unit)}."]
    if point.year_growth is not None and point.period.year > since + 1:
        spoken.append(f"Over that year alone {_beside(point.year_growth, reading.cell.unit)}.")
    return spoken


def _beside(growth: Mapping[str, Any], unit: str) -> str:
    text = (
        f"a year's generation grows by {_band(growth['generation'], unit)} and the use of data centers by "
        f"{_band(growth['data_centers'], unit)}"
    )
    return text if growth["share"] is None else f"{text}, {_band(growth['share'], '%')} of it"


def _limit(reading: GapReading, day: date) -> list[str]:
    """That halls and power suffice and chips are the limit, with the chances, where that is more likely than not."""
    start = Period.containing(day, reading.query.freq).start
    limit = min(reading.limits, key=lambda limit: abs(limit.period - start), default=None)
    if limit is None or min(limit.p_power_not_limit, limit.binding["chips"]) <= LIKELY:
        return []
    where = region_name(reading.cell.region)
    when = Period(limit.period, reading.query.freq).label
    power, chips = probability(limit.p_power_not_limit), probability(limit.binding["chips"])
    return [
        (
            f"Halls and power suffice for what buyers take in {where} in {when} with probability {power}; chips limit "
            f"what they want with probability {chips}."
        )
    ]


def _model_error(point: Point) -> list[str]:
    """How much of the width is model error, where it is most of it."""
    if point.model_error_share is None or point.model_error_share <= MOST:
        return []
    width = "demand's width" if point.gap is None else "the gap's width"
    share = _percent(point.model_error_share)
    return [f"{share} of {width} (variance) is model error: what experts' past projections missed."]


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _band(band: Mapping[str, float], unit: str) -> str:
    """Median and 80 % band."""
    low, middle, high = (band[level] for level in BAND)
    scale = Scale.of((low, middle, high), unit)
    return f"{scale.text(middle)} (80 % band {scale.band(low, high)})"


@router.get(
    "/v1/headlines",
    response_model=Headline,
    operation_id="getHeadline",
    summary="The gap in one sentence",
    responses=documented(*EDITION_PROBLEMS),
)
def headlines(query: Annotated[HeadlineQuery, Query()], respond: Respond) -> Response:
    """One plain sentence about a period: probability, median and 80 % band, or why none is given."""
    edition, query = respond.read(query)
    promotions = respond.snapshot.data.promotions
    cite = respond.cite(query, edition)
    return respond.answer(
        query, lambda: answer(read_gap(edition, query.cell), day=query.period, promotions=promotions, cite=cite)
    )
