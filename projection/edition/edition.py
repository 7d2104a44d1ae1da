"""Editions: immutable published sets of projections, read back and verified by hash.

An edition is a directory: ``manifest.json`` (data vintage, code, model, assumptions, seed, hashes), ``cells.json``
(status, notes, width split), ``draws/base/<region>.<layer>.<quantity>.parquet`` (one row a draw, one column a period),
``constants.parquet`` (the constants that turn one kind of published figure into another, same draws) and, of every
other scenario, ``bands/<scenario>.parquet`` (:mod:`projection.edition.bands`). Every band is read off draws, of base
when it is asked for, of others when they were published. A file is compared with its hash in the manifest each time it
is read, so no answer is ever computed from bytes that changed on disk; the manifest is compared with its hash in the
ledger.
"""

import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.base.artifacts import HIDDEN
from data.base.edition_errors import DrawsRemoved
from data.base.errors import InvalidParameter, NotFound
from data.base.layers import LAYERS, Confidence, DemandConcept, Layer, Status, Timing, UnitKind
from data.base.quantiles import DEFAULT_LEVELS, Quantile
from data.periods.period import Frequency, Period
from data.store.ledger import IssuedEdition
from data.store.recalls import Recall
from data.user_files.substitutions import Substitutions
from features.driver_ages import drivers_of
from projection.base.measures import LIKELY, first_likely
from projection.cells.cells import (
    AT_8_BIT_ALONE,
    NOT_TOLD_APART,
    REGIONS_ANSWERED,
    unknown_that_day,
    verdict,
    without_supply_that_day,
)
from projection.cells.paths import EXPECTED
from projection.edition import bands
from projection.edition import files as edition_files
from projection.edition.columns import ColumnCache
from projection.edition.differences import compared
from projection.edition.names import (
    BOOKED,
    FORMER_FORMATS,
    cell_name,
    column,
    draws_file,
    former_cell_name,
    former_demand,
)
from projection.edition.points import Numbers, Point, Selection, gap_of, points
from projection.edition.remote import RemoteEditions

BASE = "base"
"""The scenario with every assumption as it is listed."""
FORMAT = 6
READABLE = {*FORMER_FORMATS, 4, 5, FORMAT}
"""Formats that are read: the second has a file of draws a scenario; to the fourth every scenario has draws; the fifth
does not tell what a scenario moves."""
NEEDED = ("id", "issued", "data_as_of", "model_version", "scenarios")
"""What every manifest says."""
FREQUENCIES = (Frequency.YEAR, Frequency.QUARTER)
CONDITIONING = "observables.json"
"""The file of what is measured of quantities that are drawn, and how it moved them."""
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


@dataclass(frozen=True, slots=True)
class Withheld:
    """An edition that is not served although it was issued later than the one that is, and the reason in words."""

    edition: str
    reason: str


Columns = Mapping[str, NDArray[np.floating[Any]]]
"""Draws by the name of their column, (draw,) each."""


@dataclass(frozen=True)
class Edition:
    """A verified edition on disk.

    Attributes:
        withheld: later ones that it is served instead of.
        recalled: that the ledger says it is not to be used any more, or None.
        removal: when and why its draws were removed; empty while they are there.
        remote: the storage that missing files are fetched from; None where all are on disk.
        memory: draws that are held in memory, by scenario: they are read instead of what is kept on disk.
        columns: keeps columns of draws that were read; none by default.
    """

    directory: Path
    manifest: dict[str, Any]
    cells: dict[str, Any]
    withheld: tuple[Withheld, ...] = ()
    recalled: Recall | None = None
    removal: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    remote: RemoteEditions | None = field(default=None, repr=False, compare=False)
    memory: Mapping[str, Columns] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    columns: ColumnCache = field(default_factory=ColumnCache, repr=False, compare=False)

    @classmethod
    def load(
        cls,
        directory: Path,
        *,
        only: str | None = None,
        record: IssuedEdition | None = None,
        remote: RemoteEditions | None = None,
    ) -> Self:
        """Open an edition and check its files against its manifest; raises :class:`ArtifactCorrupt`.

        Args:
            directory: its folder.
            only: the one scenario that is going to be read: what is kept of the others is not looked at.
            record: its entry in the ledger, which the manifest has to match and which says when it was issued; None
                where no ledger is asked, as for an edition of a past day.
            remote: the storage that missing files are fetched from: draws and bands when they are asked for, the rest
                now.
        """
        manifest = edition_files.manifest(directory, remote)
        files = manifest.get("files")
        if manifest.get("format") not in READABLE or not isinstance(files, dict) or not files:
            raise edition_files.corrupt(directory / "manifest.json", directory, f"is not an edition of format {FORMAT}")
        if lacking := [name for name in NEEDED if name not in manifest]:
            raise edition_files.corrupt(directory / "manifest.json", directory, f"does not say {', '.join(lacking)}")
        edition = cls(directory, manifest, {}, removal=edition_files.removal(directory, remote), remote=remote)
        if record is not None:
            if edition.manifest_sha256 != record.manifest_sha256:
                raise edition_files.corrupt(
                    directory / "manifest.json", directory, "differs from the hash in the ledger"
                )
            manifest["issued"] = record.issued.isoformat()
            edition = replace(edition, recalled=record.recalled)
        for name in files:
            if edition.removal and edition_files.of_draws(name):
                continue
            large = name.startswith(("draws/", "bands/"))
            if not large or (remote is None and (only is None or bands.holds(name, only))):
                edition.content(name)
        missing = {"cells.json"} - set(files)
        missing |= {name for name in manifest["scenarios"] if not any(bands.holds(file, name) for file in files)}
        if missing:
            raise edition_files.corrupt(
                directory / "manifest.json", directory, f"does not list {', '.join(sorted(missing))}"
            )
        return replace(edition, cells=edition.document("cells.json"))

    def content(self, name: str) -> bytes:
        """A file as it was published; raises :class:`ArtifactCorrupt` where it is gone or not those bytes any more."""
        return edition_files.content(self.directory, name, self.manifest["files"].get(name), self.remote)

    def table(self, name: str, columns: Sequence[str] | None = None) -> pl.DataFrame:
        """A table of draws, or some of its columns in that order; raises :class:`ArtifactCorrupt`."""
        frame = pl.read_parquet(io.BytesIO(self.content(name)), columns=None if columns is None else list(columns))
        return frame if columns is None else frame.select(columns)

    def document(self, name: str) -> dict[str, Any]:
        """A JSON document; raises :class:`ArtifactCorrupt`."""
        content: dict[str, Any] = json.loads(self.content(name))
        return content

    @property
    def manifest_sha256(self) -> str:
        """Hash of what the manifest says but for the moment of issue and the run, as the ledger records it.

        An edition published again from the same inputs is the same edition.
        """
        facts = {key: value for key, value in self.manifest.items() if key not in {"issued", "run"}}
        return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()

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
        """Names of its scenarios, base first, and of those in memory."""
        return tuple(dict.fromkeys((*self.manifest["scenarios"], *self.memory)))

    def has_draws(self, scenario: str) -> bool:
        """Whether draws of a scenario can be read: of base, until they are removed, and of all in former formats."""
        if scenario in self.memory:
            return True
        return self.draws_removed is None and any(
            name.startswith("draws/") and bands.holds(name, scenario) for name in self.manifest["files"]
        )

    def has_bands(self, scenario: str) -> bool:
        """Whether answers of a scenario are kept beside draws, or instead of them."""
        return bands.file_of(scenario) in self.manifest["files"]

    @property
    def draws_removed(self) -> date | None:
        """Day on which the retention policy removed its draws; answers at the levels that are kept stay."""
        day = self.removal.get("day")
        return None if day is None else date.fromisoformat(day)

    def answers(self, scenario: str, questions: Sequence[str]) -> dict[str, str]:
        """What is kept of a scenario without draws: answers, JSON, by those of some questions that have one.

        What the scenario does not move is kept of base alone.
        """
        answers = pl.scan_parquet(io.BytesIO(self.content(bands.file_of(scenario))))
        chosen = answers.filter(pl.col(bands.QUESTION).is_in(list(questions)))
        by_question = dict(chosen.select(bands.QUESTION, bands.ANSWER).collect().iter_rows())
        lacking = [question for question in questions if question not in by_question]
        of_base = lacking and scenario != BASE and self.has_bands(BASE)
        return by_question | self.answers(BASE, lacking) if of_base else by_question

    def unaffected(self, cell: Cell) -> bool:
        """Whether every draw of a cell is base's to the last bit; False of base, and where an edition does not tell."""
        moved = self.cells.get("moved", {}).get(cell.scenario)
        name = self._name(cell.region, cell.layer, cell.demand_concept)
        return moved is not None and cell.status is not Status.UNAVAILABLE and name not in moved

    def cell(
        self,
        region: str,
        layer: Layer,
        *,
        scenario: str = BASE,
        demand: DemandConcept = DemandConcept.WANTED,
        narrow: bool = False,
    ) -> Cell:
        """What can be said of a cell; ``narrow`` counts H100e at 16 bit instead of 8.

        Raises :class:`NotFound` for an unknown region or scenario.
        """
        if region not in REGIONS_ANSWERED:
            raise NotFound("region", region, allowed=REGIONS_ANSWERED)
        if scenario not in self.scenarios:
            raise NotFound("scenario", scenario, allowed=self.scenarios)
        cell_status = verdict(region, layer, demand=demand).filled(self.cells.get("day_figures", {}))
        if cell_status.status is not Status.UNAVAILABLE and self._former and former_demand(layer, demand) is None:
            cell_status = NOT_TOLD_APART
        if (
            cell_status.status is not Status.UNAVAILABLE
            and self._name(region, layer, demand) not in self.cells["periods"]
        ):
            cell_status = unknown_that_day(self.data_as_of, self._knowledge(region))
        if cell_status.status is Status.AVAILABLE and not self._carries_supply(region, layer, demand):
            cell_status = without_supply_that_day(cell_status, self.data_as_of, self._knowledge(region))
        narrow = narrow and layer is Layer.COMPUTE
        if narrow and demand in BOOKED and cell_status.status is not Status.UNAVAILABLE:
            cell_status = AT_8_BIT_ALONE
        spec = LAYERS[layer]
        return Cell(
            region=region,
            layer=layer,
            scenario=scenario,
            demand_concept=demand,
            status=cell_status.status,
            confidence=cell_status.confidence,
            reason=cell_status.reason,
            unit=spec.unit,
            unit_kind=UnitKind.BIT16 if narrow else spec.unit_kind,
            timing=spec.timing,
            sources=(*cell_status.sources, *self._own_series) if cell_status.sources else (),
            notes=(*cell_status.notes, *self._knowledge(region)) if cell_status.notes else (),
        )

    def _knowledge(self, region: str) -> tuple[str, ...]:
        """What the day did not know, as far as the region's answers rest on it."""
        return *self.manifest.get("knowledge", []), *self.manifest.get("knowledge_of", {}).get(region, [])

    @property
    def _own_series(self) -> tuple[str, ...]:
        """The user's own series it rests on, by the mapping file of the day it was made."""
        substitutions = Substitutions.of_manifest(self.manifest)
        return tuple(sorted({*substitutions.drivers.values(), *substitutions.assumptions.values()}))

    def _carries_supply(self, region: str, layer: Layer, demand: DemandConcept) -> bool:
        days = self.cells["periods"][self._name(region, layer, demand)][Frequency.YEAR.value]
        periods = (Period.parse(day, Frequency.YEAR) for day in days)
        return any(column(region, layer, "supply", period) in self.cells["columns"] for period in periods)

    def figures(self, cell: Cell) -> list[dict[str, Any]]:
        """Figures that stand beside a cell, known on the edition's day; empty where there are none."""
        return list(self._beside(cell).get("figures", []))

    @property
    def drivers(self) -> list[dict[str, Any]]:
        """The newest period and age of every driver on the edition's day, by id; none in an edition made before."""
        drivers: list[dict[str, Any]] = self.manifest.get("drivers") or self.cells.get("drivers", [])
        return drivers

    def drivers_of(self, cell: Cell) -> list[dict[str, Any]]:
        """Those of :attr:`drivers` that a cell rests on; none where it is unavailable."""
        if cell.status is Status.UNAVAILABLE:
            return []
        fed = drivers_of(cell.region, cell.layer)
        return [driver for driver in self.drivers if driver["series_id"] in fed]

    def tightness(self, cell: Cell) -> dict[str, Any] | None:
        """Whether the market of a cell tightens, by lead times and prices; None where neither is known."""
        return self._beside(cell).get("tightness")

    def pace(self, cell: Cell) -> list[dict[str, Any]]:
        """Pace of supply by technology beside a cell: name, title, unit, basis, timing, bands by year; mostly none."""
        name = cell_name(cell.region, cell.layer)
        if not self.has_draws(cell.scenario):
            question = bands.of_pace(name)
            pace: list[dict[str, Any]] = json.loads(self.answers(cell.scenario, [question]).get(question, "[]"))
            return pace
        by_cell = self.cells.get("pace", {}).get(cell.scenario, {})
        return list(by_cell.get(name, []))

    def _beside(self, cell: Cell) -> dict[str, Any]:
        context: dict[str, Any] = self.cells.get("beside", {}).get(cell_name(cell.region, cell.layer), {})
        return context

    def periods(self, cell: Cell, freq: Frequency) -> list[Period]:
        """Periods a cell is answered for, ascending; empty when it is unavailable."""
        if cell.status is Status.UNAVAILABLE:
            return []
        listed = self.cells["periods"][self._name(cell.region, cell.layer, cell.demand_concept)][freq.value]
        return [Period.parse(day, freq) for day in listed]

    def draws(self, cell: Cell, quantity: str, periods: Sequence[Period]) -> NDArray[np.float64] | None:
        """Draws of a quantity, (draw, period): ``demand`` under the cell's concept, or one of :class:`Paths`.

        None where the cell carries none.
        """
        if quantity == "demand":
            quantity = self._demand(cell)
        elif (cell.demand_concept in BOOKED and quantity not in BOOKED[cell.demand_concept]) or (
            quantity == EXPECTED and cell.demand_concept is not DemandConcept.REQUESTED
        ):
            return None
        draws = self.stored(cell.scenario, cell.region, cell.layer, quantity, periods)
        return None if draws is None else draws.astype(np.float64)

    def _demand(self, cell: Cell) -> str:
        """The quantity that a cell's demand is kept as."""
        former = former_demand(cell.layer, cell.demand_concept) if self._former else None
        return former or cell.demand_concept.value

    def _name(self, region: str, layer: Layer, demand: DemandConcept) -> str:
        """What a cell is kept under."""
        return (former_cell_name if self._former else cell_name)(region, layer, demand)

    @property
    def _former(self) -> bool:
        return self.manifest["format"] in FORMER_FORMATS

    def stored(
        self, scenario: str, region: str, layer: Layer, quantity: str, periods: Sequence[Period]
    ) -> NDArray[np.float32] | None:
        """Draws as they are stored, (draw, period), or None where there are none.

        Raises:
            ArtifactCorrupt: their file is gone or changed.
            DrawsRemoved: the policy removed them. InvalidParameter: of this scenario bands are kept and no draws.
        """
        if not self.has_draws(scenario):
            if scenario == BASE and self.draws_removed is not None:
                raise DrawsRemoved(self.id, self.draws_removed.isoformat())
            having = [name for name in self.scenarios if self.has_draws(name)]
            raise InvalidParameter("scenario", f"no draws of {scenario} are kept; {bands.EVALUATE}", allowed=having)
        names = [column(region, layer, quantity, period) for period in periods]
        if not names or names[0] not in self.cells["columns"]:
            return None
        if scenario in self.memory:
            # A period after the other, as a table of draws gives them.
            return np.stack([self.memory[scenario][name] for name in names]).T
        whole = f"draws/{scenario}.parquet"
        file = whole if whole in self.manifest["files"] else draws_file(scenario, names[0])
        return self.columns.of(self.manifest["files"][file], names, partial(self.table, file))

    def constants(self) -> pl.DataFrame | None:
        """Draws of the constants of conversion (:mod:`projection.third_party.conversion`); None without any."""
        return self.table(CONSTANTS) if CONSTANTS in self.manifest["files"] else None

    @property
    def conditioning(self) -> dict[str, Any] | None:
        """What its draws were weighed by (:mod:`projection.simulate.conditioning`); None in one made before."""
        return self.document(CONDITIONING) if CONDITIONING in self.manifest["files"] else None

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

        Raises :class:`InvalidParameter` for a level or threshold that is not kept of a scenario without draws.

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
        selection = self._selection(cell, first=first, last=last, levels=levels, above=above)
        if not self.has_draws(cell.scenario):
            bands.refuse_others("quantiles", levels, bands.LEVELS, scenario=cell.scenario)
            bands.refuse_others("above", above, bands.THRESHOLDS[cell.unit], scenario=cell.scenario)
            chosen = [periods[place].start for place in selection.places(periods)]
            return [bands.at(point, levels, above) for point in self.archived(cell, freq) if point.period in chosen]
        name = self._name(cell.region, cell.layer, cell.demand_concept)
        about = self.cells["about"][cell.scenario][name][freq.value]
        read = partial(self.draws, cell)
        numbers = Numbers.of(read, periods, selection)
        answer = [] if numbers is None else points(numbers, read, about, periods, selection)
        if numbers is None or cell.scenario == BASE or not self.has_draws(BASE):
            return answer
        base = Numbers.of(partial(self.draws, replace(cell, scenario=BASE)), periods, selection)
        return answer if base is None else compared(answer, numbers, base, selection)

    def first_likely_short(self, cell: Cell, freq: Frequency = Frequency.YEAR) -> date | None:
        """First day of the first period in which a shortage is more likely than not; None when there is none."""
        if not self.has_draws(cell.scenario):
            return next((point.period for point in self.archived(cell, freq) if (point.p_short or 0.0) > LIKELY), None)
        periods = self.periods(cell, freq)
        selection = self._selection(cell, first=None, last=None, levels=(), above=())
        demand, supply = gap_of(partial(self.draws, cell), periods, selection)
        if demand is None or supply is None:
            return None
        place = first_likely(demand - supply)
        return None if place is None else periods[place].start

    def archived(self, cell: Cell, freq: Frequency) -> list[Point]:
        """Every point of a cell as it was read off draws when they were made, at every level that is kept."""
        narrow = cell.unit_kind is UnitKind.BIT16
        question = bands.of_points(cell.region, cell.layer, cell.demand_concept, freq, narrow=narrow)
        return bands.POINTS.validate_json(self.answers(cell.scenario, [question]).get(question, "[]"))

    @staticmethod
    def _selection(
        cell: Cell, *, first: date | None, last: date | None, levels: Sequence[Quantile], above: Sequence[float]
    ) -> Selection:
        narrow = cell.unit_kind is UnitKind.BIT16
        return Selection(first, last, levels, above, narrow=narrow, partial=cell.status is Status.PARTIAL)


def folders(directory: Path) -> list[Path]:
    """Folders of the editions in a directory, by name, whether they verify or not."""
    places = directory.iterdir() if directory.is_dir() else ()
    return sorted(path for path in places if path.is_dir() and not path.name.startswith(HIDDEN))
