"""Plan realisation: its terms, and how well it says what later editions of the site tracker print.

    make bench-realisation              # under a minute; writes docs/realisation.md

Two protocols. *Forward*: fitted on the editions up to the origin, as one would have been on that day. *Left out*: an
edition is taken out, the rest is fitted, and it is predicted from the edition before it. Exit code 1 when a goal is
missed.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from itertools import pairwise
from pathlib import Path

import polars as pl

from benchmarks.realisation.page import PageInputs, page
from benchmarks.realisation.pairs import Editions, Pair, compare, pooled
from benchmarks.realisation.sizes import newest, sizes
from data.store.store import Store
from features.sites.pipeline import current, editions
from features.view import View
from training.plans.realisation_fit import fit

TARGET = Path(__file__).resolve().parents[2] / "docs" / "realisation.md"
RESULTS = Path(__file__).parents[1] / "results"
REGION = "US"
LEAST_HELD = 0.6
"""Of few pairs, as many as this may be inside and still be about 80 %."""


def without(view: View, left_out: set[date]) -> View:
    """The view as if some editions had never been published."""
    return replace(view, site_vintages=view.site_vintages.filter(~pl.col("vintage").is_in(sorted(left_out))))


def forward(view: View, all_editions: Editions) -> list[Pair]:
    """Every pair, fitted on the editions up to its origin."""
    pair_list = []
    for origin in sorted(all_editions)[:-1]:
        learned = [day for day in all_editions if day <= origin]
        later = [day for day in sorted(all_editions) if day > origin]
        fitted = fit(without(view, set(later)))
        pair_list += [compare(all_editions, fitted, origin=origin, target=day, learned=learned) for day in later]
    return pair_list


def left_out(view: View, all_editions: Editions) -> list[Pair]:
    """Every edition but the first, predicted from the one before by a fit that did not have it."""
    pair_list = []
    for origin, target in pairwise(sorted(all_editions)):
        learned = [day for day in all_editions if day != target]
        pair_list.append(
            compare(all_editions, fit(without(view, {target})), origin=origin, target=target, learned=learned)
        )
    return pair_list


def goals(scored_pairs: Sequence[Pair]) -> dict[str, bool]:
    """What was aimed at, on forward pairs whose fit had seen a window."""
    scores = pooled(scored_pairs)
    return {
        "site CRPS below face value": scores["model"] < scores["face value"],
        "site CRPS below a flat haircut": scores["model"] < scores["flat haircut"],
        "site CRPS below a time shift": scores["model"] < scores["time shift"],
        "site CRPS below measured rates": scores["model"] < scores["measured rates"],
        "about 80 % of totals in the 80 % band": sum(pair.inside for pair in scored_pairs)
        >= LEAST_HELD * len(scored_pairs),
    }


def main() -> int:
    """Fit, compare, print and write; 1 when a goal is missed."""
    store = Store.shipped()
    view = View.of(store, as_of=max(store.site_vintages["vintage"].to_list()))
    all_editions = editions(view)
    ahead, left_out_pairs, fitted = forward(view, all_editions), left_out(view, all_editions), fit(view)
    scored_pairs = [pair for pair in ahead if pair.windows]
    reached = goals(scored_pairs)
    inputs = PageInputs(all_editions, fitted, REGION, current(view, REGION), ahead, left_out_pairs, reached)
    before = fit(without(view, {max(all_editions)}))
    text = page(inputs, further=(newest(inputs), sizes(inputs, before)))
    TARGET.write_text(text, encoding="utf-8")
    RESULTS.mkdir(exist_ok=True)
    figures = {"goals": reached, "pooled": pooled(scored_pairs), "realisation": fitted.to_json()}
    (RESULTS / "realisation.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(text)
    return 0 if all(reached.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
