"""``docs/hindcast.md`` from the results of the domain hindcast: every number on it is computed."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from benchmarks.hindcast.losses import WANTED, leanings, losses, too_high, worst
from benchmarks.hindcast.scores import (
    IN_USE,
    LEAST_SERIES,
    by_region,
    frame,
    growth_of_error,
    growths,
    is_electricity,
    size,
)
from benchmarks.hindcast.tables import bracket, duels, scores, short, table, tally_table


def page(results: Mapping[str, Any]) -> str:
    """The whole page."""
    rows = frame(results)
    board = results["scoreboard"]
    states = {state: sum(one["state"] == state for one in board) for state in ("scored", "pending", "unmatched")}
    ranged = [one["inside"] for one in board if one["inside"] is not None]
    return "\n".join(
        [
            *_opening(results, rows),
            *_classes(rows),
            *_beside(results),
            "## Where we lose",
            "",
            "Every sentence here is written by the benchmark from the results, and only where they say so: classes no",
            f"better than Naive2, bands that held fewer than {WANTED[80]:g} % (of 80) or {WANTED[95]:g} % (of 95),",
            "forecasters who were closer more often, figures we could not forecast.",
            "",
            *(losses(rows, results) or ["Nowhere by these measures."]),
            "",
            "What lies behind them, as we read it. Widths are learned from the years before the day, and the years",
            "since 2020 were rougher; a class's own errors reach as far as its backtest does, which for monthly series",
            "is short of two years, and beyond it widths grow only as the members' own do. A boom is missed in every",
            "series it reaches, so misses of one day come together as those of one series do. Alone and without",
            "drivers, a short yearly series with an accelerating end is carried on too flat; who plans the load knows",
            "more than its history.",
            *too_high(results["same_day"]),
            "How often our median was too low:",
            "",
            *leanings(rows),
            "",
            "The largest misses, one a series:",
            "",
            *worst(rows),
            "",
            "## The record of the others",
            "",
            f"Of {len(board)} projections in the tables {states['scored']} are scored, {states['pending']} wait for",
            f"their period to end, and for {states['unmatched']} nothing of the same definition has been published",
            f"since. Of the ranges printed with scored ones {sum(ranged)} of {len(ranged)} held the later figure.",
            "`headroom scoreboard --pending` lists them all.",
            "",
            f"The model error of demand (docs/method.md) asks for a log sd of sqrt({IN_USE.level:g}² + (s1 h)²) at h",
            f"years, with s1 = {IN_USE.growth:.2f} fitted on the pairs of `projection/inputs/expert_errors.toml`. From",
            "the projections scored here alone (up to five years ahead, least squares about zero, so that bias",
            "counts):",
            "",
            *table(
                ("pairs", "n", "s1", "with one left out"),
                [(name, n, f"{s1:.3f}", f"{low:.3f} to {high:.3f}") for name, n, s1, low, high in growths(board)],
            ),
            "",
            _growth_verdict(board),
            *_own_growth(results["electricity"]),
            "",
            "## All classes",
            "",
            *scores(rows, ("rule", "freq", "growth", "years"), ("rule", "frequency", "growth", "years ahead")),
            "",
        ]
    )


def _opening(results: Mapping[str, Any], rows: pl.DataFrame) -> list[str]:
    days = results["days"]
    missing = sorted({name for left_out in results["left_out"].values() for name in left_out})
    return [
        "# Hindcast",
        "",
        "Written by `make hindcast`; nothing on this page is typed by hand. For each year-end from",
        f"{days[0]} to {days[-1]} the store is cut down to what was known on the day, the engine is trained on that",
        "as it is trained today (members, weights, widths), and its forecasts one to five years ahead are held",
        f"against the figures as last published by {results['as_of']}: {rows.height:,} forecasts of",
        f"{rows['series_id'].n_unique()} series.",
        "",
        "Strict: every figure seen had been published by the day. Pseudo-vintage: some are shown by their release lag",
        "and carry today's revised values. The two are never pooled. Years ahead count from the last period seen, at",
        "the same phase of the year, point by point; monthly series are forecast for three years. Log error is the",
        "median absolute logarithm of our median over the figure (0.1 is about 10 %); relative CRPS is against Naive2",
        "on the same figures, below one is better. Intervals are 95 % bootstrap intervals over series; classes of",
        f"fewer than {LEAST_SERIES} series have none, and say little.",
        "",
        f"{len(missing)} series were left out on some day because no member could fit what was seen of them or because",
        "they count something else today." if missing else "No series was left out.",
        "",
    ]


def _classes(rows: pl.DataFrame) -> list[str]:
    return [
        "## Our series, by class",
        "",
        *scores(rows, ("rule", "freq", "growth"), ("rule", "frequency", "growth")),
        "",
        "By years ahead:",
        "",
        *scores(rows, ("rule", "years"), ("rule", "years ahead")),
        "",
        "By year-end:",
        "",
        *scores(rows, ("rule", "day"), ("rule", "as of")),
        "",
    ]


def _electricity(duels: Sequence[Mapping[str, Any]]) -> list[str]:
    """Data-center electricity one to five years after each year-end."""
    totals = [
        (
            region, len(part), f"{size(part, 'ours'):.3f}", f"{size(part, 'carried'):.3f}",
            f"{sum(one['inside'] for one in part)} of {len(part)}",
            f"{sum(one['ours'] < 0 for one in part)} of {len(part)}",
        )
        for region, part in by_region(duels).items()
    ]  # fmt: skip
    lines = [
        (
            one["region"], one["day"], one["target"], short(one["point"]),
            f"{short(one['low'])}..{short(one['high'])}", bracket(one), one["levels"],
            f"{one['ours']:+.3f}", f"{one['carried']:+.3f}",
            "yes" if one["inside"] else "no",
        )
        for part in by_region(duels).values() for one in part
    ]  # fmt: skip
    return [
        "## Data-center electricity from year-ends",
        "",
        "TWh a year, the nowcast's yearly path as of the day continued by the engine for a single series, against the",
        "geometric middle of all levels published of the year since (the bracket; they differ among themselves).",
        "`carried` is the error of the last year of the path carried forward.",
        "",
        *table(("region", "forecasts", "log error", "carried", "in our 80 %", "too low"), totals),
        "",
        *table(
            ("region", "as of", "year", "ours", "80 %", "published since", "levels", "our error", "carried", "held"),
            lines,
        ),
        "",
    ]


def _beside(results: Mapping[str, Any]) -> list[str]:
    nowcast = [
        (
            region, item["count"], f"{item['nowcast']:.3f}", f"{item['carried']:.3f}", f"{item['grown']:.3f}",
            f"{item['crps']:.3f}", f"{100 * item['coverage']['0.8']:.0f}",
        )
        for region, item in results["nowcast"].items()
    ]  # fmt: skip
    return [
        *_electricity(results["electricity"]),
        "## Beside third parties, on the day they published",
        "",
        "Each projection up to five years ahead that can be scored, beside what we would have said of the same figure",
        "on the same day. What is compared with what is in `projection/scoreboard/matches.toml`. Later figures of",
        "data-center electricity are estimates, not meters; where they disagree the bracket stands here, and errors",
        "are measured from its geometric middle. Ours is the engine for a single series (no siblings to learn from);",
        "for data-center electricity it continues the nowcast's yearly path. Errors are logs, positive is too high.",
        "Projections of one target by one forecaster are not independent.",
        "",
        *tally_table(results["same_day"]),
        "",
        *duels(results["same_day"]),
        "",
        "## Beside third parties, at year-ends",
        "",
        "The newest projection of each forecaster and figure that existed on the day, beside ours trained as of the",
        "day, which knows what happened since theirs was published.",
        *_no_electricity(results["year_end"]),
        "",
        *tally_table(results["year_end"]),
        "",
        *duels(results["year_end"]),
        "",
        "Levels of data-center electricity nowcast the day before they were published (docs/recipes.md): mean absolute",
        "log error of the nowcast, of the last level, of the last level at its last growth; CRPS of the nowcast in",
        "logs; percent inside its 80 % band.",
        "",
        *table(("region", "levels", "nowcast", "carried", "grown", "CRPS", "inside 80 %"), nowcast),
        "",
    ]


def _own_growth(duels: Sequence[Mapping[str, Any]]) -> list[str]:
    if not duels:
        return []
    s1 = growth_of_error([(one["years"], one["ours"]) for one in duels])
    targets = len({(one["region"], one["target"]) for one in duels})
    return [
        f"Our own paths of data-center electricity from year-ends (above) would give s1 = {s1:.3f}, from {len(duels)}",
        f"forecasts of {targets} region-years of one boom, in which the publishers also moved their own history.",
    ]


def _no_electricity(duels: Sequence[Mapping[str, Any]]) -> list[str]:
    if any(is_electricity(one["series_id"]) for one in duels):
        return []
    return ["None is of data-center electricity: no projection of it that can be scored was open at a year-end."]


def _growth_verdict(board: Sequence[Mapping[str, Any]]) -> str:
    wider = [f"{name} ({s1:.3f})" for name, _, s1, _, _ in growths(board) if s1 > IN_USE.growth]
    if wider:
        return f"Wider than the one in use: {', '.join(wider)}."
    return (
        "None of them is wider than the one in use, which stays: these pairs are few, share their data, and lack the "
        "overshoot after the boom of 2007 that it was fitted with."
    )
