"""Our own editions as entries of the scoreboard: what each said of every cell and year, on the day it was issued."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data.base.errors import ArtifactCorrupt
from data.base.layers import DemandConcept, Layer, Status
from data.base.quantiles import DEFAULT_LEVELS
from data.periods.period import Frequency, Period
from data.store.ledger import IssuedEdition
from projection.cells.cells import REGIONS_ANSWERED
from projection.edition.edition import BASE, Cell, Edition, folders
from projection.edition.points import Band, rounded
from projection.edition.remote import RemoteEditions
from projection.scoreboard.entries import Entry

BY = "Headroom"
READINGS = (DemandConcept.BOUGHT, DemandConcept.WANTED)
"""Readings of demand that are scored, the first that the cell has."""
LOW, MIDDLE, HIGH = (str(level) for level in ("0.1", "0.5", "0.9"))


def series_of(region: str, layer: Layer) -> str:
    """The id our demand of a cell stands under.

    >>> series_of("US-VA", Layer.POWER)
    'headroom.us-va.power.demand'
    """
    return f"headroom.{region.lower()}.{layer.value}.demand"


def entries(edition: Edition) -> tuple[Entry, ...]:
    """What an edition says of the demand of every cell in the base scenario, year by year, as it is bought.

    What is wanted comes true only as far as it can be bought, and later figures are of what stands. Where purchases are
    not told from what is wanted (storage), that one demand is the entry. Median, 80 % band and the default quantiles
    are read off the draws; published is the day of issue, and years over by then are left out: what is said of them is
    no projection.
    """
    issued = edition.issued.date()
    rows = []
    for region in REGIONS_ANSWERED:
        for layer in Layer:
            readings = [edition.cell(region, layer, scenario=BASE, demand=reading) for reading in READINGS]
            cell = next((cell for cell in readings if cell.status is not Status.UNAVAILABLE), None)
            if cell is None:
                continue
            for period, at in _bands(edition, cell).items():
                if period.end < issued:
                    continue
                rows.append(
                    Entry(
                        by=BY,
                        source_id=edition.id,
                        series_id=series_of(region, layer),
                        region=region,
                        unit=cell.unit,
                        period=period,
                        scenario=BASE,
                        published=issued,
                        point=at[MIDDLE],
                        low=at[LOW],
                        high=at[HIGH],
                        kind="projection",
                        layer=layer,
                        quantiles=tuple(at.values()),
                    )
                )
    return tuple(rows)


def _bands(edition: Edition, cell: Cell) -> dict[Period, Band]:
    """Default quantiles of the demand of every year: as they are kept, or read off draws where they are not."""
    levels = list(map(str, DEFAULT_LEVELS))
    if edition.has_bands(BASE):
        years = edition.archived(cell, Frequency.YEAR)
        return {Period(year.period, Frequency.YEAR): {key: year.demand[key] for key in levels} for year in years}
    periods = edition.periods(cell, Frequency.YEAR)
    demand = edition.draws(cell, "demand", periods)
    if demand is None:
        return {}
    bands = np.quantile(demand, [float(level) for level in DEFAULT_LEVELS], axis=0).T
    return {
        period: {key: rounded(float(value)) for key, value in zip(levels, band, strict=True)}
        for period, band in zip(periods, bands, strict=True)
    }


@dataclass(frozen=True, slots=True)
class Own:
    """Entries of all editions, in the order of their names, and a sentence on each edition that cannot be read."""

    entries: tuple[Entry, ...] = ()
    skipped: tuple[str, ...] = ()


def own_entries(
    directory: Path,
    records: Sequence[IssuedEdition],
    *,
    scored: Mapping[str, Sequence[Entry]] | None = None,
    remote: RemoteEditions | None = None,
) -> Own:
    """Entries of every edition of the ledger that is in a directory, or that was scored before.

    Args:
        directory: of the editions.
        records: the ledger's entries; what it does not know is no edition of ours.
        scored: entries by edition as they were read before: an edition never changes, so it is not read again, and it
            stays on the scoreboard when its files are removed.
        remote: the storage of those that are not in the directory.
    """
    by_edition = dict(scored or {})
    issued = {record.id: record for record in records}
    present = {path.name for path in folders(directory)} if remote is None else set(issued)
    skipped = []
    for name in sorted(present & issued.keys() - by_edition.keys()):
        try:
            by_edition[name] = entries(Edition.load(directory / name, only=BASE, record=issued[name], remote=remote))
        except ArtifactCorrupt as error:
            skipped.append(error.detail)
    names = sorted(by_edition.keys() & issued.keys())
    return Own(tuple(entry for name in names for entry in by_edition[name]), tuple(skipped))
