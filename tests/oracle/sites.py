"""Tracked sites of the US as they are really built. Section 12, *Sites*."""

import numpy as np
from scipy.special import betaincinv, ndtr
from scipy.stats import poisson

from features.sites.pipeline import Builder
from projection.sites.arrivals import DEVIATES, FATE, PLACEHOLDERS, REMEASURED, RESIZED, SLIPPED

RAMP = np.array([-3, -1, 1, 3]) / 8


def additions(facts, v):
    """MW that arrive after the base year, by each quarter's end."""
    anchors, shocks = facts.anchors, facts.inputs.site_shocks
    shared = {shock: shocks.shared("US", shock)[:, None] for shock in ("remeasured", "resize", "slip", "cancel")}
    ends = np.array([quarter.end.toordinal() for quarter in anchors.timeline.quarters])
    total = np.zeros((shocks.draws, len(ends)))
    for plan in anchors.pipeline_us:
        numbers = shocks.of(plan).astype(float)[:, :, None]
        for day, mw in arrivals(plan, numbers, shared, v, facts.inputs.evidence_days):
            total += np.where((day > anchors.timeline.base.toordinal()) & (day <= ends), mw, 0.0)
    return total


def arrivals(plan, numbers, shared, v, watched):
    """Days and MW, (draw, 1) each, of everything that was seen or is planned of a site."""

    def moves(kind, mean_count, mean, sd):
        count = poisson.ppf(numbers[kind], mean_count)
        return count * mean + np.sqrt(count) * sd * numbers[kind + DEVIATES]

    def rate(name, shock):
        sd = v[f"site_{shock}_common_sd"]
        return v[name] * np.exp(sd * shared[shock] - sd**2 / 2)

    count = rate("site_remeasured_rate", "remeasured")
    site_size = 1 + moves(REMEASURED, count, v["site_nowcast_factor"] - 1, v["site_nowcast_spread"])
    last = max((step.day for step in plan.pending), default=plan.looked)
    years = min((last - plan.revised).days, watched) / 365.25
    count = rate("site_resize_rate", "resize") * years
    size = 1 + moves(RESIZED, count, v["site_size_factor"] - 1, v["site_size_spread"])
    site_size, size = np.maximum(site_size, 0), np.maximum(size, 0)
    for day, mw in plan.verified_steps:
        yield day.toordinal(), mw * site_size
    rest = plan.final - plan.verified
    regained = np.maximum(size * plan.final - site_size * plan.verified, 0) / rest if rest > 0 else 1.0
    who = "self_build" if plan.builder is Builder.SELF_BUILD else "newcomer"
    for place, step in enumerate(plan.pending):
        lead = max((step.day - plan.revised).days, 0)
        near, far = (rate(f"site_slip_rate_{kind}", "slip") for kind in (who, f"far_{who}"))
        days = near * min(lead, watched) + far * max(lead - watched, 0)
        behind = moves(SLIPPED, days / v["site_slip_days"], v["site_slip_days"], v["site_slip_spread"])
        behind += (2 * numbers[PLACEHOLDERS + place] - 1) * step.halfwidth * v["site_placeholder_spread"]
        stage = step.stage.value.removeprefix("under_")
        built = numbers[FATE] < chance(v[f"site_ever_built_{stage}"], v["site_ever_built_correlation"], shared)
        ramp = v["site_ramp_days_per_gw"] * abs(step.mw) / 1000
        for part in RAMP:
            day = np.maximum(step.day.toordinal() + behind + part * ramp, plan.looked.toordinal() + 1)
            yield day, step.mw * regained * built / len(RAMP)


def chance(share, correlation, shared):
    """Chance to be built that the sites of a region share."""
    free = (share > 0) & (share < 1) & (correlation > 0)
    size = 1 / np.where(free, correlation, 0.5) - 1
    inside = np.where(free, share, 0.5)
    return np.where(free, betaincinv(inside * size, (1 - inside) * size, ndtr(shared["cancel"])), share)
