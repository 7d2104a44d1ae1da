"""Our own editions as entries of the scoreboard: what each said of every cell and year, on the day it was issued."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.base.errors import ArtifactCorrupt
from data.base.layers import DemandConcept, Layer, Status
from data.base.quantiles import DEFAULT_LEVELS
from data.periods.period import Frequency
from data.store.ledger import IssuedEdition
from projection.cells.cells import REGIONS_ANSWERED
from projection.edition.edition import BASE, Edition, folders
from projection.edition.points import rounded
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
            periods = [period for period in edition.periods(cell, Frequency.YEAR) if period.end >= issued]
            demand = edition.draws(cell, "demand", periods)
            if demand is None:
                continue
            for period, band in zip(periods, _bands(demand), strict=True):
                at = dict(zip(map(str, DEFAULT_LEVELS), band, strict=True))
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
                        quantiles=tuple(band),
                    )
                )
    return tuple(rows)


def _bands(demand: NDArray[np.float64]) -> list[list[float]]:
    """Default quantiles of every period, from draws of shape (draw, period)."""
    levels = [float(level) for level in DEFAULT_LEVELS]
    return [[rounded(float(value)) for value in band] for band in np.quantile(demand, levels, axis=0).T]


@dataclass(frozen=True, slots=True)
class Own:
    """Entries of all editions, in the order of their names, and a sentence on each edition that cannot be read."""

    entries: tuple[Entry, ...] = ()
    skipped: tuple[str, ...] = ()


def own_entries(
    directory: Path, records: Sequence[IssuedEdition], *, scored: Mapping[str, Sequence[Entry]] | None = None
) -> Own:
    """Entries of every edition of the ledger that is in a directory, or that was scored before.

    Args:
        directory: of the editions.
        records: the ledger's entries; what it does not know is no edition of ours.
        scored: entries by edition as they were read before: an edition never changes, so it is not read again, and it
            stays on the scoreboard when its files are removed.
    """
    by_edition = dict(scored or {})
    present, skipped = {path.name for path in folders(directory)}, []
    issued = {record.id: record for record in records}
    for name in sorted(present & issued.keys() - by_edition.keys()):
        try:
            by_edition[name] = entries(Edition.load(directory / name, only=BASE, record=issued[name]))
        except ArtifactCorrupt as error:
            skipped.append(error.detail)
    names = sorted(by_edition.keys() & issued.keys())
    return Own(tuple(entry for name in names for entry in by_edition[name]), tuple(skipped))
