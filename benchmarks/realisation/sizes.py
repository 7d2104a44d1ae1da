"""Sections of the page on plan realisation: the newest edition as a test, and what plans' sizes did beside the term."""

from collections.abc import Mapping
from datetime import date
from itertools import pairwise

import numpy as np

from benchmarks.realisation.page import PageInputs, section, short, table
from benchmarks.realisation.pairs import METHODS, Editions, pooled
from features.sites.pipeline import Plan
from training.artifact.published import Realisation
from training.plans.realisation_fit import SHARE_TOLERANCE
from training.plans.revisions import revisions

RESIZED = "a plan resized"
HORIZONS = (date(2026, 12, 31), date(2027, 12, 31), date(2028, 12, 31))


def newest(inputs: PageInputs) -> str:
    """The newest edition, predicted by fits on the editions before it."""
    before, last = sorted(inputs.all_editions)[-2:]
    pairs = [pair for pair in inputs.scored_pairs if pair.target == last]
    (newest_fit,) = (pair for pair in pairs if pair.origin == before)
    rows = [
        f"| {name} | {len(of)} | {' | '.join(f'{pooled(of)[method]:.1f}' for method in METHODS)} |"
        for name, of in ((f"fitted to {before}", [newest_fit]), ("all origins whose fit had seen a window", pairs))
    ]
    ahead = [name for name in METHODS[1:] if newest_fit.site_crps[name] < newest_fit.site_crps["model"]]
    behind = [name for name in METHODS[1:] if name not in ahead]
    return section(
        f"The edition of {last}",
        "Site CRPS, MW, of what it prints for sites that an earlier edition held, by fits that did not have it. It is "
        "no longer unseen: the structure of the model was reviewed with it in view.",
        table(f"fit | pairs | {' | '.join(METHODS)}", rows),
        f"Fitted to {before}, the model is better than {', '.join(behind)}"
        + (f", and worse than {', '.join(ahead)}" if ahead else "")
        + f". That is one pair of {newest_fit.lead} days, over which the sites both hold came to "
        f"{newest_fit.total / newest_fit.face:.3f} of the plan. Over all origins that had seen a window it beats "
        f"{', '.join(name for name in METHODS[1:] if pooled(pairs)[name] > pooled(pairs)['model']) or 'none'}.",
    )


def sizes(inputs: PageInputs, before: Realisation) -> str:
    """Final sizes of common sites from edition to edition, and the part of it that the size term is fitted on.

    Args:
        inputs: what the page is written from.
        before: the fit without the newest edition.
    """
    days = sorted(inputs.all_editions)
    changes, _ = revisions(inputs.all_editions)
    rows = []
    for earlier, later in pairwise(days):
        old, new = _common(inputs.all_editions, earlier, later)
        moved = [
            change.size
            for change in changes
            if change.later == later and change.size is not None and _resized(change.size)
        ]
        mean = f"{np.mean(moved):.2f}" if moved else ""
        final = [sum(plan.final for plan in plans) for plans in (old, new)]
        rows.append(f"| {earlier} → {later} | {len(old)} | {final[1] / final[0]:.3f} | {len(moved)} | {mean} |")
    old, new = _common(inputs.all_editions, days[-2], days[-1])
    levels = [
        f"| {day} | {sum(plan.level(day) for plan in old):,.0f} | {sum(plan.level(day) for plan in new):,.0f} "
        f"| {sum(plan.level(day) for plan in new) / sum(plan.level(day) for plan in old):.3f} |"
        for day in HORIZONS
    ]
    resized = {change.site for change in changes if change.later == days[-1] and _resized(change.size)}
    most = sorted(zip(old, new, strict=True), key=lambda pair: -abs(_change(*pair)))[:3]
    named = "; ".join(f"{a.site} {_change(a, b):+,.0f} MW ({_kind(a, b, resized)})" for a, b in most)
    by_kind: dict[str, float] = {}
    for pair in zip(old, new, strict=True):
        kind = _kind(*pair, resized)
        by_kind[kind] = by_kind.get(kind, 0.0) + _change(*pair)
    parts = "; ".join(f"{change:+,.0f} MW {kind}" for kind, change in sorted(by_kind.items(), key=lambda one: -one[1]))
    terms = [fitted.terms["size_factor"] for fitted in (before, inputs.fitted)]
    first, second = terms
    holds = first.posterior.low <= second.median <= first.posterior.high
    without, whole = (
        f"{short(one.median)} ({short(one.posterior.low)} to {short(one.posterior.high)})" for one in terms
    )
    return section(
        "Sizes of plans",
        "The size term is fitted on what is left of a plan that was pending, counted until that plan is full. MW added "
        "later are an expansion, which the tracker may as well list as a new site: no term of plans holds them.",
        table(
            "from → to | common sites | final MW, later over earlier | plans resized | mean of later over earlier", rows
        ),
        table(f"common sites by | planned on {days[-2]}, MW | planned on {days[-1]}, MW | ratio", levels),
        f"What is planned for {HORIZONS[1]} changed by {parts}; most at {named}. The size term is {without} without "
        f"the edition of {days[-1]} and {whole} with it, so it {'holds' if holds else 'does not hold'}. It is of the "
        f"size of plans, to which {_of_size(by_kind)} of that change belong; the rest no term of plans holds, so what "
        "common sites add up to can rise while plans shrink.",
    )


def _of_size(by_kind: Mapping[str, float]) -> str:
    return f"{by_kind.get(RESIZED, 0.0):+,.0f} MW of {sum(by_kind.values()):+,.0f}"


def _common(all_editions: Editions, earlier: date, later: date) -> tuple[list[Plan], list[Plan]]:
    names = sorted(set(all_editions[earlier]) & set(all_editions[later]))
    return [all_editions[earlier][name] for name in names], [all_editions[later][name] for name in names]


def _resized(size: float | None) -> bool:
    return size is not None and abs(size - 1) > SHARE_TOLERANCE


def _change(old: Plan, new: Plan) -> float:
    return new.level(HORIZONS[1]) - old.level(HORIZONS[1])


def _kind(old: Plan, new: Plan, resized: set[str]) -> str:
    if old.site in resized:
        return RESIZED
    if old.final == 0:
        return "listed without a size before"
    return "of the same size, at other dates" if old.final == new.final else "beyond a plan that was full"
