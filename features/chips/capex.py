"""Capital expenditure of the four largest operators, all by one definition."""

from data.base.errors import NotFound
from data.periods.period import Frequency
from features.chips.shipments import common_sum
from features.series import ModelSeries, derive
from features.view import View

HYPERSCALERS: tuple[str, ...] = (
    "amazon.capex_cash",
    "microsoft.capex_cash",
    "alphabet.capex_cash",
    # meta.capex_cash has first quarters only. The company's own total adds principal payments on finance leases.
    "meta.capex_total",
)
"""Gross cash purchases of property and equipment; Meta's total lies 2 to 6 % above its cash.

``amazon.capex_cash_net`` (from 2026) is net of proceeds and incentives and is not spliced on: the sum stops instead.
"""


def hyperscaler_capex(view: View, *, recipe: str) -> ModelSeries:
    """USD billion per quarter, only quarters all four report; raises :class:`NotFound`."""
    parts = tuple(view.read(series_id, freq=Frequency.QUARTER) for series_id in HYPERSCALERS)
    values = common_sum(parts)
    if not values:
        raise NotFound("series", "derived.world.hyperscaler_capex", hint="the four share no quarter on that day")
    return derive(
        "derived.world.hyperscaler_capex",
        region="WORLD",
        unit="USD_billion",
        values=values,
        inputs=parts,
        recipe=recipe,
    )
