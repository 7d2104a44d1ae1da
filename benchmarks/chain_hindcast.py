"""The whole chain as of past year-ends, against what came: writes docs/chain-hindcast.md.

    make hindcast-chain                  # about five minutes on two cores, most of it training

Each year-end runs figures, features, training and projection on what was known that day, as ``headroom project
--as-of`` does, and lays the bands of years that are over beside the figures of today.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from headroom.hindcasting import past
from headroom.settings import load
from projection.edition.edition import Edition
from projection.edition.outcomes import RealisedBand

DAYS = tuple(datetime(year, 12, 31, tzinfo=UTC) for year in (2023, 2024, 2025))
RESULTS = Path(__file__).with_name("results")
PAGE = Path(__file__).parents[1] / "docs" / "chain-hindcast.md"
SHARES = ("0.5", "0.8", "0.95")
HEAD = """# Whole projections as of past days

*Written by `make hindcast-chain` (`benchmarks/chain_hindcast.py`); nothing here is typed by hand but this paragraph and
the next.* On each year-end below, `headroom project --as-of DAY` ran figures, features, training and projection on what
was known that day, and its bands for years that are over are compared with today's figures.

Every run is a **pseudo-vintage**: figures of long series are today's revised values, shown from the end of their period
plus a release lag, and assumptions that are judgement are today's. Both favour the model.
"Came" is an estimate too: no large region meters its data centers. Electricity is today's nowcast; accelerators are
counted shipments of the designers that were counted on the day.
"""


def row(item: RealisedBand) -> str:
    """One line of the table."""
    scale, digits = (1e-6, 2) if item.unit == "H100e" else (1.0, 0)
    low, middle, high = (f"{scale * item.band[level]:,.{digits}f}" for level in ("0.1", "0.5", "0.9"))
    unit = "million H100e" if item.unit == "H100e" else item.unit
    split = ", ".join(f"{name} {100 * share:.0f}" for name, share in item.width_split.items())
    marks = " ".join("in" if item.inside[share] else "**out**" for share in SHARES)
    return (
        f"| {item.data_as_of} | {item.region} {item.layer} | {item.year} | {middle} ({low} to {high}) {unit} "
        f"| {scale * item.later:,.{digits}f} | {item.log_error:+.2f} | {marks} | {split} |"
    )


def page(editions: Sequence[Edition], bands: Sequence[RealisedBand]) -> str:
    """The page."""
    lines = [HEAD]
    lines += [
        "## Bands and what came\n",
        "| known on | cell | year | median (80 % band) | came | log error | in 50, 80, 95 % | width by cause, % |",
        "|---|---|---|---|---|---|---|---|",
        *(row(item) for item in bands),
        "",
    ]
    lines.append("## How often the bands held\n")
    for layer in dict.fromkeys(item.layer for item in bands):
        layer_bands = [item for item in bands if item.layer is layer]
        shares_inside = ", ".join(
            f"{sum(item.inside[s] for item in layer_bands)} of {len(layer_bands)} inside {float(s):.0%}" for s in SHARES
        )
        lines.append(f"- {layer}: {shares_inside}.")
    lines.append("\nThese lines overlap and share figures: they are a handful of independent events, not a score.\n")
    worst = [item for item in bands if not item.inside["0.95"]]
    lines.append("## Where we lose\n")
    if not worst:
        lines.append("No figure fell outside its 95 % band.")
    lines += [
        f"- Known on {item.data_as_of}, {item.region} {item.layer} of {item.year} came at "
        f"{item.later / item.band['0.5']:.1f} times the median, outside the 95 % band."
        for item in worst
    ]
    low = [item for item in bands if item.log_error < 0]
    lines.append(
        f"- {len(low)} of {len(bands)} medians were too low: trends of a shorter history do not foresee a boom, and "
        "the bands of accelerators were the ones that did not say so."
        if any(not item.inside["0.8"] and item.unit == "H100e" for item in bands)
        else f"- {len(low)} of {len(bands)} medians were too low."
    )
    lines.append("\n## What each day did not know\n")
    for edition in editions:
        lines.append(f"**{edition.data_as_of}** (edition `{edition.id}`)\n")
        lines += [f"- {sentence}" for sentence in edition.manifest["knowledge"]]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def main() -> int:
    """Run, print, write."""
    parser = argparse.ArgumentParser(description="the whole chain as of past year-ends")
    parser.add_argument("--home", type=Path, default=None, help="where versions and editions of past days are kept")
    settings = load(home=parser.parse_args().home)
    editions, realised_bands = [], []
    for day in DAYS:
        edition, outcomes = past(settings, day)
        editions.append(edition)
        realised_bands += outcomes
    text = page(editions, realised_bands)
    print(text)
    RESULTS.mkdir(exist_ok=True)
    content = json.dumps(
        [asdict(item) | {"data_as_of": item.data_as_of.isoformat()} for item in realised_bands], indent=1
    )
    (RESULTS / "chain_hindcast.json").write_text(content + "\n", encoding="utf-8")
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
