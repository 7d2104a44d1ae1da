"""Firm power of the US: the balance of :mod:`projection.electricity.firm`, from a year after the base year on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.base.layers import DemandConcept
from data.periods.period import Frequency, Period
from projection.base.blocks import blank, spread
from projection.base.timeline import QUARTERS_PER_YEAR, Timeline
from projection.cells.paths import Paths
from projection.electricity.firm import firm_balance
from projection.electricity.generation import accredited, further_reactors
from projection.inputs.assumption_values import Values
from projection.inputs.starting_values import Anchors

FloatArray = NDArray[np.floating[Any]]
PLANS, PUBLISHED = "plans", "published"
"""Routes to accredited additions: plans by technology, and what one publisher prints of them."""
ON_SITE_SINCE = 2026
"""The year from whose end ``btm_2028`` and ``btm_2030`` are counted."""


def firm_base(timeline: Timeline) -> Period:
    """The quarter whose end growth is counted from: the last of the first projected year."""
    return Period(date(timeline.base_year + 1, 10, 1), Frequency.QUARTER)


@dataclass(frozen=True)
class Peaks:
    """Facility peak of data centers at the ends of quarters, GW, (draw, quarter).

    Attributes:
        by_concept: what is wanted, and what is bought.
        unlimited: what is bought were there halls and chips enough, from which growth counts: what draws at the base of
            a balance is near it, and no scenario of halls or trade moves it.
    """

    by_concept: Mapping[DemandConcept, FloatArray]
    unlimited: FloatArray

    def times(self, share: FloatArray) -> "Peaks":
        """A part of them, (draw, quarter)."""
        return Peaks({concept: share * path for concept, path in self.by_concept.items()}, share * self.unlimited)


def firm(peaks: Peaks, anchors: Anchors, values: Values) -> Paths | None:
    """The balance on the timeline's quarters; NaN up to its base. None without accredited additions of any route.

    Args:
        peaks: of the United States.
        anchors: figures.
        values: assumption draws, each (draw,).
    """
    timeline = anchors.timeline
    if not answered(anchors):
        return None
    base = timeline.index_of(firm_base(timeline))
    years = np.arange(1, len(timeline.quarters) - base, dtype=np.float32) / QUARTERS_PER_YEAR
    supply = {
        "elcc_additions": accredited_additions(anchors, values, years),
        "behind_the_meter": behind_the_meter(values, years, timeline),
        "starting_headroom": values["starting_headroom"][:, None],
    }
    wanted, bought = (
        firm_balance(
            peak_growth=path[:, base + 1 :] - peaks.unlimited[:, base : base + 1],
            other_peak_growth=spread(values["other_peak_growth"], years),
            reserve_margin=values["reserve_margin"][:, None],
            **supply,
        )
        for path in (peaks.by_concept[DemandConcept.WANTED], peaks.by_concept[DemandConcept.BOUGHT])
    )
    return Paths(*(since(path, base) for path in (wanted.need, bought.need, wanted.supply)))


def answered(anchors: Anchors) -> bool:
    """Whether the day knows accredited additions by any route."""
    return bool(anchors.elcc) or anchors.us_generation.covers(anchors.timeline.base_year + 1)


def since(path: FloatArray, base: int) -> FloatArray:
    """A path from the quarter after ``base`` on, (draw, quarter), on the whole timeline: NaN up to it."""
    whole = blank(len(path), base + 1 + path.shape[1])
    whole[:, : base + 1] = np.nan
    whole[:, base + 1 :] = path
    return whole


def accredited_additions(anchors: Anchors, values: Values, years: FloatArray) -> FloatArray:
    """Accredited additions net of retirements since the base of the balance, GW, (draw, time), from both routes.

    Each draw weights plans by technology against the published additions; one alone serves where there is no other.
    Reactors beyond both are added to what they give.
    """
    routes = accredited_routes(anchors, values, years)
    if len(routes) == 1:
        additions = next(iter(routes.values()))
    else:
        weight = values["elcc_route_weight"][:, None]
        additions = np.asarray(weight * routes[PLANS] + (1 - weight) * routes[PUBLISHED])
    since_base_year = np.append(np.float32(1), years + 1).astype(np.float32)
    reactors = further_reactors(values, anchors.timeline, since_base_year)
    if reactors is None:
        return additions
    return np.asarray(additions + values["elcc_nuclear"][:, None] * (reactors[:, 1:] - reactors[:, :1]))


def accredited_routes(anchors: Anchors, values: Values, years: FloatArray) -> dict[str, FloatArray]:
    """Accredited additions by each route the day carries alone, GW, (draw, time), at times since the balance's base."""
    timeline, routes = anchors.timeline, {}
    if anchors.us_generation.covers(timeline.base_year + 1):
        routes[PLANS] = accredited(anchors.us_generation, values, timeline, years)
    if anchors.elcc:
        routes[PUBLISHED] = spread(values["elcc_factor"], elcc_published(anchors.elcc, years, timeline))
    return routes


def elcc_published(rates: Mapping[int, float], years: FloatArray, timeline: Timeline) -> FloatArray:
    """Cumulative accredited additions since the base of the balance, GW, at times in years after it.

    Derived, and said so in the answer: the yearly rate is linear between the years published for, flat outside them.

    Args:
        rates: GW a year by calendar year.
        years: times since the base of the balance, shape (quarter,).
        timeline: the quarters.
    """
    middle = np.array(sorted(rates), dtype=float) + 0.5 - (firm_base(timeline).start.year + 1)
    rate = np.array([rates[year] for year in sorted(rates)])
    fine = np.linspace(0.0, float(years[-1]), 40 * len(years) + 1)
    at = np.interp(fine, middle, rate)
    total = np.concatenate([[0.0], np.cumsum((at[1:] + at[:-1]) / 2 * np.diff(fine))])
    return np.asarray(np.interp(years, fine, total))


def behind_the_meter(values: Values, years: FloatArray, timeline: Timeline) -> FloatArray:
    """On-site supply delivered since the base, GW: linear to the 2028 and 2030 draws, then a share of that pace."""
    before = float(firm_base(timeline).start.year - ON_SITE_SINCE)
    path = _on_site(values, np.append(np.float32(before), years + np.float32(before)))
    return path[:, 1:] - path[:, :1]


def _on_site(values: Values, years: FloatArray) -> FloatArray:
    """The same since the end of :data:`ON_SITE_SINCE`, (draw, time)."""
    first = values["btm_2028"]
    pace = (np.maximum(values["btm_2030"], first) - first) / 2
    early = spread(first / 2, np.minimum(years, 2.0))
    middle = spread(pace, np.clip(years - 2.0, 0.0, 2.0))
    late = spread(values["btm_pace_after"] * pace, np.maximum(years - 4.0, 0.0))
    return early + middle + late
