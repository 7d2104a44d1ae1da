"""Which cells the figures carry, with status, reason, confidence, sources and notes. A cell is never filled.

``cells.toml`` says it of every region, layer and demand concept.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from importlib import resources
from itertools import product

from data.base.errors import NotFound, TableCorrupt
from data.base.layers import Confidence, DemandConcept, Layer, Status
from data.base.toml_tables import Entry, read_toml
from features.grids import definitions
from projection.cells.day_figures import COUNTED, PLACEHOLDER, DayFigure, fill

FILE = "cells.toml"
GRIDS = tuple(grid.region for grid in definitions.GRIDS)


@dataclass(frozen=True)
class CellStatus:
    """What the figures can carry for one region and layer; in its sentences a word in braces is a day's figure."""

    status: Status
    confidence: Confidence | None
    reason: str | None
    sources: tuple[str, ...]
    notes: tuple[str, ...]

    def filled(self, figures: Mapping[str, str]) -> "CellStatus":
        """The same in finished sentences, with the words an edition keeps of its day."""
        words = {name: figures.get(name, declared.otherwise) for name, declared in DAY_FIGURES.items()}
        return replace(
            self,
            reason=None if self.reason is None else fill(self.reason, words),
            sources=tuple(fill(sentence, words) for sentence in self.sources),
            notes=tuple(fill(sentence, words) for sentence in self.notes),
        )

    @property
    def sentences(self) -> tuple[str, ...]:
        """Reason, sources and notes."""
        return (*([] if self.reason is None else [self.reason]), *self.sources, *self.notes)


class _Regions(Entry):
    countries: tuple[str, ...]
    states: tuple[str, ...]


class _Cells(Entry):
    """One entry: every combination of its regions, layers and demand concepts."""

    regions: tuple[str, ...]
    layers: tuple[Layer, ...]
    demand: tuple[DemandConcept, ...] = (DemandConcept.WANTED, DemandConcept.BOUGHT)
    status: Status
    confidence: Confidence | None = None
    reason: str | None = None
    sources: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class _At16Bit(Entry):
    order_books: str


class _File(Entry):
    regions: _Regions
    sources: Mapping[str, str]
    notes: Mapping[str, str]
    figures: Mapping[str, DayFigure]
    at_16_bit: _At16Bit
    without_order_books: Mapping[Layer, str]
    cell: tuple[_Cells, ...]


def parse(text: str) -> tuple[_File, dict[tuple[str, Layer, DemandConcept], CellStatus]]:
    """Read the table; raises :class:`TableCorrupt` for an unknown field, key, region or placeholder, a cell twice."""
    file = read_toml(_File, text, file=FILE)
    regions = {*file.regions.countries, *GRIDS, *file.regions.states}
    if uncounted := sorted({name for name, figure in file.figures.items() if not figure.series} ^ set(COUNTED)):
        raise TableCorrupt(FILE, f"neither series nor a function, or both, give {', '.join(uncounted)}")
    verdicts: dict[tuple[str, Layer, DemandConcept], CellStatus] = {}
    for entry in file.cell:
        if unknown := set(entry.regions) - regions:
            raise TableCorrupt(FILE, f"unknown regions {sorted(unknown)}")
        sources = tuple(_sentences(entry.sources, file.sources))
        notes = tuple(_sentences(entry.notes, file.notes))
        for key in product(entry.regions, entry.layers, entry.demand):
            if key in verdicts:
                raise TableCorrupt(FILE, f"{' '.join(key)} is stated twice")
            verdicts[key] = CellStatus(entry.status, entry.confidence, entry.reason, sources, notes)
    sentences = (sentence for cell_status in verdicts.values() for sentence in cell_status.sentences)
    placeholders = {name for sentence in sentences for name in PLACEHOLDER.findall(sentence)}
    if odd := sorted(placeholders ^ file.figures.keys()):
        raise TableCorrupt(FILE, f"named in a sentence or under figures alone: {', '.join(odd)}")
    return file, verdicts


def _sentences(items: Sequence[str], sentences: Mapping[str, str]) -> Iterator[str]:
    """A sentence stands for itself, a single word for the sentence of that key."""
    for item in items:
        if " " not in item and item not in sentences:
            raise TableCorrupt(FILE, f"no sentence has the key {item!r}")
        yield sentences.get(item, item)


_FILE, _VERDICTS = parse((resources.files("projection.cells") / FILE).read_text(encoding="utf-8"))
DAY_FIGURES = _FILE.figures
"""Every placeholder of a sentence."""
COUNTRIES, STATES = _FILE.regions.countries, _FILE.regions.states
REGIONS_ANSWERED = (*COUNTRIES, *GRIDS, *STATES)
"""Regions that are known to the gap."""
VERDICTS = {
    (region, layer): cell_status
    for (region, layer, demand), cell_status in _VERDICTS.items()
    if demand is DemandConcept.WANTED
}
"""Verdicts of demand that is wanted, for every region and layer."""
ORDER_BOOK_VERDICTS = {
    key: cell_status
    for key, cell_status in _VERDICTS.items()
    if key[2] in {DemandConcept.CONTRACTED, DemandConcept.REQUESTED}
}
"""Verdicts of demand from order books and queues that are not the reason of their layer."""


def _none(reason: str) -> CellStatus:
    return CellStatus(Status.UNAVAILABLE, None, reason, (), ())


def unknown_that_day(day: date, knowledge: Sequence[str]) -> CellStatus:
    """The verdict of a cell that the figures of an edition's day could not carry."""
    return _none(f"What was known on {day} does not carry this cell. {' '.join(knowledge)}".strip())


def without_supply_that_day(status: CellStatus, day: date, knowledge: Sequence[str]) -> CellStatus:
    """The verdict of a cell whose demand the figures of an edition's day carried, and whose supply they did not."""
    reason = f"What was known on {day} does not carry a supply of this cell. {' '.join(knowledge)}".strip()
    return replace(status, status=Status.PARTIAL, reason=reason)


AT_8_BIT_ALONE = _none(_FILE.at_16_bit.order_books)
"""The verdict of compute at 16 bit under a concept made of order books."""
NOT_TOLD_APART = _none("The edition was made before this reading of demand was told apart in this layer.")
"""The verdict of a cell in an edition of a former format that has no such reading."""


def verdict(region: str, layer: Layer, *, demand: DemandConcept) -> CellStatus:
    """The verdict of a cell under a demand concept; raises :class:`NotFound` for an unknown region."""
    if region not in REGIONS_ANSWERED:
        raise NotFound("region", region, allowed=REGIONS_ANSWERED)
    return _VERDICTS.get((region, layer, demand)) or _none(_FILE.without_order_books[layer])
