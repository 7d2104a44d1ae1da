"""Publishing: an edition is written with the hash of every file, and appears whole or not at all.

Draws are kept of base alone, as long as the retention policy lets them. Of every other scenario answers are kept,
which are read off its draws while they are in memory, and the hash of those draws, so that draws made again can be
compared. Its draws are held against base's: of a cell whose every draw is base's to the last bit nothing is read or
kept, for base answers of it.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property, partial
from itertools import groupby
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.base.artifacts import new_folder
from data.base.errors import ArtifactCorrupt
from data.base.layers import DemandConcept, Layer, Status, UnitKind
from data.periods.period import Frequency, Period
from data.periods.timestamps import rfc3339
from projection.base.timeline import QUARTERS_PER_YEAR
from projection.cells.cells import VERDICTS
from projection.cells.draw_table import BASE as BASE_QUANTITY
from projection.cells.draw_table import DrawTable, Place
from projection.cells.paths import ConceptKey, Key
from projection.draws.identities import IdentityError, worst_by_scenario
from projection.draws.width_split import Split
from projection.edition import bands
from projection.edition.edition import BASE, CONSTANTS, FORMAT, Columns, Edition
from projection.edition.files import file_sha256
from projection.edition.names import cell_name, column, draws_file, read_by
from projection.edition.points import rounded
from projection.model.routes import ROUTE_LEVELS, Routes

FloatArray = NDArray[np.floating[Any]]
CONCEPTS = {concept.value for concept in DemandConcept}
Reading = Callable[[Edition, str], Mapping[str, bytes]]
"""Reads answers, JSON by question, off the draws of a scenario that an edition holds in memory."""
ROUTE_KINDS = {
    Layer.POWER: UnitKind.FACILITY_AVERAGE,
    Layer.ENERGY: UnitKind.FACILITY_TOTAL,
    Layer.STORAGE: UnitKind.INSTALLED,
}
"""What the unit of routes is, by layer."""


@dataclass(frozen=True)
class Drawn:
    """What is published of one scenario.

    Attributes:
        table: draws.
        routes: demand by each route, before the model error, by cell.
        split: width split by cell and demand concept.
        identities: those that were checked and held.
        pace: of supply by technology, beside cells.
        base: the same draws of base, which they are held against; None of base itself.
        reads: assumptions that the draws rest on.
    """

    table: DrawTable
    routes: Mapping[Key, Routes]
    split: Split
    identities: tuple[IdentityError, ...] = ()
    pace: Mapping[Key, list[dict[str, Any]]] = field(default_factory=dict)
    base: "Drawn | None" = None
    reads: frozenset[str] = frozenset()

    @cached_property
    def moved(self) -> frozenset[ConceptKey]:
        """Cells with a draw that is not base's to the last bit, of what their answers read; every cell without base."""
        cells = [place for place in self.table.starts if place[2] in CONCEPTS]
        base = self.base
        apart = {place for place in self.table.starts if base is None or not _equal(self.table, base.table, place)}
        return frozenset(
            (region, layer, DemandConcept(concept))
            for region, layer, concept in cells
            if any((region, layer, quantity) in apart for quantity in read_by(DemandConcept(concept)))
        )


def _equal(table: DrawTable, other: DrawTable, place: Place) -> bool:
    """Whether two tables hold the same draws of a quantity, to the last bit."""
    rows, others = (one.rows(*place) for one in (table, other))
    return rows is not None and others is not None and np.array_equal(rows.view(np.int32), others.view(np.int32))


@dataclass(frozen=True)
class Written:
    """What the edition says of a scenario that is on disk.

    Attributes:
        columns: of draws; about: what stands beside bands, by cell; pace: of supply by technology, by cell.
        moved: cells of another scenario than base with a draw that is not base's.
        identities: those that were checked and held.
        sha256: of the draws; seconds: that drawing and writing took.
    """

    columns: Sequence[str]
    about: Mapping[str, Any]
    pace: Mapping[str, Any]
    identities: tuple[IdentityError, ...]
    sha256: str
    moved: Sequence[str] = ()
    seconds: float = field(default=0.0, compare=False)


def answered() -> list[Key]:
    """Cells that an edition carries draws for."""
    return [key for key, cell_status in VERDICTS.items() if cell_status.status is not Status.UNAVAILABLE]


def columns(table: DrawTable) -> dict[str, FloatArray]:
    """Columns of draws: quarters of the first five years and every year, (draw,) each, in place."""
    by_column: dict[str, FloatArray] = {}
    base_year = Period(date(table.timeline.base_year, 1, 1), Frequency.YEAR)
    for region, layer, quantity in table.starts:
        rows = _rows(table, region, layer, quantity)
        places = {base_year: 0} if quantity == BASE_QUANTITY else table.points(layer, quantity).of
        for period, row in places.items():
            if not np.isnan(rows[row, 0]):
                by_column[column(region, layer, quantity, period)] = rows[row]
    return by_column


def _rows(table: DrawTable, region: str, layer: Layer, quantity: str) -> FloatArray:
    rows = table.rows(region, layer, quantity)
    assert rows is not None  # noqa: S101 - asked for by the table's own places
    return rows


def about(
    periods: Sequence[tuple[Period, int]],
    *,
    split: Mapping[str, Mapping[str, FloatArray]],
    routes: Routes | None,
    kind: UnitKind | None,
    points: Mapping[Period, int],
) -> dict[str, dict[str, Any]]:
    """What stands beside the bands by frequency and period: width split and, where there are any, the routes.

    Args:
        periods: those answered, with the quarter each is read at.
        split: width split by quantity and group, (quarter,) each.
        routes: demand by each route.
        kind: what the routes' unit is.
        points: row of a period in the bands of the routes.
    """
    by_freq: dict[str, dict[str, Any]] = {Frequency.YEAR.value: {}, Frequency.QUARTER.value: {}}
    for period, index in periods:
        facts: dict[str, Any] = {
            "width_split": {
                quantity: {group: round(float(share[index]), 4) for group, share in groups.items()}
                for quantity, groups in split.items()
            },
        }
        if routes is not None and kind is not None:
            row = points[period]
            facts["routes"] = {
                "unit_kind": kind.value,
                "bands": {
                    name: dict(zip(map(str, ROUTE_LEVELS), map(rounded, bands[:, row]), strict=True))
                    for name, bands in routes.bands.items()
                },
                "disagreement": round(float(routes.disagreement[row]), 4),
            }
        by_freq[period.freq.value][period.start.isoformat()] = facts
    return by_freq


def _beside(scenario_draws: Drawn) -> dict[str, dict[str, dict[str, Any]]]:
    """What stands beside every cell, by the name the edition keeps it under."""
    table, by_key = scenario_draws.table, {}
    timeline = table.timeline
    places: list[tuple[Period, int]] = [
        (timeline.quarters[index], index) for index in range(timeline.published_quarters)
    ]
    places += [(year, QUARTERS_PER_YEAR * index + QUARTERS_PER_YEAR - 1) for index, year in enumerate(timeline.years)]
    for region, layer, quantity in table.starts:
        if quantity not in CONCEPTS:
            continue
        concept = DemandConcept(quantity)
        rows, points = _rows(table, region, layer, quantity), table.points(layer).of
        routed = concept in {DemandConcept.WANTED, DemandConcept.BOUGHT}
        by_key[cell_name(region, layer, concept)] = about(
            [(period, at) for period, at in places if period in points and not np.isnan(rows[points[period], 0])],
            split=scenario_draws.split.get((region, layer, concept), {}),
            routes=scenario_draws.routes.get((region, layer)) if routed else None,
            kind=ROUTE_KINDS.get(layer),
            points=points,
        )
    return by_key


def draws_sha256(draws: Columns) -> str:
    """Hash of draws by the names of their columns: of the numbers, whatever file they are in."""
    digest = hashlib.sha256()
    for name in sorted(draws):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(draws[name], dtype="<f4").data)
    return digest.hexdigest()


def holding(edition: Edition, scenario: str, scenario_draws: Drawn) -> Edition:
    """The edition with draws of a scenario, and of its base, in memory: it answers whatever is read off draws."""
    by_scenario: dict[str, Any] = {"about": _beside(scenario_draws), "pace": _pace(scenario_draws)}
    if scenario_draws.base is not None:
        edition = holding(edition, BASE, scenario_draws.base)
        by_scenario["moved"] = _moved(scenario_draws)
    memory = {**edition.memory, scenario: columns(scenario_draws.table)}
    cells = {name: {**edition.cells.get(name, {}), scenario: facts} for name, facts in by_scenario.items()}
    return replace(edition, cells=edition.cells | cells, memory=memory)


def _moved(scenario_draws: Drawn) -> list[str]:
    return sorted(cell_name(*key) for key in scenario_draws.moved)


@dataclass(frozen=True)
class ScenarioWriter:
    """Writes scenarios of an edition that is being made.

    Attributes:
        folder: of the edition; what is of no scenario is in it already.
        manifest: what it is going to say, with the files that there are.
        readings: what is kept beside draws, and instead of them.
    """

    folder: Path
    manifest: Mapping[str, Any]
    readings: Sequence[Reading] = ()

    def write(self, scenario: str, scenario_draws: Drawn) -> Written:
        """Write the answers of a scenario, and of base its draws."""
        by_column, beside = columns(scenario_draws.table), _beside(scenario_draws)
        sha256, identities = draws_sha256(by_column), scenario_draws.identities
        if scenario == BASE:
            self._write_draws(scenario, by_column)
        blank = Edition(self.folder, dict(self.manifest), {"columns": list(by_column), "periods": _periods(beside)})
        edition = holding(blank, scenario, scenario_draws)
        if self.readings or scenario != BASE:
            answers = {name: answer for read in self.readings for name, answer in read(edition, scenario).items()}
            file = self.folder / bands.file_of(scenario)
            file.parent.mkdir(exist_ok=True)
            bands.table(answers).write_parquet(
                file, compression="zstd", compression_level=bands.COMPRESSION, statistics=False
            )
        if scenario == BASE:
            return Written(list(by_column), beside, _pace(scenario_draws), identities, sha256)
        return Written(list(by_column), {}, {}, identities, sha256, moved=_moved(scenario_draws))

    def _write_draws(self, scenario: str, by_column: Columns) -> None:
        (self.folder / "draws" / scenario).mkdir(parents=True)
        for file, together in groupby(by_column, key=partial(draws_file, scenario)):
            frame = pl.DataFrame({name: by_column[name] for name in together})
            frame.write_parquet(self.folder / file, compression="zstd", compression_level=1, statistics=False)


def write(
    directory: Path,
    *,
    edition_id: str,
    issued: datetime,
    facts: Mapping[str, Any],
    run: Mapping[str, Any] = MappingProxyType({}),
    scenario_files: Callable[[ScenarioWriter], Iterable[tuple[str, Written]]],
    readings: Sequence[Reading] = (),
    constants: pl.DataFrame | None = None,
    figures: Mapping[str, Any] = MappingProxyType({}),
    day_figures: Mapping[str, str] = MappingProxyType({}),
    drivers: Sequence[Mapping[str, Any]] = (),
    files: Mapping[str, pl.DataFrame | dict[str, Any]] = MappingProxyType({}),
    documents: Callable[[Edition], Mapping[str, dict[str, Any]]] = lambda _: {},
) -> Edition:
    """Write an edition under ``directory`` and return it, verified.

    Args:
        directory: where editions live.
        edition_id: its identifier and folder name.
        issued: issue time, UTC.
        facts: what the manifest says beside hashes (vintage, code, model, assumptions, seed, draws).
        run: what the manifest says of this very run: machine, commit, seconds by step; no part of its hash.
        scenario_files: writes every scenario, base first; their names and what was written.
        readings: what is kept of every scenario beside draws, and instead of them.
        constants: of conversion, one row a draw; None where none are kept.
        figures: what stands beside answers and is of no scenario, by the name of the cell.
        day_figures: words that sentences about cells name, by placeholder (:mod:`projection.cells.day_figures`).
        drivers: the newest period and age of each (:mod:`features.driver_ages`).
        files: further ones by name, tables of draws and documents.
        documents: what is read off the edition before it is published, by name of the file.
    """
    target = directory / edition_id
    with new_folder(target, keep=lambda standing: _same(standing, work)) as work:
        if constants is not None:
            constants.write_parquet(work / CONSTANTS, compression="zstd", compression_level=1, statistics=False)
        for name, content in files.items():
            if isinstance(content, pl.DataFrame):
                content.write_parquet(work / name, compression="zstd", compression_level=1, statistics=False)
            else:
                _write_json(work / name, content)
        about_it = {"format": FORMAT, "id": edition_id, "issued": rfc3339(issued), **facts, "drivers": list(drivers)}
        writer = ScenarioWriter(work, about_it | {"files": _hashes(work)}, readings)
        scenarios = dict(scenario_files(writer))
        base = scenarios[BASE]
        cells = {
            "columns": base.columns,
            "periods": _periods(base.about),
            "about": {BASE: base.about},
            "beside": dict(figures),
            "day_figures": dict(day_figures),
            "pace": {BASE: base.pace},
            "moved": {name: list(scenario.moved) for name, scenario in scenarios.items() if name != BASE},
        }
        _write_json(work / "cells.json", cells)
        for name, content in documents(Edition(work, about_it | {"files": _hashes(work)}, cells)).items():
            _write_json(work / name, content)
        of_draws = {name: scenario.sha256 for name, scenario in scenarios.items()}
        identities = worst_by_scenario([(name, scenario.identities) for name, scenario in scenarios.items()])
        seconds = {**run.get("seconds", {}), "scenarios": {name: one.seconds for name, one in scenarios.items()}}
        manifest = about_it | {"identities": identities, "draws_sha256": of_draws, "files": _hashes(work)}
        manifest["run"] = {**run, "seconds": seconds}
        _write_json(work / "manifest.json", manifest)
    return Edition.load(target)


def _pace(scenario_draws: Drawn) -> dict[str, Any]:
    return {cell_name(*key): quantities for key, quantities in scenario_draws.pace.items()}


def _periods(beside: Mapping[str, Mapping[str, Iterable[str]]]) -> dict[str, dict[str, list[str]]]:
    """Periods by cell and frequency."""
    return {cell: {freq: sorted(days) for freq, days in by_freq.items()} for cell, by_freq in beside.items()}


def _hashes(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): file_sha256(path) for path in sorted(folder.rglob("*")) if path.is_file()}


def _same(standing: Path, candidate: Path) -> bool:
    """Whether another process published the same edition meanwhile: it may be served and is not replaced."""
    try:
        return Edition.load(standing).manifest_sha256 == Edition.load(candidate).manifest_sha256
    except ArtifactCorrupt:
        return False


def _write_json(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, sort_keys=True, separators=(",", ":")) + "\n")
