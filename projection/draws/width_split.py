"""Width split: how much of a band's variance each group of inputs causes.

The engine runs once per group with that group random and every other input at its median, on the same random numbers.
Shares are of the sum of those variances; what the groups cause together is not attributed.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.base.layers import DemandConcept
from projection.cells.paths import ConceptKey
from projection.inputs.assumptions import Group

FloatArray = NDArray[np.floating[Any]]
Split = Mapping[ConceptKey, Mapping[str, Mapping[str, FloatArray]]]
"""Share of variance by cell and concept, by quantity (demand, supply, gap) and by group, (quarter,) each."""
SPLIT_DRAWS = 2000
BOOKED = (DemandConcept.CONTRACTED, DemandConcept.REQUESTED)
"""Demand by order books and queues, to which no model error is applied."""


def shares(runs: Mapping[Group, Mapping[ConceptKey, tuple[FloatArray, FloatArray | None]]]) -> Split:
    """Shares of variance from demand and supply, (draw, quarter) each, by the group that is random.

    Where nothing varies (a fixed scenario input), every share is zero. Demand by order books has none of model error.
    """
    shares_of_width: dict[ConceptKey, dict[str, dict[str, FloatArray]]] = {}
    for key in next(iter(runs.values())):
        variances: dict[str, dict[str, FloatArray]] = {}
        for group, cells in runs.items():
            demand, supply = cells[key]
            quantities = {"demand": demand}
            if supply is not None:
                quantities |= {"supply": supply, "gap": demand - supply}
            for quantity, draws in quantities.items():
                variances.setdefault(quantity, {})[group.value] = draws.astype(np.float64).var(axis=0)
        shares_of_width[key] = {
            quantity: {
                group: part / np.maximum(sum(by_group.values()), 1e-300)
                for group, part in by_group.items()
                if quantity != "demand" or key[2] not in BOOKED or group != Group.MODEL
            }
            for quantity, by_group in variances.items()
        }
    return shares_of_width
