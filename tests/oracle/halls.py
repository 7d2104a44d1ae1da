"""Halls of the US: planned, built after plans, and connected. Section 12, *Halls* and *Connections*."""

import numpy as np

from tests.oracle.pieces import QUARTERS, Y, growth_integral
from tests.oracle.sites import additions

EDGE = 12
"""Quarters that plans reach."""


def shell(facts, v, base, wanted):
    """Nameplate built at every end, GW, given that of the base year and that which is wanted."""
    colocation = base * v["us_colo_under_construction"] * v["us_colo_outside_tracker"]
    planned = colocation * v["us_colo_completion"] * v["us_colo_built"] * np.minimum(Y, 3)
    planned[:, 1:] += additions(facts, v) / 1000 / v["us_tracker_coverage"]
    lead = 4 * v["site_lead_years"]
    start = (facts.anchors.as_of - facts.anchors.timeline.base).days / 365.25 * 4 + lead
    pace = planned[:, EDGE : EDGE + 1] / EDGE
    ends = np.arange(QUARTERS + 1)
    undated = planned[:, EDGE : EDGE + 1] + pace * np.maximum(np.minimum(ends, start) - EDGE, 0)
    decided = base + np.where(ends > EDGE, np.maximum(planned, undated), planned)
    built = [decided[:, :1]]
    for end in ends[1:]:
        decision = end - lead
        earlier = np.maximum(decision - 4, 0)
        then, before = at(wanted, np.maximum(decision, 0)), at(wanted, earlier)
        growth = np.log(then / before) / np.maximum(decision - earlier, 1)
        target = then * np.exp(v["builders_extrapolation"] * growth * lead) / (1 - v["vacancy_aimed_at"])
        most = pace * v["build_pace_reserve"] * np.exp(v["build_pace_growth"] / 4 * (end - start))
        more = np.where(end >= start, np.clip(target - built[-1], 0, most), 0)
        built.append(np.maximum(built[-1] + more, decided[:, [end]]))
    return np.hstack(built)


def at(path, when):
    """A path at a fractional end, (draw, 1)."""
    whole = np.minimum(np.floor(when).astype(int), path.shape[1] - 2)
    one, other = (np.take_along_axis(path, whole + step, axis=1) for step in (0, 1))
    return one + (other - one) * (when - whole)


def connected(facts, v, built, peak_over_nameplate):
    """Nameplate that the grid and on-site power feed, GW."""
    since = facts.years_since(max(facts.anchors.observed["US"], facts.anchors.timeline.base))
    counted = since <= 0
    last = np.flatnonzero(counted)[-1]
    grid = v["us_grid_connections"] * growth_integral(v["us_grid_connections_growth"], np.maximum(since, 0))
    first = v["btm_2028"]
    pace = (np.maximum(v["btm_2030"], first) - first) / 2
    after = np.maximum(Y - 1, 0)
    on_site = first / 2 * np.minimum(after, 2) + pace * np.clip(after - 2, 0, 2)
    on_site = on_site + v["btm_pace_after"] * pace * np.maximum(after - 4, 0)
    return np.where(counted, built, built[:, last : last + 1] + grid + on_site / peak_over_nameplate)
