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
from importlib import resources

import numpy as np

from data.base.errors import NotFound, TableCorrupt
from data.base.layers import Timing
from data.base.toml_tables import Entry, read_toml
from data.periods.period import Frequency, Period
from features.series import FloatArray, ModelSeries
from features.view import View

FILE = "open_models.toml"
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


class Figure(Entry):
    """Where the one figure of a publisher stands: its source, by part the series, and the month it is about.

    With ``whole`` the shares are of everything, and what is not named is a part; without, they are of what is named.
    """

    source: str
    month: date
    whole: bool
    series: Mapping[Origin, str]


class Proxy(Entry):
    """What a proxy counts, in words, and where its figure stands.

    Attributes:
        open_only: it counts open models; the other counts all use and never enters the pool.
        timing: whether a period's share is of use in it or of a stock at its end.
        caveats: where the definition departs from use of open models by country.
        figure: None for the proxies of the router, which are read month by month.
    """

    name: ProxyName
    title: str
    definition: str
    open_only: bool
    timing: Timing
    caveats: tuple[str, ...]
    figure: Figure | None = None

    def read(self, view: View) -> "Composition":
        """Shares by month and part; raises :class:`NotFound` when the day does not know them."""
        return ROUTER[self.name](view) if self.figure is None else _single(self.name, self.figure, view)


class _File(Entry):
    proxy: tuple[Proxy, ...]
    left_out: Mapping[str, str]


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


def _single(name: ProxyName, figure: Figure, view: View) -> Composition:
    freq = Frequency.YEAR if figure.whole else Frequency.MONTH
    series = {origin: view.of_source(one, figure.source, freq=freq) for origin, one in figure.series.items()}
    values = {origin: float(one.values[-1]) for origin, one in series.items()}
    total = sum(values.values())
    shares = _with_rest(values) if figure.whole else {part: PERCENT * value / total for part, value in values.items()}
    return _composed(name, {Period(figure.month, Frequency.MONTH): shares}, series.values())


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


ROUTER: Mapping[ProxyName, Callable[[View], Composition]] = {
    ProxyName.ROUTER_ALL: _router_all,
    ProxyName.ROUTER_OPEN: _router_open,
}
"""How the proxies without one figure are read."""


def parse(text: str) -> _File:
    """Read the table; raises :class:`TableCorrupt` for an unknown field or part, or a proxy that cannot be read."""
    file = read_toml(_File, text, file=FILE)
    monthly = {proxy.name for proxy in file.proxy if proxy.figure is None}
    if monthly != set(ROUTER) or sorted(proxy.name for proxy in file.proxy) != sorted(ProxyName):
        raise TableCorrupt(FILE, f"every proxy once, and a figure for all but {', '.join(sorted(ROUTER))}")
    return file


_TABLE = parse((resources.files("features") / FILE).read_text(encoding="utf-8"))
PROXIES: Mapping[ProxyName, Proxy] = {proxy.name: proxy for proxy in _TABLE.proxy}
"""Every proxy, in the order of answers."""
LEFT_OUT = _TABLE.left_out
"""Series on use of models that are read by no proxy, and why."""
