"""Where we lose: sentences and tables written from the results of the domain hindcast, and only where they say so."""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from benchmarks.hindcast.scores import ERCOT, Cell, by_region, cells, closer, figure, percent, size, tallies
from benchmarks.hindcast.tables import NAMES, RULES, key_labels, short, table

WANTED = {80: 76.0, 95: 93.5}
"""Shares inside the 80 and 95 % bands below which a class counts as lost: the goals of the public benchmark."""
WORST = 12
FAR = 0.1


def losses(rows: pl.DataFrame, results: Mapping[str, Any]) -> list[str]:
    """Sentences on where we lose; each is written only where the results say so."""
    sentences = []
    for (rule, freq, growth), item in cells(rows, ("rule", "freq", "growth")).items():
        name = f"{NAMES[freq].capitalize()} {growth} series, {RULES[rule]} ({_of(item)})"
        if item.crps.value >= 1:
            sentences.append(f"- {name}: no better than Naive2, relative CRPS {item.crps.text(2)}.")
        sentences += _narrow(name, item)
    for (rule, years), item in cells(rows, ("rule", "years")).items():
        ahead = "one year" if years == 1 else f"{years} years"
        name = f"{ahead.capitalize()} ahead, {RULES[rule]} ({_of(item)})"
        sentences += _narrow(name, item)
    for when, duel in (("on the day of publication", results["same_day"]), ("at year-ends", results["year_end"])):
        sentences += [
            f"- {tally['by']} on `{tally['series_id']}`, {when}: closer than we were in "
            f"{tally['n'] - tally['ours_closer']} of {counted(tally['n'], 'projection')} of "
            f"{counted(tally['targets'], 'target')} "
            f"(median log error {tally['theirs']:.3f} against our {tally['ours']:.3f})."
            for tally in tallies(duel)
            if tally["ours_closer"] * 2 < tally["n"]
        ]
    silent = sorted({(one["by"], one["series_id"]) for one in results["same_day"] if one["ours"] is None})
    if silent:
        listed = "; ".join(f"{by} on `{series_id}`" for by, series_id in silent)
        sentences.append(f"- Where others said something and we could not, for want of a history: {listed}.")
    for region, part in by_region(results["electricity"]).items():
        hits = sum(one["inside"] for one in part)
        if 100 * hits < WANTED[80] * len(part):
            sentences.append(
                f"- Data-center electricity from year-ends, {region}: {hits} of {counted(len(part), 'forecast')} "
                f"inside the 80 % band, {sum(one['ours'] < 0 for one in part)} too low, median log error "
                f"{size(part, 'ours'):.3f}."
            )
    for region, errors in results["nowcast"].items():
        plain = min(errors["carried"], errors["grown"])
        if errors["nowcast"] > plain:
            sentences.append(
                f"- The nowcast of data-center electricity, {region}: mean absolute log error {errors['nowcast']:.3f} "
                f"over {errors['count']} published levels, where carrying the last level or its growth forward has "
                f"{plain:.3f}."
            )
    return sentences


def _of(item: Cell) -> str:
    return f"{counted(item.rows, 'forecast')} of {item.series} series"


def _narrow(name: str, item: Cell) -> list[str]:
    lost = [
        f"{share.text(0)} % of the figures inside the {level} % band"
        for level, share in ((80, item.inside80), (95, item.inside95))
        if share.value < WANTED[level]
    ]
    return [f"- {name}: {', '.join(lost)}."] if lost else []


def counted(number: int, noun: str) -> str:
    """``1 target``, ``2 targets``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def worst(rows: pl.DataFrame) -> list[str]:
    """The largest misses: of each series the largest one."""
    sizes = rows.drop_nulls("log_error").with_columns(size=pl.col("log_error").abs())
    top = sizes.sort("size", "series_id", descending=[True, False]).unique(
        "series_id", keep="first", maintain_order=True
    )
    head = ("series", "as of", "rule", "years", "said", "came", "log error", "in 95 %")
    lines = [
        (
            f"`{row['series_id']}`", row["day"], RULES[row["rule"]], row["years"], short(row["median"]),
            short(row["actual"]), f"{row['log_error']:+.2f}", "yes" if row["covered95"] else "no",
        )
        for row in top.head(WORST).iter_rows(named=True)
    ]  # fmt: skip
    return table(head, lines)


def leanings(rows: pl.DataFrame) -> list[str]:
    """How often the median was too low, by rule and class of growth."""
    signed = rows.drop_nulls("log_error").sort("series_id")
    lines = []
    for key, part in signed.partition_by("rule", "growth", as_dict=True, maintain_order=True).items():
        parts = [(one["log_error"] < 0).cast(pl.Float64).to_numpy() for one in part.partition_by("series_id")]
        lines.append((*key_labels(key), part.height, len(parts), figure(parts, percent).text(0)))
    return table(("rule", "growth", "forecasts", "series", "too low, %"), sorted(lines))


def too_high(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """How we did where ERCOT's projection came out far too high; nothing where it never did."""
    high = [one for one in rows if one["series_id"] == ERCOT and one["ours"] is not None and one["theirs"] > FAR]
    if not high:
        return []
    won = sum(closer(one) == "we" for one in high)
    return [
        f"Where requests for connection took ERCOT's projection too high by {FAR:g} in logs or more, the plain history",
        f"was closer in {won} of {len(high)}.",
    ]
