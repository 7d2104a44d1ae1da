"""Realisation of generation plans: pairs, terms, and how well each pair is foretold by the others.

    make bench-generation               # seconds; writes docs/generation.md

Two protocols: a pair is left out, and the whole year of a pair is. Each is foretold by a fit on what is left, as a year
whose shock is unknown. Exit code 1 when a goal is missed.
"""

import json
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from benchmarks.generation.page import PageInputs, page
from benchmarks.generation.scores import Foretold, left_out, pooled
from data.store.store import Store
from features.generation.pairs import pairs
from features.view import View
from training.plans.generation_fit import terms

TARGET = Path(__file__).resolve().parents[2] / "docs" / "generation.md"
RESULTS = Path(__file__).parents[1] / "results"
AS_OF = date(2026, 11, 23)
LEAST_HELD = 0.6
"""Of few pairs, as many as this may be inside and still be about 80 %."""


def goals(by_pair: Sequence[Foretold], by_year: Sequence[Foretold]) -> dict[str, bool]:
    """What was aimed at."""
    one, year = pooled(by_pair), pooled(by_year)
    return {
        "a pair left out: CRPS below face value": one["fitted"] < one["face value"],
        "a pair left out: CRPS below a flat haircut": one["fitted"] < one["flat haircut"],
        "a year left out: CRPS below face value": year["fitted"] < year["face value"],
        "a year left out: CRPS below a flat haircut": year["fitted"] < year["flat haircut"],
        "about 80 % of pairs in the 80 % band": sum(item.inside for item in by_pair) >= LEAST_HELD * len(by_pair),
    }


def main() -> int:
    """Fit, foretell, print and write; 1 when a goal is missed."""
    view = View.of(Store.shipped(), as_of=AS_OF)
    all_pairs = pairs(view)
    by_pair = left_out(all_pairs, lambda one, other: one is other)
    by_year = left_out(all_pairs, lambda one, other: one.year == other.year)
    reached = goals(by_pair, by_year)
    text = page(PageInputs(view, all_pairs, terms(view), by_pair, by_year, reached))
    TARGET.write_text(text, encoding="utf-8")
    RESULTS.mkdir(exist_ok=True)
    figures = {"goals": reached, "pair": pooled(by_pair), "year": pooled(by_year)}
    (RESULTS / "generation.json").write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(text)
    return 0 if all(reached.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
