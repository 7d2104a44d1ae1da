"""Editions: immutable published sets of projections, read back and verified by hash.

An edition is a directory: ``manifest.json`` (data vintage, code, model, assumptions, seed, hashes), ``cells.json``
(status, notes, width split), ``draws/<scenario>.parquet`` (one row a draw, one column a cell, quantity and period) and
``constants.parquet`` (the constants that turn one kind of published figure into another, on the same draws). Every
band is read off those draws.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.errors import ArtifactCorrupt, EditionMissing, NotFound
from data.layers import LAYERS, Confidence, DemandConcept, Layer, Status, Timing, UnitKind
from data.periods import Frequency, Period
from data.quantiles import DEFAULT_LEVELS, Quantile
from projection.cells import AT_8_BIT_ALONE, REGIONS_ANSWERED, unknown_that_day, verdict, without_supply_that_day
from projection.measures import first_likely
from projection.points import Point, Wanted, gap_of, points

FORMAT = 2
FREQUENCIES = (Frequency.YEAR, Frequency.QUARTER)
CONSTANTS = "constants.parquet"
"""The file of the constants of conversion, one row a draw."""


@dataclass(frozen=True)
class Cell:
    """One region and layer under a scenario and a demand concept."""

    region: str
    layer: Layer
    scenario: str
    demand_concept: DemandConcept
    status: Status
    confidence: Confidence | None
    reason: str | None
    unit: str
    unit_kind: UnitKind
    timing: Timing
    sources: tuple[str, ...]
    notes: tuple[str, ...]


def column(region: str, layer: Layer, quantity: str, period: Period) -> str:
    """Name of a column of draws."""
    return f"{region}|{layer}|{quantity}|{period.freq}|{period.start}"


def cell_name(region: str, layer: Layer, concept: DemandConcept = DemandConcept.EQUIPMENT) -> str:
    """What an edition keeps a cell under."""
    return f"{region}|{layer}" if concept is DemandConcept.EQUIPMENT else f"{region}|{layer}|{concept}"


def file_sha256(path: Path) -> str:
    """Sha256 of a file's bytes."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


@dataclass(frozen=True)
class Edition:
    """A verified edition on disk."""

    directory: Path
    manifest: dict[str, Any]
    cells: dict[str, Any]

    @classmethod
    def load(cls, directory: Path, *, only: str | None = None) -> Self:
        """Open an edition and check its files against its manifest; raises :class:`ArtifactCorrupt`.

        ``only`` names the one scenario whose draws are going to be read: those of the others are not looked at.
        """
        manifest = _json(directory / "manifest.json")
        files = manifest.get("files")
        if manifest.get("format") != FORMAT or not isinstance(files, dict) or not files:
            raise ArtifactCorrupt(str(directory / "manifest.json"), f"is not an edition of format {FORMAT}")
        for name, expected in files.items():
            if only is not None and name.startswith("draws/") and name != f"draws/{only}.parquet":
                continue
            path = directory / name
            if not path.is_file():
                raise ArtifactCorrupt(str(path), "is missing")
            if file_sha256(path) != expected:
                raise ArtifactCorrupt(str(path), "differs from the hash in its manifest")
        missing = {"cells.json", *(f"draws/{name}.parquet" for name in manifest["scenarios"])} - set(files)
        if missing:
            raise ArtifactCorrupt(str(directory / "manifest.json"), f"does not list {', '.join(sorted(missing))}")
        return cls(directory=directory, manifest=manifest, cells=_json(directory / "cells.json"))

    @property
    def id(self) -> str:
        """Identifier: issue day and content hash."""
        return str(self.manifest["id"])

    @property
    def issued(self) -> datetime:
        """When it was issued, UTC."""
        return datetime.fromisoformat(self.manifest["issued"])

    @property
    def data_as_of(self) -> date:
        """The day whose knowledge it rests on."""
        return date.fromisoformat(self.manifest["data_as_of"])

    @property
    def base_year(self) -> int:
        """The year growth is counted from."""
        return int(self.manifest["base_year"])

    @property
    def model_version(self) -> str:
        """The champion that made the driver forecasts."""
        return str(self.manifest["model_version"])

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Names of its scenarios, base first."""
        return tuple(self.manifest["scenarios"])

    def cell(
        self,
        region: str,
        layer: Layer,
        *,
        scenario: str = "base",
        demand: DemandConcept = DemandConcept.EQUIPMENT,
        narrow: bool = False,
    ) -> Cell:
        """What can be said of a cell; ``narrow`` counts H100e at 16 bit instead of 8.

        Raises :class:`NotFound` for an unknown region or scenario.
        """
        if region not in REGIONS_ANSWERED:
            raise NotFound("region", region, allowed=REGIONS_ANSWERED)
        if scenario not in self.scenarios:
            raise NotFound("scenario", scenario, allowed=self.scenarios)
        found = verdict(region, layer, demand=demand)
        if found.status is not Status.UNAVAILABLE and cell_name(region, layer, demand) not in self.cells["periods"]:
            found = unknown_that_day(self.data_as_of, self.manifest.get("knowledge", []))
        if found.status is Status.AVAILABLE and not self._carries_supply(region, layer, demand):
            found = without_supply_that_day(found, self.data_as_of, self.manifest.get("knowledge", []))
        narrow = narrow and layer is Layer.COMPUTE
        if narrow and demand is not DemandConcept.EQUIPMENT and found.status is not Status.UNAVAILABLE:
            found = AT_8_BIT_ALONE
        spec = LAYERS[layer]
        return Cell(
            region=region,
            layer=layer,
            scenario=scenario,
            demand_concept=demand,
            status=found.status,
            confidence=found.confidence,
            reason=found.reason,
            unit=spec.unit,
            unit_kind=UnitKind.BIT16 if narrow else spec.unit_kind,
            timing=spec.timing,
            sources=found.sources,
            notes=(*found.notes, *self.manifest.get("knowledge", [])) if found.notes else (),
        )

    def _carries_supply(self, region: str, layer: Layer, demand: DemandConcept) -> bool:
        days = self.cells["periods"][cell_name(region, layer, demand)][Frequency.YEAR.value]
        periods = (Period.parse(day, Frequency.YEAR) for day in days)
        return any(column(region, layer, "supply", period) in self.cells["columns"] for period in periods)

    def figures(self, cell: Cell) -> list[dict[str, Any]]:
        """Figures that stand beside a cell, known on the edition's day; empty where there are none."""
        return list(self._beside(cell).get("figures", []))

    def tightness(self, cell: Cell) -> dict[str, Any] | None:
        """Whether the market of a cell tightens, as lead times and prices tell; None where nothing tells."""
        return self._beside(cell).get("tightness")

    def pace(self, cell: Cell) -> list[dict[str, Any]]:
        """Pace of supply by technology beside a cell: name, title, unit, basis, timing, bands by year; mostly none."""
        by_cell = self.cells.get("pace", {}).get(cell.scenario, {})
        found: list[dict[str, Any]] = by_cell.get(cell_name(cell.region, cell.layer), [])
        return found

    def _beside(self, cell: Cell) -> dict[str, Any]:
        found: dict[str, Any] = self.cells.get("beside", {}).get(cell_name(cell.region, cell.layer), {})
        return found

    def periods(self, cell: Cell, freq: Frequency) -> list[Period]:
        """Periods a cell is answered for, ascending; empty when it is unavailable."""
        if cell.status is Status.UNAVAILABLE:
            return []
        listed = self.cells["periods"][cell_name(cell.region, cell.layer, cell.demand_concept)][freq.value]
        return [Period.parse(day, freq) for day in listed]

    def draws(self, cell: Cell, quantity: str, periods: Sequence[Period]) -> NDArray[np.float64] | None:
        """Draws of a quantity (demand, supply, share, year_share, unconstrained, late, narrow, shipped, retired, used).

        None where the cell carries none.

        Shape (draw, period).
        """
        if cell.demand_concept is not DemandConcept.EQUIPMENT:
            if quantity not in {"demand", "supply"}:
                return None
            quantity = cell.demand_concept.value if quantity == "demand" else quantity
        names = [column(cell.region, cell.layer, quantity, period) for period in periods]
        path = self.directory / "draws" / f"{cell.scenario}.parquet"
        if not names or names[0] not in self.cells["columns"]:
            return None
        return pl.read_parquet(path, columns=names).select(names).to_numpy().astype(np.float64)

    def constants(self) -> pl.DataFrame | None:
        """Draws of the constants of conversion (:mod:`projection.currency`); None where none were kept."""
        if CONSTANTS not in self.manifest["files"]:
            return None
        return pl.read_parquet(self.directory / CONSTANTS)

    def short(self, cell: Cell, periods: Sequence[Period]) -> NDArray[np.bool_] | None:
        """Whether demand of equipment exceeds supply, by draw and period, (draw, period); None without a supply."""
        pairs = [
            (column(cell.region, cell.layer, "demand", period), column(cell.region, cell.layer, "supply", period))
            for period in periods
        ]
        if not pairs or pairs[0][1] not in self.cells["columns"]:
            return None
        path = self.directory / "draws" / f"{cell.scenario}.parquet"
        read = pl.read_parquet(path, columns=[name for pair in pairs for name in pair])
        return np.stack([read[demand].to_numpy() > read[supply].to_numpy() for demand, supply in pairs], axis=1)

    def answer(
        self,
        cell: Cell,
        *,
        freq: Frequency = Frequency.YEAR,
        first: date | None = None,
        last: date | None = None,
        levels: Sequence[Quantile] = DEFAULT_LEVELS,
        above: Sequence[float] = (),
    ) -> list[Point]:
        """Bands, probabilities and expected shortfall of a cell, period by period, all read off the same draws.

        Args:
            cell: from :meth:`cell`.
            freq: yearly or quarterly.
            first: earliest period start or any day inside it.
            last: latest period start or any day inside it.
            levels: quantile levels of every band.
            above: thresholds x of P(gap > x), in the cell's unit.
        """
        periods = self.periods(cell, freq)
        if not periods:
            return []
        wanted = self._wanted(cell, first=first, last=last, levels=levels, above=above)
        about = self.cells["about"][cell.scenario][cell_name(cell.region, cell.layer, cell.demand_concept)][freq.value]
        return points(partial(self.draws, cell), about, periods, wanted)

    def first_likely_short(self, cell: Cell, freq: Frequency = Frequency.YEAR) -> date | None:
        """First day of the first period in which a shortage is more likely than not; None when there is none."""
        periods = self.periods(cell, freq)
        wanted = self._wanted(cell, first=None, last=None, levels=(), above=())
        demand, supply = gap_of(partial(self.draws, cell), periods, wanted)
        if demand is None or supply is None:
            return None
        place = first_likely(demand - supply)
        return None if place is None else periods[place].start

    @staticmethod
    def _wanted(
        cell: Cell, *, first: date | None, last: date | None, levels: Sequence[Quantile], above: Sequence[float]
    ) -> Wanted:
        narrow = cell.unit_kind is UnitKind.BIT16
        return Wanted(first, last, levels, above, narrow=narrow, partial=cell.status is Status.PARTIAL)


def newest(directory: Path) -> tuple[Edition, list[str]]:
    """The newest edition that verifies, and a sentence on each newer one that does not.

    Raises:
        EditionMissing: nothing in the directory can be served.
    """
    skipped: list[str] = []
    if not directory.is_dir():
        raise EditionMissing(str(directory), "none has been projected")
    # A directory that starts with a dot is one being written.
    found = [path for path in directory.iterdir() if path.is_dir() and not path.name.startswith(".")]
    for path in sorted(found, key=_issue_order, reverse=True):
        try:
            return Edition.load(path), skipped
        except ArtifactCorrupt as error:
            skipped.append(error.detail)
    raise EditionMissing(str(directory), "; ".join(skipped) or "none has been projected")


def _issue_order(path: Path) -> tuple[str, str]:
    try:
        issued = str(json.loads((path / "manifest.json").read_text())["issued"])
    except (OSError, ValueError, KeyError, TypeError):
        # A manifest that cannot be read sorts as newest: it must be reported as broken, not passed over in silence.
        issued = "9"
    return issued, path.name


def _json(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text())
    except FileNotFoundError:
        raise ArtifactCorrupt(str(path), "is missing") from None
    except (OSError, ValueError) as error:
        raise ArtifactCorrupt(str(path), f"cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise ArtifactCorrupt(str(path), "is not a JSON object")
    return content
