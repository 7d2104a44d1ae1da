"""How fast China builds solar and wind, GW of alternating current a year.

Solar and wind go from this year's additions to what plans and targets ask for, times what targets were beaten by, over
four years on logs. A year that has begun is what its months have brought and a rate for those that are left.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from features.generation.bases import Alternating
from features.generation.china_build import ChinaBuild
from features.running_year import RunningYear
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
    solar, wind = values["cn_solar_change"], values["cn_wind_change"]
    firsts = {
        "solar": _first(build.solar, build.running_solar, timeline, change=solar, rest=values["cn_solar_rest"]),
        "wind": _first(build.wind, build.running_wind, timeline, change=wind, rest=values["cn_wind_rest"]),
    }
    shares = {"solar": 1 - values["cn_wind_share"], "wind": values["cn_wind_share"]}
    return {
        name: _towards(first, target * shares[name], len(timeline.years))
        for name, first in firsts.items()
        if first is not None
    }


def _first(
    additions: Mapping[int, Alternating],
    running: RunningYear | None,
    timeline: Timeline,
    *,
    change: FloatArray,
    rest: FloatArray,
) -> FloatArray | None:
    """Additions of the first projected year, (draw,).

    As published; else what its months have brought and a rate for those that are left; else as years change.
    """
    year = timeline.base_year + 1
    if year in additions:
        return np.full_like(change, additions[year].value)
    if running is not None and running.month.start.year == year:
        return np.asarray(running.so_far + running.months_left * np.exp(rest))
    last = additions.get(timeline.base_year)
    return None if last is None else np.asarray(last.value * np.exp(change))


def _towards(first: FloatArray, target: FloatArray, years: int) -> FloatArray:
    """From one rate to another on logs, then flat, (draw, year)."""
    weight = np.minimum(np.arange(years) / TO_TARGET_YEARS, 1.0)
    return np.asarray(np.exp(spread(np.log(first), 1 - weight) + spread(np.log(target), weight)))
