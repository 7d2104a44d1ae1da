"""What a scenario costs once the base of an edition is ready: ``python -m benchmarks.scenario_speed --home var``.

Every scenario of the library that moves the cell is evaluated and compared with the base, as the service does it, first
on the draws of a preview and then on all, each with nothing of it computed before. The table has milliseconds of the
processor of one process, by region and layer: the median over scenarios, and the dearest of them. Ends with 1 where
the median over everything misses a goal.
"""

import argparse
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from headroom import wiring
from headroom.settings import load
from projection.cells.paths import Key
from projection.edition.publish import answered
from projection.inputs.overrides import Scenario
from projection.scenarios import library
from projection.scenarios.answers import compare
from projection.scenarios.evaluation import PART, BaseDraws, evaluate
from projection.simulate.conditioning import condition
from projection.simulate.model_inputs import ModelInputs

GOALS = {"preview": 150.0, "full": 800.0}
"""Milliseconds at most, at the median."""


def main() -> int:
    """Print the table; 1 where a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, default=Path("var"))
    parser.add_argument("--region", action="append", help="only these; every one that is answered if left out")
    options = parser.parse_args()
    base = _base(options.home)
    scenarios = library.scenarios(base.model_inputs.assumptions)[1:]
    everything: dict[str, list[float]] = {name: [] for name in GOALS}
    print("| region | layer | scenarios | preview ms | dearest | full ms | dearest |\n|---|---|---:|---:|---|---:|---|")
    for key in answered():
        if options.region and key[0] not in options.region:
            continue
        evaluate(base, scenarios[0], [key])  # The base's part of it is there with the first question.
        rows = [row for scenario in scenarios if (row := _times(base, scenario, key)) is not None]
        if not rows:
            continue
        cells = []
        for place, name in enumerate(GOALS):
            everything[name] += [row[place] for row in rows]
            dearest = max(rows, key=lambda row, place=place: row[place])  # type: ignore[misc] - a bound default
            cells += [f"{median(row[place] for row in rows):.0f}", f"{dearest[place]:.0f} {dearest[2]}"]
        print(f"| {key[0]} | {key[1]} | {len(rows)} |", " | ".join(cells), "|", flush=True)
    return int(any([*_misses(everything)]))


def _misses(everything: dict[str, list[float]]) -> Iterator[bool]:
    for name, goal in GOALS.items():
        p50, most = median(everything[name]), max(everything[name])
        print(f"{name}: p50 {p50:.0f} ms (goal {goal:.0f}), most {most:.0f} ms, of {len(everything[name])}")
        yield p50 > goal


def _base(home: Path) -> BaseDraws:
    """The base of the edition that the champion of a home gives."""
    settings = load(home=home)
    published = wiring.champion(settings)
    model_inputs = ModelInputs.of(wiring.view(settings, as_of=published.data_as_of), published)
    positions = condition(model_inputs, seed=settings.seed, draws=settings.draws).positions
    return BaseDraws(model_inputs, seed=settings.seed, draws=settings.draws, positions=positions)


def _times(base: BaseDraws, scenario: Scenario, key: Key) -> tuple[float, float, str] | None:
    """Milliseconds of a preview and of all draws; None where the scenario does not move the cell."""
    timeline = base.model_inputs.anchors.timeline
    times = []
    for draws in (PART, None):
        started = time.process_time()
        (cell,) = compare(evaluate(base, scenario, [key], draws=draws), timeline)
        times.append(1000 * (time.process_time() - started))
        if not cell.affected:
            return None
    return times[0], times[1], scenario.name


if __name__ == "__main__":
    sys.exit(main())
