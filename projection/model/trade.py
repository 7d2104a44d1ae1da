"""Chips beside those that shipments give a region: what trade moves, what is not made, what Huawei makes further.

None of it is demand: it meets what is wanted, or is lacking for it. World production of western designers is what it
is, so that what China imports further the others do not get. All of it is none in the base.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from projection.base.blocks import blank
from projection.base.timeline import QUARTERS_PER_YEAR, Timeline
from projection.inputs.assumption_values import Values
from projection.inputs.dated import arrived, end_dates
from projection.model.chips import CHINA, HUAWEI, Stocks, installed, survival

FloatArray = NDArray[np.floating[Any]]
MOST_OF_ABROAD = np.float32(0.5)
"""Of what is shipped to all others, that China can import beside its expected flow."""


@dataclass(frozen=True)
class Diverted:
    """H100e in service beside a region's own, (draw, 1 + quarter) at the ends of the base year and of each quarter.

    Attributes:
        china: China's; huawei: the part of them that Huawei made.
        abroad: of all other regions together; negative where they have fewer.
    """

    china: FloatArray
    huawei: FloatArray
    abroad: FloatArray

    def of(self, region: str, share: Mapping[str, FloatArray]) -> FloatArray:
        """Those of one region, which has a share, (draw,), of what is abroad."""
        return self.china if region == CHINA else self.abroad * share[region][:, None]


def diverted(stocks: Stocks, flows: Mapping[str, FloatArray], values: Values, timeline: Timeline) -> Diverted:
    """Chips that scenarios move, from the shipments, (draw, quarter of the history)."""
    abroad, imported = stocks.abroad.received[:, timeline.offset :], stocks.imported[:, timeline.offset :]
    a_quarter = (values["cn_further_imports"] / QUARTERS_PER_YEAR)[:, None]
    further = np.asfortranarray(np.clip(a_quarter, -imported, MOST_OF_ABROAD * abroad))
    china, others = further, -further
    lost = _lost(values, timeline)
    if lost is not None:
        china, others = china - lost * (imported + further), others - lost * (abroad - further)
    huawei = _of_huawei(flows, values, timeline)
    if huawei is not None:
        china = china + huawei
    return Diverted(
        _standing(china, values),
        _standing(np.zeros_like(china) if huawei is None else huawei, values),
        _standing(others, values),
    )


def _lost(values: Values, timeline: Timeline) -> FloatArray | None:
    """Share of western shipments that is not made, (draw, quarter): it comes between two dates, then fades."""
    dates = end_dates(timeline)[1:]
    lost = arrived("western_chips_lost", values, dates)
    if lost is None:
        return None
    after = dates[None, :].astype(np.float32) - values["western_chips_lost_until"][:, None]
    return np.asfortranarray(lost * (1 - np.clip(after / values["western_chips_recovery_years"][:, None], 0, 1)))


def _of_huawei(flows: Mapping[str, FloatArray], values: Values, timeline: Timeline) -> FloatArray | None:
    """H100e Huawei ships beyond its forecast, (draw, quarter); negative where it ships fewer."""
    further = arrived("huawei_further_output", values, end_dates(timeline)[1:])
    if further is None or HUAWEI not in flows:
        return None
    return np.asfortranarray(flows[HUAWEI][:, timeline.offset :] * np.expm1(further))


def _standing(flow: FloatArray, values: Values) -> FloatArray:
    """The stock of a flow, with none at the end of the base year."""
    path = blank(flow.shape[0], 1 + flow.shape[1])
    path[:, 1:] = flow
    return installed(path, survival(values, path.shape[1])) if path.any() else path
