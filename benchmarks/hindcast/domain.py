"""Every year-end from 2020 to 2025: train as of that day, forecast one to five years ahead, score against today.

    make hindcast                                      # about ten minutes on two cores
    python -m benchmarks.hindcast.domain --at-hand     # keep our series' scores, make the rest again
    python -m benchmarks.hindcast.domain --page        # the page again from the results at hand

Writes ``results/domain_hindcast.json`` and ``docs/hindcast.md``. Beside our series stand the projections others had
published by the day; which figure each of them is held against is the scoreboard's matter.
"""

import argparse
import json
import math
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from benchmarks.hindcast.page import page
from benchmarks.hindcast.scores import frame
from data.periods.period import Frequency, Period
from data.store.store import Rule, Store
from features.nowcast.hindcast import hindcast as nowcasts
from features.nowcast.hindcast import summary
from features.nowcast.levels import levels as published
from features.nowcast.nowcast import yearly
from features.view import View
from projection.scoreboard.board import to_frame
from projection.scoreboard.judging import ScoredProjection, State, scoreboard
from training.backtest.workers import Progress
from training.hindcast import YEARS, actuals, hindcast, scored, together, view_on
from training.same_day import NOWCAST, SameDay, same_day

YEAR_ENDS = tuple(date(year, 12, 31) for year in range(2020, 2026))
LONGEST = 5.1
"""Years from publication to the end of the target: five, and the days between an edition and the turn of its year."""
RESULTS = Path(__file__).parents[1] / "results" / "domain_hindcast.json"
PAGE = Path(__file__).resolve().parents[2] / "docs" / "hindcast.md"
DAYS = 365.25
EVERY_SECONDS = 5.0


@dataclass(frozen=True)
class Duel:
    """A third party's projection and ours of the same figure.

    Attributes:
        day: the day ours was made on; published: the day theirs was.
        years: from ``day`` to the end of the target.
        theirs, ours: log errors; None for ours where none was possible, and ``note`` says why.
        inside: whether our 80 % band held the later middle.
    """

    by: str
    series_id: str
    unit: str
    target: str
    day: date
    published: date
    years: float
    projected: float
    later_low: float
    later: float
    later_high: float
    theirs: float
    point: float | None
    low: float | None
    high: float | None
    ours: float | None
    inside: bool | None
    note: str


def duel(outcome: ScoredProjection, *, day: date, ours: SameDay | str) -> Duel:
    """The two beside each other."""
    entry, later = outcome.entry, outcome.later
    if later is None or outcome.log_error is None or entry.middle is None:
        raise ValueError(f"{entry.series_id} of {entry.published} is not scored")
    growth = ours if isinstance(ours, SameDay) else None
    return Duel(
        by=entry.by,
        series_id=later.series_id,
        unit=entry.unit,
        target=entry.period.label,
        day=day,
        published=entry.published,
        years=(entry.period.end - day).days / DAYS,
        projected=entry.middle,
        later_low=later.low,
        later=later.middle,
        later_high=later.high,
        theirs=outcome.log_error,
        point=growth.point if growth else None,
        low=growth.low if growth else None,
        high=growth.high if growth else None,
        ours=math.log(growth.point / later.middle) if growth else None,
        inside=growth.low <= later.middle <= growth.high if growth else None,
        note=f"{growth.points} points, {growth.steps} ahead, {growth.rule}" if growth else str(ours),
    )


def on_the_day(today: View, outcomes: Iterable[ScoredProjection]) -> list[Duel]:
    """Each scored projection beside what we would have said on the day it was published."""
    duels = []
    for one in outcomes:
        if one.state is State.SCORED and one.later is not None and one.entry.horizon <= LONGEST:
            day = one.entry.published
            ours = same_day(today, series_id=one.later.series_id, target=one.entry.period, day=day)
            duels.append(duel(one, day=day, ours=ours))
    return duels


def at_year_end(today: View, outcomes: Sequence[ScoredProjection], rows: pl.DataFrame, *, day: date) -> list[Duel]:
    """The newest projection of each forecaster and figure that existed on a year-end, beside ours of that day."""
    newest: dict[tuple[str, str, str], ScoredProjection] = {}
    for one in sorted(outcomes, key=lambda outcome: outcome.entry.published):
        entry = one.entry
        ahead = (entry.period.end - day).days / DAYS
        if one.state is State.SCORED and one.later and entry.published <= day and 0 < ahead <= LONGEST:
            newest[entry.by, one.later.series_id, entry.period.label] = one
    duels = []
    for one in newest.values():
        series_id = "" if one.later is None else one.later.series_id
        ours = _trained_forecast(rows, series_id, one, day) or same_day(
            today, series_id=series_id, target=one.entry.period, day=day
        )
        duels.append(duel(one, day=day, ours=ours))
    return duels


def _trained_forecast(rows: pl.DataFrame, series_id: str, one: ScoredProjection, day: date) -> SameDay | None:
    """What the ensemble trained as of the day said of the figure, where the series was among its own."""
    period = one.entry.period
    match_rows = rows.filter(
        (pl.col("series_id") == series_id)
        & (pl.col("freq") == period.freq.value)
        & (pl.col("target") == period.start)
        & (pl.col("day") == day)
    )
    if match_rows.is_empty():
        return None
    row = match_rows.row(0, named=True)
    steps = Period(row["last"], period.freq).steps_to(period)
    return SameDay(row["median"], row["q10"], row["q90"], row["points"], steps, row["rule"])


@dataclass(frozen=True)
class Electricity:
    """Data-center electricity of a region and year, told on a year-end, beside what was published of it since.

    Attributes:
        carried: log error of the last year the nowcast had, carried forward; ours: of the path continued.
        levels: levels published after the day; the bracket holds them all.
    """

    region: str
    day: date
    target: str
    years: int
    point: float
    low: float
    high: float
    later_low: float
    later: float
    later_high: float
    levels: int
    ours: float
    carried: float
    inside: bool


def electricity(today: View, *, day: date) -> list[Electricity]:
    """Years after a year-end of which a level has been published since, one to five ahead."""
    available, then = today.at(today.as_of, rule=Rule.AVAILABLE), view_on(today, day=day)
    year = Period.containing(day, Frequency.YEAR)
    duels = []
    for series_id, region in NOWCAST.items():
        last = float(yearly(then, region, recipe="nowcast").values[-1])
        for years in YEARS:
            target = year.shift(years)
            levels = [
                math.exp(one.log) for one in published(available, region) if one.year == target and one.known_day > day
            ]
            same_day_forecast = same_day(today, series_id=series_id, target=target, day=day) if levels else ""
            if isinstance(same_day_forecast, SameDay):
                low, high = min(levels), max(levels)
                middle = math.sqrt(low * high)
                duels.append(
                    Electricity(
                        region=region,
                        day=day,
                        target=target.label,
                        years=years,
                        point=same_day_forecast.point,
                        low=same_day_forecast.low,
                        high=same_day_forecast.high,
                        later_low=low,
                        later=middle,
                        later_high=high,
                        levels=len(levels),
                        ours=math.log(same_day_forecast.point / middle),
                        carried=math.log(last / middle),
                        inside=same_day_forecast.low <= middle <= same_day_forecast.high,
                    )
                )
    return duels


def progress(day: date) -> Progress:
    """A line on stderr every few seconds."""
    last_printed = [0.0]

    def tell(count: int, total: int) -> None:
        now = time.monotonic()
        if count == total or now - last_printed[0] > EVERY_SECONDS:
            last_printed[0] = now
            print(f"{day}: {count} of {total} histories fitted", file=sys.stderr, flush=True)

    return tell


def ours(today: View, *, days: Sequence[date], workers: int) -> dict[str, Any]:
    """Our series as of the year-ends, scored, as JSON values."""
    truth = actuals(today)
    frames, left_out = [], {}
    for day in days:
        rows, missing = scored(hindcast(today, day=day, workers=workers, progress=progress(day)), truth=truth)
        frames.append(rows)
        left_out[str(day)] = missing
    return {"as_of": today.as_of, "days": list(days), "rows": together(frames).to_dicts(), "left_out": left_out}


def beside(today: View, rows: pl.DataFrame, *, days: Sequence[date]) -> dict[str, Any]:
    """Third parties and data-center electricity, as JSON values."""
    outcomes = scoreboard(today)
    nowcasts_by_region = {region: nowcasts(today, region) for region in NOWCAST.values()}
    return {
        "same_day": [asdict(one) for one in on_the_day(today, outcomes)],
        "year_end": [asdict(one) for day in days for one in at_year_end(today, outcomes, rows, day=day)],
        "electricity": [asdict(one) for day in days for one in electricity(today, day=day)],
        "scoreboard": to_frame(outcomes).to_dicts(),
        "nowcast": {region: asdict(summary(one)) for region, one in nowcasts_by_region.items()},
    }


def at_hand() -> dict[str, Any]:
    """The results of the last run; exits where there are none."""
    if not RESULTS.exists():
        sys.exit(f"{RESULTS.name} is missing: run make hindcast first")
    results: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
    return results


def main() -> int:
    """Run, write the results, write the page."""
    parser = argparse.ArgumentParser(description="the engine as of past year-ends, beside third parties")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--at-hand", action="store_true", help="keep the scores of our series, make the rest again")
    parser.add_argument("--page", action="store_true", help="write the page from the results at hand")
    arguments = parser.parse_args()
    if not arguments.page:
        started = time.monotonic()
        store = Store.shipped()
        today = View.of(store, as_of=store.newest)
        results = at_hand() if arguments.at_hand else ours(today, days=YEAR_ENDS, workers=arguments.workers)
        results = json.loads(json.dumps(results, default=str))
        results |= beside(today, frame(results), days=YEAR_ENDS)
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps(results, default=str, indent=1) + "\n", encoding="utf-8")
        print(f"{len(results['rows'])} forecasts scored, {time.monotonic() - started:.0f} s", file=sys.stderr)
    PAGE.write_text(page(at_hand()), encoding="utf-8")
    print(f"written: {PAGE.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
