"""``/v1/open-models``: use of models by country of the lab, read off the draws of an edition."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from fastapi import Query
from fastapi.responses import Response

from data.base.errors import NotFound
from data.base.layers import Confidence, Timing
from data.base.layers import Status as CellStatus
from data.periods.period import Frequency, Period
from features.open_models import PROXIES, ProxyName
from projection.cells.day_figures import counted
from projection.edition.edition import Edition
from projection.edition.points import shortest
from projection.open_models.answers import POOLED, ModelLayer
from projection.open_models.points import model_use
from service.api.open_models.answer import (
    HALF,
    OpenModelEvidence,
    OpenModelPoint,
    OpenModelsAnswer,
    OpenModelScore,
    OpenModelsQuery,
    shares_above,
)
from service.api.open_models.points import Reading, points_of
from service.base.query import levels
from service.base.routes import EDITION_PROBLEMS, Respond, api_router, documented
from service.wording import Scale, probability

LAYER = "models"
BAND = {"0.1", "0.5", "0.9"}
LAST_QUARTER = 10
"""Month a year's last quarter begins in."""
MADE_IN = {"CN": "China", "US": "the US", "EU": "the EU", "OTHER": "other countries"}
POOL = (
    "Use of open models by country of the lab: every draw follows one of the proxies that count open models, picked by "
    "weights, so that their disagreement is width."
)
HUAWEI_NOTE = (
    "What runs on Huawei chips is an assumption with a band (served and trained on Huawei, first quarter) that "
    "moves with Huawei's part of China's accelerators in the same draw; no figure states it."
)
router = api_router("open-models")


def answer(edition: Edition, query: OpenModelsQuery) -> OpenModelsAnswer:
    """The answer; unavailable with the reason where the edition does not carry what is asked.

    Raises:
        ArtifactCorrupt: the edition's files are gone or damaged since it was verified.
    """
    try:
        reading = _read(edition, query)
    except NotFound as error:
        return _envelope(edition, query, CellStatus.UNAVAILABLE, reason=error.remedy)
    if query.region is not None and query.region not in reading.use.countries:
        reason = f"{query.proxy} does not count {query.region} apart: what it holds is within OTHER."
        return _envelope(edition, query, CellStatus.UNAVAILABLE, reason=reason, reading=reading)
    outside = query.window.reason(reading.layer.quarters, owner="The edition")
    if outside is not None:
        return _envelope(edition, query, CellStatus.UNAVAILABLE, reason=outside, reading=reading)
    single = [about["title"] for about in reading.about if about["observed"] == 1]
    points = points_of(reading, query)
    if len(single) == len(reading.about):
        reason = "One figure is published of it: the level is a figure, how it moves is a prior alone."
        return _envelope(edition, query, CellStatus.PARTIAL, reason=reason, reading=reading, points=points)
    return _envelope(edition, query, CellStatus.AVAILABLE, reason=None, reading=reading, points=points)


def _read(edition: Edition, query: OpenModelsQuery) -> Reading:
    layer = ModelLayer.of(edition, scenario=query.scenario)
    use = model_use(
        layer,
        query.proxy,
        quarters=[quarter for quarter in layer.quarters if query.window.holds(quarter)],
        levels=levels(query.quantiles),
        above=shares_above(query.above),
    )
    return Reading(layer, use)


def _envelope(
    edition: Edition,
    query: OpenModelsQuery,
    status: CellStatus,
    *,
    reason: str | None,
    reading: Reading | None = None,
    points: Sequence[OpenModelPoint] = (),
) -> OpenModelsAnswer:
    proxy = None if query.proxy == POOLED else PROXIES[ProxyName(query.proxy)]
    about = () if reading is None else reading.about
    return OpenModelsAnswer.of(
        edition,
        query,
        edition=edition.id,
        layer=LAYER,
        title="Use of open models, proxies pooled" if proxy is None else proxy.title,
        definition=POOL if proxy is None else proxy.definition,
        unit="share",
        unit_kind="open_model_use" if proxy is None or proxy.open_only else "all_model_use",
        timing=Timing.AVERAGE if proxy is None else proxy.timing,
        freq=Frequency.QUARTER,
        status=status,
        confidence=None if status is CellStatus.UNAVAILABLE else Confidence.WEAK,
        reason=reason,
        headline=_headline(edition, query, points),
        points=points,
        evidence=[] if reading is None else [_evidence(reading, name) for name in reading.use.weights],
        sources=sorted({source for entry in about for source in entry["sources"]}),
        notes=[] if reading is None else _notes(reading, query),
    )


def _evidence(reading: Reading, name: str) -> OpenModelEvidence:
    about = reading.layer.about["proxies"][name]
    scores = [OpenModelScore.of(score) for score in about["scores"]]
    return OpenModelEvidence.of(about, proxy=name, weight=reading.use.weights[name], scores=scores)


def _notes(reading: Reading, query: OpenModelsQuery) -> list[str]:
    notes = [caveat for about in reading.about for caveat in about["caveats"]]
    missing = reading.layer.about["missing"]
    if query.proxy == POOLED:
        notes += [f"{PROXIES[ProxyName(name)].title} is left out: {reason}" for name, reason in missing.items()]
        notes.append("A stock is read at the end of the quarter, use as the average in it; the pool holds both.")
        notes.append("Countries that only some proxies count apart (the EU) stand under OTHER.")
    if reading.use.named:
        notes.append("Shares divide what is unnamed among countries by assumptions with bands; named does not.")
    furthest = max(about["furthest_scored"] for about in reading.about)
    notes.append(
        f"Forecasts could be scored up to {furthest} months ahead, on months compiled at once (pseudo-vintage); beyond "
        "that the width is that of named priors."
        if furthest
        else "No forecast of it could be scored: the width is that of named priors."
    )
    most = max(about["observed"] for about in reading.layer.about["proxies"].values())
    weak = f"Confidence is weak: at most {counted(most, 'month')} of any proxy are known; the priors say the rest."
    beyond = query.window.note(reading.layer.quarters, owner="The edition")
    return [*dict.fromkeys(notes), HUAWEI_NOTE, weak, *([beyond] if beyond else [])]


def _headline(edition: Edition, query: OpenModelsQuery, points: Sequence[OpenModelPoint]) -> str | None:
    """One sentence about the end of the year after the data, or the point nearest to it.

    None without points, and where the levels of an 80 % band were not asked for.
    """
    day = date(edition.data_as_of.year + 1, LAST_QUARTER, 1)
    point = min(points, key=lambda entry: abs(entry.period - day), default=None)
    country = query.region or "CN"
    if point is None or not point.shares[country].keys() >= BAND:
        return None
    band, chance = point.shares[country], point.p_above[country].get(shortest(HALF))
    scale = Scale.of(band.values(), "%")
    quarter = Period(point.period, Frequency.QUARTER).label
    subject = "all use of models on the router" if query.proxy == ProxyName.ROUTER_ALL else "open-model use"
    likely = "" if chance is None else f"above one half with probability {probability(chance)}, "
    return (
        f"In {quarter} the share of models made in {MADE_IN[country]} in {subject} is {likely}with a median of "
        f"{scale.text(band['0.5'])} (80 % band {scale.band(band['0.1'], band['0.9'])})."
    )


@router.get(
    "/v1/open-models",
    response_model=OpenModelsAnswer,
    operation_id="getOpenModels",
    summary="Use of open models by country of the lab",
    responses=documented(*EDITION_PROBLEMS),
)
def open_models(query: Annotated[OpenModelsQuery, Query()], respond: Respond) -> Response:
    """Shares of use by country and quarter, P(share > x), each proxy apart or pooled, and the link to chips."""
    edition, query = respond.read(query)
    return respond.answer(query, lambda: answer(edition, query))
