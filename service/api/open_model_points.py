"""Points of use of open models: shares by country and quarter, their chances, and the link to chips, off the draws."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.base.layers import Timing
from data.periods.period import Frequency, Period
from features.open_models import ProxyName
from projection.open_models.answers import POOLED, ModelLayer, disagreement
from projection.open_models.share_paths import END, MIDDLE
from projection.open_models.shares import HuaweiLink, Shares
from service.api.open_model_answer import (
    COUNTRIES,
    HuaweiUse,
    OpenModelDisagreement,
    OpenModelPoint,
    OpenModelsQuery,
    shares_above,
)
from service.base.query import levels
from service.base.response import Band

FloatArray = NDArray[np.floating[Any]]


@dataclass(frozen=True)
class Reading:
    """What an answer is made of: shares, and of the pool each proxy's with the part of the draws that follow it."""

    layer: ModelLayer
    shares: Shares
    by_proxy: Mapping[ProxyName, Shares]
    weights: Mapping[ProxyName, float]

    @property
    def about(self) -> Sequence[Mapping[str, Any]]:
        """Documents of the proxies behind it."""
        return [self.layer.about["proxies"][name.value] for name in self.by_proxy]


def points_of(reading: Reading, query: OpenModelsQuery) -> list[OpenModelPoint]:
    """A point for every quarter asked for, of the country asked for or of all that are counted apart."""
    quarters = reading.layer.quarters
    places = [place for place, period in enumerate(quarters) if query.window.holds(period)]
    countries = (
        [query.region]
        if query.region is not None
        else [name for name in COUNTRIES if name in reading.shares.by_country]
    )
    shares = {name: reading.shares.by_country[name][:, places] for name in countries}
    country_draws = {
        name: draws[:, places] for name, draws in (reading.shares.named or {}).items() if name in countries
    }
    bands = {name: _bands(draws, query) for name, draws in shares.items()}
    bands_named = {name: _bands(draws, query) for name, draws in country_draws.items()}
    unnamed = None if reading.shares.unnamed is None else _bands(reading.shares.unnamed[:, places], query)
    above, above_named = _above(shares, query), _above(country_draws, query)
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


def _huawei(reading: Reading, places: Sequence[int], query: OpenModelsQuery) -> list[HuaweiUse] | None:
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
