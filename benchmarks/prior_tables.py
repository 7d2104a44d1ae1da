"""Learn the tables of :mod:`training.user_series.prior` from series the benchmark does not use.

    python -m benchmarks.prior_tables            # writes training/tables/*.csv

Takes about three minutes on two cores. Weights: the mixture of members with the least scaled absolute log error, drawn
a little towards equal weights. Scale: maximum likelihood of Student errors with four degrees of freedom. Ratios:
``ceil((n + 1) c)``-th smallest of ``|error| / s``, neighbouring steps pooled.
"""

import argparse
import csv
import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from benchmarks.collections import Case, unlisted
from data.base.quantiles import FORECAST_LEVELS
from data.periods.period import Frequency, Period
from training.backtest.workers import Job, MemberForecast, cast_all
from training.core.calendar import Calendar
from training.core.growth import growth_class
from training.core.scores import mase_scale
from training.user_series.prior import COVERAGES, EVERY, FEATURES, scale_features

MEMBERS = ("ets_raw", "dot_raw", "theta_log", "ets_damped_log", "theta_raw", "autotheta_raw", "drift")
EACH = 500
SEED = 20261124
RIDGE = 0.003
FREEDOM = 4.0
LEAST_SERIES = 30
LENGTHS = {Frequency.QUARTER: (8, 10, 12, 15), Frequency.MONTH: (8, 10, 12, 18, 24, 30, 36, 42)}
"""Points that histories shorter than the collection's own are cut to, to learn from; two lengths a series."""
CUTS = 2
MIDDLE = FORECAST_LEVELS.index(0.5)
HERE = Path(__file__).resolve().parent.parent / "training" / "tables"

Floats = NDArray[np.float64]


def sample(cases: Sequence[Case]) -> list[Case]:
    """At most ``EACH`` series of a collection and frequency, so that no collection outvotes the other."""
    rng = np.random.default_rng(SEED)
    cells: dict[tuple[str, str], list[Case]] = {}
    for case in cases:
        cells.setdefault((case.name.split(".")[0], case.freq.value), []).append(case)
    return [cell[place] for cell in cells.values() for place in sorted(rng.permutation(len(cell))[:EACH])]


def cut(cases: Sequence[Case]) -> list[Case]:
    """Each case with nothing but its last points, ``CUTS`` times, at lengths drawn from ``LENGTHS``."""
    rng = np.random.default_rng(SEED)
    return [
        replace(case, history=case.history[-length:])
        for case in cases
        for length in sorted(rng.choice(LENGTHS[case.freq], size=CUTS, replace=False).tolist())
    ]


def calendar_of(case: Case) -> Calendar:
    """A calendar for points without dates."""
    return Calendar(Period(date(1980, 1, 1), case.freq), tuple(range(case.history.size)))


def fitted(cases: Sequence[Case], *, workers: int) -> list[dict[str, MemberForecast]]:
    """All members' answers, one mapping a case."""
    jobs = []
    for place, case in enumerate(cases):
        first = calendar_of(case).first
        periods = tuple(first.shift(step) for step in range(case.history.size))
        jobs.append(Job((case.name, place), MEMBERS, case.history, periods, case.future.size))
    by_case: list[dict[str, MemberForecast]] = [{} for _ in cases]
    answers = cast_all(jobs, workers=workers, timeout=3600.0, progress=_report)
    for item in answers:
        by_case[item.key[1]][item.member] = item
    return by_case


def _report(count: int, total: int) -> None:
    if count % 400 == 0:
        print(f"{count} of {total} histories", flush=True)


def medians_of(member_forecasts: dict[str, MemberForecast]) -> Floats:
    """Log medians ``(members, horizon)``; one that did not answer is given the middle of the others."""
    rows = [
        np.log(item.quantiles[:, MIDDLE]) if item.quantiles is not None else None for item in member_forecasts.values()
    ]
    usable = np.stack([row for row in rows if row is not None])
    middle = np.median(usable, axis=0)
    return np.stack([middle if row is None else row for row in rows])


def weights_of(cases: Sequence[Case], medians: Sequence[Floats]) -> Floats:
    """The mixture of least scaled absolute error, every series counting the same."""
    points = np.concatenate(medians, axis=1).T
    truth = np.concatenate([np.log(case.future) for case in cases])
    scale = [mase_scale(case.history, season=case.freq.per_year) / float(np.mean(case.history)) for case in cases]
    each = np.concatenate(
        [
            np.full(case.future.size, 1 / max(share, 0.02) / case.future.size)
            for case, share in zip(cases, scale, strict=True)
        ]
    )
    each /= each.mean()
    equal = 1 / points.shape[1]

    def loss(logits: Floats) -> tuple[float, Floats]:
        weights = np.exp(logits - logits.max())
        weights /= weights.sum()
        miss = truth - points @ weights
        smooth = np.sqrt(miss**2 + 0.02**2)
        slope = -(each * miss / smooth) @ points / truth.size + RIDGE * 2 * (weights - equal)
        total = float(np.mean(each * smooth) + RIDGE * np.sum((weights - equal) ** 2))
        return total, weights * (slope - weights @ slope)

    logits = minimize(loss, np.zeros(points.shape[1]), jac=True, method="L-BFGS-B").x
    weights = np.exp(logits - logits.max())
    return np.asarray(weights / weights.sum())


def scale_of(features: Floats, errors: Floats) -> Floats:
    """Coefficients of the log scale, maximum likelihood of Student errors."""

    def loss(beta: Floats) -> tuple[float, Floats]:
        logs = features @ beta
        square = (errors * np.exp(-logs)) ** 2
        total = np.mean(logs + (FREEDOM + 1) / 2 * np.log1p(square / FREEDOM)) + 1e-3 * np.sum(beta[1:] ** 2)
        slope = features.T @ (1 - (FREEDOM + 1) * square / (FREEDOM + square)) / errors.size
        return float(total), slope + 2e-3 * np.concatenate([[0.0], beta[1:]])

    start = np.zeros(features.shape[1])
    start[0] = -2.0
    return np.asarray(minimize(loss, start, jac=True, method="L-BFGS-B").x)


def conformal(ratios: Floats, coverage: float) -> float:
    """The ``ceil((n + 1) c)``-th smallest."""
    ordered = np.sort(ratios)
    return float(ordered[min(math.ceil((ordered.size + 1) * coverage), ordered.size) - 1])


def learn(
    cases: Sequence[Case], member_forecasts: Sequence[dict[str, MemberForecast]], *, history: str
) -> dict[str, list[list[object]]]:
    """Rows of the three tables for the cases of one frequency; ``history`` is ``whole`` or ``short``."""
    freq = cases[0].freq.value
    medians = [medians_of(item) for item in member_forecasts]
    weights = weights_of(cases, medians)
    features, errors, steps, numbers = [], [], [], []
    classes = [growth_class(case.history, calendar_of(case)).value for case in cases]
    for number, (case, paths) in enumerate(zip(cases, medians, strict=True)):
        features.append(scale_features(np.log(case.history), calendar_of(case), medians=paths))
        errors.append(np.abs(np.log(case.future) - weights @ paths))
        steps.append(np.arange(1, case.future.size + 1))
        numbers.append(np.full(case.future.size, number))
    table, error = np.concatenate(features), np.concatenate(errors)
    step, series = np.concatenate(steps), np.concatenate(numbers)
    beta = scale_of(table, error)
    ratio = error / np.exp(table @ beta)
    rows: list[list[object]] = []
    for growth in ("fast", "slow", EVERY):
        in_group = np.array([growth in (EVERY, name) for name in classes])
        count = len({case.name for case, mine in zip(cases, in_group, strict=True) if mine})
        if count < LEAST_SERIES:
            continue
        for ahead in range(1, int(step.max()) + 1):
            near = in_group[series] & (np.abs(step - ahead) <= 1)
            rows += [
                [freq, history, growth, ahead, share, f"{conformal(ratio[near], share):.4f}", count]
                for share in COVERAGES
            ]
    return {
        "member_weights": [
            [freq, history, name, f"{weight:.4f}"] for name, weight in zip(MEMBERS, weights, strict=True)
        ],
        "width_scale": [[freq, history, name, f"{value:.4f}"] for name, value in zip(FEATURES, beta, strict=True)],
        "residual_prior": rows,
    }


HEADERS = {
    "member_weights": ["freq", "history", "member", "weight"],
    "width_scale": ["freq", "history", "feature", "coefficient"],
    "residual_prior": ["freq", "history", "growth", "step", "coverage", "ratio", "series"],
}


def main() -> None:
    """Fit, learn, write."""
    parser = argparse.ArgumentParser(description="learn the tables of the prior")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--output", type=Path, default=HERE)
    arguments = parser.parse_args()
    whole = sample(unlisted())
    short = cut([case for case in whole if case.freq in LENGTHS])
    tables: dict[str, list[list[object]]] = {name: [] for name in HEADERS}
    for history, cases in (("whole", whole), ("short", short)):
        member_forecasts = fitted(cases, workers=arguments.workers)
        for freq in (Frequency.YEAR, Frequency.QUARTER, Frequency.MONTH):
            mine = [place for place, case in enumerate(cases) if case.freq is freq]
            if not mine:
                continue
            rows = learn([cases[place] for place in mine], [member_forecasts[place] for place in mine], history=history)
            for name in HEADERS:
                tables[name] += rows[name]
    for name, rows in tables.items():
        with (arguments.output / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(HEADERS[name])
            writer.writerows(rows)
        print(f"{name}.csv: {len(rows)} rows")


if __name__ == "__main__":
    main()
