"""Use of models by country of the lab that made them: each published proxy as a composition of its own.

Four publishers count four different things (tokens routed, downloads over a year, downloads since counting began, bases
of new models), so none is joined to another. The part without a country is kept as ``unnamed``. What a publisher does
not count at all (downloads of models from other countries than China and the United States) is left out, and a note
says so.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np

from data.base.errors import NotFound
from data.base.layers import Timing
from data.periods.period import Frequency, Period
from features.series import FloatArray, ModelSeries
from features.view import View

PERCENT = 100.0


class Origin(StrEnum):
    """Where the lab stands that made a model; ``unnamed`` where the publisher does not say."""

    CN = "CN"
    US = "US"
    EU = "EU"
    UNNAMED = "UNNAMED"


class ProxyName(StrEnum):
    """What use is read from."""

    ROUTER_ALL = "router_all"
    ROUTER_OPEN = "router_open"
    DOWNLOADS_YEAR = "downloads_year"
    DOWNLOADS_TOTAL = "downloads_total"
    DERIVATIVES = "derivatives"


@dataclass(frozen=True)
class Proxy:
    """What a proxy counts, in words, and how its shares are read.

    Attributes:
        open_only: it counts open models; the other counts all use and never enters the pool.
        timing: whether a period's share is of use in it or of a stock at its end.
        caveats: where the definition departs from use of open models by country.
        read: shares by month and part; raises :class:`NotFound` when the day does not know them.
    """

    name: ProxyName
    title: str
    definition: str
    open_only: bool
    timing: Timing
    caveats: tuple[str, ...]
    read: Callable[[View], "Composition"]


@dataclass(frozen=True, eq=False)
class Composition:
    """Shares of one proxy.

    Attributes:
        months: ascending; a month nobody gave figures for is absent.
        parts: what the shares are of, the same every month.
        shares: shape (month, part), positive; each month sums to one.
        sources: ids of the sources used; series: ids of the series read, both sorted.
    """

    proxy: ProxyName
    months: tuple[Period, ...]
    parts: tuple[Origin, ...]
    shares: FloatArray
    sources: tuple[str, ...]
    series: tuple[str, ...]
    last_published: date
    pseudo_vintage: bool


def compositions(view: View) -> tuple[dict[ProxyName, Composition], dict[ProxyName, str]]:
    """Every proxy known on the view's day, and why the others are not, as sentences."""
    by_proxy: dict[ProxyName, Composition] = {}
    missing: dict[ProxyName, str] = {}
    for name, proxy in PROXIES.items():
        try:
            by_proxy[name] = proxy.read(view)
        except NotFound as error:
            missing[name] = f"{error.detail}: {error.remedy}"
    return by_proxy, missing


_ROUTER = {origin: f"{origin.value.lower()}.openrouter.token_share" for origin in (Origin.CN, Origin.US, Origin.EU)}
_CLOSED = "world.openrouter.closed_lab_share"


def _router_all(view: View) -> Composition:
    by_origin = {origin: view.read(name, freq=Frequency.MONTH) for origin, name in _ROUTER.items()}
    tables = {origin: series.by_period() for origin, series in by_origin.items()}
    months = _common(tables.values())
    parts = {month: {origin: table[month] for origin, table in tables.items()} for month in months}
    return _composed(ProxyName.ROUTER_ALL, {m: _with_rest(shares) for m, shares in parts.items()}, by_origin.values())


def _router_open(view: View) -> Composition:
    """Tokens of all but four closed labs, all of the United States: what they leave is divided by what they leave."""
    whole, closed = _router_all(view), view.read(_CLOSED, freq=Frequency.MONTH)
    table, open_share = closed.by_period(), {}
    for month, row in zip(whole.months, whole.shares, strict=True):
        if month not in table:
            continue
        shares = dict(zip(whole.parts, (PERCENT * row).tolist(), strict=True))
        shares[Origin.US] -= table[month]
        left = PERCENT - table[month]
        open_share[month] = {origin: PERCENT * share / left for origin, share in shares.items()}
    inputs = [view.read(name, freq=Frequency.MONTH) for name in _ROUTER.values()]
    return _composed(ProxyName.ROUTER_OPEN, open_share, [*inputs, closed])


def _single(
    name: ProxyName, ids: Mapping[Origin, str], *, source: str, month: date, whole: bool
) -> Callable[[View], Composition]:
    """The one figure of a publisher for each origin, at the month it is about.

    With ``whole`` the shares are of everything, and what is not named is a part; without, they are of what is named.
    """

    def read(view: View) -> Composition:
        freq = Frequency.YEAR if whole else Frequency.MONTH
        series = {origin: view.of_source(one, source, freq=freq) for origin, one in ids.items()}
        values = {origin: float(one.values[-1]) for origin, one in series.items()}
        total = sum(values.values())
        shares = _with_rest(values) if whole else {origin: PERCENT * value / total for origin, value in values.items()}
        return _composed(name, {Period(month, Frequency.MONTH): shares}, series.values())

    return read


def _with_rest(by_origin: Mapping[Origin, float]) -> dict[Origin, float]:
    return {**by_origin, Origin.UNNAMED: PERCENT - sum(by_origin.values())}


def _common(tables: Iterable[Mapping[Period, float]]) -> list[Period]:
    return sorted(set.intersection(*(set(table) for table in tables)))


def _composed(
    name: ProxyName, by_month: Mapping[Period, Mapping[Origin, float]], inputs: Iterable[ModelSeries]
) -> Composition:
    """Percentages by month as a composition; raises :class:`NotFound` where a part is not positive or none is given.

    A share of zero has no logarithm, and a negative one means that two series of one source contradict each other.
    """
    input_series = list(inputs)
    months = tuple(sorted(by_month))
    if not months:
        raise NotFound("proxy", name, hint="its series share no month that is known on the day")
    parts = tuple(by_month[months[0]])
    shares = np.array([[by_month[month][part] for part in parts] for month in months]) / PERCENT
    if not (shares > 0).all():
        month = months[int(np.argmin(shares.min(axis=1)))]
        raise NotFound("proxy", name, hint=f"a part of {month.label} is not positive")
    shares.flags.writeable = False
    return Composition(
        proxy=name,
        months=months,
        parts=parts,
        shares=shares,
        sources=tuple(sorted({source for series in input_series for source in series.sources})),
        series=tuple(sorted({series.series_id for series in input_series})),
        last_published=max(series.last_published for series in input_series),
        pseudo_vintage=any(series.pseudo_vintage for series in input_series),
    )


_UNNAMED = (
    "Labs the publisher does not name (Xiaomi, Tencent, Poolside and stealth models among them) are one part, with the "
    "models of any lab outside the fifty largest of a day."
)

PROXIES: dict[ProxyName, Proxy] = {
    proxy.name: proxy
    for proxy in (
        Proxy(
            ProxyName.ROUTER_ALL,
            "Tokens of all models on a router",
            "Share of the tokens OpenRouter routed in the month, by country of the lab; open and closed models.",
            open_only=False,
            timing=Timing.AVERAGE,
            caveats=(
                _UNNAMED,
                "It counts closed models too, so it is no share of open-model use and stays out of the pool.",
                "One router, a small share of the world's tokens; its users stand mostly outside China.",
            ),
            read=_router_all,
        ),
        Proxy(
            ProxyName.ROUTER_OPEN,
            "Tokens of open labs on a router",
            "Share of the tokens OpenRouter routed in the month that four closed labs (Anthropic, Google, OpenAI, xAI) "
            "did not serve, by country of the lab: a stand-in for open models, by lab and not by licence.",
            open_only=True,
            timing=Timing.AVERAGE,
            caveats=(
                _UNNAMED,
                "The four closed labs also publish open models and some open labs sell closed ones; rows do not say.",
                "One router, a small share of the world's tokens; its users stand mostly outside China.",
            ),
            read=_router_open,
        ),
        Proxy(
            ProxyName.DOWNLOADS_YEAR,
            "Downloads over twelve months",
            "Share of downloads from Hugging Face over the twelve months to August 2025, by country of the "
            "organisation; the figure stands at the middle of its window.",
            open_only=True,
            timing=Timing.AVERAGE,
            caveats=(
                "One figure: how it moves is a prior.",
                "Two thirds of the downloads are of organisations and people whose country is not in our rows.",
            ),
            read=_single(
                ProxyName.DOWNLOADS_YEAR,
                {Origin.CN: "cn.huggingface.download_share", Origin.US: "us.huggingface.download_share"},
                source="mit_hf_2025",
                month=date(2025, 2, 1),
                whole=True,
            ),
        ),
        Proxy(
            ProxyName.DOWNLOADS_TOTAL,
            "Downloads since counting began",
            "Downloads of about 1,500 tracked open language models up to the month (ATOM), of those made in China and "
            "in the United States: the shares are of these two.",
            open_only=True,
            timing=Timing.END,
            caveats=(
                "One figure: how it moves is a prior, the same as for shares of a flow though a stock moves slower.",
                "Models made elsewhere are tracked but not in our rows: their share is an assumption.",
            ),
            read=_single(
                ProxyName.DOWNLOADS_TOTAL,
                {Origin.CN: "cn.huggingface.cumulative_downloads", Origin.US: "us.huggingface.cumulative_downloads"},
                source="atom_report_2026",
                month=date(2026, 3, 1),
                whole=False,
            ),
        ),
        Proxy(
            ProxyName.DERIVATIVES,
            "Bases of new models",
            "Share of the new language models on Hugging Face of a month of late 2025 that are built on a base made in "
            "China, and on Llama (ATOM as Bloomberg reports); the figure stands at the month before its publication.",
            open_only=True,
            timing=Timing.AVERAGE,
            caveats=(
                "One figure: how it moves is a prior.",
                "The US share is Llama's alone; Gemma, Phi and gpt-oss are among the unnamed. China's is over 40 %.",
                "It counts models that were made, not how much they are used.",
            ),
            read=_single(
                ProxyName.DERIVATIVES,
                {Origin.CN: "cn.huggingface.new_derivative_share", Origin.US: "llama.huggingface.new_derivative_share"},
                source="qwen_llama_2025",
                month=date(2025, 10, 1),
                whole=True,
            ),
        ),
    )
}
"""Every proxy, in the order of answers."""

LEFT_OUT: dict[str, str] = {
    "world.openrouter.open_weight_share": "open-weight models of all countries in one figure: it has no country",
    "qwen.huggingface.cumulative_downloads": "two counts of one family, neither of a country",
    "llama.huggingface.cumulative_downloads": "one family, not a country",
    "qwen.huggingface.derivatives": "a company's claim without a total to be a share of",
    "cn.tokens.day": "all tokens processed in China, whatever the model",
    "openrouter.tokens.day": "the router's size, without a country",
    "openrouter.weekly_tokens": "the router's size, without a country",
    "cn.openrouter.weekly_tokens": "tokens of ranked models in single weeks, without a total to be a share of",
    "us.openrouter.weekly_tokens": "tokens of ranked models in single weeks, without a total to be a share of",
    "cn.openrouter.top15_week_share": "one week, the fifteen most used models alone",
    "us.openrouter.top15_week_share": "one week, the fifteen most used models alone",
    "cn.huggingface.download_share.trailing_year": "one figure of another scope than the share to August 2025",
    "us.huggingface.download_share.trailing_year": "one figure of another scope than the share to August 2025",
    "nvidia.huggingface.acquisition": "the price of a company",
    "huggingface.largest_open_model": "the size of one model",
    "huggingface.public_datasets": "bytes of all data sets, whoever made them",
    "huggingface.public_weights": "bytes of all models, whoever made them",
}
"""Series on use of models that are read by no proxy, and why."""
