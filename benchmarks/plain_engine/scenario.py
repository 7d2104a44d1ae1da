"""One scenario drawn plainly: numbers, engine, floor, firm balance, books, published columns."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.plain_engine.columns import columns, concept_columns
from benchmarks.plain_engine.concepts import draw as draw_concepts
from benchmarks.plain_engine.drivers import draw_drivers
from benchmarks.plain_engine.engine import apply_floor, run
from benchmarks.plain_engine.grid_cells import add_grid_firm
from benchmarks.plain_engine.realisation import SiteShocks
from benchmarks.plain_engine.streams import normals
from benchmarks.plain_engine.us_firm import add_firm
from projection.anchors import DESIGNERS
from projection.assumptions import Assumptions
from projection.ground import Ground
from projection.paths import ConceptKey, Inputs, Key, Paths
from projection.publishing import answered

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Whole:
    """Everything a scenario gives, (draw, quarter): cells after the floor, cells before it, routes, concepts."""

    cells: Mapping[Key, Paths]
    unfloored: Mapping[Key, Paths]
    routes: Mapping[Key, Mapping[str, FloatArray]]
    concepts: Mapping[ConceptKey, Paths]

    def columns(self, ground: Ground) -> dict[str, FloatArray]:
        """Published columns of draws, (draw,) each."""
        grid, out = ground.anchors.grid, {}
        for key in answered():
            if key in self.cells:
                out |= columns(key, self.cells[key], grid)
        for (region, layer, concept), paths in self.concepts.items():
            out |= concept_columns(region, layer, concept, paths, grid)
        return out


def numbers(ground: Ground, *, scenario: str, seed: int, draws: int) -> Inputs:
    """Random numbers of a seed from numpy's own generators, one stream a name."""
    return Inputs(
        anchors=ground.anchors,
        drivers=draw_drivers(ground.published, ground.drivers, seed=seed, draws=draws, frozen=False),
        values=ground.assumptions.values(latent(ground.assumptions, seed=seed, draws=draws), scenario=scenario),
        errors={name: normals(seed, f"measurement/{name}", draws) for name in DESIGNERS},
        shocks=SiteShocks(seed, draws),
        evidence_days=ground.evidence_days,
        disk_observed=ground.disk_observed,
        anchored=ground.anchored,
    )


def latent(assumptions: Assumptions, *, seed: int, draws: int) -> dict[str, FloatArray]:
    """Correlated standard normals by assumption, (draw,) each."""
    found = {name: normals(seed, f"assumption/{name}", draws) for name in assumptions.items}
    names = sorted({name for one, other, _ in assumptions.correlations for name in (one, other)})
    matrix = np.eye(len(names))
    for one, other, rho in assumptions.correlations:
        i, j = names.index(one), names.index(other)
        matrix[i, j] = matrix[j, i] = rho
    found |= dict(zip(names, np.linalg.cholesky(matrix) @ np.stack([found[name] for name in names]), strict=True))
    same = {name: item.same_draw_as for name, item in assumptions.items.items() if item.same_draw_as is not None}
    return found | {name: found[other] for name, other in same.items()}


def drawn(ground: Ground, inputs: Inputs) -> Whole:
    """All cells from given numbers."""
    outcome = run(inputs)
    cells = add_firm(apply_floor(outcome.cells, ground.anchors.grid), ground.anchors, inputs.values)
    cells = add_grid_firm(cells, ground.anchors, inputs.values)
    concepts = draw_concepts(ground.books, ground.anchors, inputs.values, inputs.errors, cells)
    return Whole(cells, outcome.cells, outcome.routes, concepts)
