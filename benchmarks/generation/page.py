"""The page on generation to come, ``docs/generation.md``, from figures, fits and comparisons; no figure is typed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.generation.scores import Foretold, pooled
from benchmarks.realisation.page import section, short, table
from features.generation.pairs import Pair
from features.generation.plans import PLANNED_IN_YEARS, GenerationPlans
from features.view import View
from training.plans.realisation import Term


@dataclass(frozen=True)
class PageInputs:
    """What the page is written from.

    Attributes:
        seen: pairs known on the view's day.
        by_pair, by_year: every pair as foretold without it, and without its year.
        goals: what was aimed at and whether it was reached.
    """

    view: View
    all_pairs: Sequence[Pair]
    terms: Mapping[str, Term]
    by_pair: Sequence[Foretold]
    by_year: Sequence[Foretold]
    goals: Mapping[str, bool]


def page(inputs: PageInputs) -> str:
    """The whole page."""
    head = (
        f"# Future generation\n\nWritten by `make bench-generation` from the figures of {inputs.view.as_of}. What is "
        "read: `features/generation/plans.py`; pairs: `features/generation/pairs.py`; the terms: "
        "`training/plans/generation_fit.py`; the draws: `projection/electricity/generation.py`.\n"
    )
    return "\n".join([head, *(part(inputs) for part in (_plans, _pairs, _terms, _foretold, _verdict))])


def _plans(inputs: PageInputs) -> str:
    plans = GenerationPlans.of(inputs.view)
    years = sorted({year for planned_years in plans.planned.values() for year in planned_years})
    rows = []
    for kind in PLANNED_IN_YEARS:
        cells = [f"{plans.planned[kind][year].value:g}" if year in plans.planned[kind] else "" for year in years]
        built = "; ".join(f"{gw.value:g} ({year})" for year, gw in sorted(plans.built[kind].items()))
        rows.append(f"| {kind} | {' | '.join(cells)} | {built} | {plans.queue[kind].value:g} |")
    retiring = "; ".join(f"{gw.value:g} GW in {year}" for year, gw in sorted(plans.retiring.items()))
    restarts = "; ".join(f"{plant.name} {plant.capacity.value:.3g} GW in {plant.year}" for plant in plans.restarts)
    return section(
        "What is planned",
        "US, utility scale, GW of alternating current, as last published.",
        table("technology | " + " | ".join(f"planned {year}" for year in years) + " | built | queued", rows),
        f"Retirements planned: {retiring}. Reactors to run again: {restarts} (others: all less those named). "
        f"From request to operation: {plans.queue_years or 0:.1f} years in the median of what was finished.",
    )


def _pairs(inputs: PageInputs) -> str:
    rows = [
        f"| {pair.name} | {pair.year} | {'year' if pair.years == 1 else 'half'} | {pair.planned.value:.1f} "
        f"| {pair.built.value:.1f} | {pair.share:.2f} | {pair.known_day} | {pair.derived or 'printed'} |"
        for pair in inputs.all_pairs
    ]
    return section(
        "Plans compared with what was built of them",
        "Of a half's plan less is built than of a year's, as a unit a few months late leaves it more often: "
        "one mean lateness explains both. Windows of one year overlap and share its shocks, so they are not "
        "independent.",
        table("technology | year | window | planned GW | built GW | share | known | how it came about", rows),
    )


def _terms(inputs: PageInputs) -> str:
    rows = [
        f"| `{name}`: {term.title} | {term.unit} | {short(term.prior.low)} to {short(term.prior.high)} "
        f"| {short(term.posterior.low)} to {short(term.posterior.high)} ({short(term.median)}) "
        f"| {f'{term.count} {term.counted}' if term.count else 'none'} | {term.identified} | {term.source} |"
        for name, term in inputs.terms.items()
    ]
    return section(
        "Terms",
        "*Identified* is yes where the posterior is narrower than 0.7 of its prior, no where it is not narrower.",
        table("term | unit | prior 80 % | posterior 80 % (median) | evidence | identified | prior rests on", rows),
    )


def _foretold(inputs: PageInputs) -> str:
    parts = []
    for forecasts, title in ((inputs.by_pair, "The pair left out"), (inputs.by_year, "Its whole year left out")):
        methods = list(forecasts[0].crps)
        rows = [
            f"| {item.pair.name} | {item.pair.year}, {'year' if item.pair.years == 1 else 'half'} | {item.left} "
            f"| {item.pair.share:.2f} | {item.low:.2f} to {item.high:.2f} ({item.middle:.2f}) "
            f"| {'yes' if item.inside else 'no'} | {' | '.join(f'{item.crps[name]:.3f}' for name in methods)} |"
            for item in forecasts
        ]
        mean = " | ".join(f"{value:.3f}" for value in pooled(forecasts).values())
        inside = sum(item.inside for item in forecasts)
        rows.append(f"| all | | | | | {inside} of {len(forecasts)} | {mean} |")
        head = "technology | window | pairs left | share built | predicted, 80 % (median) | inside | CRPS: "
        parts += [f"### {title}", table(head + " | ".join(methods), rows)]
    return section(
        "How well each pair is predicted from the others",
        "The share built of a plan, by a fit on the other pairs for a year whose shock is unknown; face value says "
        "that all of it is, the flat haircut the mean share of the other pairs, the prior alone knows no pair.",
        *parts,
    )


def _verdict(inputs: PageInputs) -> str:
    rows = [f"| {name} | {'yes' if reached else 'no'} |" for name, reached in inputs.goals.items()]
    years = len({pair.year for pair in inputs.all_pairs})
    one, year = pooled(inputs.by_pair), pooled(inputs.by_year)
    return section(
        "Verdict",
        f"{len(inputs.all_pairs)} pairs of {years} years: the years are what is independent, so no coverage is "
        f"proven. The prior alone scores {one['prior alone']:.3f} and {year['prior alone']:.3f} beside the fit's "
        f"{one['fitted']:.3f} and {year['fitted']:.3f}: its middle rests on publishers who had seen the figures of "
        "2025, so it is no forecast of them. Where no pair exists a prior is used and named: retirements, restarts, "
        "and the share ever built.",
        table("goal | reached", rows),
    )
