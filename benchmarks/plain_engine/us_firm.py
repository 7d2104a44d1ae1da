"""Firm power of the US: the balance of :mod:`projection.firm` over the draws, from a year after the base year on."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from benchmarks.plain_engine.generation import accredited
from data.layers import Layer
from projection.anchors import Anchors
from projection.firm import firm_balance
from projection.generation import carried
from projection.grid import QUARTERS_PER_YEAR
from projection.paths import Key, Paths
from projection.us_firm import US, elcc_published, firm_base

FloatArray = NDArray[np.float64]


def add_firm(cells: dict[Key, Paths], anchors: Anchors, values: Mapping[str, FloatArray]) -> dict[Key, Paths]:
    """The firm balance of the US from its (floored) energy demand, beside the other cells.

    Quarters up to the base of the balance carry NaN. Without accredited additions, published or planned, there is
    none.
    """
    if not (anchors.elcc or carried(anchors.us_generation, anchors.grid)):
        return cells
    grid = anchors.grid
    energy = cells["US", Layer.ENERGY]
    average = energy.demand * 1000 / grid.hours
    base = grid.index_of(firm_base(grid))
    years = (np.arange(len(grid.quarters) - base - 1) + 1) / QUARTERS_PER_YEAR
    balance = firm_balance(
        average_growth=average[:, base + 1 :] - average[:, base : base + 1],
        load_factor=values["load_factor_own_peak"][:, None],
        other_peak_growth=values["other_peak_growth"][:, None] * years,
        reserve_margin=values["reserve_margin"][:, None],
        elcc_additions=accredited_additions(anchors, values, years),
        behind_the_meter=behind_the_meter(values, years),
        starting_headroom=values["starting_headroom"][:, None],
    )
    pad = np.full((energy.demand.shape[0], base + 1), np.nan)
    return cells | {
        US: Paths(
            demand=np.concatenate([pad, balance.need], axis=1),
            supply=np.concatenate([pad, balance.supply], axis=1),
            binds=energy.binds,
        )
    }


def accredited_additions(anchors: Anchors, values: Mapping[str, FloatArray], years: FloatArray) -> FloatArray:
    """Accredited additions net of retirements since the base of the balance, GW, (draw, time)."""
    grid = anchors.grid
    found = []
    if carried(anchors.us_generation, grid):
        found.append(accredited(anchors.us_generation, values, grid, years))
    if anchors.elcc:
        found.append(values["elcc_factor"][:, None] * elcc_published(anchors.elcc, years, grid))
    weight = values["elcc_route_weight"][:, None]
    return found[0] if len(found) == 1 else weight * found[0] + (1 - weight) * found[1]


def behind_the_meter(values: Mapping[str, FloatArray], years: FloatArray) -> FloatArray:
    """On-site supply delivered since the base, GW: linear to the 2028 and 2030 draws, then a share of that pace."""
    first, second = values["btm_2028"][:, None], values["btm_2030"][:, None]
    second = np.maximum(second, first)
    pace = (second - first) / 2
    early = first * np.minimum(years, 2.0) / 2
    middle = pace * np.clip(years - 2.0, 0.0, 2.0)
    late = values["btm_pace_after"][:, None] * pace * np.maximum(years - 4.0, 0.0)
    return early + middle + late
