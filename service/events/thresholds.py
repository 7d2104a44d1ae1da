"""Chances of a shortage that are watched: ``thresholds.toml``, and what an edition says of each."""

from datetime import date
from functools import cache

from data.base.layers import Layer
from data.base.quantiles import Quantile
from data.base.toml_tables import Entry, read_shipped
from projection.edition.edition import Edition

FILE = "thresholds.toml"
MEDIAN = (Quantile(0.5),)


class Threshold(Entry):
    """The chance of being short of what is wanted in a region, layer and year, and the level that is watched."""

    name: str
    title: str
    region: str
    layer: Layer
    year: int
    above: float


class _File(Entry):
    threshold: tuple[Threshold, ...]


@cache
def shipped() -> tuple[Threshold, ...]:
    """The thresholds that ship; raises :class:`data.base.errors.TableCorrupt`."""
    return read_shipped(_File, "service.events", FILE).threshold


def chances(edition: Edition) -> dict[str, float]:
    """P(short) by the name of each threshold whose year the edition answers.

    Raises :class:`data.base.errors.ArtifactCorrupt` when a file of it differs from its hash.
    """
    by_name = {}
    for threshold in shipped():
        year = date(threshold.year, 1, 1)
        cell = edition.cell(threshold.region, threshold.layer)
        points = edition.answer(cell, first=year, last=year, levels=MEDIAN)
        if points and points[0].p_short is not None:
            by_name[threshold.name] = points[0].p_short
    return by_name
