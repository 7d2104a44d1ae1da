"""How fast China builds solar and wind, GW of alternating current a year.

Solar and wind go from this year's additions to what plans and targets ask for, times what targets were beaten by, over
four years on logs. Solar of a year that has begun is its sum so far over the share of a year such sums were.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.periods.period import MONTHS_PER_YEAR
from features.generation.china_build import ChinaBuild
from projection.base.blocks import spread
from projection.base.timeline import Timeline
from projection.inputs.assumption_values import Values

FloatArray = NDArray[np.floating[Any]]
TO_TARGET_YEARS = 4.0
"""From the first projected year to the pace that plans and targets give."""


def solar_and_wind(build: ChinaBuild, values: Values, timeline: Timeline) -> dict[str, FloatArray]:
    """Additions a projected year, GW, (draw, year), by name; what the day's figures do not carry is left out."""
    if not build.planned:
        return {}
    target = float(np.exp(np.mean(np.log(list(build.planned.values()))))) * values["cn_targets_beaten"]
    firsts = {"solar": _solar(build, values, timeline), "wind": _wind(build, values, timeline)}
    shares = {"solar": 1 - values["cn_wind_share"], "wind": values["cn_wind_share"]}
    return {
        name: _towards(first, target * shares[name], len(timeline.years))
        for name, first in firsts.items()
        if first is not None
    }


def _solar(build: ChinaBuild, values: Values, timeline: Timeline) -> FloatArray | None:
    """Additions of the first projected year, (draw,): as told, else as its sum so far tells, else as years change."""
    year = timeline.base_year + 1
    if year in build.solar:
        return np.full_like(values["cn_solar_change"], build.solar[year].value)
    if build.solar_so_far is not None and build.solar_so_far[0].start.year == year:
        month, so_far = build.solar_so_far
        part = month.start.month / MONTHS_PER_YEAR
        # A sum from January is no more than its year.
        return np.asarray(so_far.value * part ** -np.maximum(values["cn_solar_year_shape"], 0.0))
    last = build.solar.get(timeline.base_year)
    return None if last is None else np.asarray(last.value * np.exp(values["cn_solar_change"]))


def _wind(build: ChinaBuild, values: Values, timeline: Timeline) -> FloatArray | None:
    if timeline.base_year + 1 in build.wind:
        return np.full_like(values["cn_wind_change"], build.wind[timeline.base_year + 1].value)
    last = build.wind.get(timeline.base_year)
    return None if last is None else np.asarray(last.value * np.exp(values["cn_wind_change"]))


def _towards(first: FloatArray, target: FloatArray, years: int) -> FloatArray:
    """From one rate to another on logs, then flat, (draw, year)."""
    weight = np.minimum(np.arange(years) / TO_TARGET_YEARS, 1.0)
    return np.asarray(np.exp(spread(np.log(first), 1 - weight) + spread(np.log(target), weight)))
