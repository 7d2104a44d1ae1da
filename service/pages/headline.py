"""``/v1/headlines``: one plain sentence about a gap: how likely short, by how much, and what cannot be said."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Annotated

from fastapi import Query
from fastapi.responses import Response
from pydantic import Field

from data.base.layers import Confidence, Layer, Status, Timing
from data.periods.period import Frequency, Period
from data.store.ledger import Promotion
from projection.base.measures import LIKELY
from projection.edition.points import Point
from service.api.gap_answer import CellHead
from service.api.gaps import OWNER, CellQuery, GapQuery, GapReading, read_gap, unavailable
from service.api.gate_checks import failure_note
from service.base.query import Text, span
from service.base.routes import EDITION_PROBLEMS, Respond, api_router, documented
from service.base.window import Window
from service.wording import Scale, probability, region_name

YEARS_AHEAD = 2
"""Far enough for plans to be open, near enough for figures to bear on it."""

SHORT_OF = {
    Layer.COMPUTE: "has more accelerators than it can house and power",
    Layer.POWER: "is short of facility power",
    Layer.ENERGY: "is short of electricity for data centers",
    Layer.FIRM: "is short of firm capacity at peak",
    Layer.STORAGE: "is short of data-center storage",
}
NOUN = {
    Layer.COMPUTE: "accelerator capacity",
    Layer.POWER: "facility power",
    Layer.ENERGY: "electricity for data centers",
    Layer.FIRM: "firm capacity at peak",
    Layer.STORAGE: "data-center storage",
}
EVIDENCE = {
    Confidence.WEAK: "The figures behind this are weak; the notes say where.",
    Confidence.SUPPORTED: "What is stated here is supported by figures.",
}


router = api_router("gaps")


class HeadlineQuery(CellQuery):
    """A question about one period of a cell."""

    period: Annotated[
        date | None,
        Text(lambda text: span("period", text)[1]),
        Field(description="The period the sentence is about; by default two years after the data.", examples=["2028"]),
    ] = None

    @property
    def cell(self) -> GapQuery:
        """The cell and all its periods."""
        return GapQuery.model_validate(self.model_dump(exclude={"period"}))


class Headline(CellHead):
    """One sentence about a cell."""

    period: date | None = Field(examples=["2028-01-01"])
    text: str = Field(
        examples=[
            (
                "At the end of 2028 the US is short of facility power with probability 0.43; the median gap is 1.2 GW "
                "(80 % band \u22128.1 to 12.3 GW)."
            )
        ]
    )
    evidence: str | None = Field(
        description="How far figures carry it, in words.",
        examples=["The figures behind this are weak; the notes say where."],
    )


def answer(reading: GapReading, *, day: date | None, promotions: Sequence[Promotion] = ()) -> Headline:
    """The sentence with the period it is about and the head of the gap's answer.

    Args:
        reading: a cell that carries at least the levels 0.1, 0.5 and 0.9.
        day: a day inside the wanted period; by default two years after the data.
        promotions: what says which checks its model version failed.
    """
    if day is not None:
        reading = _within(reading, day)
    point = pick(reading, day=day)
    return Headline.about(
        reading.edition,
        reading.cell,
        freq=reading.query.freq,
        period=None if point is None else point.period,
        text=text(reading, point, day=day),
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


def text(reading: GapReading, point: Point | None, *, day: date | None = None) -> str:
    """The sentence, for every status a cell can have, and whether power is the limit where it is asked about power."""
    cell = reading.cell
    where = region_name(cell.region)
    if point is None:
        return f"No answer for {NOUN[cell.layer]} in {where}: {cell.reason} {_limit(reading, day)}".strip()
    when = _when(point.period, reading.query.freq, cell.timing)
    if point.share_of_growth is not None:
        sentence = _share(point.share_of_growth, when, where, since=reading.edition.base_year)
        if point.share_of_year_growth is not None:
            sentence += f" {_year_share(point.share_of_year_growth)}"
    elif cell.status is Status.PARTIAL or point.gap is None or point.p_short is None:
        sentence = f"{_demand(point, cell.unit, cell.layer, when, where)} {cell.reason or ''}"
    else:
        sentence = _gap(point.gap, point.p_short, cell.unit, f"{when} {where} {SHORT_OF[cell.layer]}")
    return f"{sentence.strip()} {_limit(reading, point.period)}".strip()


def _limit(reading: GapReading, day: date | None) -> str:
    """That power is not the limit and chips are, with the chances, where that is more likely than not; else nothing."""
    start = Period.containing(day or _usual(reading), reading.query.freq).start
    limit = min(reading.limits, key=lambda limit: abs(limit.period - start), default=None)
    if limit is None or min(limit.p_power_not_limit, limit.binding["chips"]) <= LIKELY:
        return ""
    where = region_name(reading.cell.region)
    when = Period(limit.period, reading.query.freq).label
    return (
        f"Power is not the limit in {where} in {when} with probability {probability(limit.p_power_not_limit)}; chips "
        f"limit compute there with probability {probability(limit.binding['chips'])}."
    )


def _when(start: date, freq: Frequency, timing: Timing) -> str:
    label = Period(start, freq).label
    return f"At the end of {label}" if timing is Timing.END else f"In {label}"


def _gap(gap: Mapping[str, float], p_short: float, unit: str, opening: str) -> str:
    low, middle, high = gap["0.1"], gap["0.5"], gap["0.9"]
    scale = Scale.of((low, middle, high), unit)
    if middle >= 0:
        centre = f"the median gap is {scale.text(middle)} (80 % band {scale.band(low, high)})"
    else:
        centre = f"the median is a surplus of {scale.text(-middle)} (80 % band of the gap {scale.band(low, high)})"
    return f"{opening} with probability {probability(p_short)}; {centre}."


def _share(share: Mapping[str, float], when: str, where: str, *, since: int) -> str:
    low, middle, high = share["0.1"], share["0.5"], share["0.9"]
    scale = Scale.of((low, middle, high), "%")
    # A share of one stands for all growth or more.
    share_text = "all growth" if middle >= 1 else f"{scale.text(middle)} of all growth"
    more = " or more" if middle >= 1 else ""
    return (
        f"{when} data centers take {share_text} of electricity generation in {where} since {since}{more} "
        f"(80 % band {scale.band(low, high)})."
    )


def _year_share(share: Mapping[str, float]) -> str:
    low, middle, high = share["0.1"], share["0.5"], share["0.9"]
    scale = Scale.of((low, middle, high), "%")
    share_text = "all or more" if middle >= 1 else scale.text(middle)
    return f"Of that year's growth alone they take {share_text} (80 % band {scale.band(low, high)})."


def _demand(point: Point, unit: str, layer: Layer, when: str, where: str) -> str:
    low, middle, high = (point.demand[key] for key in ("0.1", "0.5", "0.9"))
    scale = Scale.of((low, middle, high), unit)
    return (
        f"{when} demand for {NOUN[layer]} in {where} is {scale.text(middle)} (80 % band {scale.band(low, high)}); "
        "whether that is short is not said."
    )


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
    return respond.answer(query, lambda: answer(read_gap(edition, query.cell), day=query.period, promotions=promotions))
