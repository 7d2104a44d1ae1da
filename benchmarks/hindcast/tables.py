"""Markdown tables of the domain hindcast."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import polars as pl

from benchmarks.hindcast.scores import Cell, cells, closer, tallies

NAMES = {"A": "yearly", "H": "half-yearly", "Q": "quarterly", "M": "monthly"}
RULES = {"strict": "strict", "pseudo_vintage": "pseudo-vintage"}
THOUSAND = 1000
SCORES = ("forecasts", "series", "log error", "Naive2", "relative CRPS", "inside 80 %", "inside 95 %")


def table(head: Sequence[str], lines: Iterable[Sequence[object]]) -> list[str]:
    """A Markdown table."""
    marks = ["---"] * len(head)
    return [f"| {' | '.join(str(part) for part in line)} |" for line in (head, marks, *lines)]


def _scores(item: Cell) -> list[object]:
    naive = "-" if math.isnan(item.naive) else f"{item.naive:.3f}"
    shares = [item.inside80.text(0), item.inside95.text(0)]
    return [item.rows, item.series, item.error.text(3), naive, item.crps.text(2), *shares]


def key_labels(key: Sequence[Any]) -> list[str]:
    """The parts of a key as they are read."""
    return [RULES.get(str(part), NAMES.get(str(part), str(part))) for part in key]


def scores(rows: pl.DataFrame, by: Sequence[str], head: Sequence[str]) -> list[str]:
    """The cells as a table."""
    return table([*head, *SCORES], [[*key_labels(key), *_scores(item)] for key, item in cells(rows, by).items()])


def duels(duels: Sequence[Mapping[str, Any]]) -> list[str]:
    """Third parties and ours, line by line."""
    head = ("who", "figure", "target", "said", "ours made", "years", "theirs", "later", "their error", "ours",
            "our 80 %", "our error", "held", "closer")  # fmt: skip
    lines = []
    for one in sorted(duels, key=lambda item: (item["series_id"], item["day"], item["target"], item["published"])):
        ours_exists = one["ours"] is not None
        later = bracket(one)
        lines.append(
            (
                one["by"], f"`{one['series_id']}`", one["target"], one["published"], one["day"], f"{one['years']:.1f}",
                short(one["projected"]), later, f"{one['theirs']:+.3f}",
                short(one["point"]) if ours_exists else "-",
                f"{short(one['low'])}..{short(one['high'])}" if ours_exists else one["note"],
                f"{one['ours']:+.3f}" if ours_exists else "-",
                ("yes" if one["inside"] else "no") if ours_exists else "-",
                closer(one),
            )
        )  # fmt: skip
    return table(head, lines)


def tally_table(duels: Sequence[Mapping[str, Any]]) -> list[str]:
    """The tallies as a table."""
    head = ("who", "figure", "projections", "targets", "we were closer", "their log error", "ours", "in our 80 %")
    return table(
        head,
        [
            (
                item["by"], f"`{item['series_id']}`", item["n"], item["targets"], item["ours_closer"],
                f"{item['theirs']:.3f}", f"{item['ours']:.3f}", f"{item['inside']} of {item['n']}",
            )
            for item in tallies(duels)
        ],
    )  # fmt: skip


def short(value: float) -> str:
    """Four significant figures; a whole number from a thousand on."""
    return f"{value:,.0f}" if abs(value) >= THOUSAND else f"{value:.4g}"


def bracket(one: Mapping[str, Any]) -> str:
    """The later figures of a line: one, or the lowest and the highest."""
    if one["later_low"] == one["later_high"]:
        return short(one["later"])
    return f"{short(one['later_low'])}..{short(one['later_high'])}"
