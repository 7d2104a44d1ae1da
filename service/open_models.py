"""Use of models by country in the shape of an answer, read off the draws of an edition."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.base.errors import NotFound
from data.base.layers import Confidence, Status, Timing
from data.periods.period import Frequency, Period
from data.periods.timestamps import rfc3339
from features.open_models import PROXIES, ProxyName
from projection.edition.edition import Edition
from projection.edition.points import shortest
from projection.open_models.answers import POOLED, ModelLayer, disagreement
from projection.open_models.share_paths import END, MIDDLE
from projection.open_models.shares import HuaweiLink, Shares
from service.answers import rounded
from service.open_models_shape import OpenModelScore
from service.parameters import COUNTRIES
from service.queries import OpenModelsQuery
from service.spans import Window
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


@dataclass(frozen=True)
class _Found:
    """What an answer is made of: shares, and of the pool each proxy's with the part of the draws that follow it."""

    layer: ModelLayer
    shares: Shares
    known: Mapping[ProxyName, Shares]
    weights: Mapping[ProxyName, float]

    @property
    def about(self) -> Sequence[Mapping[str, Any]]:
        """Documents of the proxies behind it."""
        return [self.layer.about["proxies"][name.value] for name in self.known]


def document(edition: Edition, query: OpenModelsQuery) -> dict[str, Any]:
    """The answer as JSON; unavailable with the reason where the edition does not carry what is asked.

    Raises:
        ArtifactCorrupt: the edition's files are gone or damaged since it was verified.
    """
    try:
        found = _find(edition, query)
    except NotFound as error:
        return _envelope(edition, query, Status.UNAVAILABLE, reason=error.remedy)
    told = set(found.shares.by_country)
    if query.region is not None and query.region not in told:
        reason = f"{query.proxy} does not tell {query.region} apart: what it holds is within OTHER."
        return _envelope(edition, query, Status.UNAVAILABLE, reason=reason, found=found)
    outside = Window(query.first, query.last).reason(found.layer.quarters, owner="The edition")
    if outside is not None:
        return _envelope(edition, query, Status.UNAVAILABLE, reason=outside, found=found)
    single = [about["title"] for about in found.about if about["observed"] == 1]
    points = _points(found, query)
    if len(single) == len(found.about):
        reason = "One figure is published of it: the level is a figure, how it moves is a prior alone."
        return _envelope(edition, query, Status.PARTIAL, reason=reason, found=found, points=points)
    return _envelope(edition, query, Status.AVAILABLE, reason=None, found=found, points=points)


def _find(edition: Edition, query: OpenModelsQuery) -> _Found:
    layer = ModelLayer.of(edition, scenario=query.scenario)
    if query.proxy == POOLED:
        pool = layer.pool()
        return _Found(layer, pool.shares, pool.known, pool.weights)
    name = ProxyName(query.proxy)
    shares = layer.shares(name)
    return _Found(layer, shares, {name: shares}, {name: 1.0})


def _envelope(
    edition: Edition,
    query: OpenModelsQuery,
    status: Status,
    *,
    reason: str | None,
    found: _Found | None = None,
    points: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    proxy = None if query.proxy == POOLED else PROXIES[ProxyName(query.proxy)]
    about = () if found is None else found.about
    return {
        "edition": edition.id,
        "issued": rfc3339(edition.issued),
        "data_as_of": edition.data_as_of.isoformat(),
        "withheld": [asdict(item) for item in edition.withheld],
        "region": query.region,
        "layer": LAYER,
        "proxy": query.proxy,
        "title": "Use of open models, proxies pooled" if proxy is None else proxy.title,
        "definition": POOL if proxy is None else proxy.definition,
        "unit": "share",
        "unit_kind": "open_model_use" if proxy is None or proxy.open_only else "all_model_use",
        "timing": (Timing.AVERAGE if proxy is None else proxy.timing).value,
        "scenario": query.scenario,
        "freq": Frequency.QUARTER.value,
        "status": status.value,
        "confidence": None if status is Status.UNAVAILABLE else Confidence.WEAK.value,
        "reason": reason,
        "headline": _headline(edition, query, points),
        "points": list(points),
        "evidence": [] if found is None else [_evidence(found, name) for name in found.known],
        "sources": sorted({source for entry in about for source in entry["sources"]}),
        "notes": [] if found is None else _notes(found, query),
    }


def _evidence(found: _Found, name: ProxyName) -> dict[str, Any]:
    about = found.layer.about["proxies"][name.value]
    kept = ("title", "first", "last", "observed", "furthest_scored", "pseudo_vintage", "series")
    scores = [
        {
            key: rounded(score[key]) if isinstance(score[key], float) else score[key]
            for key in OpenModelScore.model_fields
        }
        for score in about["scores"]
    ]
    told = {"proxy": name.value, "weight": rounded(found.weights[name])}
    return told | {key: about[key] for key in kept} | {"scores": scores}


def _notes(found: _Found, query: OpenModelsQuery) -> list[str]:
    notes = [caveat for about in found.about for caveat in about["caveats"]]
    missing = found.layer.about["missing"]
    if query.proxy == POOLED:
        notes += [f"{PROXIES[ProxyName(name)].title} is left out: {reason}" for name, reason in missing.items()]
        notes.append("A stock is read at the end of the quarter, use as the average in it; the pool holds both.")
        notes.append("Countries that only some proxies tell apart (the EU) stand under OTHER.")
    if found.shares.named is not None:
        notes.append("Shares divide what is unnamed among countries by assumptions with bands; named does not.")
    furthest = max(about["furthest_scored"] for about in found.about)
    notes.append(
        f"Forecasts could be scored up to {furthest} months ahead, on months compiled at once (pseudo-vintage); beyond "
        "that the width is that of named priors."
        if furthest
        else "No forecast of it could be scored: the width is that of named priors."
    )
    beyond = Window(query.first, query.last).note(found.layer.quarters, owner="The edition")
    return [*dict.fromkeys(notes), HUAWEI_NOTE, WEAK, *([beyond] if beyond else [])]


def _points(found: _Found, query: OpenModelsQuery) -> list[dict[str, Any]]:
    quarters = found.layer.quarters
    window = Window(query.first, query.last)
    kept = [place for place, period in enumerate(quarters) if window.holds(period)]
    asked = (
        [query.region] if query.region is not None else [name for name in COUNTRIES if name in found.shares.by_country]
    )
    shares = {name: found.shares.by_country[name][:, kept] for name in asked}
    named = {name: held[:, kept] for name, held in (found.shares.named or {}).items() if name in asked}
    bands = {name: _bands(draws, query) for name, draws in shares.items()}
    bands_named = {name: _bands(draws, query) for name, draws in named.items()}
    unnamed = None if found.shares.unnamed is None else _bands(found.shares.unnamed[:, kept], query)
    above, above_named = _above(shares, query), _above(named, query)
    apart = disagreement(found.known, kept) if query.proxy == POOLED else None
    huawei = _huawei(found, kept, query)
    return [
        {
            "period": quarters[place].start.isoformat(),
            "shares": {name: band[row] for name, band in bands.items()},
            "p_above": {name: chances[row] for name, chances in above.items()},
            "named": {name: band[row] for name, band in bands_named.items()} or None,
            "p_above_named": {name: chances[row] for name, chances in above_named.items()} or None,
            "unnamed": None if unnamed is None else unnamed[row],
            "disagreement": None if apart is None else _apart(*apart[row]),
            "months_beyond_last": _beyond(found.about, quarters[place]),
            "scored": _scored(found.about, quarters[place]),
            "huawei": None if huawei is None else huawei[row],
        }
        for row, place in enumerate(kept)
    ]


def _bands(draws: FloatArray, query: OpenModelsQuery) -> list[dict[str, float]]:
    """Quantiles by period of draws, (draw, period)."""
    table = np.quantile(draws, [float(level) for level in query.levels], axis=0)
    keys = [str(level) for level in query.levels]
    return [dict(zip(keys, map(rounded, row.tolist()), strict=True)) for row in table.T]


def _above(shares: Mapping[str, FloatArray], query: OpenModelsQuery) -> dict[str, list[dict[str, float]]]:
    """P(share > x) by country and period, keyed by x."""
    found = {name: [_p_above(draws, x) for x in query.above] for name, draws in shares.items()}
    keys = [shortest(x) for x in query.above]
    return {
        name: [dict(zip(keys, map(rounded, row), strict=True)) for row in np.stack(chances).T.tolist()]
        for name, chances in found.items()
    }


def _p_above(draws: FloatArray, threshold: float) -> FloatArray:
    return np.asarray((draws > threshold).mean(axis=0))


def _apart(medians: Mapping[str, float], spread: float) -> dict[str, Any]:
    return {"medians_cn": {name: rounded(value) for name, value in medians.items()}, "log_odds_sd": rounded(spread)}


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


def _huawei(found: _Found, kept: Sequence[int], query: OpenModelsQuery) -> list[dict[str, Any]] | None:
    """The link to Huawei chips by period; None where another country is asked for or no Huawei chips were counted."""
    if query.region not in {None, "CN"}:
        return None
    read = found.layer.huawei(found.shares)
    if read is None:
        return None
    link, held = read
    bands = {item.name: _bands(getattr(link, item.name)[:, kept], query) for item in fields(HuaweiLink)}
    bands["h100e"] = _bands(held[:, kept], query)
    chances = {
        "p_asks_more_than_held": _p_above(link.asked_over_held[:, kept], 1.0),
        "p_rest_exceeds_others": _p_above(link.rest_over_others[:, kept], 1.0),
    }
    return [
        {name: band[row] for name, band in bands.items()}
        | {name: rounded(float(chance[row])) for name, chance in chances.items()}
        for row in range(len(kept))
    ]


def _headline(edition: Edition, query: OpenModelsQuery, points: Sequence[Mapping[str, Any]]) -> str | None:
    """One sentence about the end of the year after the data, or the point nearest to it.

    None without points, and where the levels of an 80 % band were not asked for.
    """
    wanted = date(edition.data_as_of.year + 1, LAST_QUARTER, 1)
    point = min(points, key=lambda entry: abs(date.fromisoformat(entry["period"]) - wanted), default=None)
    country = query.region or "CN"
    if point is None or not point["shares"][country].keys() >= BAND:
        return None
    band, chance = point["shares"][country], point["p_above"][country].get(shortest(HALF))
    scale = Scale.of(band.values(), "%")
    quarter = Period.parse(point["period"], Frequency.QUARTER).label
    what = "all use of models on the router" if query.proxy == ProxyName.ROUTER_ALL else "open-model use"
    likely = "" if chance is None else f"above one half with probability {probability(chance)}, "
    return (
        f"In {quarter} the share of models made in {MADE_IN[country]} in {what} is {likely}with a median of "
        f"{scale.text(band['0.5'])} (80 % band {scale.band(band['0.1'], band['0.9'])})."
    )
