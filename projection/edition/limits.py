"""Whether power is what limits a region, and what does where it is not, read off the joint draws of its cells.

In a draw power is not the limit when neither facility power, nor electricity, nor firm power falls short of what buyers
take with the chips there are, as far as the edition carries a supply of each. What binds is what keeps what is wanted
from being served: chips, halls, connections to the grid or firm power, or nothing.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from data.base.layers import DemandConcept, Layer, Status
from data.periods.period import Frequency, Period
from projection.edition import bands
from projection.edition.edition import Cell, Edition
from projection.edition.points import binding_shares

BoolArray = NDArray[np.bool_]
POWER_LAYERS = (Layer.POWER, Layer.ENERGY, Layer.FIRM)
"""Layers of power, in the order they are listed."""


@dataclass(frozen=True)
class Limit:
    """One period.

    Attributes:
        p_power_not_limit: chance that no layer of power is short.
        p_short: chance of being short of what is bought, by layer of power that carries a supply.
        binding: chance that nothing, chips, halls, the grid or firm power binds.
    """

    period: date
    p_power_not_limit: float
    p_short: dict[str, float]
    binding: dict[str, float]


LIMITS = TypeAdapter(list[Limit])


def limits(edition: Edition, region: str, *, scenario: str, freq: Frequency) -> list[Limit]:
    """What limits a region, by period; empty where its compute or its facility power carries no supply.

    Raises :class:`data.base.errors.NotFound` for an unknown region or scenario.
    """
    cells = {
        layer: edition.cell(region, layer, scenario=scenario, demand=DemandConcept.BOUGHT) for layer in POWER_LAYERS
    }
    if not edition.has_draws(scenario):
        question = bands.of_limits(region, freq)
        return LIMITS.validate_json(edition.answers(scenario, [question]).get(question, "[]"))
    available = {layer: cell for layer, cell in cells.items() if cell.status is Status.AVAILABLE}
    if Layer.POWER not in available:
        return []
    periods = edition.periods(available[Layer.POWER], freq)
    binding = edition.draws(available[Layer.POWER], "binding", periods)
    if binding is None:
        return []
    short = {layer: _short(edition, cell, freq) for layer, cell in available.items()}
    rows = []
    for period, shares in zip(periods, binding_shares(binding), strict=True):
        here = {layer: by_period[period] for layer, by_period in short.items() if period in by_period}
        rows.append(
            Limit(
                period=period.start,
                p_power_not_limit=1.0 - float(np.logical_or.reduce(list(here.values())).mean()),
                p_short={layer.value: float(draws.mean()) for layer, draws in here.items()},
                binding=shares,
            )
        )
    return rows


def _short(edition: Edition, cell: Cell, freq: Frequency) -> dict[Period, BoolArray]:
    """Whether each draw is short, (draw,), by period."""
    periods = edition.periods(cell, freq)
    demand, supply = (edition.draws(cell, quantity, periods) for quantity in ("demand", "supply"))
    if demand is None or supply is None:
        return {}
    return {period: demand[:, index] > supply[:, index] for index, period in enumerate(periods)}
