"""Publishing: an edition is written beside its place, hashed, and moved there in one step."""

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.layers import LAYERS, DemandConcept, Layer, Status, Timing, UnitKind
from data.periods import Frequency, Period
from projection.cells import VERDICTS
from projection.concepts import ConceptKey
from projection.editions import FORMAT, Edition, cell_name, column, file_sha256
from projection.grid import HOURS_PER_YEAR, QUARTERS_PER_YEAR, Grid
from projection.measures import late_share
from projection.paths import Key, Paths
from projection.routes import disagreement

FloatArray = NDArray[np.float64]
Split = Mapping[Key, Mapping[str, Mapping[str, FloatArray]]]
ROUTE_LEVELS = (0.1, 0.5, 0.9)
APART = (Layer.COMPUTE, Layer.POWER)
"""Layers whose unconstrained form is published beside the answer."""


@dataclass(frozen=True)
class Drawn:
    """What is published of one scenario: cells after the floor, average draw by route and region, width split."""

    cells: Mapping[Key, Paths]
    routes: Mapping[str, Mapping[str, FloatArray]]
    split: Split
    concepts: Mapping[ConceptKey, Paths] = field(default_factory=dict)
    """Demand under the concepts beside ``equipment``, not widened to the floor: books are promises, not projections."""
    concept_split: Mapping[ConceptKey, Mapping[str, Mapping[str, FloatArray]]] = field(default_factory=dict)


def answered() -> list[Key]:
    """Cells that an edition carries draws for."""
    return [key for key, found in VERDICTS.items() if found.status is not Status.UNAVAILABLE]


def columns(key: Key, paths: Paths, grid: Grid) -> dict[str, FloatArray]:
    """Columns of draws of one cell: quarters of the first five years and every year, (draw,) each.

    Years of a stock are their last quarter; years of a flow are the sum of their quarters.
    """
    region, layer = key
    out: dict[str, FloatArray] = {}
    total = LAYERS[layer].timing is Timing.TOTAL
    pairs = {"demand": _periods(paths.demand, total=total), "share": _shares(paths, grid)}
    if layer in APART and paths.unconstrained is not None:
        pairs["unconstrained"] = _periods(paths.unconstrained, total=total)
    if paths.narrow is not None:
        pairs["narrow"] = _periods(paths.narrow, total=False)
    if paths.supply is not None and VERDICTS[key].status is not Status.PARTIAL:
        pairs["supply"] = _periods(paths.supply, total=total)
        if paths.additions is not None:
            pairs["late"] = _periods(late_share(paths.demand, paths.supply, paths.additions), total=False)
    for quantity, pair in pairs.items():
        if pair is not None:
            quarterly, yearly = pair
            for index in range(grid.published_quarters):
                out[column(region, layer, quantity, grid.quarters[index])] = quarterly[:, index]
            for index, year in enumerate(grid.years):
                out[column(region, layer, quantity, year)] = yearly[:, index]
    return {name: draws for name, draws in out.items() if not np.isnan(draws).any()}


def _periods(draws: FloatArray, *, total: bool) -> tuple[FloatArray, FloatArray]:
    """The same draws by quarter and by year: a flow's year is its sum, a stock's its last quarter."""
    if total:
        return draws, draws.reshape(draws.shape[0], -1, QUARTERS_PER_YEAR).sum(axis=2)
    return draws, draws[:, QUARTERS_PER_YEAR - 1 :: QUARTERS_PER_YEAR]


def _shares(paths: Paths, grid: Grid) -> tuple[FloatArray, FloatArray] | None:
    """Share of generation growth since the base year that data centers take, by quarter and by year."""
    if paths.growth is None or paths.base is None:
        return None
    base = paths.base[:, None]
    shape = (paths.demand.shape[0], -1, QUARTERS_PER_YEAR)
    demand, growth = paths.demand.reshape(shape).sum(axis=2), paths.growth.reshape(shape).mean(axis=2)
    quarterly = share_of_growth(paths.demand * HOURS_PER_YEAR / grid.hours - base, paths.growth)
    return quarterly, share_of_growth(demand - base, growth)


def share_of_growth(taken: FloatArray, growth: FloatArray) -> FloatArray:
    """``taken / growth`` kept within 0 and 1, where 1 stands for all growth or more.

    A ratio to growth near or below zero has no size worth printing: data centers that grow where generation does not
    take all of it; those that shrink take none.
    """
    ratio = np.divide(taken, growth, out=np.ones_like(taken), where=growth > 0)
    return np.where(taken <= 0, 0.0, np.clip(ratio, 0.0, 1.0))


def about(
    paths: Paths,
    split: Mapping[str, Mapping[str, FloatArray]],
    routes: Mapping[str, FloatArray] | None,
    grid: Grid,
) -> dict[str, dict[str, Any]]:
    """What stands beside the bands by frequency and period: floor, width split and, for power, the routes."""
    apart = None if routes is None else disagreement({name: path for name, path in routes.items() if name != "sites"})
    out: dict[str, dict[str, Any]] = {Frequency.YEAR.value: {}, Frequency.QUARTER.value: {}}
    wanted: list[tuple[Period, int]] = [(grid.quarters[index], index) for index in range(grid.published_quarters)]
    wanted += [(year, QUARTERS_PER_YEAR * index + QUARTERS_PER_YEAR - 1) for index, year in enumerate(grid.years)]
    for period, index in wanted:
        if np.isnan(paths.demand[:, index]).any():
            continue
        facts: dict[str, Any] = {
            "floor_binds": bool(paths.binds[index]) if paths.binds is not None else False,
            "width_split": {
                quantity: {group: round(float(share[index]), 4) for group, share in groups.items()}
                for quantity, groups in split.items()
            },
        }
        if routes is not None and apart is not None:
            facts["routes"] = {
                "unit_kind": UnitKind.FACILITY_AVERAGE.value,
                "bands": {
                    name: dict(zip(map(str, ROUTE_LEVELS), _band(path[:, index]), strict=True))
                    for name, path in routes.items()
                },
                "disagreement": round(float(apart[index]), 4),
            }
        out[period.freq.value][period.start.isoformat()] = facts
    return out


def _beside(drawn: Drawn, keys: Sequence[Key], grid: Grid) -> dict[str, dict[str, dict[str, Any]]]:
    """What stands beside every cell, by the name the edition keeps it under."""
    out = {}
    for key in keys:
        routes = drawn.routes.get(key[0]) if key[1] is Layer.POWER else None
        out[cell_name(*key)] = about(drawn.cells[key], drawn.split.get(key, {}), routes, grid)
    for place, paths in drawn.concepts.items():
        out[cell_name(*place)] = about(paths, drawn.concept_split.get(place, {}), None, grid)
    return out


def _concept_columns(
    region: str, layer: Layer, concept: DemandConcept, paths: Paths, grid: Grid
) -> dict[str, FloatArray]:
    """Demand of a concept by quarter and by year; its supply is the cell's own."""
    quarterly, yearly = _periods(paths.demand, total=LAYERS[layer].timing is Timing.TOTAL)
    quarters = enumerate(grid.quarters[: grid.published_quarters])
    named = {column(region, layer, concept.value, period): quarterly[:, index] for index, period in quarters}
    return named | {
        column(region, layer, concept.value, year): yearly[:, index] for index, year in enumerate(grid.years)
    }


def _band(draws: FloatArray) -> list[float]:
    return [float(f"{value:.6g}") for value in np.quantile(draws, ROUTE_LEVELS)]


def write(
    directory: Path,
    *,
    edition_id: str,
    issued: datetime,
    facts: Mapping[str, Any],
    grid: Grid,
    drawn: Mapping[str, Drawn],
) -> Edition:
    """Write an edition under ``directory`` and return it, verified.

    A crash leaves either nothing or the whole edition: files are written to a hidden sibling that is then renamed.

    Args:
        directory: where editions live.
        edition_id: its identifier and folder name.
        issued: issue time, UTC.
        facts: what the manifest says beside hashes (vintage, code, model, assumptions, seed, draws).
        grid: the quarters the draws stand on.
        drawn: what was drawn, by scenario name.
    """
    directory.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{edition_id}-", dir=directory))
    try:
        (work / "draws").mkdir()
        first = next(iter(drawn.values()))
        keys = [key for key in answered() if key in first.cells]
        names: list[str] = []
        for scenario, found in drawn.items():
            table: dict[str, FloatArray] = {}
            for key in keys:
                table |= columns(key, found.cells[key], grid)
            for (region, layer, concept), paths in found.concepts.items():
                table |= _concept_columns(region, layer, concept, paths, grid)
            frame = pl.DataFrame({name: draws.astype(np.float32) for name, draws in table.items()})
            frame.write_parquet(work / "draws" / f"{scenario}.parquet", compression="lz4", statistics=False)
            names = list(table)
        beside = {scenario: _beside(found, keys, grid) for scenario, found in drawn.items()}
        periods = {
            cell: {freq: sorted(days) for freq, days in by_freq.items()}
            for cell, by_freq in next(iter(beside.values())).items()
        }
        _write_json(work / "cells.json", {"columns": names, "periods": periods, "about": beside})
        files = {str(path.relative_to(work)): file_sha256(path) for path in sorted(work.rglob("*")) if path.is_file()}
        manifest = {"format": FORMAT, "id": edition_id, "issued": issued.isoformat(), **facts, "files": files}
        _write_json(work / "manifest.json", manifest)
        target = directory / edition_id
        if target.exists():
            # The same inputs give the same identifier; what stands there failed verification, else we would not write.
            shutil.rmtree(target)
        work.chmod(0o755)
        work.replace(target)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    return Edition.load(target)


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, sort_keys=True, separators=(",", ":")) + "\n")
