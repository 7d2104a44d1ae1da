"""``/v1/open-models``: use of models by country of the lab, read off the draws of an edition."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Annotated, Any, Literal

import numpy as np
from fastapi import Query
from fastapi.responses import Response
from numpy.typing import NDArray
from pydantic import Field

from data.base.errors import InvalidParameter, NotFound
from data.base.layers import Confidence, Timing
from data.base.layers import Status as CellStatus
from data.periods.period import Frequency, Period
from features.open_models import PROXIES, ProxyName
from projection.edition.edition import Edition
from projection.edition.points import shortest
from projection.open_models.answers import POOLED, ModelLayer, disagreement
from projection.open_models.share_paths import END, MIDDLE
from projection.open_models.shares import HuaweiLink, Shares
from service.base.query import (
    DEFAULT,
    THRESHOLDS_MAXIMUM,
    From,
    Levels,
    QueryModel,
    Scenario,
    Text,
    To,
    joined,
    levels,
    one_of,
    thresholds,
)
from service.base.response import Band, Chance, Number, ResponseModel, Stamp, Status, Withholding
from service.base.routes import EDITION_PROBLEMS, Respond, api_router, documented
from service.base.window import Window
from service.wording import Scale, probability

FloatArray = NDArray[np.floating[Any]]
LAYER = "models"
HALF = 0.5
BAND = {"0.1", "0.5", "0.9"}
LAST_QUARTER = 10
"""Month a year's last quarter begins in."""
MADE_IN = {"CN": "China", "US": "the US", "EU": "the EU", "OTHER": "other countries"}
POOL = (
    "Use of open models by country of the lab: every draw follows one of the proxies that count open models, picked by "
    "weights, so that their disagreement is width."
)
HUAWEI_NOTE = (
    "What runs on Huawei chips is an assumption with a band (served and trained on Huawei, first quarter told) that "
    "moves with Huawei's part of China's accelerators in the same draw; no figure states it."
)
WEAK = (
    "Confidence is weak: at most seven months of one proxy and single figures of the others; the priors say the rest."
)
COUNTRIES = ("CN", "US", "EU", "OTHER")
"""Origins of models an answer tells; those of gaps are other things."""


router = api_router("open-models")


def shares_above(text: str) -> tuple[float, ...]:
    """Thresholds of a share, ascending; raises :class:`InvalidParameter` outside (0, 1).

    >>> shares_above("0.5,0.25")
    (0.25, 0.5)
    """
    shares = thresholds(text, example=shortest(HALF))
    for value in shares:
        if not 0 < value < 1:
            message = f"{shortest(value)} is not strictly between 0 and 1"
            raise InvalidParameter("above", message, allowed=[shortest(HALF)])
    return shares


class OpenModelsQuery(QueryModel):
    """A question about use of models by country."""

    proxy: Annotated[
        str,
        one_of("proxy", (POOLED, *(name.value for name in ProxyName))),
        Field(
            description="What use is read from: one proxy, or those that count open models pooled.", examples=[POOLED]
        ),
    ] = POOLED
    region: Annotated[
        str | None,
        one_of("region", COUNTRIES),
        Field(description="Only models made in this country, in any case; all by default.", examples=["CN"]),
    ] = None
    scenario: Scenario = "base"
    first: From = None
    last: To = None
    quantiles: Levels = DEFAULT
    above: Annotated[
        str,
        Text(lambda text: joined(shares_above(text))),
        Field(
            description="Thresholds x of P(share > x): numbers strictly between 0 and 1 separated by commas, each "
            f"once, at most {THRESHOLDS_MAXIMUM}.",
            examples=[shortest(HALF)],
        ),
    ] = shortest(HALF)

    @property
    def window(self) -> Window:
        """The days asked for."""
        return Window(self.first, self.last)


class OpenModelDisagreement(ResponseModel):
    """How far the proxies of the pool lie apart."""

    medians_cn: dict[str, Number] = Field(description="Median of China's share by each proxy.")
    log_odds_sd: Number = Field(description="Standard deviation of the log odds of those medians.")


class HuaweiUse(ResponseModel):
    """Chinese models on Huawei chips, of the same draws; served and trained are assumptions with a band."""

    part: Band = Field(description="Huawei's part of China's accelerators in service (H100e).")
    served: Band = Field(description="Share of the serving of Chinese models that runs on Huawei chips.")
    trained: Band = Field(description="Share of their training that runs on Huawei chips.")
    of_all_use: Band = Field(description="Share of all use told here that is of a Chinese model and runs on Huawei.")
    asked_over_held: Band = Field(description="Compute Chinese models ask of Huawei chips over those held in China.")
    rest_over_others: Band = Field(
        description="Compute they ask of other chips over the others held in China; above one it must be abroad."
    )
    h100e: Band = Field(description="H100e in service in China that are Huawei's.")
    p_asks_more_than_held: Chance
    p_rest_exceeds_others: Chance


class OpenModelPoint(ResponseModel):
    """Shares of one quarter by country of the lab; in every draw they sum to one over all countries told."""

    period: date = Field(description="First day of the quarter.", examples=["2027-10-01"])
    shares: dict[str, Band] = Field(
        description="By country; what is unnamed is divided by assumptions with bands.",
        examples=[{"CN": {"0.1": 0.12, "0.5": 0.51, "0.9": 0.89}}],
    )
    p_above: dict[str, Band] = Field(description="P(share > x) by country and x.", examples=[{"CN": {"0.5": 0.51}}])
    named: dict[str, Band] | None = Field(
        description="Shares of labs the publisher names: what is certain of a country. Null where all are named, and "
        "for the pool."
    )
    p_above_named: dict[str, Band] | None = Field(description="The same chances of these.")
    unnamed: Band | None = Field(description="Share of labs the publisher does not name.")
    disagreement: OpenModelDisagreement | None = Field(
        description="Of the proxies pooled; null for one proxy.",
        examples=[{"medians_cn": {"router_open": 0.71, "derivatives": 0.39}, "log_odds_sd": 0.72}],
    )
    months_beyond_last: int = Field(description="Months from the last figure of any proxy behind it.", examples=[16])
    scored: bool = Field(
        description="Whether forecasts this far ahead could be scored for every proxy behind it.", examples=[False]
    )
    huawei: HuaweiUse | None = Field(
        description="Null for other countries, and where no Huawei chips were counted.",
        examples=[
            {
                "part": {"0.1": 0.26, "0.5": 0.49, "0.9": 0.71},
                "h100e": {"0.1": 1.4e6, "0.5": 2.6e6, "0.9": 5.1e6},
                "served": {"0.1": 0.08, "0.5": 0.24, "0.9": 0.55},
                "trained": {"0.1": 0.02, "0.5": 0.09, "0.9": 0.29},
                "of_all_use": {"0.1": 0.02, "0.5": 0.1, "0.9": 0.33},
                "asked_over_held": {"0.1": 0.08, "0.5": 0.24, "0.9": 0.64},
                "rest_over_others": {"0.1": 0.6, "0.5": 1.1, "0.9": 2.3},
                "p_asks_more_than_held": 0.02,
                "p_rest_exceeds_others": 0.57,
            }
        ],
    )


class OpenModelScore(ResponseModel):
    """Backtest of one method on one proxy; origins overlap, so n overstates the evidence."""

    method: Literal["state_space", "random_walk", "last_value"] = Field(examples=["state_space"])
    n: int = Field(examples=[10])
    origins: int = Field(examples=[4])
    furthest: int = Field(description="Months ahead of the furthest score.", examples=[4])
    energy: Number = Field(description="Mean energy score of all shares together.", examples=[0.079])
    crps_cn: Number = Field(description="Mean CRPS of China's share.", examples=[0.054])
    covered_80: Number | None = Field(
        description="Share of months inside the 80 % band of China's share.", examples=[1.0]
    )


class OpenModelEvidence(ResponseModel):
    """What is known of one proxy."""

    proxy: str = Field(examples=["router_open"])
    weight: Chance = Field(description="Part of the draws that follow it.", examples=[0.33])
    title: str = Field(examples=["Tokens of open labs on a router"])
    first: str = Field(examples=["2026-01-01"])
    last: str = Field(examples=["2026-07-01"])
    observed: int = Field(description="Months observed.", examples=[7])
    furthest_scored: int = Field(description="Months ahead that could be scored; 0 where none could.", examples=[4])
    pseudo_vintage: bool = Field(examples=[False])
    series: list[str] = Field(examples=[["cn.openrouter.token_share", "world.openrouter.closed_lab_share"]])
    scores: list[OpenModelScore]


class OpenModelsAnswer(ResponseModel):
    """Answer of ``/v1/open-models``."""

    edition: str = Field(examples=["e-20261122-0a1b2c3d4e"])
    issued: Stamp = Field(examples=["2026-11-23T12:00:00Z"])
    data_as_of: date = Field(examples=["2026-11-22"])
    withheld: Withholding
    region: Literal["CN", "US", "EU", "OTHER"] | None = Field(
        description="The country asked for; null for all.", examples=["CN"]
    )
    layer: Literal["models"] = Field(examples=["models"])
    proxy: str = Field(examples=["pooled"])
    title: str = Field(examples=["Use of open models, proxies pooled"])
    definition: str = Field(
        examples=["Use of open models by country of the lab: every draw follows one of the proxies."]
    )
    unit: Literal["share"] = Field(examples=["share"])
    unit_kind: Literal["open_model_use", "all_model_use"] = Field(examples=["open_model_use"])
    timing: Literal["end", "average"] = Field(examples=["average"])
    scenario: str = Field(examples=["base"])
    freq: Literal["Q"] = Field(examples=["Q"])
    status: Status = Field(examples=["available"])
    confidence: Literal["weak"] | None = Field(examples=["weak"])
    reason: str | None
    headline: str | None = Field(
        description="One sentence about the end of the year after the data.",
        examples=[
            (
                "In 2027Q4 the share of models made in China in open-model use is above one half with probability "
                "0.51, with a median of 51.4 % (80 % band 12.1 to 88.8 %)."
            )
        ],
    )
    points: list[OpenModelPoint]
    evidence: list[OpenModelEvidence]
    sources: list[str] = Field(examples=[["openrouter_2026_08"]])
    notes: list[str] = Field(
        examples=[["Forecasts could be scored up to 4 months ahead; beyond that the width is that of named priors."]]
    )


@dataclass(frozen=True)
class _Reading:
    """What an answer is made of: shares, and of the pool each proxy's with the part of the draws that follow it."""

    layer: ModelLayer
    shares: Shares
    by_proxy: Mapping[ProxyName, Shares]
    weights: Mapping[ProxyName, float]

    @property
    def about(self) -> Sequence[Mapping[str, Any]]:
        """Documents of the proxies behind it."""
        return [self.layer.about["proxies"][name.value] for name in self.by_proxy]


def answer(edition: Edition, query: OpenModelsQuery) -> OpenModelsAnswer:
    """The answer; unavailable with the reason where the edition does not carry what is asked.

    Raises:
        ArtifactCorrupt: the edition's files are gone or damaged since it was verified.
    """
    try:
        reading = _read(edition, query)
    except NotFound as error:
        return _envelope(edition, query, CellStatus.UNAVAILABLE, reason=error.remedy)
    if query.region is not None and query.region not in reading.shares.by_country:
        reason = f"{query.proxy} does not tell {query.region} apart: what it holds is within OTHER."
        return _envelope(edition, query, CellStatus.UNAVAILABLE, reason=reason, reading=reading)
    outside = query.window.reason(reading.layer.quarters, owner="The edition")
    if outside is not None:
        return _envelope(edition, query, CellStatus.UNAVAILABLE, reason=outside, reading=reading)
    single = [about["title"] for about in reading.about if about["observed"] == 1]
    points = _points(reading, query)
    if len(single) == len(reading.about):
        reason = "One figure is published of it: the level is a figure, how it moves is a prior alone."
        return _envelope(edition, query, CellStatus.PARTIAL, reason=reason, reading=reading, points=points)
    return _envelope(edition, query, CellStatus.AVAILABLE, reason=None, reading=reading, points=points)


def _read(edition: Edition, query: OpenModelsQuery) -> _Reading:
    layer = ModelLayer.of(edition, scenario=query.scenario)
    if query.proxy == POOLED:
        pool = layer.pool()
        return _Reading(layer, pool.shares, pool.by_proxy, pool.weights)
    name = ProxyName(query.proxy)
    shares = layer.shares(name)
    return _Reading(layer, shares, {name: shares}, {name: 1.0})


def _envelope(
    edition: Edition,
    query: OpenModelsQuery,
    status: CellStatus,
    *,
    reason: str | None,
    reading: _Reading | None = None,
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
        evidence=[] if reading is None else [_evidence(reading, name) for name in reading.by_proxy],
        sources=sorted({source for entry in about for source in entry["sources"]}),
        notes=[] if reading is None else _notes(reading, query),
    )


def _evidence(reading: _Reading, name: ProxyName) -> OpenModelEvidence:
    about = reading.layer.about["proxies"][name.value]
    scores = [OpenModelScore.of(score) for score in about["scores"]]
    return OpenModelEvidence.of(about, proxy=name.value, weight=reading.weights[name], scores=scores)


def _notes(reading: _Reading, query: OpenModelsQuery) -> list[str]:
    notes = [caveat for about in reading.about for caveat in about["caveats"]]
    missing = reading.layer.about["missing"]
    if query.proxy == POOLED:
        notes += [f"{PROXIES[ProxyName(name)].title} is left out: {reason}" for name, reason in missing.items()]
        notes.append("A stock is read at the end of the quarter, use as the average in it; the pool holds both.")
        notes.append("Countries that only some proxies tell apart (the EU) stand under OTHER.")
    if reading.shares.named is not None:
        notes.append("Shares divide what is unnamed among countries by assumptions with bands; named does not.")
    furthest = max(about["furthest_scored"] for about in reading.about)
    notes.append(
        f"Forecasts could be scored up to {furthest} months ahead, on months compiled at once (pseudo-vintage); beyond "
        "that the width is that of named priors."
        if furthest
        else "No forecast of it could be scored: the width is that of named priors."
    )
    beyond = query.window.note(reading.layer.quarters, owner="The edition")
    return [*dict.fromkeys(notes), HUAWEI_NOTE, WEAK, *([beyond] if beyond else [])]


def _points(reading: _Reading, query: OpenModelsQuery) -> list[OpenModelPoint]:
    quarters = reading.layer.quarters
    places = [place for place, period in enumerate(quarters) if query.window.holds(period)]
    countries = (
        [query.region]
        if query.region is not None
        else [name for name in COUNTRIES if name in reading.shares.by_country]
    )
    shares = {name: reading.shares.by_country[name][:, places] for name in countries}
    named = {name: draws[:, places] for name, draws in (reading.shares.named or {}).items() if name in countries}
    bands = {name: _bands(draws, query) for name, draws in shares.items()}
    bands_named = {name: _bands(draws, query) for name, draws in named.items()}
    unnamed = None if reading.shares.unnamed is None else _bands(reading.shares.unnamed[:, places], query)
    above, above_named = _above(shares, query), _above(named, query)
    apart = disagreement(reading.by_proxy, places) if query.proxy == POOLED else None
    huawei = _huawei(reading, places, query)
    return [
        OpenModelPoint(
            period=quarters[place].start,
            shares={name: band[row] for name, band in bands.items()},
            p_above={name: chances[row] for name, chances in above.items()},
            named={name: band[row] for name, band in bands_named.items()} or None,
            p_above_named={name: chances[row] for name, chances in above_named.items()} or None,
            unnamed=None if unnamed is None else unnamed[row],
            disagreement=None if apart is None else _apart(*apart[row]),
            months_beyond_last=_beyond(reading.about, quarters[place]),
            scored=_scored(reading.about, quarters[place]),
            huawei=None if huawei is None else huawei[row],
        )
        for row, place in enumerate(places)
    ]


def _bands(draws: FloatArray, query: OpenModelsQuery) -> list[Band]:
    """Quantiles by period of draws, (draw, period)."""
    table = np.quantile(draws, [float(level) for level in levels(query.quantiles)], axis=0)
    keys = [str(level) for level in levels(query.quantiles)]
    return [dict(zip(keys, row, strict=True)) for row in table.T.tolist()]


def _above(shares: Mapping[str, FloatArray], query: OpenModelsQuery) -> dict[str, list[Band]]:
    """P(share > x) by country and period, keyed by x."""
    chances = {name: [_p_above(draws, x) for x in shares_above(query.above)] for name, draws in shares.items()}
    keys = query.above.split(",")
    return {
        name: [dict(zip(keys, row, strict=True)) for row in np.stack(by_threshold).T.tolist()]
        for name, by_threshold in chances.items()
    }


def _p_above(draws: FloatArray, threshold: float) -> FloatArray:
    return np.asarray((draws > threshold).mean(axis=0))


def _apart(medians: Mapping[str, float], spread: float) -> OpenModelDisagreement:
    return OpenModelDisagreement(medians_cn=dict(medians), log_odds_sd=spread)


def _read_at(about: Mapping[str, Any], quarter: Period) -> Period:
    month = END if about["timing"] == Timing.END.value else MIDDLE
    return Period(quarter.start, Frequency.MONTH).shift(month)


def _ahead(about: Mapping[str, Any], quarter: Period) -> int:
    """Months from a proxy's last figure to where a quarter is read."""
    return Period.parse(about["last"], Frequency.MONTH).steps_to(_read_at(about, quarter))


def _beyond(about: Sequence[Mapping[str, Any]], quarter: Period) -> int:
    return min(_ahead(entry, quarter) for entry in about)


def _scored(about: Sequence[Mapping[str, Any]], quarter: Period) -> bool:
    """Whether forecasts this far ahead could be scored for every proxy behind the answer."""
    return all(_ahead(entry, quarter) <= entry["furthest_scored"] for entry in about)


def _huawei(reading: _Reading, places: Sequence[int], query: OpenModelsQuery) -> list[HuaweiUse] | None:
    """The link to Huawei chips by period; None where another country is asked for or no Huawei chips were counted."""
    if query.region not in {None, "CN"}:
        return None
    use = reading.layer.huawei(reading.shares)
    if use is None:
        return None
    link, h100e = use
    bands = {item.name: _bands(getattr(link, item.name)[:, places], query) for item in fields(HuaweiLink)}
    bands["h100e"] = _bands(h100e[:, places], query)
    more = _p_above(link.asked_over_held[:, places], 1.0)
    abroad = _p_above(link.rest_over_others[:, places], 1.0)
    return [
        HuaweiUse.of(
            {name: band[row] for name, band in bands.items()},
            p_asks_more_than_held=float(more[row]),
            p_rest_exceeds_others=float(abroad[row]),
        )
        for row in range(len(places))
    ]


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
    what = "all use of models on the router" if query.proxy == ProxyName.ROUTER_ALL else "open-model use"
    likely = "" if chance is None else f"above one half with probability {probability(chance)}, "
    return (
        f"In {quarter} the share of models made in {MADE_IN[country]} in {what} is {likely}with a median of "
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
