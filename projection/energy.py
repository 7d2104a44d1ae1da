"""Energy: the average draw of a region's data centers by two routes, and the electricity left for them.

Route one counts chips: TDP x server overhead x PUE x average over rated, plus everything that is not an accelerator.
Route two follows publishers' own equipment-based projections. Each draw weights the two on the log scale; their
disagreement is thereby carried as width instead of being averaged away.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from projection.buildout import growing
from projection.firm import TWH_PER_AVERAGE_GW
from projection.grid import HOURS, HOURS_PER_YEAR, OFFSET, QUARTERS

FloatArray = NDArray[np.float64]
PUBLISHED_SPAN = 5.0
"""Years from the 2025 nowcast to the publishers' 2030."""
# Least share of today's draw that is not accelerators; a guard for draws in which chips alone exceed the nowcast.
LEAST_OTHER_SHARE = 0.3
MID_YEAR = np.array([(index + 0.5) / 4 + 0.5 for index in range(len(QUARTERS))])
"""Years from the middle of 2025 to the middle of each quarter."""


@dataclass(frozen=True)
class Draw:
    """Average facility draw of one region, GW, shape (draw, quarter)."""

    total: FloatArray
    accelerators: FloatArray
    other: FloatArray
    base: FloatArray
    """Total at the end of 2025, shape (draw,)."""
    base_accelerators: FloatArray


def accelerator_draw(tdp: FloatArray, values: Mapping[str, FloatArray]) -> FloatArray:
    """Average facility draw of accelerators, GW, from their chip TDP in GW; any shape (draw, quarter)."""
    factor = values["server_overhead"] * values["pue_ai"] * values["ai_average_over_rated"]
    return tdp * factor[:, None]


def facility_draw(tdp: FloatArray, values: Mapping[str, FloatArray], *, region: str) -> Draw:
    """Average facility draw of a region, both routes, from chip TDP on the history grid (draw, quarter), GW."""
    key = region.lower()
    accelerators = accelerator_draw(tdp, values)
    ends = accelerators[:, OFFSET - 1 :]
    mean = (ends[:, 1:] + ends[:, :-1]) / 2
    year_2025 = accelerators[:, OFFSET - 4 : OFFSET].mean(axis=1)
    nowcast = values[f"{key}_energy_2025"] / TWH_PER_AVERAGE_GW
    other_2025 = np.maximum(nowcast - year_2025, LEAST_OTHER_SHARE * nowcast)
    other = other_2025[:, None] * np.exp(values["non_ai_growth"][:, None] * MID_YEAR)
    # Draws whose chips exceed the nowcast are scaled to it: the measured total outranks the conversion chain.
    fit = ((nowcast - other_2025) / np.maximum(year_2025, 1e-9))[:, None]
    by_chips = mean * fit + other
    rate = np.log(values[f"{key}_published_2030"] / values[f"{key}_energy_2025"]) / PUBLISHED_SPAN
    growth = np.minimum(MID_YEAR, PUBLISHED_SPAN) * rate[:, None]
    growth += np.maximum(MID_YEAR - PUBLISHED_SPAN, 0.0) * values["published_growth_after_2030"][:, None]
    published = nowcast[:, None] * np.exp(growth)
    weight = values["route_weight"][:, None]
    total = np.exp(weight * np.log(by_chips) + (1 - weight) * np.log(published))
    other = np.minimum(other, 0.98 * total)
    base_accelerators = ends[:, 0] * fit[:, 0]
    base = base_accelerators + other_2025 * np.exp(values["non_ai_growth"] * 0.5)
    return Draw(total=total, accelerators=total - other, other=other, base=base, base_accelerators=base_accelerators)


def to_twh(average: FloatArray) -> FloatArray:
    """TWh of each quarter from average GW, shape (draw, quarter)."""
    return np.asarray(average * HOURS / 1000)


def us_available(values: Mapping[str, FloatArray]) -> FloatArray:
    """Electricity available to US data centers, TWh per quarter, shape (draw, quarter).

    What they used in 2025, plus energy of realised generation additions and of idle hours of existing plants, less the
    growth of every other use.
    """
    rate = values["us_planned_energy_2026"] * values["us_additions_realised"]
    years = growing(values["us_additions_pace"], MID_YEAR)
    slack = values["us_dispatch_slack"][:, None] * np.minimum(MID_YEAR / 4, 1.0)
    other = values["us_other_use_growth"][:, None] * MID_YEAR
    yearly = values["us_energy_2025"][:, None] + rate[:, None] * years + slack - other
    return np.asarray(np.maximum(yearly, 0.0) * HOURS / HOURS_PER_YEAR)


def gross_growth(generation: FloatArray, base: float) -> FloatArray:
    """Growth of generation since 2025 at each quarter's middle, TWh a year, shape (draw, quarter).

    Args:
        generation: draws of yearly generation for 2026 onward, TWh, shape (draw, year).
        base: generation of 2025, TWh.
    """
    years = np.arange(generation.shape[1] + 1, dtype=float)
    path = np.concatenate([np.full((generation.shape[0], 1), base), generation], axis=1) - base
    place = np.clip(MID_YEAR, 0.0, years[-1])
    left = np.minimum(place.astype(int), len(years) - 2)
    part = place - left
    return np.asarray(path[:, left] * (1 - part) + path[:, left + 1] * part)
