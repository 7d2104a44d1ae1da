"""The funnel in every draw: GW of projects by stage, and what of them is ever energised.

Whether a part of a site is ever built is drawn as the buildout draws it: each region has its own share by stage, a Beta
with the stage's mean and an intraclass correlation, read at one shock for all stages, and each site a number of its own
that is compared with it. Two things are drawn besides. The second tracker's megawatts are multiplied by a ratio of the
sites that both print (Epoch's full size over its planned), resampled by the Bayesian bootstrap (Rubin 1981). And a
share of what it lists as proposed lies dormant, without its saying so: a Beta of the sites that remarks call dead.

Of the second tracker's sites under construction the share is that of permitted ones: its label is of a whole campus,
whose later phases a step of Epoch's would have as permitted, and it was given before any work.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from features.sites.funnel import COUNTRY, FunnelStage, Project, SiteFunnel, Tracker
from projection.base.streams import keys, numbers
from projection.inputs.assumption_values import Values, value_of
from projection.sites.realisation import SiteShocks, common_chance

FloatArray = NDArray[np.float64]
MW_PER_GW = 1000.0
JEFFREYS = 0.5
"""What a share's prior adds to both of its counts."""
SHARES = {
    FunnelStage.ANNOUNCED: "site_ever_built_announced",
    FunnelStage.PROPOSED: "site_ever_built_proposed",
    FunnelStage.PERMITTED: "site_ever_built_permitted",
    FunnelStage.CONSTRUCTION: "site_ever_built_construction",
}
"""The assumption that is a stage's share ever built."""
SITE_STAGES = (*SHARES, FunnelStage.ENERGISED)
"""Stages that trackers of sites count."""
FATE_ROW, SIZE_ROW, DORMANT_ROW = range(3)
"""Rows of the numbers of a project that Epoch does not list."""


@dataclass(frozen=True)
class FunnelDraws:
    """Draws by stage, GW, (draw,) each.

    Attributes:
        gw: of projects at the stage.
        dormant: of them, what lies dormant or is stopped.
        energised: of them, what is ever energised; with what is dormant never more than all of them.
    """

    gw: Mapping[FunnelStage, FloatArray]
    dormant: Mapping[FunnelStage, FloatArray]
    energised: Mapping[FunnelStage, FloatArray]


def draw(funnel: SiteFunnel, values: Values, shocks: SiteShocks) -> FunnelDraws:
    """Draw a funnel.

    Args:
        funnel: projects, each once.
        values: assumption draws, (draw,) each.
        shocks: the random numbers of sites; those shared are the country's, whatever its part.
    """
    correlation = value_of(values, "site_ever_built_correlation").astype(np.float64)
    shared = shocks.shared(COUNTRY, "cancel")
    chances = {
        stage: common_chance(value_of(values, name).astype(np.float64), correlation, shared)
        for stage, name in SHARES.items()
    }
    sizes, dormant_share = _Sizes.of(funnel, shocks), _dormant_share(funnel, shocks)
    gw, dormant, energised = ({stage: np.zeros(shocks.draws) for stage in SITE_STAGES} for _ in range(3))
    for project in funnel.projects:
        if not project.total:
            continue
        fate, size, sleeps = _numbers(project, shocks)
        factor = sizes.factor(size) if project.tracker is Tracker.ATLAS else np.ones(shocks.draws)
        asleep = (sleeps < dormant_share) & (project.stage is FunnelStage.PROPOSED) | project.stopped
        for stage, mw in project.mw.items():
            if stage is FunnelStage.ENERGISED:
                gw[stage] += mw / MW_PER_GW
                energised[stage] += mw / MW_PER_GW
                continue
            power = mw / MW_PER_GW * factor
            gw[stage] += power
            dormant[stage] += power * asleep
            energised[stage] += power * (~asleep & (fate < chances[_chance_of(project, stage)]))
    return FunnelDraws(gw, dormant, energised)


def _chance_of(project: Project, stage: FunnelStage) -> FunnelStage:
    campus = project.tracker is Tracker.ATLAS and stage is FunnelStage.CONSTRUCTION
    return FunnelStage.PERMITTED if campus else stage


def _numbers(project: Project, shocks: SiteShocks) -> tuple[NDArray[np.float32], ...]:
    """Uniforms for whether a project is built, how large and whether it is dormant; the buildout's own of Epoch's."""
    from projection.sites.arrivals import FATE

    if project.plan is not None:
        fate = shocks.of(project.plan)[FATE]
        return fate, fate, np.ones_like(fate)
    own_stream = keys(shocks.seed, [f"funnel/{project.name}"])[0]
    rows = numbers(own_stream, DORMANT_ROW + 1, shocks.draws, first=shocks.first)
    return rows[FATE_ROW], rows[SIZE_ROW], rows[DORMANT_ROW]


def _dormant_share(funnel: SiteFunnel, shocks: SiteShocks) -> FloatArray:
    """Share of proposed projects that are dead without anyone saying so, (draw,).

    Where remarks were read, so many were; of the rest nobody has looked since they were listed.
    """
    u = numbers(keys(shocks.seed, ["funnel/dormant"])[0], 1, shocks.draws, first=shocks.first)[0].astype(np.float64)
    alive = funnel.proposed - funnel.stopped
    return np.asarray(betaincinv(funnel.stopped + JEFFREYS, alive + JEFFREYS, u))


@dataclass(frozen=True)
class _Sizes:
    """Ratios of size, and the running weight of each in every draw, (draw, ratio)."""

    ratios: FloatArray
    weights: FloatArray

    @classmethod
    def of(cls, funnel: SiteFunnel, shocks: SiteShocks) -> "_Sizes":
        # Without a site that both print, megawatts are taken as printed.
        ratios = funnel.sizes if funnel.sizes.size else np.ones(1)
        uniforms = numbers(keys(shocks.seed, ["funnel/sizes"])[0], ratios.size, shocks.draws, first=shocks.first)
        weights = -np.log(uniforms.T.astype(np.float64))
        return cls(ratios, np.cumsum(weights / weights.sum(axis=1, keepdims=True), axis=1))

    def factor(self, uniform: NDArray[np.float32]) -> FloatArray:
        """One ratio a draw, (draw,)."""
        places = (self.weights[:, :-1] < uniform[:, None]).sum(axis=1)
        return np.asarray(self.ratios[places])
