"""``docs/hindcast.md`` from the results of the domain hindcast: every number on it is computed here.

An interval is a 95 % bootstrap interval over series: series are drawn with replacement and each brings all its
forecasts, because a series' misses come together. Under :data:`LEAST_SERIES` series none is given. Relative CRPS is the
geometric mean over series of mean CRPS over Naive2's on the same figures.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from projection.floor import GROWTH_SD, NOWCAST_SD
from training.hindcast import ROWS

Floats = NDArray[np.float64]
DRAWS, SEED = 1000, 20261124
LEAST_SERIES = 5
WANTED = {80: 76.0, 95: 93.5}
"""Shares inside the 80 and 95 % bands below which a class counts as lost: the goals of the public benchmark."""
NAMES = {"A": "yearly", "H": "half-yearly", "Q": "quarterly", "M": "monthly"}
RULES = {"strict": "strict", "pseudo_vintage": "pseudo-vintage"}
ELECTRICITY = ("us.datacenter.electricity", "world.datacenter.electricity")
ERCOT = "us-ercot.load.summer_peak_actual"
EVIDENCE_YEARS = 5.1
WORST = 12
FAR = 0.1
THOUSAND = 1000


@dataclass(frozen=True)
class Figure:
    """A score with its interval; the ends are NaN where there are too few series for one."""

    value: float
    low: float
    high: float

    def text(self, digits: int) -> str:
        """``0.85 [0.80, 0.91]``; a dash where nothing could be scored."""
        if math.isnan(self.value):
            return "-"
        ends = "" if math.isnan(self.low) else f" [{self.low:.{digits}f}, {self.high:.{digits}f}]"
        return f"{self.value:.{digits}f}{ends}"


@dataclass(frozen=True)
class Cell:
    """Scores of one class of forecasts; errors are medians of absolute log errors, shares are in percent."""

    rows: int
    series: int
    error: Figure
    naive: float
    crps: Figure
    inside80: Figure
    inside95: Figure


def figure(groups: Sequence[Floats], statistic: Callable[[Floats], float]) -> Figure:
    """A statistic of all rows, with its bootstrap interval over the groups."""
    full = [group for group in groups if group.size]
    if not full:
        return Figure(math.nan, math.nan, math.nan)
    value = statistic(np.concatenate(full))
    if len(full) < LEAST_SERIES:
        return Figure(value, math.nan, math.nan)
    rng = np.random.default_rng(SEED)
    places = rng.integers(0, len(full), (DRAWS, len(full)))
    drawn = [statistic(np.concatenate([full[place] for place in row])) for row in places]
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Figure(value, float(low), float(high))


def cell(rows: pl.DataFrame) -> Cell:
    """The scores of some forecasts."""
    parts = rows.partition_by("series_id", maintain_order=True)

    def columns(name: str, *, size: bool = False) -> list[Floats]:
        found = [part[name].drop_nulls().cast(pl.Float64).to_numpy() for part in parts]
        return [np.abs(values) for values in found] if size else found

    naive = np.concatenate(columns("naive_log_error", size=True) or [np.zeros(0)])
    return Cell(
        rows=rows.height,
        series=len(parts),
        error=figure(columns("log_error", size=True), _median),
        naive=_median(naive) if naive.size else math.nan,
        crps=figure([_relative(part) for part in parts], lambda logs: math.exp(float(logs.mean()))),
        inside80=figure(columns("covered80"), _percent),
        inside95=figure(columns("covered95"), _percent),
    )


def _median(values: Floats) -> float:
    return float(np.median(values))


def _percent(values: Floats) -> float:
    return 100.0 * float(values.mean())


def _relative(part: pl.DataFrame) -> Floats:
    """Log of a series' mean CRPS over Naive2's, one number; none where either is missing or zero."""
    both = part.drop_nulls(["crps_scaled", "naive_crps_scaled"])
    ours, theirs = (float(both[name].to_numpy().sum()) for name in ("crps_scaled", "naive_crps_scaled"))
    return np.array([math.log(ours / theirs)]) if ours > 0 and theirs > 0 else np.zeros(0)


def cells(rows: pl.DataFrame, by: Sequence[str]) -> dict[tuple[Any, ...], Cell]:
    """Cells by the values of some columns, in their order."""
    parts = rows.sort(*by, "series_id", "day", "years").partition_by(*by, as_dict=True, maintain_order=True)
    return {key: cell(part) for key, part in parts.items()}


def table(head: Sequence[str], lines: Iterable[Sequence[object]]) -> list[str]:
    """A Markdown table."""
    marks = ["---"] * len(head)
    return [f"| {' | '.join(str(part) for part in line)} |" for line in (head, marks, *lines)]


SCORES = ("forecasts", "series", "log error", "Naive2", "relative CRPS", "inside 80 %", "inside 95 %")


def _scores(item: Cell) -> list[object]:
    naive = "-" if math.isnan(item.naive) else f"{item.naive:.3f}"
    shares = [item.inside80.text(0), item.inside95.text(0)]
    return [item.rows, item.series, item.error.text(3), naive, item.crps.text(2), *shares]


def _named(key: Sequence[Any]) -> list[str]:
    return [RULES.get(str(part), NAMES.get(str(part), str(part))) for part in key]


def scores(rows: pl.DataFrame, by: Sequence[str], head: Sequence[str]) -> list[str]:
    """The cells as a table."""
    return table([*head, *SCORES], [[*_named(key), *_scores(item)] for key, item in cells(rows, by).items()])


def duels(found: Sequence[Mapping[str, Any]]) -> list[str]:
    """Third parties and ours, line by line."""
    head = ("who", "figure", "target", "said", "ours made", "years", "theirs", "later", "their error", "ours",
            "our 80 %", "our error", "held", "closer")  # fmt: skip
    lines = []
    for one in sorted(found, key=lambda item: (item["series_id"], item["day"], item["target"], item["published"])):
        made = one["ours"] is not None
        later = _bracket(one)
        lines.append(
            (
                one["by"], f"`{one['series_id']}`", one["target"], one["published"], one["day"], f"{one['years']:.1f}",
                _short(one["said"]), later, f"{one['theirs']:+.3f}",
                _short(one["point"]) if made else "-",
                f"{_short(one['low'])}..{_short(one['high'])}" if made else one["note"],
                f"{one['ours']:+.3f}" if made else "-",
                ("yes" if one["inside"] else "no") if made else "-",
                closer(one),
            )
        )  # fmt: skip
    return table(head, lines)


def closer(one: Mapping[str, Any]) -> str:
    """Who was closer by absolute log error: ``they``, ``we``, or a dash where we had nothing to say."""
    if one["ours"] is None:
        return "-"
    return "we" if abs(one["ours"]) < abs(one["theirs"]) else "they"


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= THOUSAND else f"{value:.4g}"


def tallies(found: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Duels counted by forecaster and figure; only those in which we had a forecast."""
    groups: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for one in found:
        if one["ours"] is not None:
            groups.setdefault((one["by"], one["series_id"]), []).append(one)
    return [
        {
            "by": by,
            "series_id": series_id,
            "n": len(group),
            "targets": len({one["target"] for one in group}),
            "ours_closer": sum(closer(one) == "we" for one in group),
            "theirs": float(np.median([abs(one["theirs"]) for one in group])),
            "ours": float(np.median([abs(one["ours"]) for one in group])),
            "inside": sum(bool(one["inside"]) for one in group),
        }
        for (by, series_id), group in sorted(groups.items())
    ]


def tally_table(found: Sequence[Mapping[str, Any]]) -> list[str]:
    """The tallies as a table."""
    head = ("who", "figure", "projections", "targets", "we were closer", "their log error", "ours", "in our 80 %")
    return table(
        head,
        [
            (
                item["by"], f"`{item['series_id']}`", item["n"], item["targets"], item["ours_closer"],
                f"{item['theirs']:.3f}", f"{item['ours']:.3f}", f"{item['inside']} of {item['n']}",
            )
            for item in tallies(found)
        ],
    )  # fmt: skip


def growth_of_error(pairs: Sequence[tuple[float, float]]) -> float:
    """s1 of s(h)^2 = 0.08^2 + (s1 h)^2 by least squares on squared errors about zero; (horizon, log error) pairs.

    Zero where the errors are smaller than the level error alone explains.
    """
    horizons = np.array([pair[0] for pair in pairs])
    errors = np.array([pair[1] for pair in pairs])
    slope = float((horizons**2 @ (errors**2 - NOWCAST_SD**2)) / (horizons**4).sum())
    return math.sqrt(max(slope, 0.0))


def floors(board: Sequence[Mapping[str, Any]]) -> list[tuple[str, int, float, float, float]]:
    """Name, pairs, s1 and its range when one pair is left out, by family of verified pairs."""
    scored = [one for one in board if one["log_error"] is not None and 0 < one["horizon"] <= EVIDENCE_YEARS]
    families = {
        "data-center electricity": [one for one in scored if _is_electricity(one["later_series"])],
        "everything but ERCOT's peak": [one for one in scored if one["later_series"] != ERCOT],
        "ERCOT's summer peak": [one for one in scored if one["later_series"] == ERCOT],
    }
    found = []
    for name, family in families.items():
        pairs = [(one["horizon"], one["log_error"]) for one in family]
        if len(pairs) > 1:
            apart = [growth_of_error(pairs[:place] + pairs[place + 1 :]) for place in range(len(pairs))]
            found.append((name, len(pairs), growth_of_error(pairs), min(apart), max(apart)))
    return found


def _is_electricity(series_id: str) -> bool:
    return any(series_id == name or series_id.startswith(f"{name}.") for name in ELECTRICITY)


def losses(rows: pl.DataFrame, results: Mapping[str, Any]) -> list[str]:
    """Sentences on where we lose; each is written only where the results say so."""
    found = []
    for (rule, freq, growth), item in cells(rows, ("rule", "freq", "growth")).items():
        name = f"{NAMES[freq].capitalize()} {growth} series, {RULES[rule]} ({_of(item)})"
        if item.crps.value >= 1:
            found.append(f"- {name}: no better than Naive2, relative CRPS {item.crps.text(2)}.")
        found += _narrow(name, item)
    for (rule, years), item in cells(rows, ("rule", "years")).items():
        ahead = "one year" if years == 1 else f"{years} years"
        name = f"{ahead.capitalize()} ahead, {RULES[rule]} ({_of(item)})"
        found += _narrow(name, item)
    for when, duel in (("on the day of publication", results["same_day"]), ("at year-ends", results["year_end"])):
        found += [
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
        found.append(f"- Where others said something and we could not, for want of a history: {listed}.")
    for region, part in _by_region(results["electricity"]).items():
        held = sum(one["inside"] for one in part)
        if 100 * held < WANTED[80] * len(part):
            found.append(
                f"- Data-center electricity from year-ends, {region}: {held} of {counted(len(part), 'forecast')} "
                f"inside the 80 % band, {sum(one['ours'] < 0 for one in part)} too low, median log error "
                f"{_size(part, 'ours'):.3f}."
            )
    for region, told in results["nowcast"].items():
        plain = min(told["carried"], told["grown"])
        if told["nowcast"] > plain:
            found.append(
                f"- The nowcast of data-center electricity, {region}: mean absolute log error {told['nowcast']:.3f} "
                f"over {told['count']} published levels, where carrying the last level or its growth forward has "
                f"{plain:.3f}."
            )
    return found


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
            f"`{row['series_id']}`", row["day"], RULES[row["rule"]], row["years"], _short(row["median"]),
            _short(row["actual"]), f"{row['log_error']:+.2f}", "yes" if row["covered95"] else "no",
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
        lines.append((*_named(key), part.height, len(parts), figure(parts, _percent).text(0)))
    return table(("rule", "growth", "forecasts", "series", "too low, %"), sorted(lines))


def frame(results: Mapping[str, Any]) -> pl.DataFrame:
    """The scored rows of a file of results."""
    text = [name for name, kind in ROWS.items() if kind is pl.Date]
    schema = {name: pl.String if name in text else kind for name, kind in ROWS.items()}
    return pl.DataFrame(results["rows"], schema=schema, orient="row").with_columns(pl.col(text).str.to_date())


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
            *_too_high(results["same_day"]),
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
            "The floor under demand paths (docs/method.md) is a log sd of sqrt(0.08² + (s1 h)²) at h years, with",
            f"s1 = {GROWTH_SD:g} in use. From the verified pairs alone (up to five years ahead, least squares about",
            "zero, so that bias counts):",
            "",
            *table(
                ("pairs", "n", "s1", "with one left out"),
                [(name, n, f"{s1:.3f}", f"{low:.3f} to {high:.3f}") for name, n, s1, low, high in floors(board)],
            ),
            "",
            _floor_verdict(board),
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
    missing = sorted({name for found in results["left_out"].values() for name in found})
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


def _electricity(found: Sequence[Mapping[str, Any]]) -> list[str]:
    """Data-center electricity one to five years after each year-end."""
    totals = [
        (
            region, len(part), f"{_size(part, 'ours'):.3f}", f"{_size(part, 'carried'):.3f}",
            f"{sum(one['inside'] for one in part)} of {len(part)}",
            f"{sum(one['ours'] < 0 for one in part)} of {len(part)}",
        )
        for region, part in _by_region(found).items()
    ]  # fmt: skip
    lines = [
        (
            one["region"], one["day"], one["target"], _short(one["point"]),
            f"{_short(one['low'])}..{_short(one['high'])}", _bracket(one), one["levels"],
            f"{one['ours']:+.3f}", f"{one['carried']:+.3f}",
            "yes" if one["inside"] else "no",
        )
        for part in _by_region(found).values() for one in part
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


def _by_region(found: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    regions = sorted({one["region"] for one in found})
    order = {name: [one for one in found if one["region"] == name] for name in regions}
    return {name: sorted(part, key=lambda one: (one["day"], one["years"])) for name, part in order.items()}


def _size(found: Sequence[Mapping[str, Any]], name: str) -> float:
    return float(np.median([abs(one[name]) for one in found]))


def _bracket(one: Mapping[str, Any]) -> str:
    """The later figures of a line: one, or the lowest and the highest."""
    if one["later_low"] == one["later_high"]:
        return _short(one["later"])
    return f"{_short(one['later_low'])}..{_short(one['later_high'])}"


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
        "on the same day. What is compared with what is in `projection/matches.toml`. Later figures of data-center",
        "electricity are estimates, not meters; where they disagree the bracket stands here, and errors are told",
        "against its geometric middle. Ours is the engine for a single series (no siblings to learn from); for",
        "data-center electricity it continues the nowcast's yearly path. Errors are logs, positive is too high.",
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
        "Levels of data-center electricity told the day before they were published (docs/recipes.md): mean absolute",
        "log error of the nowcast, of the last level, of the last level at its last growth; CRPS of the nowcast in",
        "logs; percent inside its 80 % band.",
        "",
        *table(("region", "levels", "nowcast", "carried", "grown", "CRPS", "inside 80 %"), nowcast),
        "",
    ]


def _own_growth(found: Sequence[Mapping[str, Any]]) -> list[str]:
    if not found:
        return []
    s1 = growth_of_error([(one["years"], one["ours"]) for one in found])
    targets = len({(one["region"], one["target"]) for one in found})
    return [
        f"Our own paths of data-center electricity from year-ends (above) would give s1 = {s1:.3f}, from {len(found)}",
        f"forecasts of {targets} region-years of one boom, in which the publishers also moved their own history.",
    ]


def _too_high(found: Sequence[Mapping[str, Any]]) -> list[str]:
    high = [one for one in found if one["series_id"] == ERCOT and one["ours"] is not None and one["theirs"] > FAR]
    if not high:
        return []
    won = sum(closer(one) == "we" for one in high)
    return [
        f"Where requests for connection took ERCOT's projection too high by {FAR:g} in logs or more, the plain history",
        f"was closer in {won} of {len(high)}.",
    ]


def _no_electricity(found: Sequence[Mapping[str, Any]]) -> list[str]:
    if any(_is_electricity(one["series_id"]) for one in found):
        return []
    return ["None is of data-center electricity: no projection of it that can be scored was open at a year-end."]


def _floor_verdict(board: Sequence[Mapping[str, Any]]) -> str:
    wider = [f"{name} ({s1:.3f})" for name, _, s1, _, _ in floors(board) if s1 > GROWTH_SD]
    if wider:
        return f"Wider than the floor in use: {', '.join(wider)}."
    return (
        "None of them is wider than the floor in use, which stays: the verified pairs are few, share their data, and "
        "lack the overshoot after the boom of 2007 that the floor was fitted with."
    )
