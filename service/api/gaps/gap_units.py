"""Answers about a gap in another unit of the same dimension, by the table of units."""

from collections.abc import Mapping
from typing import Any

from data.base.errors import InvalidParameter
from data.base.units import UNITS
from data.periods.text import excerpt
from projection.edition.points import rounded, shortest
from service.api.gaps.gap_answer import GapAnswer, GapPoint

IN_UNIT = ("demand", "supply", "gap", "stranded", "vacant", "shortages", "expected", "stock", "expected_shortfall")
"""Fields of a point that are in the unit of its answer."""


def factor(source: str, target: str) -> float:
    """How many of one unit another is.

    Raises :class:`InvalidParameter` for a unit that there is not, or of another dimension.
    """
    fitting = [name for name, one in UNITS.items() if one.dimension == UNITS[source].dimension]
    if target not in fitting:
        raise InvalidParameter("unit", f"{excerpt(target)} is no unit that {source} converts to", allowed=fitting)
    return UNITS[source].to(UNITS[target])


def converted(answer: GapAnswer, unit: str, above: tuple[float, ...]) -> GapAnswer:
    """The answer with its points in another unit; ``above`` are the thresholds in it, ascending."""
    by = factor(answer.unit, unit)
    points = [_point(point, by, above) for point in answer.points]
    return answer.model_copy(update={"unit": unit, "points": points})


def _point(point: GapPoint, by: float, above: tuple[float, ...]) -> GapPoint:
    fields: dict[str, Any] = {name: _scaled(getattr(point, name), by) for name in IN_UNIT}
    for name in ("growth", "year_growth"):
        if (growth := getattr(point, name)) is not None:
            amounts = {key: _scaled(getattr(growth, key), by) for key in ("generation", "data_centers")}
            fields[name] = growth.model_copy(update=amounts)
    if point.routes is not None:
        fields["routes"] = point.routes.model_copy(update={"bands": _scaled(point.routes.bands, by)})
    if point.p_above is not None:
        fields["p_above"] = dict(zip(map(shortest, above), point.p_above.values(), strict=True))
    return point.model_copy(update=fields)


def _scaled(value: Any, by: float) -> Any:  # noqa: ANN401 - a number, or numbers by key
    if isinstance(value, Mapping):
        return {key: _scaled(inner, by) for key, inner in value.items()}
    return None if value is None else rounded(value * by)
