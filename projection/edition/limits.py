"""Whether power is what limits a region, and what does where it is not, read off the joint draws of its cells.

In a draw power is not the limit when neither facility power, nor electricity, nor firm power falls short, as far as the
edition carries a supply of each. What binds is read off compute: halls that chips do not fill, or chips without halls.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from data.base.layers import Layer, Status
from data.periods.period import Frequency, Period
from projection.edition.edition import Cell, Edition

BoolArray = NDArray[np.bool_]
POWER_LAYERS = (Layer.POWER, Layer.ENERGY, Layer.FIRM)
"""Layers of power, in the order they are listed."""


@dataclass(frozen=True)
class Limit:
    """One period.

    Attributes:
        p_power_not_limit: chance that no layer of power is short.
        p_short: chance of being short by layer of power that carries a supply.
        binding: chance that power, or chips, is what limits deliverable compute.
    """

    period: date
    p_power_not_limit: float
    p_short: dict[str, float]
    binding: dict[str, float]


def limits(edition: Edition, region: str, *, scenario: str, freq: Frequency) -> list[Limit]:
    """What limits a region, by period; empty where its compute or its facility power carries no supply.

    Raises :class:`data.base.errors.NotFound` for an unknown region or scenario.
    """
    cells = {layer: edition.cell(region, layer, scenario=scenario) for layer in (Layer.COMPUTE, *POWER_LAYERS)}
    available = {layer: cell for layer, cell in cells.items() if cell.status is Status.AVAILABLE}
    if not {Layer.COMPUTE, Layer.POWER} <= set(available):
        return []
    periods = edition.periods(available[Layer.COMPUTE], freq)
    short = {layer: _short(edition, cell, freq) for layer, cell in available.items()}
    rows = []
    for period in periods:
        here = {layer: by_period[period] for layer, by_period in short.items() if period in by_period}
        power = {layer: here[layer] for layer in POWER_LAYERS if layer in here}
        stranded = float(here[Layer.COMPUTE].mean())
        rows.append(
            Limit(
                period=period.start,
                p_power_not_limit=1.0 - float(np.logical_or.reduce(list(power.values())).mean()),
                p_short={layer.value: float(draws.mean()) for layer, draws in power.items()},
                binding={"power": stranded, "chips": 1.0 - stranded},
            )
        )
    return rows


def _short(edition: Edition, cell: Cell, freq: Frequency) -> dict[Period, BoolArray]:
    """Whether each draw is short, (draw,), by period."""
    periods = edition.periods(cell, freq)
    short = edition.short(cell, periods)
    return {} if short is None else {period: short[:, index] for index, period in enumerate(periods)}
