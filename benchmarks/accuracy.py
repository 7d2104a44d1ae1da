"""How good the published engine is on public series, against the goals; every score with a bootstrap interval.

    make bench-accuracy                              # all 1,113 listed series, about half a minute
    python -m benchmarks.accuracy --subset 90        # what CI runs

The engine is asked through :func:`training.user_series.user_series.forecast`, as ``headroom forecast`` does. Results go
to ``benchmarks/results/accuracy.json``. The exit code is 1 when a goal is missed.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.collections import Case, listed, subset
from benchmarks.grading import Grade, grades
from data.periods.period import Period
from features.user_series.user_series import UserSeries
from training.user_series.user_series import forecast

RESULTS = Path(__file__).with_name("results")
FIRST = date(1980, 1, 1)

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Goal:
    """A bound on one figure of one group; ``low`` and ``high`` are inclusive."""

    group: str
    figure: str
    low: float
    high: float


GOALS = (
    Goal("all", "owa", 0.0, 0.855),
    Goal("all", "rel_crps", 0.0, 0.74),
    Goal("all", "cover80", 77.0, 84.0),
    Goal("all", "cover95", 93.5, 97.0),
    *(Goal(group, "cover80", 76.0, 100.0) for group in ("yearly", "quarterly", "monthly", "fast growers")),
    *(Goal(group, "owa", 0.0, 1.0) for group in ("yearly", "quarterly", "monthly")),
    *(Goal(group, "rel_crps", 0.0, 1.0) for group in ("yearly", "quarterly", "monthly")),
)


@dataclass(frozen=True)
class Result:
    """What one run found: grades by group, seconds in all, what was reduced how often."""

    grades: Mapping[str, Grade]
    seconds: float
    series: int
    reduced: Mapping[str, int]


def user_series_of(case: Case) -> UserSeries:
    """A case as a series anyone could give."""
    first = Period(FIRST, case.freq)
    periods = tuple(first.shift(step) for step in range(case.history.size))
    return UserSeries(case.name, case.freq, periods, case.history)


def grade_forecasts(cases: Sequence[Case], *, members: Sequence[str] | None = None, workers: int = 2) -> Result:
    """Forecast the cases as a user would, one call for each horizon, and grade the answers."""
    horizons = sorted({case.future.size for case in cases})
    bands_by_case: dict[int, Floats] = {}
    reduced: Counter[str] = Counter()
    started = time.monotonic()
    for horizon in horizons:
        places = [place for place, case in enumerate(cases) if case.future.size == horizon]
        answers = forecast(
            [user_series_of(cases[place]) for place in places], horizon=horizon, members=members, workers=workers
        )
        if answers.refused:
            raise SystemExit(f"refused: {answers.refused}")
        for index, answer in answers.answered.items():
            bands_by_case[places[index]] = answer.quantiles
            reduced.update(answer.reduced)
    seconds = time.monotonic() - started
    case_grades = grades(cases, [bands_by_case[place] for place in range(len(cases))])
    return Result(case_grades, seconds, len(cases), dict(reduced.most_common()))


def table(case_grades: Mapping[str, Grade]) -> str:
    """The grades as a Markdown table."""
    lines = [
        "| group | series | sMAPE | MASE | OWA | relative CRPS | 50 % | 80 % | 95 % |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for grade in case_grades.values():
        cells = [
            *(f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]" for figure in (grade.owa, grade.rel_crps)),
            *(
                f"{figure.value:.1f} [{figure.low:.1f}, {figure.high:.1f}]"
                for figure in (grade.cover50, grade.cover80, grade.cover95)
            ),
        ]
        points = f"{grade.smape.value:.2f} | {grade.mase.value:.2f}"
        lines.append(f"| {grade.group} | {grade.n} | {points} | {' | '.join(cells)} |")
    return "\n".join(lines)


def missed(case_grades: Mapping[str, Grade], goals: Sequence[Goal] = GOALS) -> list[str]:
    """Goals not met, in words."""
    failures = []
    for goal in goals:
        value = getattr(case_grades[goal.group], goal.figure).value
        if not goal.low <= value <= goal.high:
            failures.append(f"{goal.figure} of {goal.group} is {value:.3f}, wanted {goal.low:g} to {goal.high:g}")
    return failures


def main() -> int:
    """Run, print, write; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description="accuracy of the published engine on M3 and Tourism")
    parser.add_argument("--subset", type=int, default=0, help="that many series of the main set instead of all")
    parser.add_argument("--members", help="comma-separated members instead of the default ones")
    parser.add_argument("--workers", type=int, default=2)
    asked_for = parser.parse_args()
    cases = listed()
    if asked_for.subset:
        cases = subset(cases, size=asked_for.subset)
    names = asked_for.members.split(",") if asked_for.members else None
    answers = grade_forecasts(cases, members=names, workers=asked_for.workers)
    print(table(answers.grades))
    print(f"\n{answers.series} series in {answers.seconds:.1f} s with {asked_for.workers} processes")
    for reason, count in answers.reduced.items():
        print(f"{count} series: {reason}")
    RESULTS.mkdir(exist_ok=True)
    name = f"accuracy{'-' + str(asked_for.subset) if asked_for.subset else ''}{'-members' if names else ''}.json"
    (RESULTS / name).write_text(json.dumps(asdict(answers), indent=1) + "\n", encoding="utf-8")
    misses = missed(answers.grades)
    print("\n".join(["every goal is met"] if not misses else [f"missed: {line}" for line in misses]))
    return 1 if misses else 0


if __name__ == "__main__":
    sys.exit(main())
