"""What is started after today's plans: builders answer what they see of demand, a lead time later and within a pace."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from projection.base.kernel import compiled

FloatArray = NDArray[np.floating[Any]]


@compiled
def build(
    planned: FloatArray,
    wanted: FloatArray,
    lead: FloatArray,
    extrapolated: FloatArray,
    spare: FloatArray,
    pace: FloatArray,
    pace_growth: FloatArray,
    start: FloatArray,
    nameplate: FloatArray,
) -> None:
    """Nameplate at the ends of quarters: as planned, and what later starts add to it.

    Builders decide a lead time ahead. They see what was wanted then and how it grew over the year before, expect a
    share of that growth to go on, and aim at it with some halls to spare. They add no more than the pace allows and
    nothing where what stands is enough; a plan that comes later is part of what was built, not added to it.

    Args:
        planned: nameplate by today's plans, GW, (1 + quarter, draw), never falling.
        wanted: nameplate that is wanted, GW, likewise.
        lead: quarters from decision to delivery, (draw,).
        extrapolated: share of the last year's growth that is expected to go on, (draw,).
        spare: what is aimed at over what is expected, (draw,).
        pace: most that is added in a quarter at the start, GW, (draw,).
        pace_growth: its log growth a quarter, (draw,).
        start: quarters from the end of the base year to the first delivery not planned today, (draw,), over the lead.
        nameplate: the answer, GW, (1 + quarter, draw).
    """
    last = planned.shape[0] - 2
    for draw in range(planned.shape[1]):
        nameplate[0, draw] = planned[0, draw]
    for quarter in range(1, planned.shape[0]):
        for draw in range(planned.shape[1]):
            standing = nameplate[quarter - 1, draw]
            if quarter >= start[draw]:
                decision = np.float32(quarter) - lead[draw]
                place = min(int(decision), last)
                part = decision - np.float32(place)
                then = wanted[place, draw] * (np.float32(1) - part) + wanted[place + 1, draw] * part
                earlier = max(decision - np.float32(4), np.float32(0))
                place = min(int(earlier), last)
                part = earlier - np.float32(place)
                before = wanted[place, draw] * (np.float32(1) - part) + wanted[place + 1, draw] * part
                growth = np.log(then / before) / max(decision - earlier, np.float32(1))
                target = spare[draw] * then * np.exp(extrapolated[draw] * growth * lead[draw])
                most = pace[draw] * np.exp(pace_growth[draw] * (np.float32(quarter) - start[draw]))
                standing += min(max(target - standing, np.float32(0)), most)
            nameplate[quarter, draw] = max(standing, planned[quarter, draw])
