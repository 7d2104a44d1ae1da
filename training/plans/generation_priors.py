"""Named priors of how plans of generation are realised, each an 80 % band with its source.

What a published range rests on and what a fit sees are here partly the same figures (EIA's additions of 2025, LBNL's
completion of requests). So that nothing is counted twice, such a band is taken twice as wide on its scale.
"""

from features.generation.plans import PLANNED_IN_YEARS, Technology
from training.plans.realisation import Band, Scale
from training.plans.realisation_priors import Prior

_IN_YEAR = (
    "0.75 to 0.90 of what is planned for the coming year is built in it, 0.08 to 0.29 years late in the mean; that "
    "range rests on EIA's figures of 2025, so it is twice as wide in logs"
)
_QUEUE = (
    "10 to 20 % of requests are built; the range rests on LBNL's completion of 2000-2019 requests, so it is twice as "
    "wide in logits"
)
_OURS = "judgement: no publisher states it"
DELAY = Band(0.040, 0.57)
COMPLETION = Band(0.069, 0.273)
DELAY_NUCLEAR, COMMON_SD, EVER_BUILT = "generation_delay_nuclear", "generation_delay_common_sd", "generation_ever_built"
EVER_RESTARTED, RETIREMENT = "generation_ever_restarted", "generation_delay_retirement"


def delay(kind: Technology) -> str:
    """Name of the term: mean lateness of a technology's plans."""
    return f"generation_delay_{kind}"


def completion(kind: Technology) -> str:
    """Name of the term: share of a technology's requests that is built."""
    return f"generation_queue_{kind}"


PRIORS: dict[str, Prior] = {
    **{
        delay(kind): Prior(f"Mean lateness of planned additions, {kind}", "years", Scale.LOG, DELAY, _IN_YEAR)
        for kind in PLANNED_IN_YEARS
    },
    COMMON_SD: Prior(
        "Lateness shared by the technologies of a year, log sd", "1", Scale.LOG, Band(0.15, 0.8), _OURS
    ),
    DELAY_NUCLEAR: Prior(
        "Mean lateness of reactors that are to run again", "years", Scale.LOG, Band(0.3, 2.5),
        "judgement: no restart is followed to its end by a row",
    ),
    RETIREMENT: Prior(
        "Mean lateness of planned retirements", "years", Scale.LOG, Band(0.3, 2.5),
        "coal fell by 3.9 GW in the twelve months to September 2025 (EIA) where 27 GW were scheduled from May 2025 to "
        "the end of 2028, 7.5 a year: about half, a year late in the mean; no plan for a past year has its outcome",
    ),
    EVER_BUILT: Prior(
        "Ever built, of additions planned for the coming year", "share", Scale.LOGIT, Band(0.92, 0.99),
        "judgement: as sites under construction (EPRI 2026 keeps most of them); no plan is followed to its end",
    ),
    EVER_RESTARTED: Prior(
        "Ever runs again, of reactors that are to", "share", Scale.LOGIT, Band(0.6, 0.95),
        "judgement: contracted and in work, none followed to its end by a row",
    ),
    **{
        completion(kind): Prior(f"Ever built, of requests for a connection, {kind}", "share", Scale.LOGIT, COMPLETION,
                                _QUEUE)
        for kind in PLANNED_IN_YEARS
    },
}  # fmt: skip
