"""Points of use of models: bands of shares by country and quarter, their chances, and the link to chips.

They are read off draws, or were when the edition was published: of a scenario without draws an edition keeps them under
the name of the proxy at fixed levels and thresholds.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from data.base.errors import NotFound
from data.base.layers import DemandConcept, Layer
from data.base.quantiles import Quantile
from data.periods.period import Period
from features.open_models import ProxyName
from projection.base.order_statistics import quantiles_by_column
from projection.edition import bands
from projection.edition.edition import BASE, Edition
from projection.edition.points import Band, rounded, shortest
from projection.inputs.assumption_values import Values, value_of
from projection.open_models.answers import CHINA, POOLED, ModelLayer, disagreement
from projection.open_models.shares import ASSUMPTIONS, HuaweiLink, Shares

FloatArray = NDArray[np.floating[Any]]
THRESHOLDS = tuple(tenth / 10 for tenth in range(1, 10))
"""Thresholds x of P(share > x) that are kept of a scenario without draws."""
COUNTRIES = ("CN", "US", "EU", "OTHER")
"""Countries of labs, in the order they are listed."""


@dataclass(frozen=True, slots=True)
class HuaweiPoint:
    """Chinese models on Huawei chips in one quarter.

    Attributes:
        bands: by the names of :class:`HuaweiLink`, and ``h100e`` that are Huawei's.
    """

    bands: dict[str, Band]
    p_asks_more_than_held: float
    p_rest_exceeds_others: float


@dataclass(frozen=True, slots=True)
class SharePoint:
    """Shares of one quarter by country of the lab.

    Attributes:
        p_above, p_above_named: P(share > x) by country and x.
        named, unnamed: shares of labs the publisher names, by country, and of the others; None where all are named.
        medians_cn: median of China's share by proxy; log_odds_sd: how far they lie apart; None where none are pooled.
    """

    period: date
    shares: dict[str, Band]
    p_above: dict[str, Band]
    named: dict[str, Band] | None
    p_above_named: dict[str, Band] | None
    unnamed: Band | None
    medians_cn: dict[str, float] | None
    log_odds_sd: float | None
    huawei: HuaweiPoint | None


@dataclass(frozen=True)
class ModelUse:
    """Use by one proxy or by the pool.

    Attributes:
        countries: counted apart; named: whether labs the publisher does not name are among them.
        weights: part of the draws that follow each proxy.
        points: by quarter.
    """

    countries: tuple[str, ...]
    named: bool
    weights: dict[str, float]
    points: tuple[SharePoint, ...]


USE = TypeAdapter(ModelUse)


def model_use(
    layer: ModelLayer,
    proxy: str,
    *,
    quarters: Sequence[Period],
    levels: Sequence[Quantile],
    above: Sequence[float],
) -> ModelUse:
    """Use by a proxy, or by the pool, in some of the quarters of the layer.

    Raises:
        NotFound: the edition's day did not know the proxy; with the reason.
        InvalidParameter: a level or threshold is not kept of a scenario without draws.
    """
    if layer.values is None:
        bands.refuse_others("quantiles", levels, bands.LEVELS, scenario=layer.scenario)
        bands.refuse_others("above", above, THRESHOLDS, scenario=layer.scenario)
        return _archived(layer, proxy, quarters, levels, above)
    by_proxy, shares, weights = _shares(layer, proxy)
    countries = tuple(name for name in COUNTRIES if name in shares.by_country)
    places = [layer.quarters.index(quarter) for quarter in quarters]
    return ModelUse(
        countries,
        shares.named is not None,
        {name.value: weight for name, weight in weights.items()},
        tuple(_points(layer, proxy, by_proxy, shares, places, levels, above)) if places else (),
    )


def answers(edition: Edition, scenario: str, *, values_of: Callable[[str], Values]) -> dict[str, bytes]:
    """Use by every proxy and by the pool, JSON by question, as an edition keeps it of a scenario without draws.

    Args:
        edition: that holds the scenario's draws.
        scenario: whose assumptions are taken.
        values_of: draws of them by scenario.
    """
    values = values_of(scenario)
    if scenario != BASE and _unaffected(edition, scenario, values, values_of(BASE)):
        return {}
    try:
        layer = ModelLayer.of(edition, scenario=scenario, values=values)
    except NotFound:
        return {}
    by_question = {}
    for proxy in (POOLED, *(name.value for name in layer.proxies)):
        try:
            use = model_use(layer, proxy, quarters=layer.quarters, levels=bands.LEVELS, above=THRESHOLDS)
        except NotFound:
            continue
        by_question[_question(proxy)] = USE.dump_json(use)
    return by_question


def _unaffected(edition: Edition, scenario: str, values: Values, base: Values) -> bool:
    """Whether a scenario reads shares with base's assumptions and leaves China's chips as they are."""
    chips = edition.cell(CHINA, Layer.COMPUTE, scenario=scenario, demand=DemandConcept.BOUGHT)
    same = all(np.array_equal(value_of(values, name), value_of(base, name)) for name in ASSUMPTIONS)
    return same and edition.unaffected(chips)


def _question(proxy: str) -> str:
    return f"models|{proxy}"


def _shares(layer: ModelLayer, proxy: str) -> tuple[Mapping[ProxyName, Shares], Shares, Mapping[ProxyName, float]]:
    if proxy == POOLED:
        pool = layer.pool()
        return pool.by_proxy, pool.shares, pool.weights
    name = ProxyName(proxy)
    shares = layer.shares(name)
    return {name: shares}, shares, {name: 1.0}


def _points(
    layer: ModelLayer,
    proxy: str,
    by_proxy: Mapping[ProxyName, Shares],
    shares: Shares,
    places: Sequence[int],
    levels: Sequence[Quantile],
    above: Sequence[float],
) -> list[SharePoint]:
    def by_country(draws: Mapping[str, FloatArray]) -> tuple[list[dict[str, Band]], list[dict[str, Band]]]:
        chosen = {name: draws[name][:, places] for name in COUNTRIES if name in draws}
        of_bands = {name: _bands(array, levels) for name, array in chosen.items()}
        chances = {name: _chances(array, above) for name, array in chosen.items()}
        rows = range(len(places))
        return (
            [{name: one[row] for name, one in of_bands.items()} for row in rows],
            [{name: one[row] for name, one in chances.items()} for row in rows],
        )

    whole, p_whole = by_country(shares.by_country)
    named, p_named = by_country(shares.named or {})
    unnamed = None if shares.unnamed is None else _bands(shares.unnamed[:, places], levels)
    apart = disagreement(by_proxy, places) if proxy == POOLED else None
    huawei = _huawei(layer, shares, places, levels)
    return [
        SharePoint(
            period=layer.quarters[place].start,
            shares=whole[row],
            p_above=p_whole[row],
            named=named[row] or None,
            p_above_named=p_named[row] or None,
            unnamed=None if unnamed is None else unnamed[row],
            medians_cn=None if apart is None else dict(apart[row][0]),
            log_odds_sd=None if apart is None else apart[row][1],
            huawei=None if huawei is None else huawei[row],
        )
        for row, place in enumerate(places)
    ]


def _bands(draws: FloatArray, levels: Sequence[Quantile]) -> list[Band]:
    """Quantiles by period of draws, (draw, period)."""
    table = quantiles_by_column(draws, [float(level) for level in levels])
    return [dict(zip(map(str, levels), map(rounded, row), strict=True)) for row in table.tolist()]


def _chances(draws: FloatArray, above: Sequence[float]) -> list[Band]:
    """P(share > x) by period, keyed by x."""
    table = np.stack([(draws > x).mean(axis=0) for x in above])
    return [dict(zip(map(shortest, above), map(rounded, row), strict=True)) for row in table.T.tolist()]


def _huawei(
    layer: ModelLayer, shares: Shares, places: Sequence[int], levels: Sequence[Quantile]
) -> list[HuaweiPoint] | None:
    """The link to Huawei chips by period; None where no Huawei chips were counted."""
    use = layer.huawei(shares) if CHINA in shares.by_country else None
    if use is None:
        return None
    link, h100e = use
    by_name = {item.name: _bands(getattr(link, item.name)[:, places], levels) for item in fields(HuaweiLink)}
    by_name["h100e"] = _bands(h100e[:, places], levels)
    more, abroad = ((ratio[:, places] > 1.0).mean(axis=0) for ratio in (link.asked_over_held, link.rest_over_others))
    return [
        HuaweiPoint({name: one[row] for name, one in by_name.items()}, float(more[row]), float(abroad[row]))
        for row in range(len(places))
    ]


def _archived(
    layer: ModelLayer, proxy: str, quarters: Sequence[Period], levels: Sequence[Quantile], above: Sequence[float]
) -> ModelUse:
    """What was kept of a proxy, at some of its levels and thresholds."""
    question = _question(proxy)
    answer = layer.edition.answers(layer.scenario, [question]).get(question)
    if answer is None:
        raise layer.without(proxy)
    use, days = USE.validate_json(answer), [quarter.start for quarter in quarters]
    return replace(use, points=tuple(_at(point, levels, above) for point in use.points if point.period in days))


def _at(point: SharePoint, levels: Sequence[Quantile], above: Sequence[float]) -> SharePoint:
    def some(bands_by_name: Mapping[str, Band] | None, keys: Sequence[str]) -> Any:  # noqa: ANN401 - bands where there are some
        if bands_by_name is None:
            return None
        return {name: {key: band[key] for key in keys} for name, band in bands_by_name.items()}

    of_levels, of_above = list(map(str, levels)), list(map(shortest, above))
    huawei = point.huawei
    return replace(
        point,
        shares=some(point.shares, of_levels),
        named=some(point.named, of_levels),
        unnamed=None if point.unnamed is None else {key: point.unnamed[key] for key in of_levels},
        p_above=some(point.p_above, of_above),
        p_above_named=some(point.p_above_named, of_above),
        huawei=None if huawei is None else replace(huawei, bands=some(huawei.bands, of_levels)),
    )
