"""Width split: how much of a band's variance each group of inputs causes.

The engine runs once per group with that group random and every other input at its median, on the same random numbers.
Shares are of the sum of those variances; what the groups cause together is not attributed.
"""

from collections.abc import Hashable, Mapping
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from projection.cells.paths import Paths
from projection.inputs.assumptions import Group

FloatArray = NDArray[np.floating[Any]]
SPLIT_DRAWS = 2000
AnyKey = TypeVar("AnyKey", bound=Hashable)


def shares(runs: Mapping[Group, Mapping[AnyKey, Paths]]) -> dict[AnyKey, dict[str, dict[str, FloatArray]]]:
    """Share of variance by cell, quantity and group, each of shape (quarter,).

    Where nothing varies (a fixed scenario input), every share is zero.
    """
    shares_of_width: dict[AnyKey, dict[str, dict[str, FloatArray]]] = {}
    for key in next(iter(runs.values())):
        shares_of_width[key] = {}
        for quantity in ("demand", "supply", "gap"):
            variance = {}
            for group, cells in runs.items():
                draws = _quantity(cells[key], quantity)
                if draws is not None:
                    variance[group.value] = draws.astype(np.float64).var(axis=0)
            if variance:
                total = np.maximum(sum(variance.values()), 1e-300)
                shares_of_width[key][quantity] = {group: part / total for group, part in variance.items()}
    return shares_of_width


def _quantity(paths: Paths, quantity: str) -> FloatArray | None:
    if quantity == "demand":
        return paths.demand
    if paths.supply is None:
        return None
    return paths.supply if quantity == "supply" else paths.demand - paths.supply
