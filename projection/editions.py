"""Editions: immutable published sets of projections, read back and verified by hash.

An edition is a directory: ``manifest.json`` (data vintage, code, model, assumptions, seed, hashes), ``cells.json``
(status, notes, width split) and ``draws/<scenario>.parquet`` (one row a draw, one column a cell, quantity and period).
Every band is read off those draws.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.errors import ArtifactCorrupt, EditionMissing, NotFound
from data.layers import LAYERS, Confidence, DemandConcept, Layer, Status, Timing, UnitKind
from data.periods import Frequency, Period
from data.quantiles import DEFAULT_LEVELS, Quantile
from projection.cells import REGIONS_ANSWERED, verdict
from projection.floor import NAME as FLOOR_NAME

FORMAT = 1
FREQUENCIES = (Frequency.YEAR, Frequency.QUARTER)


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


@dataclass(frozen=True)
class Point:
    """One period of an answer. Bands are quantile level -> value; null where the figures cannot carry them."""

    period: date
    demand: dict[str, float]
    supply: dict[str, float] | None
    gap: dict[str, float] | None
    p_short: float | None
    expected_shortfall: float | None
    floor: dict[str, Any]
    width_split: dict[str, dict[str, float]]
    share_of_growth: dict[str, float] | None


def column(region: str, layer: Layer, quantity: str, period: Period) -> str:
    """Name of a column of draws."""
    return f"{region}|{layer}|{quantity}|{period.freq}|{period.start}"


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
    def load(cls, directory: Path) -> Self:
        """Open an edition and check every file against its manifest; raises :class:`ArtifactCorrupt`."""
        manifest = _json(directory / "manifest.json")
        files = manifest.get("files")
        if manifest.get("format") != FORMAT or not isinstance(files, dict) or not files:
            raise ArtifactCorrupt(str(directory / "manifest.json"), f"is not an edition of format {FORMAT}")
        for name, expected in files.items():
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
    ) -> Cell:
        """What can be said of a cell; raises :class:`NotFound` for an unknown region or scenario."""
        if region not in REGIONS_ANSWERED:
            raise NotFound("region", region, allowed=REGIONS_ANSWERED)
        if scenario not in self.scenarios:
            raise NotFound("scenario", scenario, allowed=self.scenarios)
        found = verdict(region, layer, demand=demand)
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
            unit_kind=spec.unit_kind,
            timing=spec.timing,
            sources=found.sources,
            notes=found.notes,
        )

    def periods(self, cell: Cell, freq: Frequency) -> list[Period]:
        """Periods a cell is answered for, ascending; empty when it is unavailable."""
        if cell.status is Status.UNAVAILABLE:
            return []
        listed = self.cells["periods"][f"{cell.region}|{cell.layer}"][freq.value]
        return [Period.parse(day, freq) for day in listed]

    def draws(self, cell: Cell, quantity: str, periods: Sequence[Period]) -> NDArray[np.float64] | None:
        """Draws of demand, supply or share of growth, shape (draw, period); None where the cell carries none."""
        names = [column(cell.region, cell.layer, quantity, period) for period in periods]
        path = self.directory / "draws" / f"{cell.scenario}.parquet"
        if not names or names[0] not in self.cells["columns"]:
            return None
        return pl.read_parquet(path, columns=names).select(names).to_numpy().astype(np.float64)

    def answer(
        self,
        cell: Cell,
        *,
        freq: Frequency = Frequency.YEAR,
        first: date | None = None,
        last: date | None = None,
        levels: Sequence[Quantile] = DEFAULT_LEVELS,
    ) -> list[Point]:
        """Bands, probability and expected shortfall of a cell, period by period, all read off the same draws.

        Args:
            cell: from :meth:`cell`.
            freq: yearly or quarterly.
            first: earliest period start or any day inside it.
            last: latest period start or any day inside it.
            levels: quantile levels of every band.
        """
        periods = [
            period
            for period in self.periods(cell, freq)
            if (first is None or period.end >= first) and (last is None or period.start <= last)
        ]
        if not periods:
            return []
        demand = self.draws(cell, "demand", periods)
        if demand is None:
            raise ArtifactCorrupt(str(self.directory), f"has no draws for {cell.region} {cell.layer}")
        partial = cell.status is Status.PARTIAL
        supply = None if partial else self.draws(cell, "supply", periods)
        share = self.draws(cell, "share", periods)
        gap = None if supply is None else demand - supply
        bands = {
            name: None if draws is None else np.quantile(draws, [float(q) for q in levels], axis=0)
            for name, draws in {"demand": demand, "supply": supply, "gap": gap, "share": share}.items()
        }
        keys = [str(level) for level in levels]
        about = self.cells["about"][cell.scenario][f"{cell.region}|{cell.layer}"][freq.value]
        points = []
        for index, period in enumerate(periods):
            read = {
                name: None if band is None else dict(zip(keys, map(_rounded, band[:, index]), strict=True))
                for name, band in bands.items()
            }
            known = about[period.start.isoformat()]
            points.append(
                Point(
                    period=period.start,
                    demand=read["demand"] or {},
                    supply=read["supply"],
                    gap=read["gap"],
                    p_short=None if gap is None else _rounded((gap[:, index] > 0).mean()),
                    expected_shortfall=None if gap is None else _rounded(np.maximum(gap[:, index], 0).mean()),
                    floor={"name": FLOOR_NAME, "binds": known["floor_binds"]},
                    width_split={k: v for k, v in known["width_split"].items() if k == "demand" or not partial},
                    share_of_growth=read["share"],
                )
            )
        return points


def _rounded(value: float) -> float:
    """Six significant digits: more would be noise of ten thousand draws."""
    return float(f"{value:.6g}")


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
