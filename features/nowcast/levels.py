"""Published levels of data-center electricity, by publisher, and the joined series of the United States and the world.

The figures are models too: publishers differ on one year by 8 % (log spread) and more, because they count different
things (cryptocurrency, companies' server rooms, networks) or different equipment. They are never averaged: a joined
series names its base, and the nowcast (:mod:`features.nowcast.nowcast`) gives every publisher an offset of its own.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from data.base.errors import NotFound
from data.base.toml_tables import Entry, read_shipped
from data.periods.period import Frequency, Period
from features.chain import Z80, chain
from features.series import ModelSeries, derive
from features.view import View

FILE = "levels.toml"
ROUNDING = 0.02
"""Log error of a printed level: most are read from text or a chart and have two or three figures."""

UNCLEAR_SCOPE = 0.25
"""Further log spread of the definition of an edition of unclear scope."""

Address = tuple[str, str]
"""Series id and source id under which an edition's figures stand."""


class Edition(Entry):
    """One edition of one publisher.

    Attributes:
        region: whose electricity it is.
        name: short name, institution and year.
        institution: who publishes it; editions of one institution share part of their offset.
        addresses: where its figures stand.
        unclear_scope: it does not say whether it counts cryptocurrency and networks, or is quoted at third hand.
    """

    region: str
    name: str
    institution: str
    addresses: tuple[Address, ...]
    unclear_scope: bool = False

    @property
    def scope_sd(self) -> float:
        """Further log spread of its definition, 0 where the scope is stated."""
        return UNCLEAR_SCOPE if self.unclear_scope else 0.0


class _File(Entry):
    edition: tuple[Edition, ...]


@dataclass(frozen=True, slots=True)
class Level:
    """One published level.

    Attributes:
        log: logarithm of TWh in the year.
        sd: error of its printing, in logs.
        known_day: the day the last of the edition's figures became known.
        by_lag: it was published later and is shown by its release lag.
    """

    edition: Edition
    year: Period
    log: float
    sd: float
    known_day: date
    source: str
    by_lag: bool


def _editions() -> dict[str, tuple[Edition, ...]]:
    editions = read_shipped(_File, "features.nowcast", FILE).edition
    regions = dict.fromkeys(one.region for one in editions)
    return {region: tuple(one for one in editions if one.region == region) for region in regions}


EDITIONS = _editions()
"""Editions by region, in the order of ``levels.toml``."""

GROWTH_2026: Address = ("world.datacenter.electricity_growth.iea2026", "iea_kq_2026")
"""Growth of world data-center electricity in 2025 as IEA prints it beside the level."""


def levels(view: View, region: str) -> tuple[Level, ...]:
    """Every level of a region known on the day, by year and edition.

    A range printed without a value enters as its geometric middle; read as an 80 % band, it widens the level's error.
    Raises :class:`NotFound` for a region without editions.
    """
    try:
        editions = EDITIONS[region]
    except KeyError:
        raise NotFound("region", region, allowed=sorted(EDITIONS)) from None
    all_levels = [
        level for edition in editions for address in edition.addresses for level in _read(view, edition, address)
    ]
    return tuple(sorted(all_levels, key=lambda level: (level.year, level.edition.name)))


def _read(view: View, edition: Edition, address: Address) -> list[Level]:
    try:
        day, by_lag = view.seen_on(*address)
    except NotFound:
        return []
    source = address[1]
    rows = [
        Level(
            edition,
            year,
            float(np.log(low * high) / 2),
            float(np.hypot(ROUNDING, np.log(high / low) / (2 * Z80))),
            day,
            source,
            by_lag,
        )
        for year, (low, high) in view.range_of(*address).items()
    ]
    try:
        printed = view.of_source(*address, freq=Frequency.YEAR).to_unit("TWh").by_period()
    except NotFound:
        return rows
    return rows + [
        Level(edition, year, float(np.log(value)), ROUNDING, day, source, by_lag) for year, value in printed.items()
    ]


def edition_series(view: View, region: str, name: str) -> ModelSeries:
    """The yearly values one edition prints, TWh, from all its addresses; raises :class:`NotFound`."""
    edition = next((one for one in EDITIONS[region] if one.name == name), None)
    if edition is None:
        raise NotFound("edition", name, allowed=[one.name for one in EDITIONS[region]])
    parts = []
    for address in edition.addresses:
        try:
            parts.append(view.of_source(*address, freq=Frequency.YEAR).to_unit("TWh"))
        except NotFound:
            continue
    if not parts:
        raise NotFound("edition", name, hint=f"nothing of it is known on {view.as_of} under {view.rule}")
    values = {period: value for part in parts for period, value in part.by_period().items()}
    return derive(
        f"{region.lower()}.datacenter.electricity.{name}",
        region=region,
        unit="TWh",
        values=values,
        inputs=tuple(parts),
        recipe="edition.as_published",
    )


def us_chain(view: View, *, recipe: str) -> ModelSeries:
    """US data-center electricity on LBNL 2026's level, TWh a year; raises :class:`NotFound` before that edition.

    LBNL 2026 (2024) is the base. IEA 2025 is joined on 2024, LBNL 2024 on 2023. EPRI prints no year the chain lacks, so
    it would add nothing.
    """
    parts = [edition_series(view, "US", name) for name in ("lbnl2026", "iea2025", "lbnl2024")]
    return chain(*parts, series_id="derived.us.datacenter_electricity_spliced", recipe=recipe)


def world_chain(view: View, *, recipe: str) -> ModelSeries:
    """World data-center electricity on IEA 2026's level, TWh a year; raises :class:`NotFound` before that edition.

    IEA 2026 is the base: 2025 as printed, and 2024 from the growth printed beside it. IEA 2025 is joined on 2024,
    Masanet 2020 on 2020 (its 2020 as quoted by Mytton).
    """
    newest = edition_series(view, "WORLD", "iea2026")
    growth = view.of_source(*GROWTH_2026, freq=Frequency.YEAR)
    values = newest.by_period()
    for year, percent in growth.by_period().items():
        if year in values:
            values[year.shift(-1)] = values[year] / (1 + percent / 100)
    base = derive(
        newest.series_id, region="WORLD", unit="TWh", values=values, inputs=(newest, growth), recipe="level.and_growth"
    )
    others = [edition_series(view, "WORLD", name) for name in ("iea2025", "masanet2020")]
    return chain(base, *others, series_id="derived.world.datacenter_electricity_spliced", recipe=recipe)
