"""Points of use of open models as they are sent, with how far figures reach."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from data.base.layers import Timing
from data.periods.period import Frequency, Period
from projection.open_models.answers import ModelLayer
from projection.open_models.points import HuaweiPoint, ModelUse, SharePoint
from projection.open_models.share_paths import END, MIDDLE
from service.api.open_models.answer import HuaweiUse, OpenModelDisagreement, OpenModelPoint, OpenModelsQuery
from service.base.response import Band


@dataclass(frozen=True)
class Reading:
    """What an answer is made of: the layer, and use by the proxy or the pool asked for in the quarters asked for."""

    layer: ModelLayer
    use: ModelUse

    @property
    def about(self) -> Sequence[Mapping[str, Any]]:
        """Documents of the proxies behind it."""
        return [self.layer.about["proxies"][name] for name in self.use.weights]


def points_of(reading: Reading, query: OpenModelsQuery) -> list[OpenModelPoint]:
    """A point for every quarter asked for, of the country asked for or of all that are counted apart."""
    return [_point(reading, point, query.region) for point in reading.use.points]


def _point(reading: Reading, point: SharePoint, region: str | None) -> OpenModelPoint:
    quarter = Period(point.period, Frequency.QUARTER)

    def some(by_country: Mapping[str, Band] | None) -> dict[str, Band] | None:
        return {name: band for name, band in (by_country or {}).items() if region in {None, name}} or None

    return OpenModelPoint(
        period=point.period,
        shares=some(point.shares) or {},
        p_above=some(point.p_above) or {},
        named=some(point.named),
        p_above_named=some(point.p_above_named),
        unnamed=point.unnamed,
        disagreement=_apart(point),
        months_beyond_last=_beyond(reading.about, quarter),
        scored=_scored(reading.about, quarter),
        huawei=_huawei(point.huawei) if region in {None, "CN"} else None,
    )


def _apart(point: SharePoint) -> OpenModelDisagreement | None:
    if point.medians_cn is None or point.log_odds_sd is None:
        return None
    return OpenModelDisagreement(medians_cn=point.medians_cn, log_odds_sd=point.log_odds_sd)


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


def _huawei(link: HuaweiPoint | None) -> HuaweiUse | None:
    return None if link is None else HuaweiUse.of(link.bands, link)
