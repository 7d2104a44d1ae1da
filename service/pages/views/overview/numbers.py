"""The numbers of a cell as text: a row a period, and what holds the region back as bars of a hundred futures."""

from collections.abc import Mapping
from dataclasses import dataclass

from data.base.layers import Layer
from data.periods.period import Period
from projection.edition.points import Point
from service.api.gaps.gaps import GapReading
from service.pages.views.overview.answer import scale_of
from service.pages.words import LAYER_NAME, dots, in_hundred
from service.wording import Scale

NONE = "\N{EN DASH}"
HOLDS_BACK = {
    "halls": ("halls", "halls"),
    "grid": ("grid", "connections to the grid"),
    "firm": ("plants", "power plants"),
    "chips": ("chips", "chips"),
    "nothing": ("", "nothing"),
}
"""What keeps the need from being served, by the name an edition keeps it under: its term, and its name."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A share of futures, as a bar of a hundred: ``term`` explains it."""

    term: str
    name: str
    of_100: int


@dataclass(frozen=True, slots=True)
class TableRow:
    """One period as text."""

    period: str
    current: bool
    need: str
    need_band: str
    met: str
    met_band: str
    gap: str
    gap_band: str
    chance: str
    shortfall: str


@dataclass(frozen=True, slots=True)
class Limits:
    """What holds a region back in a period.

    Attributes:
        period: its name.
        power: futures of 100 in which something in power is short of what is bought.
        short: the same by layer of power.
        binding: what keeps the need from being served.
    """

    period: str
    power: int
    short: tuple[Bar, ...]
    binding: tuple[Bar, ...]


def limits_of(reading: GapReading, point: Point | None) -> Limits | None:
    """What holds the region back in the period of a point, or in its first; None where the edition cannot say."""
    if not reading.limits:
        return None
    start = reading.limits[0].period if point is None else point.period
    limit = min(reading.limits, key=lambda one: abs(one.period - start))
    order = sorted(HOLDS_BACK, key=lambda name: (name == "nothing", -limit.binding[name]))
    return Limits(
        Period(limit.period, reading.query.freq).label,
        dots(1 - limit.p_power_not_limit),
        tuple(Bar(layer, LAYER_NAME[Layer(layer)], dots(chance)) for layer, chance in limit.p_short.items()),
        tuple(Bar(*HOLDS_BACK[name], dots(limit.binding[name])) for name in order),
    )


def row_of(reading: GapReading, point: Point, *, current: bool) -> TableRow:
    """A period as text; a dash where there is no answer."""
    scale = scale_of(reading)
    shortfall = NONE
    if point.p_short and point.expected_shortfall is not None:
        shortfall = scale.number(point.expected_shortfall / point.p_short)
    return TableRow(
        period=Period(point.period, reading.query.freq).label,
        current=current,
        need=_middle(point.demand, scale),
        need_band=_band(point.demand, scale),
        met=_middle(point.supply, scale),
        met_band=_band(point.supply, scale),
        gap=_middle(point.gap, scale),
        gap_band=_band(point.gap, scale),
        chance=NONE if point.p_short is None else in_hundred(point.p_short),
        shortfall=shortfall,
    )


def _middle(band: Mapping[str, float] | None, scale: Scale) -> str:
    return NONE if band is None else scale.number(band["0.5"])


def _band(band: Mapping[str, float] | None, scale: Scale) -> str:
    return "" if band is None else f"{scale.number(band['0.1'])} to {scale.number(band['0.9'])}"
