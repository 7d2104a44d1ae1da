"""A run read as an edition is: our own quantities of it are computed by what computes those of editions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.base.layers import LAYERS, DemandConcept, Layer, Status
from data.periods.period import Frequency, Period
from projection.base.timeline import Timeline
from projection.cells.cells import verdict
from projection.cells.draw_table import BASE, OF_SUPPLY, DrawTable
from projection.edition.edition import Cell
from projection.third_party.conversion import constants_of

if TYPE_CHECKING:
    from projection.scenarios.evaluation import Run

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class RunDraws:
    """Draws of a run by cell."""

    run: "Run"
    timeline: Timeline
    id: str = "this run"

    @property
    def base_year(self) -> int:
        """The year growth is counted from."""
        return self.timeline.base_year

    def cell(self, region: str, layer: Layer, *, scenario: str = BASE, demand: DemandConcept) -> Cell:
        """What can be said of a cell; raises :class:`NotFound` for an unknown region."""
        status, spec = verdict(region, layer, demand=demand), LAYERS[layer]
        return Cell(
            region, layer, scenario, demand, status.status, status.confidence, status.reason, spec.unit,
            spec.unit_kind, spec.timing, status.sources, status.notes,
        )  # fmt: skip

    def periods(self, cell: Cell, freq: Frequency) -> list[Period]:
        """Periods a cell is answered for, ascending."""
        paths = None if cell.status is Status.UNAVAILABLE else self.run.engine.cell((cell.region, cell.layer))
        demand = None if paths is None else getattr(paths, cell.demand_concept.value)
        if demand is None:
            return []
        values = DrawTable.read_of(self.timeline, cell.layer, demand)
        rows = DrawTable.points_of(self.timeline, cell.layer)
        return sorted(one for one, row in rows.items() if one.freq is freq and not np.isnan(values[row, 0]))

    def draws(self, cell: Cell, quantity: str, periods: Sequence[Period]) -> FloatArray | None:
        """Draws of a quantity, (draw, period): ``demand`` under the cell's concept, or one of its paths."""
        if cell.status is Status.PARTIAL and quantity in OF_SUPPLY:
            return None
        paths = self.run.engine.cell((cell.region, cell.layer))
        name = cell.demand_concept.value if quantity == "demand" else quantity
        path = None if paths is None else getattr(paths, name)
        if path is None:
            return None
        if quantity == BASE:
            return np.asarray(path[:, None], dtype=np.float64)
        rows = DrawTable.points_of(self.timeline, cell.layer)
        points = DrawTable.read_of(self.timeline, cell.layer, path)
        return np.asarray(points[[rows[period] for period in periods]].T, dtype=np.float64)

    def constants(self) -> pl.DataFrame:
        """Draws of the constants of conversion."""
        return constants_of(self.run.stages.values)
