"""Write ``docs/leaderboard.md`` from the results of the accuracy, own-series and speed benchmarks.

make leaderboard
"""

import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.own_series import GOALS
from benchmarks.speed import CHEAPER, FASTER, RETRAIN_SECONDS

ROOT = Path(__file__).resolve().parent.parent
RESULTS = Path(__file__).with_name("results")
TARGET = ROOT / "docs" / "leaderboard.md"


def read(name: str, *, target: str) -> Any:  # noqa: ANN401 - JSON
    """One file of results; exits with the command that makes it where it is missing."""
    path = RESULTS / name
    if not path.exists():
        sys.exit(f"{path.name} is missing: run make {target} first")
    return json.loads(path.read_text(encoding="utf-8"))


def with_interval(figure: dict[str, float], *, digits: int) -> str:
    """``0.853 [0.827, 0.882]``."""
    return f"{figure['value']:.{digits}f} [{figure['low']:.{digits}f}, {figure['high']:.{digits}f}]"


def page() -> str:
    """The whole page."""
    public, own_scores = read("accuracy.json", target="bench-accuracy"), read("own_series.json", target="bench-own")
    lines = [
        "# Leaderboard",
        "",
        "Written by `make leaderboard`; every interval is a 95 % bootstrap interval.",
        "",
        "## Public series",
        "",
        "M3 and Tourism, series listed in `benchmarks/m3_tourism_sample.csv`; the engine learned from none of them.",
        "OWA and CRPS are relative to Naive2: below one is better. `make bench-accuracy` measures it again.",
        "",
        "| group | series | OWA | relative CRPS | inside 80 % | inside 95 % |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {grade['group']} | {grade['n']} | {with_interval(grade['owa'], digits=3)} "
        f"| {with_interval(grade['rel_crps'], digits=3)} | {with_interval(grade['cover80'], digits=1)} "
        f"| {with_interval(grade['cover95'], digits=1)} |"
        for grade in public["grades"].values()
    ]
    lines += [
        "",
        "## Our own series",
        "",
        "Five quarterly and eleven monthly series, rolling origins, latest vintage, one year ahead. CRPS is in units",
        "of the mean change over a year. `ensemble` is what training publishes, `anyone` what `headroom forecast`",
        "answers; the others are single members. `make bench-own` measures it again.",
    ]
    for group in GOALS:
        lines += ["", f"### {group}", "", "| forecaster | CRPS | log error | inside 80 % | inside 95 % | origins |"]
        lines.append("|---|---|---|---|---|---|")
        lines += [
            f"| {row['name']} | {with_interval({'value': row['crps'], **row}, digits=2)} | {row['log_error']:.3f} "
            f"| {row['cover80']:.0f} | {row['cover95']:.0f} | {row['n']} |"
            for row in own_scores
            if row["group"] == group
        ]
    return "\n".join([*lines, *speed()]) + "\n"


def speed() -> list[str]:
    """What a fit costs, and how long a retrain takes."""
    speed_report = read("speed.json", target="bench-speed")
    default = f"{speed_report['default_ms']:.1f} ms, {speed_report['default_cheaper']:.1f} times cheaper"
    quick = f"{speed_report['backtest_ms']:.1f} ms, {speed_report['backtest_cheaper']:.1f} times cheaper"
    rows = {
        "a fit of the default members": (default, f"{CHEAPER:g} times"),
        "a fit of the quick four": (quick, f"{CHEAPER:g} times"),
        "two processes against one": (f"{speed_report['gain']:.2f} times as fast", f"{FASTER:g} times"),
        "a retrain of the shipped panel": (f"{speed_report['retrain_s']:.0f} s", f"{RETRAIN_SECONDS:g} s"),
    }
    return [
        "",
        "## Speed",
        "",
        "CPU time of a fit, and how much cheaper it is than one of a statsmodels and Prophet set in the same run; what",
        "a second process gains; a whole retrain of the shipped panel on two cores. `make bench-speed` measures it.",
        "",
        "| what | measured | goal |",
        "|---|---|---|",
        *(f"| {name} | {measured} | {goal} |" for name, (measured, goal) in rows.items()),
    ]


def main() -> None:
    """Write the page."""
    TARGET.write_text(page(), encoding="utf-8")
    print(f"wrote {TARGET.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
