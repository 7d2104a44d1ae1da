"""Quarterly accelerator shipments in H100e (dense 8-bit), from cumulative medians.

Epoch AI publishes percentiles of cumulative sales by designer. Medians of cumulative sales subtract to a flow whose
quarterly shape is interpolated (no seasonality is in it); percentiles do not subtract, so a flow carries no bounds.
``gpu_clusters`` counts H100e on a 16-bit basis and never enters here.
"""

from data.base.errors import InvalidParameter, NotFound
from data.base.toml_tables import Entry, read_shipped
from data.periods.period import Frequency, Period
from features.series import ModelSeries, derive
from features.view import View

FILE = "designers.toml"


class ChipDesigner(Entry):
    """A designer with published cumulative sales.

    Attributes:
        region: where its series stand; CN for designers whose chips stay in China.
        sales_in_usd: its sales are counted in USD too.
        newest_chip: the newest one with figures at 8 and at 16 bit, or None.
    """

    name: str
    region: str
    sales_in_usd: bool = False
    newest_chip: str | None = None


class _File(Entry):
    designer: tuple[ChipDesigner, ...]


def _designers() -> dict[str, ChipDesigner]:
    return {one.name: one for one in read_shipped(_File, "features.chips", FILE).designer}


DESIGNERS = _designers()
"""Designers by name, in the order of ``designers.toml``."""

MEASURES: tuple[str, ...] = ("compute", "power", "cost", "units")
"""What cumulative sales are counted in: H100e, MW of chip power, USD billion, thousand chips."""


def flow_id(designer: str) -> str:
    """Series id of a designer's quarterly shipments in H100e."""
    return f"derived.{designer}.h100e_flow"


def increments(view: View, designer: str, measure: str) -> dict[Period, float]:
    """Sold per quarter in one measure, in the unit of the cumulative series: differences of successive medians.

    The first quarter is kept only where counting starts in it, which is where the publisher's own quarterly compute has
    it; for Google the first cumulative figure is the stock of earlier years and is no quarter's sales. Raises
    :class:`NotFound` when the series is not known on the day, or only its first figure. Where a user's own series
    stands in for the flow, that is what was sold.
    """
    if measure not in MEASURES:
        raise InvalidParameter("measure", f"{measure!r} is not counted", allowed=MEASURES)
    if measure == "compute" and flow_id(designer) in view.substitutions.drivers:
        return view.read(flow_id(designer), freq=Frequency.QUARTER).by_period()
    stock = view.read(f"{designer}.ai_chips.cumulative_{measure}", freq=Frequency.QUARTER).by_period()
    quarterly = view.read(f"{designer}.ai_chips.quarterly_compute", freq=Frequency.QUARTER).by_period()
    sold = {period: stock[period] - stock[period.shift(-1)] for period in stock if period.shift(-1) in stock}
    first = min(stock)
    if first in quarterly:
        sold = {first: stock[first]} | sold
    if not sold:
        raise NotFound("series", f"{designer}.{measure} sold", hint=f"one cumulative figure is known on {view.as_of}")
    return sold


def flow(view: View, designer: str, *, recipe: str) -> ModelSeries:
    """H100e shipped per quarter, see :func:`increments`; raises :class:`NotFound`."""
    return derive(
        flow_id(designer),
        region=DESIGNERS[designer].region,
        unit="H100e",
        values=increments(view, designer, "compute"),
        inputs=(view.read(f"{designer}.ai_chips.cumulative_compute", freq=Frequency.QUARTER),),
        recipe=recipe,
    )


def world_flow(view: View, *, recipe: str) -> ModelSeries:
    """H100e shipped per quarter by the six designers together, only quarters that every one of them covers.

    Raises :class:`NotFound` when a designer is missing or they share no quarter.
    """
    parts = tuple(flow(view, designer, recipe=recipe) for designer in DESIGNERS)
    values = common_sum(parts)
    if not values:
        raise NotFound("series", "derived.world.h100e_flow", hint="the designers share no quarter on that day")
    return derive("derived.world.h100e_flow", region="WORLD", unit="H100e", values=values, inputs=parts, recipe=recipe)


def common_sum(parts: tuple[ModelSeries, ...]) -> dict[Period, float]:
    """Sum over series by period, only periods that all of them carry; dates are never mixed."""
    tables = [part.by_period() for part in parts]
    shared = set.intersection(*(set(table) for table in tables))
    return {period: sum(table[period] for table in tables) for period in sorted(shared)}
