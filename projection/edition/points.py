"""Points of an answer: bands, chances and what stands beside them, all read off the same draws of one cell."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from data.base.quantiles import DEFAULT_LEVELS, Quantile
from data.periods.period import Period
from projection.base import measures
from projection.base.order_statistics import quantiles_by_column
from projection.cells.paths import EXPECTED, Binding
from projection.edition import generation_growth
from projection.inputs.assumptions import Group

FloatArray = NDArray[np.float64]
Band = dict[str, float]
STOCK = ("shipped", "retired", "used")
"""Draws of what a stock is made of."""
SHORTAGES = "shortages"
SITES = "sites"
"""The path among the routes that is supply."""
Read = Callable[[str, Sequence[Period]], FloatArray | None]
"""Draws of a quantity over periods, shape (draw, period); None where the cell carries none."""


@dataclass(frozen=True, slots=True)
class BandDifference:
    """Differences of a quantity in the same draws, and the share of draws that have the sign of the median one."""

    band: Band
    p_sign: float


@dataclass(frozen=True, slots=True)
class MeanDifference:
    """Difference of a mean, as a chance is one, and how sure so many draws make its sign."""

    value: float
    p_sign: float


@dataclass(frozen=True, slots=True)
class Differences:
    """What a scenario changes of a point (:mod:`projection.edition.differences`).

    A number that is base's in every draw is left out.

    Attributes:
        bands: by the name of the field, parts of a stock by their own; means: likewise.
        p_above: by threshold; binding: by what binds.
    """

    bands: dict[str, BandDifference]
    means: dict[str, MeanDifference]
    p_above: dict[str, MeanDifference]
    binding: dict[str, MeanDifference]


@dataclass(frozen=True)
class Point:
    """One period of an answer. Bands are quantile level -> value; null where the figures cannot carry them.

    Attributes:
        p_above: P(gap > x) by x as a shortest decimal, for the thresholds asked for.
        p_short_by: P(short in any period of this frequency up to and including this one).
        plan_late: share of the planned additions that could be late before it is short (power).
        stranded: H100e bought that no hall houses; vacant: H100e that halls house and nobody has bought (compute).
        binding: share of draws in which nothing, chips, halls, the grid or firm power keeps what is wanted from being
            served (power).
        shortages: sum over regions of what each is short of what it wants, no surplus elsewhere counted (power and
            compute of the world).
        expected: of requests, what stands with what is expected to be connected (requested demand).
        growth, year_growth: growth of generation since the base year and over the year before beside that of data
            centers, and their share of it (energy).
        routes: demand by each route alone with the log standard deviation between them (power, storage).
        stock: EB shipped and retired in the period, by the shipments route, and used at its end (storage).
        model_error_share: share of the gap's variance that is the model error; of demand's where there is no supply.
        difference: what the scenario changes; None in base, and where an edition does not tell it.
    """

    period: date
    demand: Band
    supply: Band | None
    gap: Band | None
    p_short: float | None
    expected_shortfall: float | None
    p_above: Band | None
    p_short_by: float | None
    plan_late: Band | None
    stranded: Band | None
    vacant: Band | None
    binding: dict[str, float] | None
    shortages: Band | None
    expected: Band | None
    growth: dict[str, Any] | None
    year_growth: dict[str, Any] | None
    routes: dict[str, Any] | None
    stock: dict[str, Band] | None
    width_split: dict[str, dict[str, float]]
    model_error_share: float | None
    difference: Differences | None = None


@dataclass(frozen=True)
class Selection:
    """What an answer is to hold.

    Attributes:
        first, last: any day inside the first and last period; open where None.
        levels: quantile levels of every band.
        above: thresholds of the gap, in the unit.
        narrow: H100e at 16 bit instead of 8.
        partial: the cell carries demand alone.
    """

    first: date | None
    last: date | None
    levels: Sequence[Quantile]
    above: Sequence[float]
    narrow: bool
    partial: bool

    def places(self, periods: Sequence[Period]) -> list[int]:
        """Which of some periods, ascending, are wanted, by their place: one after the other."""
        return [
            place
            for place, period in enumerate(periods)
            if (self.first is None or period.end >= self.first) and (self.last is None or period.start <= self.last)
        ]


def gap_of(
    draws_of: Read, periods: Sequence[Period], selection: Selection
) -> tuple[FloatArray | None, FloatArray | None]:
    """Draws of demand and supply over periods, (draw, period) each, on the precision wanted."""
    demand = draws_of("demand", periods)
    supply = None if selection.partial else draws_of("supply", periods)
    if selection.narrow and demand is not None:
        ratio = draws_of("narrow", periods)
        demand = None if ratio is None else demand * ratio
        supply = None if supply is None or ratio is None else supply * ratio
    return demand, supply


@dataclass(frozen=True)
class Numbers:
    """Draws of what points are read off.

    Attributes:
        places: periods asked for, by their place among those the cell carries: one after the other.
        columns: what is printed as a band, (draw, place), by the name of its field; parts of a stock by their own.
        gap: from the first period to the last asked for, (draw, period); None without a supply.
        binding: numbers of :class:`Binding`, (draw, place); None where it is not told.
    """

    places: Sequence[int]
    columns: Mapping[str, FloatArray]
    gap: FloatArray | None
    binding: FloatArray | None

    @classmethod
    def of(cls, draws_of: Read, periods: Sequence[Period], selection: Selection) -> Self | None:
        """Those of a cell; None where it carries none of the periods."""
        places = selection.places(periods)
        if not places:
            return None
        demand, supply = gap_of(draws_of, list(periods[: places[-1] + 1]), selection)
        if demand is None:
            return None
        within = [periods[index] for index in places]
        chosen = slice(places[0], places[-1] + 1)
        columns = {"demand": demand[:, chosen], **_beside(draws_of, within, demand, supply, chosen, selection)}
        gap = None if supply is None else demand - supply
        if supply is not None and gap is not None:
            columns |= {"supply": supply[:, chosen], "gap": gap[:, chosen]}
        return cls(places, columns, gap, draws_of("binding", within))

    @property
    def gap_within(self) -> FloatArray | None:
        """The gap at the places asked for, (draw, place)."""
        return None if self.gap is None else self.gap[:, self.places[0] : self.places[-1] + 1]


def points(
    numbers: Numbers,
    draws_of: Read,
    about: Mapping[str, Mapping[str, Any]],
    periods: Sequence[Period],
    selection: Selection,
) -> list[Point]:
    """The points of a cell.

    Args:
        numbers: what they are read off.
        draws_of: gives draws of what stands beside them.
        about: what stands beside the bands, by first day of the period.
        periods: every period the cell carries at one frequency, ascending: being short by a period counts from the
            first, whatever is asked for.
        selection: what is asked for.
    """
    gap, by = numbers.gap, None if numbers.gap is None else measures.p_short_by(numbers.gap)
    within = [periods[index] for index in numbers.places]
    # Single precision is what draws are kept in, and sorts in half the time.
    bands = {name: bands_of(draws.astype(np.float32), selection.levels) for name, draws in numbers.columns.items()}
    binding = None if numbers.binding is None else _rounded(binding_shares(numbers.binding))
    growth, of_year = (
        growth_of(draws_of, periods, within) for growth_of in (generation_growth.since_base, generation_growth.of_year)
    )

    one_band = partial(band_of, levels=selection.levels)
    rows = []
    for place, index in enumerate(numbers.places):
        facts = about[periods[index].start.isoformat()]
        gap_draws = None if gap is None else gap[:, index : index + 1]
        split = {k: v for k, v in facts["width_split"].items() if k == "demand" or not selection.partial}

        def band(name: str, place: int = place) -> Band | None:
            return bands[name][place] if name in bands else None

        rows.append(
            Point(
                period=periods[index].start,
                demand=band("demand") or {},
                supply=band("supply"),
                gap=band("gap"),
                p_short=None if gap_draws is None else rounded(measures.p_above(gap_draws, 0.0)[0]),
                expected_shortfall=None if gap_draws is None else rounded(measures.expected_shortfall(gap_draws)[0]),
                p_above=None
                if gap_draws is None or not selection.above
                else {shortest(x): rounded(measures.p_above(gap_draws, x)[0]) for x in selection.above},
                p_short_by=None if by is None else rounded(by[index]),
                plan_late=band("plan_late"),
                stranded=band("stranded"),
                vacant=band("vacant"),
                binding=None if binding is None else binding[place],
                shortages=band(SHORTAGES),
                expected=band(EXPECTED),
                growth=None if growth is None else growth[place].bands(one_band),
                year_growth=None if of_year is None else of_year[place].bands(one_band),
                routes=_routes(facts.get("routes"), partial=selection.partial),
                stock=_stock({name: band(name) for name in STOCK}),
                width_split=split,
                model_error_share=split.get("gap", split.get("demand", {})).get(Group.MODEL),
            )
        )
    return rows


def _beside(
    draws_of: Read,
    within: Sequence[Period],
    demand: FloatArray,
    supply: FloatArray | None,
    window: slice,
    selection: Selection,
) -> dict[str, FloatArray]:
    """Draws of what stands beside demand and supply, (draw, period) each, as far as the cell carries it."""
    present = {name: draws for name in (*STOCK, EXPECTED) if (draws := draws_of(name, within)) is not None}
    housed = None if selection.partial else draws_of("housed", within)
    bought = None if housed is None else draws_of("bought", within)
    if housed is not None and bought is not None:
        over: FloatArray = bought - housed
        ratio = draws_of("narrow", within) if selection.narrow else None
        over = over if ratio is None else over * ratio
        present |= {"stranded": np.maximum(over, 0.0), "vacant": np.maximum(-over, 0.0)}
    shortages = None if selection.partial else draws_of(SHORTAGES, within)
    if shortages is not None and not selection.narrow:  # Regions' ratios of 16 to 8 bit differ.
        present[SHORTAGES] = shortages
    additions = None if selection.partial else draws_of("additions", within)
    if additions is not None and supply is not None:
        present["plan_late"] = measures.late_share(demand[:, window], supply[:, window], additions).astype(np.float64)
    return present


def band_of(draws: NDArray[np.floating[Any]], levels: Sequence[float | Quantile] = DEFAULT_LEVELS) -> Band:
    """The band of draws, (draw,)."""
    return bands_of(draws[:, None], levels)[0]


def bands_of(draws: NDArray[np.floating[Any]], levels: Sequence[float | Quantile], *, digits: int = 6) -> list[Band]:
    """A band for every period, of draws, (draw, period)."""
    keys = [str(level) for level in levels]
    table = quantiles_by_column(draws, [float(level) for level in levels])
    return [dict(zip(keys, (rounded(value, digits) for value in values.tolist()), strict=True)) for values in table]


def binding_shares(codes: FloatArray) -> list[dict[str, float]]:
    """Share of draws by what binds, a period each, of its codes, (draw, period)."""
    counts = [np.bincount(column, minlength=len(Binding)).tolist() for column in codes.T.astype(np.intp)]
    return [{one.name.lower(): count[one] / len(codes) for one in Binding} for count in counts]


def _rounded(rows: list[dict[str, float]]) -> list[dict[str, float]]:
    return [{name: rounded(share) for name, share in row.items()} for row in rows]


def _stock(bands: dict[str, Band | None]) -> dict[str, Band] | None:
    present = {name: band for name, band in bands.items() if band is not None}
    return present or None


def _routes(routes: dict[str, Any] | None, *, partial: bool) -> dict[str, Any] | None:
    """The routes of a point; where no supply is printed, what the built capacity would draw is not printed either."""
    if routes is None or not partial:
        return routes
    return routes | {"bands": {name: band for name, band in routes["bands"].items() if name != SITES}}


def shortest(value: float) -> str:
    """A number as its shortest decimal, every digit that distinguishes it from its neighbours, no exponent.

    >>> shortest(10_000_000.0), shortest(-2.5), shortest(1234567.0)
    ('10000000', '-2.5', '1234567')
    """
    return np.format_float_positional(value, trim="-")


def rounded(value: float, digits: int = 6) -> float:
    """Six significant digits: more would be noise of ten thousand draws."""
    return float(f"{value:.{digits}g}")
