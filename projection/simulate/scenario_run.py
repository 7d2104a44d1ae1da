"""One scenario drawn: blocks of draws through the engine into the table, identities checked in every one.

Blocks have a fixed size and numbers of their own, so that a longer run begins with the draws of a shorter one.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from data.base.layers import DemandConcept
from projection.cells.draw_table import DrawTable, route
from projection.cells.paths import EXPECTED, ConceptKey, Key
from projection.draws.identities import IdentityError, worst_of
from projection.draws.width_split import SPLIT_DRAWS, Split, shares
from projection.edition.publish import Drawn, answered
from projection.inputs.assumptions import Group
from projection.inputs.overrides import BASE, Scenario
from projection.model.concepts import BookedDemand
from projection.model.engine import run
from projection.model.passes import PassDetail
from projection.model.routes import Routes
from projection.model.stages import Stages
from projection.simulate.identities import of_pass
from projection.simulate.model_inputs import ModelInputs, Pass, Positions, RandomInputs

FloatArray = NDArray[np.floating[Any]]
ROUTE_DRAWS = 8192
"""Draws on which routes are kept apart, at most: three quantiles of each are all that is published of them."""
SHOWN = 256
"""Draws that show which cells and quantities a day's figures carry."""


def draw(
    model_inputs: ModelInputs,
    *,
    scenario: Scenario = BASE,
    seed: int,
    draws: int,
    positions: Positions | None = None,
    blocks: Iterable[RandomInputs] | None = None,
) -> Drawn:
    """Every cell of a scenario, without its width split, its identities checked in every draw.

    Args:
        model_inputs: what stands still.
        scenario: whose values are taken.
        seed: of every stream.
        draws: how many.
        positions: of the draws that are taken, ascending (:mod:`projection.simulate.conditioning`); None for the first.
        blocks: numbers of those draws, where several scenarios share them; they are drawn if None.

    Raises:
        ProjectionError: an identity does not hold.
    """
    room = _Room.of(model_inputs, scenario=scenario, seed=seed, draws=draws)
    errors: list[IdentityError] = []
    done = 0
    for random_inputs in blocks or RandomInputs.blocks(model_inputs, seed=seed, draws=draws, positions=positions):
        columns = slice(done, done + random_inputs.site_shocks.draws)
        of_routes = room.of_routes.draws[:, columns]
        errors += _block(model_inputs, room, scenario, seed, random_inputs, room.table.draws[:, columns], of_routes)
        done = columns.stop
    routes = _bands(room.of_routes, room.routes)
    return Drawn(room.table, routes, {}, identities=tuple(worst_of(errors)), reads=room.reads)


def _block(
    model_inputs: ModelInputs,
    room: "_Room",
    scenario: Scenario,
    seed: int,
    random_inputs: RandomInputs,
    main: FloatArray,
    of_routes: FloatArray,
) -> list[IdentityError]:
    """Make the draws of some random numbers; those of routes have no columns beyond those kept of them."""
    width = of_routes.shape[1]
    detail = PassDetail.ROUTES if width else PassDetail.CELLS
    model_pass = model_inputs.pass_of(random_inputs, model_inputs.model_error(seed), scenario=scenario, detail=detail)
    outputs = room.table.on(main)
    outputs.put(model_pass.cells)
    for (region, layer, concept), paths in model_inputs.concepts(model_pass).items():
        outputs.put_path((region, layer, concept.value), paths.demand)
        if paths.expected is not None:
            outputs.put_path((region, layer, EXPECTED), paths.expected)
    if width:
        routes = room.of_routes.on(of_routes)
        for key, by_route in room.routes.items():
            for name in by_route:
                routes.put_path((*key, route(name)), model_pass.routes[key][name][:width])
    return of_pass(model_pass, outputs)


@dataclass(frozen=True)
class _Room:
    """Where draws go: the table, that of routes, the routes of the cells that are answered, and what draws read."""

    table: DrawTable
    of_routes: DrawTable
    routes: Mapping[Key, tuple[str, ...]]
    reads: frozenset[str]

    @classmethod
    def of(cls, model_inputs: ModelInputs, *, scenario: Scenario, seed: int, draws: int) -> Self:
        """Room for the cells and quantities that a few draws show."""
        few = RandomInputs.of(model_inputs, seed=seed, draws=SHOWN)
        inputs = model_inputs.engine_inputs(few, model_inputs.model_error(seed), scenario)
        stages = Stages(inputs.values)

        def whole() -> tuple[Pass, Mapping[ConceptKey, BookedDemand]]:
            one = Pass(run(inputs, stages=stages), replace(inputs, values=stages.values))
            return one, model_inputs.concepts(one)

        model_pass, concepts = stages.of("whole", whole)
        booked = [
            (region, layer, quantity)
            for (region, layer, concept), paths in concepts.items()
            for quantity in (concept.value, *([] if paths.expected is None else [EXPECTED]))
        ]
        answers = set(answered())
        routes = {key: tuple(names) for key, names in model_pass.routes.items() if key in answers}
        timeline = model_inputs.anchors.timeline
        table = DrawTable.blank(timeline, model_pass.cells, draws=draws, booked=booked)
        of_routes = DrawTable.of_routes(timeline, routes, draws=min(draws, ROUTE_DRAWS))
        return cls(table, of_routes, routes, stages.reads("whole"))


def _bands(table: DrawTable, routes: Mapping[Key, Sequence[str]]) -> dict[Key, Routes]:
    bands = {}
    for key, names in routes.items():
        route_rows = {name: table.rows(*key, route(name)) for name in names}
        bands[key] = Routes.of({name: rows for name, rows in route_rows.items() if rows is not None})
    return bands


def width_split(
    model_inputs: ModelInputs, *, scenario: Scenario = BASE, seed: int, cells: Collection[ConceptKey] | None = None
) -> Split:
    """Share of every band's width by cause, the model error among them, by cell and demand concept, all when None."""
    random_inputs = RandomInputs.of(model_inputs, seed=seed, draws=SPLIT_DRAWS)
    model_error = model_inputs.model_error(seed)
    runs = {
        group: _paths(
            model_inputs,
            model_inputs.pass_of(
                random_inputs.only(group, model_inputs), model_error, scenario=scenario, detail=PassDetail.CELLS
            ),
            cells,
        )
        for group in Group
    }
    return shares(runs)


def _paths(
    model_inputs: ModelInputs, model_pass: Pass, cells: Collection[ConceptKey] | None
) -> dict[Any, tuple[FloatArray, FloatArray | None]]:
    """Demand and supply of every cell by concept."""
    paths = {}
    for (region, layer), cell in model_pass.cells.items():
        paths[region, layer, DemandConcept.WANTED] = (cell.wanted, cell.supply)
        if cell.bought is not None:
            paths[region, layer, DemandConcept.BOUGHT] = (cell.bought, cell.supply)
    for (region, layer, concept), booked in model_inputs.concepts(model_pass).items():
        beside = model_pass.cells.get((region, layer))
        paths[region, layer, concept] = (booked.demand, None if beside is None else beside.supply)
    return paths if cells is None else {key: path for key, path in paths.items() if key in cells}
