"""Assumptions whose centre a user's own series gives.

The last value known on the day is the centre; the width stays, on the distribution's own scale, unless the figure has a
low and a high: these are then the ends of the 80 % band, or of a triangle.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from pydantic import ValidationError

from data.base.errors import MappingInvalid, NotFound
from data.base.units import UNITS, convert
from features.grids.definitions import GRIDS
from features.series import ModelSeries
from features.view import View
from projection.inputs.assumptions import Assumption, Assumptions, Basis
from projection.inputs.base_year import REGION_OF
from projection.inputs.distributions import (
    Drawn,
    Figured,
    Fitted,
    Fixed,
    Logit,
    Lognormal,
    Normal,
    SplitNormal,
    Triangular,
)

NUMBER = "ratio"
"""Unit of an own series for an assumption whose own unit is none of the table's: its number in the unit it states."""
REGIONS = REGION_OF | {grid.key: grid.region for grid in GRIDS}
"""Region an assumption is about, by the first word of its name; others are about no single one."""


@dataclass(frozen=True)
class Figure:
    """One figure, in the unit of the assumption; ``ends`` are its low and high, None where it has not both."""

    value: float
    ends: tuple[float, float] | None = None

    @classmethod
    def last(cls, series: ModelSeries, item: Assumption) -> Self:
        """The last of a series; raises :class:`data.base.errors.UnitMismatch`."""
        factor = convert(1.0, series.unit, unit_of(item))
        low, high = (math.nan if bound is None else float(bound[-1]) for bound in (series.low, series.high))
        value = float(series.values[-1]) * factor
        return cls(value, None if np.isnan(low + high) else (low * factor, high * factor))


def unit_of(item: Assumption) -> str:
    """The unit an own series for an assumption is in, up to conversion: the one its unit in words begins with."""
    words = item.unit.replace(",", " ").split()
    names = ("_".join(words[:count]) for count in range(len(words), 0, -1))
    return next((name for name in names if name in UNITS), NUMBER)


def region_of(name: str) -> str | None:
    """The region an own series for an assumption is of; None where any will do."""
    return REGIONS.get(name.partition("_")[0])


def recentred(
    assumptions: Assumptions, view: View, user_series: Mapping[str, str]
) -> tuple[Assumptions, tuple[str, ...]]:
    """The assumptions with the own figures known on the view's day, and a sentence on each.

    Raises:
        MappingInvalid: a figure is none the distribution can have as its centre.
    """
    items, notes = dict(assumptions.items), []
    for name, series_id in user_series.items():
        try:
            series = view.read(series_id)
        except NotFound:
            notes.append(f"Nothing was known of the private series {series_id}: {name} stands as it is stated.")
            continue
        spec = centred(items[name], Figure.last(series, items[name]), series_id)
        source = f"{series_id}, {series.last.label} ({', '.join(series.sources)})"
        items[name] = items[name].model_copy(update={"spec": spec, "basis": Basis.FIGURE, "source": source})
        notes.append(f"{name} is centred on the private series {series_id}, {series.last.label}.")
    return assumptions.model_copy(update={"items": items}), tuple(notes)


def centred(item: Assumption, figure: Figure, series_id: str) -> Drawn | Fitted | Figured:
    """An assumption's distribution with a figure as its centre: its median, or the mode of a triangle.

    What comes with a model version, or with figures of the day, is left until it did.

    Raises:
        MappingInvalid: the figure is none the distribution can have as its centre.
    """
    spec = item.spec
    if isinstance(spec, Fitted | Figured):
        return spec
    try:
        distribution = _centred(spec, figure)
        _within_bounds(item, spec, distribution)
    except ValueError as error:
        reason = error.errors()[0]["msg"] if isinstance(error, ValidationError) else str(error)
        raise MappingInvalid(
            f"[assumptions] {item.name} = {series_id}",
            f"{figure.value:g} cannot be the centre of {item.name} ({item.unit}): {reason}",
            remedy="correct the figures, or give them a low and a high",
        ) from error
    return distribution


def _centred(spec: Drawn, figure: Figure) -> Drawn:
    match spec:
        case Normal() | Lognormal() | Logit():
            return _moved(spec, figure)
        case SplitNormal():
            low, high = _ends(figure, spec.p10 - spec.p50, spec.p90 - spec.p50)
            return SplitNormal(distribution="split_normal", p10=low, p50=figure.value, p90=high)
        case Triangular():
            low, high = _ends(figure, spec.low - spec.mode, spec.high - spec.mode)
            return Triangular(distribution="triangular", low=low, mode=figure.value, high=high)
        case Fixed():
            if figure.ends is None:
                return Fixed(distribution="fixed", value=figure.value)
            low, high = figure.ends
            return SplitNormal(distribution="split_normal", p10=low, p50=figure.value, p90=high)


def _ends(figure: Figure, below: float, above: float) -> tuple[float, float]:
    return figure.ends or (figure.value + below, figure.value + above)


def _moved(spec: Normal | Lognormal | Logit, figure: Figure) -> Normal | Lognormal | Logit:
    """The same family around the figure, half as wide on its scale as the band, or as from low to high."""
    low, high = figure.ends or (spec.p10, spec.p90)
    match spec:
        case Normal():
            half = (high - low) / 2
            return Normal(distribution="normal", p10=figure.value - half, p90=figure.value + half)
        case Lognormal():
            half = (math.log(high) - math.log(low)) / 2
            ends = (figure.value * math.exp(sign * half) for sign in (-1, 1))
            return Lognormal(distribution="lognormal", **dict(zip(("p10", "p90"), ends, strict=True)))
        case Logit():
            half = (_logit(high) - _logit(low)) / 2
            ends = (1 / (1 + math.exp(-(_logit(figure.value) + sign * half))) for sign in (-1, 1))
            return Logit(distribution="logit", **dict(zip(("p10", "p90"), ends, strict=True)))


def _logit(share: float) -> float:
    if not 0 < share < 1:
        raise ValueError("a share lies strictly between 0 and 1")
    return math.log(share / (1 - share))


def _within_bounds(item: Assumption, before: Drawn, after: Drawn) -> None:
    """A triangle that stayed above zero still does, and what is a share or a weight stays at most one."""
    if isinstance(after, Triangular) and isinstance(before, Triangular) and before.low >= 0 > after.low:
        raise ValueError(f"its lower end would be {after.low:g}")
    most = {Triangular: "high", SplitNormal: "p90", Fixed: "value"}.get(type(after))
    if most and item.unit.startswith(("share", "weight")) and getattr(after, most) > 1:
        raise ValueError(f"its upper end would be {getattr(after, most):g}, and it is a share")
