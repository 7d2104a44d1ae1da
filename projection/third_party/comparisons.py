"""Our bands beside what others published: converted to the cell's unit, pooled by family, differences explained.

A published figure is converted on the edition's own draws (:mod:`projection.third_party.conversion`), so it carries the
band of the constants and not of its publisher, who mostly prints none. Where it falls in our distribution is the share
of draws in which ours is not above it. Ours is what is bought beside models of equipment and of the energy it uses, and
what is wanted beside counters of projects, published needs and shortfalls. Each figure and pool names its reading; it
is the other one where a cell or an edition has but one. A pool is the median, on logs, of the newest edition of every
publisher of a family, with the least and the largest of them; it is no interval.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import product

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from data.base.layers import DemandConcept, Layer, Status
from data.base.quantiles import DEFAULT_LEVELS, Quantile
from data.periods.period import Frequency, Period
from features.view import View
from projection.base.order_statistics import quantiles_by_column
from projection.cells.cells import REGIONS_ANSWERED
from projection.cells.paths import WORLD
from projection.edition.bands import refuse_others
from projection.edition.edition import Cell, Edition
from projection.edition.names import cell_name
from projection.edition.points import SITES, Band, rounded
from projection.edition.summary import unaffected
from projection.inputs.assumptions import Group
from projection.third_party.conversion import Exchange
from projection.third_party.own_levels import OwnLevels
from projection.third_party.projections import NEAREST, READING, Family, Line, Table, lines, shipped

FloatArray = NDArray[np.float64]
Readings = Mapping[DemandConcept, FloatArray]
"""Draws of our demand by reading."""
COMPARED = (DemandConcept.WANTED, DemandConcept.BOUGHT)
"""Readings of demand that figures are laid beside."""
PARTS = ("US", "CN", "EU")
ROUTES_OF = {
    Layer.POWER: (Layer.POWER, "Average draw, GW,"),
    Layer.ENERGY: (Layer.POWER, "Average draw, GW,"),
    Layer.STORAGE: (Layer.STORAGE, "Installed EB"),
}
"""Where the routes behind a layer stand, and what they are."""
MONTHS = 12
SAFE_DAY = 28
"""A day every month has."""
QUESTION = "comparison|{region}|{layer}"
"""The question that a comparison answers, where it is kept of a scenario without draws."""
EARLIER = "A later edition of the same publisher is counted."
WITHOUT_MIDDLE = "No positive figure is printed."


@dataclass(frozen=True, slots=True)
class Beside:
    """One published figure beside our band, in the unit of the layer.

    Attributes:
        reading: which of our readings of demand it is laid beside.
        converted: band of the figure's middle; None where it is not converted. ends, cases: medians of what is printed
            beside the middle.
        ratio: median of the conversion over our median.
        position: share of our draws that are not above the converted figure, draw by draw.
        pooled: whether it is in its family's pool; why: why it is not, or why it is not converted.
        newest: whether no later edition of its publisher prints the same quantity; old: whether it is too old to pool.
    """

    line: Line
    reading: DemandConcept
    converted: Band | None
    ends: tuple[float, float] | None
    cases: Mapping[str, float]
    ratio: float | None
    position: float | None
    pooled: bool
    newest: bool
    why: str | None
    old: bool = False


@dataclass(frozen=True, slots=True)
class Pool:
    """A family of publishers for one year.

    Attributes:
        reading: which of our readings of demand it is laid beside.
        publishers: whose figures it pools.
        median: on logs; low, high: the least and the largest of them.
        ratio: our median over the pool's.
        side: ``above`` or ``below`` where ours differs by the table's ratio or more; None where it does not.
        reason: why, in words; None where it does not differ, or nobody has written why.
    """

    family: Family
    reading: DemandConcept
    publishers: tuple[str, ...]
    median: float
    low: float
    high: float
    ratio: float
    side: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Year:
    """One year of a comparison: our bands by reading of demand; ``facts`` are sentences read off the edition."""

    period: date
    ours: Mapping[DemandConcept, Band]
    published: tuple[Beside, ...]
    pools: tuple[Pool, ...]
    facts: tuple[str, ...]


@dataclass(frozen=True)
class Contents:
    """What a comparison is to hold.

    Attributes:
        first, last: any day inside the first and last year; open where None.
        family: only figures of one family; every when None.
        history: earlier editions too.
    """

    first: date | None = None
    last: date | None = None
    levels: Sequence[Quantile] = DEFAULT_LEVELS
    family: Family | None = None
    history: bool = False

    def holds(self, year: Period) -> bool:
        """Whether a year is asked for."""
        return (self.first is None or year.end >= self.first) and (self.last is None or year.start <= self.last)


YEARS = TypeAdapter(tuple[Year, ...])


def compare(
    edition: Edition, cell: Cell, view: View, contents: Contents, *, table: Table | None = None
) -> tuple[Year, ...]:
    """Our demand of a cell beside what was published of it, year by year; empty where the cell is unavailable.

    Args:
        edition: whose draws are ours.
        cell: of the edition, under any concept.
        view: what was known of others on a day.
        contents: which years and figures.
        table: of published figures; the shipped one when None.

    Of a scenario without draws the years are those that were kept when it was published. Raises
    :class:`InvalidParameter` for a level that was not.
    """
    if cell.status is Status.UNAVAILABLE:
        return ()
    if not edition.has_draws(cell.scenario):
        refuse_others("quantiles", contents.levels, DEFAULT_LEVELS, scenario=cell.scenario)
        years = _archived(edition, cell)
        return tuple(_chosen(year, contents) for year in years if contents.holds(Period(year.period, Frequency.YEAR)))
    return tuple(_chosen(year, contents) for year in _years(edition, cell, view, contents, table or shipped()))


def answers(edition: Edition, scenario: str, *, view: View) -> dict[str, bytes]:
    """Comparisons of every cell, JSON by question, as an edition keeps them of a scenario without draws."""
    by_question = {}
    for region, layer in product(REGIONS_ANSWERED, Layer):
        if _unaffected(edition, region, scenario):
            continue
        years = _years(edition, edition.cell(region, layer, scenario=scenario), view, Contents(), shipped())
        if years:
            by_question[QUESTION.format(region=region, layer=layer)] = YEARS.dump_json(years)
    return by_question


def _unaffected(edition: Edition, region: str, scenario: str) -> bool:
    """Whether no cell of a region is affected by a scenario; what was published of it is converted by several."""
    regions = (region, *PARTS) if region == WORLD else (region,)
    return unaffected(edition, scenario, regions, Layer, COMPARED)


def _archived(edition: Edition, cell: Cell) -> tuple[Year, ...]:
    question = QUESTION.format(region=cell.region, layer=cell.layer)
    return YEARS.validate_json(edition.answers(cell.scenario, [question]).get(question, "[]"))


def _chosen(year: Year, contents: Contents) -> Year:
    """The year with the figures, the family and the levels asked for."""

    def band(whole: Band) -> Band:
        return {str(level): whole[str(level)] for level in contents.levels}

    return replace(
        year,
        ours={reading: band(whole) for reading, whole in year.ours.items()},
        published=tuple(
            replace(item, converted=None if item.converted is None else band(item.converted))
            for item in year.published
            if (item.newest or contents.history) and contents.family in {None, item.line.figure.family}
        ),
        pools=tuple(pool for pool in year.pools if contents.family in {None, pool.family}),
    )


def _years(edition: Edition, cell: Cell, view: View, contents: Contents, projections: Table) -> tuple[Year, ...]:
    """Years with every published figure, earlier editions too."""
    periods = [year for year in edition.periods(cell, Frequency.YEAR) if contents.holds(year)]
    demand = _readings(edition, cell, periods)
    if not demand:
        return ()
    own_levels = OwnLevels.of(edition, cell.region, scenario=cell.scenario)
    constants = edition.constants()
    parts = _parts(edition, cell, periods)
    published_lines = lines(view, cell.region, cell.layer, table=projections)
    oldest = _months_before(edition.data_as_of, projections.pool_months)
    years = []
    for place, period in enumerate(periods):
        exchange = Exchange.of(constants, own_levels, year=period, base_year=edition.base_year)
        own_draws = {reading: draws[:, place] for reading, draws in demand.items()}
        beside = [
            _beside(line, cell.layer, own_draws, exchange, contents.levels)
            for line in published_lines
            if line.year == period.start.year
        ]
        beside = _pooled(_newest(beside), cell.layer, oldest)
        pools = tuple(
            pool for family in Family if (pool := _pool(family, beside, own_draws, cell, projections)) is not None
        )
        years.append(
            Year(
                period=period.start,
                ours={reading: _band(draws, contents.levels) for reading, draws in own_draws.items()},
                published=tuple(beside),
                pools=pools,
                facts=(*_facts(edition, cell, period), *([_by_region(parts, place)] if parts else [])),
            )
        )
    return tuple(years)


def _readings(edition: Edition, cell: Cell, periods: Sequence[Period]) -> Readings:
    """Draws of what is wanted and of what is bought, (draw, period), as far as the edition has them of the cell."""
    readings: dict[DemandConcept, FloatArray] = {}
    for reading in COMPARED:
        of_reading = edition.cell(cell.region, cell.layer, scenario=cell.scenario, demand=reading)
        if of_reading.status is not Status.UNAVAILABLE:
            draws = edition.draws(of_reading, "demand", periods)
            readings |= {} if draws is None else {reading: draws}
    return readings


def _reading(of_family: DemandConcept, readings: Readings) -> DemandConcept:
    """The reading a figure speaks of, or the one there is."""
    return of_family if of_family in readings else next(iter(readings))


def _months_before(day: date, months: int) -> date:
    index = day.year * MONTHS + day.month - 1 - months
    return date(index // MONTHS, index % MONTHS + 1, min(day.day, SAFE_DAY))


def _band(draws: FloatArray, levels: Sequence[Quantile]) -> Band:
    (values,) = quantiles_by_column(draws[:, None], [float(level) for level in levels])
    return {str(level): rounded(float(value)) for level, value in zip(levels, values, strict=True)}


def _beside(line: Line, layer: Layer, readings: Readings, exchange: Exchange, levels: Sequence[Quantile]) -> Beside:
    figure = line.figure
    reading = _reading(figure.speaks_of, readings)
    own_draws = readings[reading]
    why = figure.apart or None
    if why is None and line.middle is None:
        why = WITHOUT_MIDDLE
    if why is None:
        why = exchange.missing(line, layer)
    if why is not None or line.middle is None:
        return Beside(line, reading, None, None, {}, None, None, pooled=False, newest=True, why=why)

    def worth(value: float) -> FloatArray:
        return exchange.convert(line.amount(value), line, layer, own_draws)

    def median(value: float) -> float:
        return rounded(float(np.median(worth(value))))

    draws = worth(line.middle)
    ends = None
    if line.low is not None and line.high is not None:
        ends = (median(line.low), median(line.high))
    return Beside(
        line=line,
        reading=reading,
        converted=_band(draws, levels),
        ends=ends,
        cases={name: median(value) for name, value in line.cases.items()},
        ratio=rounded(float(np.median(draws) / np.median(own_draws))),
        position=rounded(float(np.mean(own_draws <= draws))),
        pooled=True,
        newest=True,
        why=None,
    )


def _newest(items: Sequence[Beside]) -> list[Beside]:
    """The same with those marked that a later edition of the publisher replaces: same quantity, kind and scope."""
    latest: dict[tuple[object, ...], date] = {}
    for item in items:
        latest[_quantity(item)] = max(latest.get(_quantity(item), date.min), item.line.published)
    return [
        item
        if item.line.published == latest[_quantity(item)]
        else replace(item, pooled=False, newest=False, why=item.why or EARLIER)
        for item in items
    ]


def _quantity(item: Beside) -> tuple[object, ...]:
    figure = item.line.figure
    return figure.publisher, figure.family, figure.kind, figure.what, bool(figure.scope)


def _pooled(items: Sequence[Beside], layer: Layer, oldest: date) -> list[Beside]:
    """The same with a reason on what is in no pool: one figure a publisher, of the cell's scope, not too old."""
    order = NEAREST.get(layer, ())
    chosen: dict[tuple[str, Family], Beside] = {}
    marked = []
    for item in items:
        judged = _judged(item, oldest)
        marked.append(judged)
        if judged.pooled:
            key = (judged.line.figure.publisher, judged.line.figure.family)
            best = chosen.get(key)
            if best is None or _precedence(judged, order) < _precedence(best, order):
                chosen[key] = judged
    in_pool = {id(item.line) for item in chosen.values()}
    return [
        item
        if not item.pooled or id(item.line) in in_pool
        else replace(item, pooled=False, why=_other_pooled(chosen[item.line.figure.publisher, item.line.figure.family]))
        for item in marked
    ]


def _judged(item: Beside, oldest: date) -> Beside:
    """The same, kept from its pool where it counts something else than the cell or is too old."""
    if not item.pooled:
        return item
    if item.line.figure.scope:
        return replace(item, pooled=False, why=item.line.figure.scope)
    if item.line.published < oldest:
        reason = f"Published before {oldest}: too old for the pool."
        return replace(item, pooled=False, old=True, why=reason)
    return item


def _precedence(item: Beside, order: Sequence[object]) -> tuple[int, bool, int]:
    """Later editions first; of one edition a printed middle before a range, then what is converted least."""
    return -item.line.published.toordinal(), item.line.value is None, order.index(item.line.figure.kind)


def _other_pooled(other: Beside) -> str:
    return f"The publisher's {other.line.figure.kind.value} of {other.line.published} is pooled instead."


def _pool(family: Family, items: Sequence[Beside], readings: Readings, cell: Cell, table: Table) -> Pool | None:
    reading = _reading(READING[family], readings)
    own_draws = readings[reading]
    in_pool = [item for item in items if item.pooled and item.line.figure.family is family and item.converted]
    values = [float(item.ratio) * float(np.median(own_draws)) for item in in_pool if item.ratio is not None]
    if not values:
        return None
    median = math.exp(float(np.median(np.log(values))))
    ratio = float(np.median(own_draws)) / median
    side = "above" if ratio >= table.differs else "below" if ratio <= 1 / table.differs else None
    return Pool(
        family=family,
        reading=reading,
        publishers=tuple(sorted(item.line.figure.publisher for item in in_pool)),
        median=rounded(median),
        low=rounded(min(values)),
        high=rounded(max(values)),
        ratio=rounded(ratio),
        side=side,
        reason=None if side is None else table.reasons.get((cell.region, cell.layer, family, side)),
    )


def _parts(edition: Edition, cell: Cell, periods: Sequence[Period]) -> dict[str, FloatArray]:
    """Medians of the regions the world is made of, (period,) each; empty for a region, and where none is carried."""
    medians = {}
    for region in PARTS if cell.region == WORLD else ():
        part = edition.cell(region, cell.layer, scenario=cell.scenario, demand=cell.demand_concept)
        available = part.status is not Status.UNAVAILABLE and set(periods) <= set(edition.periods(part, Frequency.YEAR))
        part_draws = edition.draws(part, "demand", periods) if available else None
        if part_draws is not None:
            medians[region] = np.median(part_draws, axis=0)
    return medians


def _by_region(parts: Mapping[str, FloatArray], place: int) -> str:
    listing = ", ".join(f"{region} {medians[place]:,.4g}" for region, medians in parts.items())
    return f"Medians of regions, which do not add up to the world's: {listing}."


def _facts(edition: Edition, cell: Cell, period: Period) -> tuple[str, ...]:
    """What of the edition bears on a difference: the routes to the draw, and how much of the width is model error."""
    sentences = []
    about = edition.cells["about"][cell.scenario]
    day = period.start.isoformat()
    if cell.layer in ROUTES_OF:
        layer, route_key = ROUTES_OF[cell.layer]
        beside = about.get(cell_name(cell.region, layer), {}).get(Frequency.YEAR.value, {})
        routes = (beside.get(day) or {}).get("routes")
        if routes is not None:
            medians = {name: band["0.5"] for name, band in routes["bands"].items() if name != SITES}
            ranked = sorted(medians.items(), key=lambda item: -item[1])
            listing = ", ".join(f"{name} {value:,.3g}" for name, value in ranked)
            sentences.append(
                f"{route_key} by route at its median: {listing}; the route of {ranked[0][0]} pulls ours up, that of "
                f"{ranked[-1][0]} down."
            )
    here = about.get(cell_name(cell.region, cell.layer), {}).get(Frequency.YEAR.value, {}).get(day) or {}
    share = here.get("width_split", {}).get("demand", {}).get(Group.MODEL)
    if share is not None:
        sentences.append(f"Model error is {share:.0%} of the variance of what is wanted.")
    return tuple(sentences)
