"""Named priors of plan realisation, each an 80 % band with its source. What no edition shows stays one of these.

Sources measure slips over years, editions over months: near slip rates have the published band twice as wide in logs.
Slip beyond the evidence keeps the band as published.
"""

from dataclasses import dataclass, replace

from training.plans.realisation import Band, Identified, Scale, Term


@dataclass(frozen=True)
class Prior:
    """An 80 % band on a scale, in a unit, and what it rests on."""

    title: str
    unit: str
    scale: Scale
    band: Band
    source: str

    def unseen(self, name: str) -> Term:
        """A term nothing was seen of."""
        return Term(
            name, self.title, self.unit, self.scale, self.band, self.source, 0, "none", self.band, Identified.NO
        )

    def updated(
        self, name: str, after: tuple[float, float], *, count: int, counted: str, identified: Identified
    ) -> Term:
        """A term with a posterior mean and sd on its scale, and what it was fitted on."""
        return replace(
            self.unseen(name),
            count=count,
            counted=counted,
            posterior=Band.of(*after, self.scale).rounded(),
            identified=identified,
        )


_SIGHTLINE = "share late 0.25-0.50 (Sightline 2025-26, Jefferies) times a median delay of nine months, over a year"
_SEMIANALYSIS = (
    "share late 0.02-0.15 (SemiAnalysis 2026 for self-build) times a median delay of nine months, over a year"
)
_NEAR = "; twice as wide in logs, since sources speak of years and editions of months"
_OURS = "judgement: no publisher states it"
_SHARED = "intraclass correlation of 0.08-0.4 between sites at a lead of a year; judgement around 0.2"

PRIORS: dict[str, Prior] = {
    "look_rate": Prior(
        "Looks: how often a site is audited anew", "per year", Scale.LOG, Band(0.5, 6.0),
        "judgement: the publisher states no schedule; every two months to every two years",
    ),
    "look_common_sd": Prior("Looks come in campaigns: log sd shared by sites", "1", Scale.LOG, Band(0.2, 1.0), _OURS),
    "remeasured_rate": Prior(
        "Re-measurement of what was seen running", "expected per look", Scale.LOG, Band(0.05, 0.60), _OURS
    ),
    "nowcast_factor": Prior(
        "Seen MW when re-measured, mean of later over first view", "1", Scale.PLAIN, Band(0.70, 1.10), _OURS
    ),
    "nowcast_spread": Prior("the same, sd between sites", "1", Scale.LOG, Band(0.10, 0.50), _OURS),
    "remeasured_common_sd": Prior("the same, log sd shared by sites", "1", Scale.LOG, Band(0.2, 1.0), _OURS),
    "slip_rate_self_build": Prior(
        "Time shift, self-build hyperscaler", "days per day of plan age", Scale.LOG, Band(0.0055, 0.30),
        _SEMIANALYSIS + _NEAR,
    ),
    "slip_rate_newcomer": Prior(
        "Time shift, newcomer and colocation", "days per day of plan age", Scale.LOG, Band(0.13, 0.53),
        _SIGHTLINE + _NEAR,
    ),
    "slip_rate_far_self_build": Prior(
        "Time shift beyond the evidence, self-build", "days per day of plan age", Scale.LOG, Band(0.015, 0.11),
        _SEMIANALYSIS,
    ),
    "slip_rate_far_newcomer": Prior(
        "Time shift beyond the evidence, newcomer", "days per day of plan age", Scale.LOG, Band(0.19, 0.375), _SIGHTLINE
    ),
    "slip_days": Prior(
        "Days of one slip", "days", Scale.LOG, Band(30.0, 270.0),
        "one month (a building re-dated) to nine months (median delay of late projects, methods table)",
    ),
    "slip_spread": Prior(
        "the same, sd between slips", "days", Scale.LOG, Band(50.0, 400.0), "80 % of late projects: 4-24 months"
    ),
    "slip_common_sd": Prior("Slip shared by a region's sites, log sd", "1", Scale.LOG, Band(0.35, 0.95), _SHARED),
    "resize_rate": Prior("Changes of final size", "per year of plan age", Scale.LOG, Band(0.2, 2.0), _OURS),
    "size_factor": Prior(
        "Final size when changed, mean of later over first plan", "1", Scale.PLAIN, Band(0.80, 1.10), _OURS
    ),
    "size_spread": Prior("the same, sd between sites", "1", Scale.LOG, Band(0.08, 0.40), _OURS),
    "resize_common_sd": Prior("the same, log sd shared by sites", "1", Scale.LOG, Band(0.2, 1.0), _OURS),
    "ramp_days_per_gw": Prior(
        "Ramp: span over which one planned step arrives", "days per GW", Scale.LOG, Band(365.0, 1315.0),
        "Epoch AI: 1 to 3.6 years to 1 GW at one site",
    ),
    "ever_built_construction": Prior(
        "Ever built, under construction", "share", Scale.LOGIT, Band(0.85, 0.97), "EPRI 2026 low case keeps most of it"
    ),
    "ever_built_permitted": Prior(
        "Ever built, permitted or advanced", "share", Scale.LOGIT, Band(0.25, 0.90),
        "EPRI 2026: 25 % (low) to 100 % (high)",
    ),
    "ever_built_announced": Prior(
        "Ever built, announced only", "share", Scale.LOGIT, Band(0.02, 0.30),
        "EPRI 2026: 0-30 %; requests are 5-10 times what is built (Thunder Said)",
    ),
    "ever_built_correlation": Prior(
        "Cancellation shared by the sites of a region, intraclass correlation", "1", Scale.LOGIT, Band(0.08, 0.40),
        "judgement around 0.2: a capital-market shock cancels many at once (methods table)",
    ),
}  # fmt: skip
