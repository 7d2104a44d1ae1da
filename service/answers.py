"""Gap answers in the shape of the design, read off an edition."""

from dataclasses import asdict, dataclass, replace
from datetime import date
from math import isfinite, log10
from typing import Any

from data.base.errors import ArtifactCorrupt
from data.base.layers import LAYERS, DemandConcept, Layer, Status
from data.periods.period import Period
from data.periods.timestamps import rfc3339
from projection.cells.cells import REGIONS_ANSWERED
from projection.edition.edition import Cell, Edition
from projection.edition.limits import POWER_LAYERS, Limit, limits
from projection.edition.points import Point
from service.queries import GapQuery
from service.spans import Window
from service.wording import region_name

OWNER = "The edition"
SIGNIFICANT = 6
"""Digits sent; draws carry about two to three."""


@dataclass(frozen=True)
class Answer:
    """A cell with its points, before it becomes JSON."""

    edition: Edition
    query: GapQuery
    cell: Cell
    points: tuple[Point, ...]
    first_likely_short: date | None = None
    limits: tuple[Limit, ...] = ()
    note: str | None = None


def rounded(value: float) -> float:
    """Six significant digits; raises :class:`ArtifactCorrupt` for a number JSON cannot carry."""
    if not isfinite(value):
        raise ArtifactCorrupt("draws", f"gave {value}")
    if value == 0:
        return 0.0
    return round(value, SIGNIFICANT - 1 - int(log10(abs(value)) // 1))


def clean(node: Any) -> Any:  # noqa: ANN401 - a JSON tree
    """The tree with every number at the digits sent."""
    match node:
        case bool() | str() | None:
            return node
        case float():
            return rounded(node)
        case dict():
            return {key: clean(value) for key, value in node.items()}
        case list():
            return [clean(value) for value in node]
        case _:
            return node


def answer(edition: Edition, query: GapQuery) -> Answer:
    """The cell and its points; a known region without cells, and a window outside its periods, answer unavailable.

    Raises:
        ArtifactCorrupt: the edition's files are gone or damaged since it was verified.
    """
    cell = cell_of(edition, query)
    power = _limits(edition, query)
    if cell.status is Status.UNAVAILABLE:
        return Answer(edition, query, cell, (), limits=power)
    window, periods = Window(query.first, query.last), edition.periods(cell, query.freq)
    reason = window.reason(periods, owner=OWNER)
    if reason is not None:
        return Answer(edition, query, empty(cell, reason), ())
    points = edition.answer(
        cell, freq=query.freq, first=query.first, last=query.last, levels=query.levels, above=query.above
    )
    likely = edition.first_likely_short(cell, query.freq)
    return Answer(edition, query, cell, tuple(points), likely, power, window.note(periods, owner=OWNER))


def empty(cell: Cell, reason: str) -> Cell:
    """The cell where it says nothing of what was asked for."""
    return replace(cell, status=Status.UNAVAILABLE, confidence=None, reason=reason)


def _limits(edition: Edition, query: GapQuery) -> tuple[Limit, ...]:
    """What limits the region in the periods asked for, beside a layer of power under demand of equipment."""
    asked = query.layer in POWER_LAYERS and query.demand is DemandConcept.EQUIPMENT
    if not asked or query.region not in REGIONS_ANSWERED:
        return ()
    found = limits(edition, query.region, scenario=query.scenario, freq=query.freq)
    first, last = query.first or date.min, query.last or date.max
    spans = [(limit, Period(limit.period, query.freq)) for limit in found]
    return tuple(limit for limit, span in spans if span.end >= first and span.start <= last)


def cell_of(edition: Edition, query: GapQuery) -> Cell:
    """What can be said of the cell asked for; of a known region without cells, that nothing can."""
    if query.region not in REGIONS_ANSWERED:
        return _unanswered(query)
    return edition.cell(query.region, query.layer, scenario=query.scenario, demand=query.demand, narrow=query.narrow)


def _unanswered(query: GapQuery) -> Cell:
    spec = LAYERS[query.layer]
    return Cell(
        region=query.region,
        layer=query.layer,
        scenario=query.scenario,
        demand_concept=query.demand,
        status=Status.UNAVAILABLE,
        confidence=None,
        reason=f"No gap is computed for {region_name(query.region)}; its series are listed at /v1/series.",
        unit=spec.unit,
        unit_kind=spec.unit_kind,
        timing=spec.timing,
        sources=(),
        notes=(),
    )


def head(found: Answer) -> dict[str, Any]:
    """What stands above the points: which edition, which cell, and how far it can be trusted."""
    cell = found.cell
    return {
        "edition": found.edition.id,
        "issued": rfc3339(found.edition.issued),
        "data_as_of": found.edition.data_as_of.isoformat(),
        "withheld": [asdict(item) for item in found.edition.withheld],
        "region": cell.region,
        "layer": cell.layer.value,
        "unit": cell.unit,
        "unit_kind": cell.unit_kind.value,
        "timing": cell.timing.value,
        "scenario": cell.scenario,
        "demand_concept": cell.demand_concept.value,
        "freq": found.query.freq.value,
        "status": cell.status.value,
        "confidence": None if cell.confidence is None else cell.confidence.value,
        "reason": cell.reason,
    }


def document(found: Answer) -> dict[str, Any]:
    """The answer as JSON, exactly as designed, with floor, width split and share of growth beside each point."""
    return {
        **head(found),
        "first_likely_short": None if found.first_likely_short is None else found.first_likely_short.isoformat(),
        "points": [_point(point, found.cell.layer) for point in found.points],
        "limits": [clean({**asdict(limit), "period": limit.period.isoformat()}) for limit in found.limits],
        "supply_pace": clean(found.edition.pace(found.cell)),
        "tightness": found.edition.tightness(found.cell),
        "figures": found.edition.figures(found.cell),
        "sources": list(found.cell.sources),
        "notes": [*found.cell.notes, *([found.note] if found.note else [])],
    }


def _point(point: Point, layer: Layer) -> dict[str, Any]:
    body = {
        "period": point.period.isoformat(),
        "demand": point.demand,
        "supply": point.supply,
        "gap": point.gap,
        "p_short": point.p_short,
        "expected_shortfall": point.expected_shortfall,
        "p_above": point.p_above,
        "p_short_by": point.p_short_by,
        "plan_late": point.plan_late,
        "binding": _binding(point, layer),
        "unconstrained": point.unconstrained,
        "floor": point.floor,
        "width_split": point.width_split,
        "share_of_growth": point.share_of_growth,
        "share_of_year_growth": point.share_of_year_growth,
        "routes": point.routes,
        "stock": point.stock,
    }
    return {key: clean(value) for key, value in body.items()}


def _binding(point: Point, layer: Layer) -> dict[str, float] | None:
    """Chance by layer that it is the one that limits deliverable compute; None for other layers."""
    if layer is not Layer.COMPUTE or point.p_short is None:
        return None
    return {"power": point.p_short, "chips": 1.0 - point.p_short}
