"""Quarterly accelerator shipments in H100e (dense 8-bit), from cumulative medians.

Epoch AI publishes percentiles of cumulative sales by designer. Medians of cumulative sales subtract to a flow whose
quarterly shape is interpolated (no seasonality is in it); percentiles do not subtract, so a flow carries no bounds.
``gpu_clusters`` counts H100e on a 16-bit basis and never enters here.
"""

from data.errors import NotFound
from data.periods import Frequency, Period
from features.series import ModelSeries, derive
from features.view import View

DESIGNERS: dict[str, str] = {
    "nvidia": "WORLD",
    "google_tpu": "WORLD",
    "amazon_trainium": "WORLD",
    "amd": "WORLD",
    "huawei_ascend": "CN",
    "cambricon": "CN",
}
"""Designers with published cumulative sales, and the region their series stand under."""


def flow(view: View, designer: str, *, recipe: str) -> ModelSeries:
    """H100e shipped per quarter: differences of successive cumulative medians.

    The first quarter is kept only where the publisher's own quarterly series has it, that is where counting starts in
    that quarter; for Google it starts with the stock of earlier years. Raises :class:`NotFound`.
    """
    cumulative = view.read(f"{designer}.ai_chips.cumulative_compute", freq=Frequency.QUARTER)
    quarterly = view.read(f"{designer}.ai_chips.quarterly_compute", freq=Frequency.QUARTER)
    stock = cumulative.by_period()
    flows = {period: stock[period] - stock[period.shift(-1)] for period in stock if period.shift(-1) in stock}
    first = cumulative.periods[0]
    if first in quarterly.by_period():
        flows[first] = stock[first]
    return derive(
        f"derived.{designer}.h100e_flow",
        region=DESIGNERS[designer],
        unit="H100e",
        values=flows,
        inputs=(cumulative,),
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
