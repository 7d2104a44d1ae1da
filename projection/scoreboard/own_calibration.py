"""How far our editions held what they said: coverage and PIT of what later figures have decided."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from statistics import fmean
from types import MappingProxyType

import numpy as np

from data.base.layers import Layer
from data.base.quantiles import DEFAULT_LEVELS
from projection.scoreboard.judging import ScoredProjection
from projection.scoreboard.own_entries import BY
from projection.scoreboard.summary import Lead
from training.core.scores import pit

SHARES = ("0.5", "0.8", "0.9")
"""Central bands whose coverage is reported: those between two of the levels that are kept of an edition."""
BINS = 10
YEAR_DAYS = 365


@dataclass(frozen=True, slots=True)
class LayerCalibration:
    """What editions said of a layer at a lead and a later figure decided.

    Attributes:
        n: decided years of cells, each edition for itself.
        editions: those among them, recalled ones too: what was said was said.
        coverage: share inside the central band, by its share.
        pit: number by class of the probability integral transform, ascending.
        crps: mean CRPS of the logarithm. bias: mean log of the median over what came: positive is too high.
    """

    layer: Layer
    lead: Lead
    n: int
    editions: frozenset[str]
    coverage: Mapping[str, float]
    pit: tuple[int, ...]
    crps: float
    bias: float


def own_calibration(outcomes: Iterable[ScoredProjection]) -> tuple[LayerCalibration, ...]:
    """Every layer and lead of which a later figure decided something, in the order of layers and leads."""
    groups: dict[tuple[Layer, Lead], list[ScoredProjection]] = {}
    for item in outcomes:
        if item.entry.by == BY and item.entry.layer is not None and item.crps is not None:
            groups.setdefault((item.entry.layer, Lead.of(item.entry.horizon)), []).append(item)
    return tuple(
        _calibration(layer, lead, groups[layer, lead]) for layer in Layer for lead in Lead if (layer, lead) in groups
    )


def _calibration(layer: Layer, lead: Lead, items: list[ScoredProjection]) -> LayerCalibration:
    transforms = pit(
        np.array([item.entry.quantiles for item in items]),
        observed=np.array([item.later.middle for item in items if item.later is not None]),
        levels=[float(level) for level in DEFAULT_LEVELS],
    )
    histogram, _ = np.histogram(transforms, bins=BINS, range=(0.0, 1.0))
    inside = {share: float(np.mean(np.abs(transforms - 0.5) <= float(share) / 2)) for share in SHARES}
    return LayerCalibration(
        layer=layer,
        lead=lead,
        n=len(items),
        editions=frozenset(item.entry.source_id for item in items),
        coverage=MappingProxyType(inside),
        pit=tuple(int(number) for number in histogram),
        crps=fmean(item.crps for item in items if item.crps is not None),
        bias=fmean(item.log_error for item in items if item.log_error is not None),
    )


def decided_in_last_year(outcomes: Iterable[ScoredProjection], day: date) -> tuple[int, float | None]:
    """How many years of cells a figure of the last year decided, and the share that our 80 % band held."""
    inside = [
        item.inside
        for item in outcomes
        if item.entry.by == BY
        and item.inside is not None
        and item.later is not None
        and (day - item.later.last_published).days < YEAR_DAYS
    ]
    return len(inside), fmean(inside) if inside else None
