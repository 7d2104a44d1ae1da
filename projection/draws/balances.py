"""Firm balances of the US and of grids, which stand on energy demand after the floor."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.base.layers import Layer
from features.grids.definitions import GRIDS
from projection.cells.draw_table import DrawTable
from projection.cells.paths import Key, Paths
from projection.electricity import us_firm
from projection.electricity.grids import add_grid_firm, firm
from projection.inputs.assumption_values import Values
from projection.inputs.starting_values import Anchors

FloatArray = NDArray[np.floating[Any]]
Balance = Callable[[FloatArray, Sequence[int], Anchors, Values], Paths]
"""Need and supply from the TWh drawn at quarters of the timeline; NaN up to the balance's base."""
BALANCES: dict[str, Balance] = {
    "US": us_firm.firm,
    **{grid.region: partial(firm, grid.region) for grid in GRIDS if grid.balance is not None},
}


def add_balances(cells: dict[Key, Paths], anchors: Anchors, values: Values) -> dict[Key, Paths]:
    """Every balance the day carries, beside the other cells, on the timeline's quarters."""
    return add_grid_firm(us_firm.add_firm(cells, anchors, values), anchors, values)


def firm_cells(table: DrawTable) -> list[tuple[str, Balance]]:
    """Regions with a balance in the table, and how it is made."""
    return [(region, balance) for region, balance in BALANCES.items() if (region, Layer.FIRM, "demand") in table.starts]
