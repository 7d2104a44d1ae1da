"""What a fit costs, against a statsmodels and Prophet set in the same run, and what a second process gains.

    make bench-speed                     # about two minutes

CPU time of a fit is what is compared, so that a shared machine disturbs less; ratios are what counts. ``--retrain``
also times a whole backtest and fit of the shipped panel as training does it.
"""

import argparse
import json
import multiprocessing
import resource
import sys
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np

from benchmarks.accuracy import user_series_of
from benchmarks.collections import Case, listed, subset
from data.base.errors import HeadroomError
from data.base.quantiles import FORECAST_LEVELS
from data.store.store import Store
from features.panel import forecastable, panel
from features.view import View
from training.backtest.backtest import run
from training.backtest.origins import all_origins
from training.backtest.workers import Job, cast_all
from training.core.calendar import Calendar
from training.ensemble.assessment import assess
from training.members.registry import member
from training.user_series.user_series import default_members, silent

CLASSICAL = ("theta_classical_log", "ets_damped_classical_log", "local_trend", "driven_arima_log", "drift", "prophet")
FAST = ("ets_raw", "dot_raw", "theta_log", "ets_damped_log")
CHEAPER, FASTER, RETRAIN_SECONDS = 3.5, 1.8, 180.0
HORIZON = 8
RESULTS = Path(__file__).with_name("results")


def cpu() -> float:
    """CPU seconds of this process and of the children it has waited for: Prophet's sampler is one."""
    parent, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return parent.ru_utime + parent.ru_stime + children.ru_utime + children.ru_stime


def cost(cases: Sequence[Case], names: Sequence[str]) -> float:
    """Mean CPU milliseconds of a fit with its quantiles; imports are paid before, and a refused fit is none."""
    spent, count = 0.0, 0
    for name in names:
        for place, case in enumerate([cases[0], *cases]):
            series = user_series_of(case)
            started = cpu()
            try:
                member(name).fit(series.values, Calendar.of(series.periods)).quantiles(HORIZON, levels=FORECAST_LEVELS)
            except HeadroomError as error:
                print(f"{name} on {case.name}: {error}")
                continue
            if place:
                spent += cpu() - started
                count += 1
    return 1000 * spent / count


def pooled(cases: Sequence[Case], *, workers: int) -> float:
    """Wall seconds of the default members over the cases in that many spawned processes."""
    jobs = []
    for place, case in enumerate(cases):
        series = user_series_of(case)
        jobs.append(Job((case.name, place), default_members(case.freq), series.values, series.periods, HORIZON))
    started = time.monotonic()
    cast_all(jobs, workers=workers, timeout=3600.0, progress=silent)
    return time.monotonic() - started


def _alone(cases: Sequence[Case], answer: "multiprocessing.Queue[float]") -> None:
    pooled(cases[:6], workers=1)
    answer.put(pooled(cases, workers=1))


def gain(cases: Sequence[Case]) -> tuple[float, float]:
    """Wall seconds with one process (libraries loaded) and with two (start-up of both taken off)."""
    context = multiprocessing.get_context("spawn")
    answer: multiprocessing.Queue[float] = context.Queue()
    child = context.Process(target=_alone, args=(cases, answer))
    child.start()
    one = answer.get(timeout=1800.0)
    child.join()
    start = pooled([*cases[:16]], workers=2)
    two = pooled([*cases[:16], *cases], workers=2) - start
    return one, two


def retrain() -> float:
    """Wall seconds of the backtest, the fits and the assessment of the shipped panel with two processes."""
    store = Store.shipped()
    started = time.monotonic()
    view = View.of(store, as_of=date.max)
    drivers = panel(view).series
    series = {**forecastable(view), **drivers}
    chosen = frozenset(drivers)
    origins = all_origins(view, series=series, drivers=chosen)
    assess(run(series, origins, drivers=chosen, workers=2, timeout=1800.0, progress=silent))
    return time.monotonic() - started


def main() -> int:
    """Run, print, write; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description="cost of fits and gain of processes")
    parser.add_argument("--series", type=int, default=48)
    parser.add_argument("--retrain", action="store_true")
    arguments = parser.parse_args()
    cases = subset(listed(), size=arguments.series)
    order = np.random.default_rng(1).permutation(len(cases))
    cases = [cases[place] for place in order]
    classical, default, fast = cost(cases, CLASSICAL), cost(cases, default_members(cases[0].freq)), cost(cases, FAST)
    one, two = gain(subset(listed(), size=180))
    report = {
        "classical_ms": classical,
        "default_ms": default,
        "backtest_ms": fast,
        "default_cheaper": classical / default,
        "backtest_cheaper": classical / fast,
        "one_process_s": one,
        "two_processes_s": two,
        "gain": one / two,
    }
    misses = []
    for name, value, least in (
        ("a default fit is cheaper by", report["default_cheaper"], CHEAPER),
        ("a backtest fit is cheaper by", report["backtest_cheaper"], CHEAPER),
        ("two processes are faster by", report["gain"], FASTER),
    ):
        print(f"{name} {value:.2f} (goal {least:g})")
        misses += [name] if value < least else []
    if arguments.retrain:
        report["retrain_s"] = retrain()
        print(f"a retrain takes {report['retrain_s']:.0f} s (goal {RETRAIN_SECONDS:g})")
        misses += ["retrain"] if report["retrain_s"] > RETRAIN_SECONDS else []
    print(f"CPU ms a fit: classical {classical:.1f}, default {default:.1f}, backtest {fast:.1f}")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "speed.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    print("every goal is met" if not misses else f"missed: {', '.join(misses)}")
    return 1 if misses else 0


if __name__ == "__main__":
    sys.exit(main())
