"""One scenario drawn: blocks of draws through the engine into the table, then what needs all draws at once.

Blocks have a fixed size and numbers of their own, so that a longer run begins with the draws of a shorter one.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np
from numpy.typing import NDArray

from data.base.layers import Layer
from projection.base.streams import BLOCK
from projection.cells.draw_table import DrawTable, route
from projection.cells.paths import Key, PassDetail
from projection.draws.balances import add_balances, firm_cells
from projection.draws.identities import IdentityError, of_published, of_sums
from projection.draws.ratios import apply_ratios
from projection.draws.widening import apply_floor
from projection.draws.width_split import SPLIT_DRAWS, shares
from projection.edition.publish import ConceptSplit, Drawn, Split, answered
from projection.inputs.assumption_values import Values
from projection.inputs.assumptions import Group
from projection.model.routes import Routes
from projection.simulate.conversions import of_pass
from projection.simulate.model_inputs import ModelInputs, RandomInputs

if TYPE_CHECKING:
    from projection.cells.paths import ConceptKey, Paths

FloatArray = NDArray[np.floating[Any]]
ROUTE_DRAWS = 8192
"""Draws on which routes are kept apart, at most: three quantiles of each are all that is published of them."""
CHECKED = 256
"""Draws that show which cells and quantities a day's figures carry, and whose conversions are checked."""


def draw(model_inputs: ModelInputs, *, scenario: str, seed: int, draws: int) -> Drawn:
    """Every cell of a scenario after the floor, without its width split, its identities checked.

    Raises:
        ProjectionError: an identity does not hold.
    """
    room = _Room.of(model_inputs, scenario=scenario, seed=seed, draws=draws)
    early, identities = room.table, [*room.identities]
    engine = _Engine(model_inputs, scenario, seed, early, room.of_routes, room.routes)
    for first in range(0, draws, BLOCK):
        engine(first, early.draws[:, first : first + BLOCK], room.of_routes.draws[:, first : first + BLOCK])
    bands = _bands(room.of_routes, room.routes)
    binds = apply_floor(early)
    identities += of_sums(early)
    table = early.settled()
    for region, _ in firm_cells(table):
        binds[region, Layer.FIRM] = binds[region, Layer.ENERGY]
    balance = _Balance(model_inputs, scenario, seed, table, room.only)
    for first in range(0, draws, BLOCK):
        balance(first, table.draws[:, first : first + BLOCK])
    apply_ratios(table)
    identities += of_published(table, most_at_16_bit=max(1.0, *model_inputs.anchors.newest_16bit.values()))
    return Drawn(table, binds, bands, {}, identities=tuple(identities))


@dataclass(frozen=True)
class _Engine:
    """A block of draws through the engine."""

    model_inputs: ModelInputs
    scenario: str
    seed: int
    table: DrawTable
    table_of_routes: DrawTable
    routes: Mapping[Key, tuple[str, ...]]

    def __call__(self, first: int, main: FloatArray, of_routes: FloatArray) -> None:
        """Make the block from draw ``first`` on; that of routes has no columns beyond those kept of them."""
        values, errors = self._cells(first, main, of_routes)
        outputs = self.table.on(main)
        for (region, layer, concept), paths in self.model_inputs.concepts(values, errors, {}).items():
            outputs.put_path((region, layer, concept.value), paths.demand)

    def _cells(self, first: int, main: FloatArray, of_routes: FloatArray) -> tuple[Values, Mapping[str, FloatArray]]:
        """Write cells and routes, and let them go; values and errors they were made from."""
        random_inputs = RandomInputs.of(self.model_inputs, seed=self.seed, draws=main.shape[1], first=first)
        first_rows = of_routes.shape[1]
        detail = PassDetail.ROUTES if first_rows else PassDetail.CELLS
        model_pass = self.model_inputs.pass_of(random_inputs, scenario=self.scenario, detail=detail)
        self.table.on(main).put(model_pass.cells)
        if first_rows:
            outputs = self.table_of_routes.on(of_routes)
            for key, by_route in self.routes.items():
                for name in by_route:
                    outputs.put_path((*key, route(name)), model_pass.routes[key][name][:first_rows])
        return model_pass.values, model_pass.errors


@dataclass(frozen=True)
class _Balance:
    """What stands on floored demand, for a block of draws, from ``only`` the assumptions it reads."""

    model_inputs: ModelInputs
    scenario: str
    seed: int
    table: DrawTable
    only: frozenset[str]

    def __call__(self, first: int, main: FloatArray) -> None:
        count, outputs = main.shape[1], self.table.on(main)
        latent = self.model_inputs.assumptions.latent(seed=self.seed, draws=count, first=first, only=self.only)
        values = self.model_inputs.assumptions.values(latent, scenario=self.scenario)
        for region, balance in firm_cells(self.table):
            energy, quarters = outputs.rows(region, Layer.ENERGY, "demand"), outputs.points(Layer.ENERGY).quarters
            assert energy is not None  # noqa: S101 - it is one of the places
            paths = balance(energy[: len(quarters)].T, quarters, self.model_inputs.anchors, values)
            outputs.put_points((region, Layer.FIRM, "demand"), paths.demand)
            if paths.supply is not None:
                outputs.put_points((region, Layer.FIRM, "supply"), paths.supply)


@dataclass(frozen=True)
class _Room:
    """Where draws go.

    Attributes:
        of_routes: the table of routes; routes: those of the cells that are answered.
        only: the assumptions that rest on floored demand.
        identities: conversions that hold.
    """

    table: DrawTable
    of_routes: DrawTable
    routes: Mapping[Key, tuple[str, ...]]
    only: frozenset[str]
    identities: Sequence[IdentityError]

    @classmethod
    def of(cls, model_inputs: ModelInputs, *, scenario: str, seed: int, draws: int) -> Self:
        """Room for the cells and quantities that a few draws show."""
        few = RandomInputs.of(model_inputs, seed=seed, draws=CHECKED)
        model_pass = model_inputs.pass_of(few, scenario=scenario, detail=PassDetail.ALL)
        values = _Read(model_pass.values)
        cells = add_balances(model_pass.cells, model_inputs.anchors, cast("Values", values))
        concepts = list(model_inputs.concepts(model_pass.values, model_pass.errors, cells))
        answers = set(answered())
        routes = {key: tuple(names) for key, names in model_pass.routes.items() if key in answers}
        timeline, balances = (
            model_inputs.anchors.timeline,
            {key: paths for key, paths in cells.items() if key not in model_pass.cells},
        )
        table = DrawTable.blank(timeline, model_pass.cells, draws=draws, balances=balances, concepts=concepts)
        of_routes = DrawTable.of_routes(timeline, routes, draws=min(draws, ROUTE_DRAWS))
        return cls(table, of_routes, routes, frozenset(values.names), of_pass(model_pass, model_inputs.anchors))


class _Read(Mapping[str, FloatArray]):
    """Values that know which of them were read."""

    def __init__(self, values: Values) -> None:
        self.names: set[str] = set()
        self._values = cast("Mapping[str, FloatArray]", values)

    def __getitem__(self, name: str) -> FloatArray:
        self.names.add(name)
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        self.names |= set(self._values)
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


def _bands(table: DrawTable, routes: Mapping[Key, Sequence[str]]) -> dict[Key, Routes]:
    bands = {}
    for key, names in routes.items():
        route_rows = {name: table.rows(*key, route(name)) for name in names}
        bands[key] = Routes.of({name: rows for name, rows in route_rows.items() if rows is not None})
    return bands


def width_split(model_inputs: ModelInputs, *, scenario: str, seed: int) -> tuple[Split, ConceptSplit]:
    """Share of every band's width by cause, of the cells and of other concepts' demand, measured before the floor."""
    random_inputs = RandomInputs.of(model_inputs, seed=seed, draws=SPLIT_DRAWS)
    cells: dict[Group, dict[Key, Paths]] = {}
    concepts: dict[Group, dict[ConceptKey, Paths]] = {}
    for group in Group:
        model_pass = model_inputs.pass_of(random_inputs.only(group, model_inputs), scenario=scenario)
        cells[group] = add_balances(model_pass.cells, model_inputs.anchors, model_pass.values)
        concepts[group] = model_inputs.concepts(model_pass.values, model_pass.errors, cells[group])
    return shares(cells), shares(concepts)
