"""What a scenario changes: chances and medians beside those of base, of whose draws an edition keeps answers alone."""

from data.base.errors import NotFound
from data.base.layers import Status
from projection.claims.answers import LESS_LIKELY, PROBABILITY, RATIO, Answer, period_of
from projection.claims.definition import InScenario, MedianInScenario, ScenarioQuery, ShareInScenario
from projection.edition.edition import BASE, Edition
from projection.edition.points import Point, rounded, shortest
from projection.leads.yardsticks import model_sources
from projection.open_models.answers import POOLED, ModelLayer
from projection.open_models.points import model_use

MEDIAN = "0.5"


def answer(query: ScenarioQuery, edition: Edition) -> Answer:
    """The number behind a query.

    Raises:
        NotFound: the edition does not carry it; the hint says why.
        ArtifactCorrupt: a file of the edition is gone or changed.
    """
    match query:
        case InScenario():
            return _chance(query, edition)
        case MedianInScenario():
            return _median(query, edition)
        case ShareInScenario():
            return _share(query, edition)


def _chance(query: InScenario, edition: Edition) -> Answer:
    base, here = (_p_short(query, edition, name) for name in (BASE, query.scenario))
    cell = edition.cell(query.region, query.layer, scenario=query.scenario, demand=query.demand)
    value = {"p_short": here, "p_not_short": 1.0 - here, "less_short_than_base": base - here}[query.reads]
    unit = LESS_LIKELY if query.reads == "less_short_than_base" else PROBABILITY
    return Answer(rounded(value), unit, {"p_short": here, "p_short_base": base}, cell.sources)


def _p_short(query: InScenario, edition: Edition, scenario: str) -> float:
    """The chance of being short at the period; raises :class:`NotFound` where the scenario or the period is none."""
    point = _point(query, edition, scenario)
    if point.p_short is None:
        hint = f"{query.layer} of {query.region} carries no supply"
        raise NotFound("cell", f"{query.region} {query.layer}", hint=hint)
    return point.p_short


def _median(query: MedianInScenario, edition: Edition) -> Answer:
    base, here = (_point(query, edition, name).demand[MEDIAN] for name in (BASE, query.scenario))
    cell = edition.cell(query.region, query.layer, scenario=query.scenario, demand=query.demand)
    return Answer(rounded(here / base), RATIO, {"median": here, "median_base": base, "unit": cell.unit}, cell.sources)


def _point(query: InScenario | MedianInScenario, edition: Edition, scenario: str) -> Point:
    cell = edition.cell(query.region, query.layer, scenario=scenario, demand=query.demand)
    if cell.status is Status.UNAVAILABLE:
        raise NotFound("cell", f"{query.region} {query.layer}", hint=cell.reason or "The edition does not carry it.")
    period = period_of(query.period)
    points = edition.answer(cell, freq=period.freq, first=period.start, last=period.start)
    if not points:
        raise NotFound("period", query.period, hint=f"{query.layer} of {query.region} is not answered for it")
    return points[0]


def _share(query: ShareInScenario, edition: Edition) -> Answer:
    quarter = period_of(query.period)
    chances = []
    for scenario in (BASE, query.scenario):
        if scenario not in edition.scenarios:
            raise NotFound("scenario", scenario, allowed=edition.scenarios)
        layer = ModelLayer.of(edition, scenario=scenario)
        if quarter not in layer.quarters:
            raise NotFound("period", query.period, hint="the use of models is not answered for it")
        use = model_use(layer, POOLED, quarters=(quarter,), levels=(), above=(query.above,))
        chances.append(use.points[0].p_above[query.region][shortest(query.above)])
    base, here = chances
    layer = ModelLayer.of(edition, scenario=BASE)
    return Answer(rounded(base - here), LESS_LIKELY, {"p": here, "p_base": base}, model_sources(layer))
