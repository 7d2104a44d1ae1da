"""Levels and rates of the base year as the figures of the day give them, as distributions of assumptions.

A figure that is not known on the day is left out: the assumption then reads what is stated for that case, or the
projection says what is missing.
"""

import math
from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl
from scipy.special import expit, logit

from data.base.errors import NotFound
from data.periods.period import Frequency, Period
from features.generation.accreditation import class_ratings, operators_margins, pjm_margins
from features.generation.capacity_factors import capacity_factor
from features.generation.china_build import ChinaBuild, changes
from features.generation.fleet_headroom import fleet_headroom
from features.generation.on_site import OnSite, on_site
from features.generation.plans import Technology
from features.grids.definitions import GRIDS, AuctionBalance, ReportBalance
from features.grids.figures import cleared
from features.grids.load_errors import Pair, all_pairs, realised, spread
from features.nowcast.internet_data import InternetData, internet_data
from features.nowcast.nowcast import generator, nowcast, yearly
from features.published_growth import GrowthPath, growth_paths
from features.running_growth import RunningGrowth, china_running_growth
from features.series import FloatArray
from features.storage.stored_data import stored_data_paths
from features.view import View
from projection.base.timeline import QUARTERS_PER_YEAR, Timeline
from projection.inputs.distributions import Drawn, Fixed, Logit, Lognormal, Normal, SplitNormal, Triangular

Z90 = 1.2815515655446004
Z95 = 1.6448536269514722
BETWEEN_SD = 0.05
"""Prior standard deviation of publishers' growth rates around their mean, log per year: that of the US in 2024-2026."""
PRIOR_WEIGHT = 2.0
"""How many publishers the prior counts as."""
SHARE_MARGIN = 0.02
"""A share keeps this far from none and all: its spread is symmetric, the share is not."""
LEAST_TOLD = 3
LEAST_OPERATORS = 2
NOT_READ = Fixed(distribution="fixed", value=0.0)
SMUGGLED = "cn.ai_chips.smuggled_compute"
REGION_OF = {"us": "US", "cn": "CN", "eu": "EU", "world": "WORLD"}


def figured(view: View, timeline: Timeline) -> dict[str, Drawn]:
    """Distributions by assumption name, where the day knows the figures."""
    distributions: dict[str, Drawn] = {}
    for key in ("us", "world"):
        level = _nowcast(view, REGION_OF[key], timeline)
        if level is not None:
            distributions[f"{key}_energy_base"] = level
    distributions |= _china_use(view, timeline)
    for key, region in REGION_OF.items():
        rate = growth(growth_paths(view, region))
        if rate is not None:
            distributions[f"{key}_published_growth"] = rate
    stored = growth(stored_data_paths(view))
    if stored is not None:
        distributions["stored_data_growth"] = stored
    distributions |= _china_build(ChinaBuild.of(view))
    distributions |= _china_running(china_running_growth(view, timeline.base_year + 1))
    for kind in (Technology.SOLAR, Technology.WIND, Technology.NUCLEAR):
        factor = capacity_factor(view, kind)
        if factor is not None:
            distributions[f"us_capacity_factor_{kind}"] = Fixed(distribution="fixed", value=factor)
    distributions |= _accreditation(view)
    headroom = fleet_headroom(view)
    if headroom is not None:
        low, mode, high = headroom.by_year, headroom.by_calendar_month, headroom.by_best_months
        distributions["us_fleet_headroom"] = Triangular(distribution="triangular", low=low, mode=mode, high=high)
    distributions |= load_errors(all_pairs(view)) | _cleared(view) | _on_site(on_site(view))
    smuggled = _smuggled(view, timeline)
    if smuggled is not None:
        distributions["cn_smuggled_stock"] = smuggled
    return distributions


def growth(paths: Sequence[GrowthPath]) -> Normal | None:
    """Predictive distribution of one more publisher's rate, log per year; None without any.

    The variance between publishers is shrunk to a prior: they are two to four, and share data.
    """
    if not paths:
        return None
    rates = np.array([path.rate for path in paths])
    spread = PRIOR_WEIGHT * BETWEEN_SD**2 + float(np.sum((rates - rates.mean()) ** 2))
    variance = spread / (PRIOR_WEIGHT + rates.size - 1)
    half = Z90 * math.sqrt(variance * (1 + 1 / rates.size))
    return Normal(distribution="normal", p10=float(rates.mean()) - half, p90=float(rates.mean()) + half)


def load_errors(pairs: Sequence[Pair]) -> dict[str, Drawn]:
    """How far a peak strays from its forecast, and how much of submitted growth comes, as past editions show it."""
    distributions: dict[str, Drawn] = {}
    errors = spread(tuple(pairs))
    if errors is None:
        return distributions
    drift = Z90 * errors.growth_sd
    for grid in GRIDS:
        if grid.balance is not None:
            distributions[grid.assumption("peak_drift")] = Normal(distribution="normal", p10=-drift, p90=drift)
        if isinstance(grid.balance, AuctionBalance | ReportBalance):
            # A report is laid beside a peak that came, whose weather alone is no forecast's.
            ahead = grid.balance.summers_ahead if isinstance(grid.balance, AuctionBalance) else 0
            level = Z90 * errors.at(ahead)
            distributions[grid.assumption("peak_error")] = Normal(distribution="normal", p10=-level, p90=level)
    came = realised(tuple(pairs), errors)
    if came is not None:
        half = Z90 * came.sd
        low, high = max(came.share - half, SHARE_MARGIN), min(came.share + half, 1 - SHARE_MARGIN)
        if low < high:
            distributions["submitted_growth_realised"] = Logit(distribution="logit", p10=low, p90=high)
    return distributions


def _on_site(plants: OnSite | None) -> dict[str, Drawn]:
    """On-site power delivered by 2028 and by 2030, as plants and contracts of the day have it."""
    if plants is None:
        return {}
    by_2028 = (plants.running, plants.building + plants.contracted)
    by_2030 = (plants.building, plants.building + plants.planned + plants.agreed)
    return {
        f"btm_{year}": Triangular(distribution="triangular", low=low, mode=mode, high=plants.most)
        for year, (low, mode) in ((2028, by_2028), (2030, by_2030))
        if low < mode < plants.most
    }


def _cleared(view: View) -> dict[str, Drawn]:
    """How accredited capacity moves a year, net of retirements: what auctions cleared over those of the year before.

    One rate serves a whole path, so it is that of the mean of as many years again as there are.
    """
    distributions: dict[str, Drawn] = {}
    for grid in GRIDS:
        if isinstance(grid.balance, AuctionBalance):
            by_year = cleared(view, grid.balance)
            moved = [
                gw - by_year[start.shift(-QUARTERS_PER_YEAR)]
                for start, gw in by_year.items()
                if start.shift(-QUARTERS_PER_YEAR) in by_year
            ]
            if (band := _one_more(moved, years=len(moved))) is not None:
                name = grid.assumption("accredited_growth")
                distributions[name] = Normal(distribution="normal", p10=band[0], p90=band[1])
    return distributions


def _nowcast(view: View, region: str, timeline: Timeline) -> Lognormal | None:
    try:
        series = yearly(view, region, recipe="nowcast.year")
    except NotFound:
        return None
    year = Period(date(timeline.base_year, 1, 1), Frequency.YEAR)
    if year not in series.periods or series.low is None or series.high is None:
        return None
    place = series.periods.index(year)
    return Lognormal(distribution="lognormal", p10=float(series.low[place]), p90=float(series.high[place]))


def _china_use(view: View, timeline: Timeline) -> dict[str, Drawn]:
    """China's part of the base year, and of the running year what its internet data services leave open."""
    distributions: dict[str, Drawn] = {}
    counted = internet_data(view, timeline.base_year + 1)
    share = _china_share(view, timeline, floor=0.0 if counted is None else counted.before)
    if share is not None:
        distributions["cn_share_of_world"] = share
    if counted is None:
        # Without a month neither is read, and nothing stated for the case serves.
        return distributions | dict.fromkeys(("cn_internet_rest", "cn_other_growth"), NOT_READ)
    distributions["cn_internet_rest"] = _internet_rest(counted)
    if counted.other_growth is not None:
        low, high = counted.other_growth
        distributions["cn_other_growth"] = Normal(distribution="normal", p10=low, p90=high)
    return distributions


def _china_share(view: View, timeline: Timeline, *, floor: float) -> Logit | None:
    """China's part of the world's nowcast: where its own says more than ``floor``, TWh.

    China's nowcast is taken to share the error of the world's; the part's width is what it has beyond that.
    """
    year = Period(date(timeline.base_year, 1, 1), Frequency.YEAR)
    try:
        china, world = _china_year(view, year), nowcast(view, "WORLD").year(year)
    except NotFound:
        return None
    logs = np.log(china[china > floor])
    variance = float(logs.var() - np.log(world).var())
    if not variance > 0:
        return None
    middle, half = float(np.median(logs) - np.median(np.log(world))), Z90 * math.sqrt(variance)
    low, high = math.exp(middle - half), math.exp(middle + half)
    return Logit(distribution="logit", p10=low, p90=high) if high < 1 - SHARE_MARGIN else None


def _china_year(view: View, year: Period) -> FloatArray:
    """Draws of China's TWh in a year: its nowcast where somebody printed that year, else as its months grew.

    Raises :class:`NotFound` where too few levels are known.
    """
    levels_nowcast = nowcast(view, "CN")
    counted = internet_data(view, year.start.year)
    growth = None if counted is None else counted.other_growth
    if counted is None or growth is None or any(level.year >= year for level in levels_nowcast.evidence):
        return levels_nowcast.year(year)
    before = levels_nowcast.year(year.shift(-1))
    rest, other = (generator(f"china.{name}").standard_normal(len(before)) for name in ("rest", "other"))
    middle, half = (growth[0] + growth[1]) / 2, (growth[1] - growth[0]) / 2
    grown = np.maximum(before - counted.before, 0.0) * np.exp(middle + half / Z90 * other)
    return np.asarray(counted.counted + counted.rest * np.exp(counted.rest_sd * rest) + grown)


def _internet_rest(counted: InternetData) -> Lognormal | Fixed:
    if not counted.rest_sd > 0:
        return Fixed(distribution="fixed", value=counted.rest)
    half = Z90 * counted.rest_sd
    low, high = (counted.rest * math.exp(sign * half) for sign in (-1, 1))
    return Lognormal(distribution="lognormal", p10=low, p90=high)


def _china_build(build: ChinaBuild) -> dict[str, Drawn]:
    """How a year's additions differ from the year before, and what a month of the rest of the running year brings."""
    distributions: dict[str, Drawn] = {}
    numbers = {
        "cn_solar_change": changes(build.solar),
        "cn_wind_change": changes(build.wind),
        "cn_solar_rest": () if build.running_solar is None else build.running_solar.rests,
        "cn_wind_rest": () if build.running_wind is None else build.running_wind.rests,
    }
    for name, sample in numbers.items():
        if (band := _one_more(sample)) is not None:
            distributions[name] = Normal(distribution="normal", p10=band[0], p90=band[1])
    return distributions


def _accreditation(view: View) -> dict[str, Drawn]:
    """Accredited shares of what is added and retired, and margins on added peak: of one accounting, so both or none."""
    pjm, margins = _one_more(pjm_margins(view)), operators_margins(view)
    if pjm is None or len(margins) < LEAST_OPERATORS:
        return {}
    distributions: dict[str, Drawn] = {
        "miso_reserve_margin": Fixed(distribution="fixed", value=margins[-1]),
        "pjm_reserve_margin": Normal(distribution="normal", p10=pjm[0], p90=pjm[1]),
        "reserve_margin": Normal(distribution="normal", p10=min(margins), p90=max(margins)),
    }
    for kind, ratings in class_ratings(view).items():
        if (band := _one_more(logit(np.array(ratings)))) is not None:
            low, high = (float(expit(bound)) for bound in band)
            distributions[f"elcc_{kind}"] = Logit(distribution="logit", p10=low, p90=high)
    return distributions


def _china_running(running: RunningGrowth | None) -> dict[str, Drawn]:
    """Growth of China's generation over the base year, where its consumption in the year that has begun is known."""
    band = None if running is None else _one_more(running.errors)
    if running is None or band is None:
        return {}
    low, high = (running.growth + error for error in band)
    return {"cn_running_growth": Normal(distribution="normal", p10=low, p90=high)}


def _one_more(sample: Sequence[float], *, years: int = 1) -> tuple[float, float] | None:
    """80 % band of one more of a few numbers, or of the mean of so many, by their mean and spread; None under three."""
    if len(sample) < LEAST_TOLD:
        return None
    half = Z90 * float(np.std(sample, ddof=1)) * math.sqrt(1 / years + 1 / len(sample))
    return float(np.mean(sample)) - half, float(np.mean(sample)) + half


def _smuggled(view: View, timeline: Timeline) -> SplitNormal | None:
    """Median and percentiles of the cumulative figure of the base year's last quarter, read to p10 and p90 on logs."""
    rows = view.rows.filter(
        (pl.col("series_id") == SMUGGLED)
        & (pl.col("period") == date(timeline.base_year, 10, 1))
        & pl.col("value").is_not_null()
        & pl.col("low").is_not_null()
        & pl.col("high").is_not_null()
    )
    if rows.is_empty():
        return None
    value, low, high = rows.sort("published").select("value", "low", "high").row(-1)
    share = Z90 / Z95
    return SplitNormal(
        distribution="split_normal",
        p10=float(value * (low / value) ** share),
        p50=float(value),
        p90=float(value * (high / value) ** share),
    )
