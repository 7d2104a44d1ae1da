"""Write ``docs/comparisons.md``: our demand beside what others published, read off an edition and the store.

    python tools/write_comparisons_page.py --home var

Every number is read off the edition's draws or the figures known on its day; reasons are those of
``projection/third_party/projections.toml``, and what lies between ours and single publishers stands in
``explanations.toml`` beside it. A difference from a pool for which no reason is written stops the tool. Run it again
after ``headroom project``.
"""

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from pages import DOCS, from_home, paragraph

from data.base.errors import ProjectionError
from data.base.layers import DemandConcept, Layer, Status
from features.view import View
from headroom.editions import newest
from headroom.settings import load
from headroom.wiring import store as open_store
from projection.edition.edition import Cell, Edition
from projection.inputs.assumptions import Assumptions
from projection.third_party.comparisons import Beside, Contents, Pool, Year, compare
from projection.third_party.explanations import Explanation, explanations
from projection.third_party.own_quantities import OwnQuantities
from projection.third_party.projections import READING, Family, shipped

REGIONS = ("US", "CN", "EU", "WORLD")
YEARS = (2026, 2028, 2030)
TARGET = DOCS / "comparisons.md"
WANTED, BOUGHT = DemandConcept.WANTED, DemandConcept.BOUGHT
FAMILIES = {Family.EQUIPMENT: "models of equipment", Family.ANNOUNCED: "counters of announced projects"}
HOME = "US"
"""The region explanations are of, unless they say another."""
MILLION = 1e6
NONE = "none"


def number(value: float) -> str:
    """Three digits, thousands apart; H100e in millions."""
    size = abs(value)
    return f"{value:,.0f}" if size >= 100 else f"{value:,.1f}" if size >= 10 else f"{value:,.2f}"  # noqa: PLR2004 - three digits


def band(levels: dict[str, float], divisor: float) -> str:
    """Median and 80 % band."""
    low, middle, high = (number(levels[level] / divisor) for level in ("0.1", "0.5", "0.9"))
    return f"{middle} ({low} to {high})" if low != high else middle


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table in Markdown."""
    cells = [" | ".join(row) for row in rows]
    return [f"| {' | '.join(header)} |", "|" + "---|" * len(header), *(f"| {line} |" for line in cells), ""]


def scale(cell: Cell) -> tuple[float, str]:
    """What a value is divided by, and the unit it is then in."""
    return (MILLION, "million H100e") if cell.layer is Layer.COMPUTE else (1.0, cell.unit)


def against(pools: Sequence[Pool], divisor: float) -> list[str]:
    """One cell of the summary for each family: median, range, publishers, and how far ours is from it."""
    sentences = []
    for family in Family:
        pool = next((pool for pool in pools if pool.family is family), None)
        if pool is None:
            sentences.append(NONE)
            continue
        span = f" ({number(pool.low / divisor)} to {number(pool.high / divisor)})" if len(pool.publishers) > 1 else ""
        mark = "**" if pool.side else ""
        comparison = (
            f"{number(pool.median / divisor)}{span}, {len(pool.publishers)}; ours {mark}{pool.ratio - 1:+.0%}{mark}"
        )
        sentences.append(comparison)
    return sentences


def summary(cells: Sequence[tuple[Cell, Sequence[Year]]]) -> list[str]:
    """Medians and bands beside the pools, by region and layer."""
    rows = [
        (
            cell.region,
            f"{cell.layer.value}, {scale(cell)[1]}",
            str(year.period.year),
            *(
                band(year.ours[reading], scale(cell)[0]) if reading in year.ours else NONE
                for reading in (WANTED, BOUGHT)
            ),
            *against(year.pools, scale(cell)[0]),
        )
        for cell, years in cells
        for year in years
    ]
    ours = (f"ours {reading}, median (80 % band)" for reading in (WANTED, BOUGHT))
    header = ("region", "layer", "year", *ours, *(f"{FAMILIES[name]}, beside {READING[name]}" for name in Family))
    return table(header, rows)


def reasons(edition: Edition, cells: Sequence[tuple[Cell, Sequence[Year]]]) -> list[str]:
    """Why ours lies apart, wherever it does; raises :class:`ProjectionError` where nobody has written why."""
    lines = []
    for cell, years in cells:
        for year in years:
            for pool in year.pools:
                if pool.side is None:
                    continue
                where = f"{cell.region}, {cell.layer.value}, {year.period.year}"
                if pool.reason is None:
                    raise ProjectionError(
                        f"{where}: {edition.id} lies {pool.side} {FAMILIES[pool.family]} and nobody wrote why",
                        remedy="add a reason to projection/third_party/projections.toml",
                    )
                facts = " ".join(year.facts)
                comparison = f"{pool.ratio - 1:+.0%} against {FAMILIES[pool.family]} ({', '.join(pool.publishers)})"
                lines.append(f"- **{where}: {comparison}.** {pool.reason} {facts}".rstrip())
    return [*lines, ""] if lines else ["Ours lies within 25 % of every pool.", ""]


def printed(item: Beside) -> str:
    """The figure as printed."""
    line = item.line
    figures = [] if line.value is None else [number(line.value)]
    if line.low is not None or line.high is not None:
        ends = " to ".join("" if end is None else number(end) for end in (line.low, line.high))
        figures.append(f"({ends})" if figures else ends)
    kind = "" if line.figure.kind.value == "other" else f", {line.figure.kind.value}"
    return f"{' '.join(figures)} {line.unit}{kind}"


def figures(cell: Cell, years: Sequence[Year]) -> list[str]:
    """Every published figure of a cell."""
    divisor, unit = scale(cell)
    rows = []
    for year in years:
        for item in year.published:
            figure = item.line.figure
            quantity = f": {figure.what}" if figure.what else ""
            cases = ", ".join(f"{name} {number(value)}" for name, value in item.line.cases.items())
            rows.append(
                (
                    str(year.period.year),
                    f"{figure.publisher}, {figure.edition}{quantity}",
                    item.line.published.isoformat(),
                    f"{printed(item)}{f'; {cases}' if cases else ''}",
                    NONE if item.converted is None else band(item.converted, divisor),
                    NONE if item.ratio is None else f"{item.ratio:.2f} ({item.reading})",
                    NONE if item.position is None else f"{item.position:.2f}",
                    f"in the pool of {FAMILIES[figure.family]}" if item.pooled else str(item.why),
                )
            )
    if not rows:
        return []
    ours = "; ".join(
        f"{year.period.year}: "
        + ", ".join(f"{reading} {band(levels, divisor)}" for reading, levels in year.ours.items())
        for year in years
    )
    header = ("year", "who", "published", "as printed", f"in {unit}", "over our median", "our draws below", "note")
    return [f"### {cell.region}, {cell.layer.value}", "", f"Ours, {unit}: {ours}.", "", *table(header, rows)]


def explained(edition: Edition, view: View) -> list[str]:
    """What lies between ours and single publishers; raises :class:`ProjectionError` for other assumptions' editions."""
    assumptions = Assumptions.shipped()
    if edition.manifest["assumptions"]["sha256"] != assumptions.sha256:
        raise ProjectionError(
            f"{edition.id} rests on other assumptions than those installed, which the page names",
            remedy="project again: headroom project",
        )
    quantities, rows, lines = OwnQuantities(edition), [], []
    for item in explanations():
        rows += [(item.publisher, *beside) for beside in _pairs(item, quantities, view)]
        named = "; ".join(_stated(assumptions, name) for name in item.assumptions)
        lines += [f"**{item.publisher}.** {item.text} The difference hangs on {named}.", ""]
    header = ("who", "year", "what is printed", "GW or TWh", "ours", "median (80 % band)", "our draws below")
    return [*table(header, rows), *lines]


def _pairs(item: Explanation, quantities: OwnQuantities, view: View) -> Iterable[Sequence[str]]:
    for pair in item.pair:
        draws, figure = pair.ours(quantities), pair.printed(view)
        levels = {str(level): float(np.quantile(draws, level)) for level in (0.1, 0.5, 0.9)}
        of_region = "" if pair.region == HOME else f", {pair.region}"
        chance = f"; P(short) {np.mean(draws > 0):.2f}" if pair.quantity.lacking else ""
        yield (
            str(pair.year),
            pair.says,
            f"{number(figure)} {pair.quantity.unit}",
            f"{pair.quantity.title}{of_region}",
            f"{band(levels, 1.0)}{chance}",
            f"{np.mean(draws <= figure):.2f}",
        )


def _stated(assumptions: Assumptions, name: str) -> str:
    """An assumption as it is stated: its values, unit and basis."""
    item = assumptions.items[name]
    values = item.spec.model_dump(exclude={"distribution"}, exclude_none=True)
    spread = "".join(f"{key} {value:g}, " for key, value in values.items() if isinstance(value, int | float))
    return f"`{name}` ({spread}{item.unit}; {item.basis})"


def page(home: Path | None) -> str:
    """The page."""
    settings = load(home=home)
    edition = newest(settings)
    view = View.of(open_store(settings), as_of=edition.data_as_of)
    cells = []
    for region in REGIONS:
        for layer in Layer:
            cell = edition.cell(region, layer)
            if cell.status is not Status.UNAVAILABLE:
                years = [year for year in compare(edition, cell, view, Contents()) if year.period.year in YEARS]
                cells.append((cell, years))
    lines = [
        "# Comparison with third-party projections",
        "",
        paragraph(
            f"Written by `python tools/write_comparisons_page.py` from edition `{edition.id}` (data as of",
            f"{edition.data_as_of}); no number in its tables is typed by hand. The same for any region, layer and",
            "year: `GET /v1/comparisons`. How figures are converted and pooled: [method.md](method.md), section 10.",
        ),
        "",
        paragraph(
            "A pool is the median on logs of the newest edition of every publisher of a family, with the least and the",
            "largest and how many there are; editions older than",
            f"{shipped().pool_months} months are shown and left out of it. It is no interval.",
            "Where ours is 1.25 times a pool or more, or 0.8 or less, it is set in bold and explained below.",
        ),
        "",
        paragraph(
            "Ours has two readings: what buyers would put into use if halls, power and chips were no limit (wanted),",
            "and what of it they take (bought). Models of equipment and of the energy it uses are laid beside what is",
            "bought, counters of projects, published needs and shortfalls beside what is wanted.",
        ),
        "",
        *summary(cells),
        "## Why ours differs",
        "",
        *reasons(edition, cells),
        "## The United States in 2028, publisher by publisher",
        "",
        paragraph(
            "What is printed, and the same quantity on the edition's draws. Nameplate is that of halls in use: what",
            "stands at the end of the base year, and growth since at the use of halls for accelerators. `our draws",
            "below` is the share of our draws that are not above what is printed. Of an assumption its stated values,",
            "unit and basis are given; sources stand in `projection/inputs/assumptions.toml`.",
        ),
        "",
        *explained(edition, view),
        "## Every figure",
        "",
        paragraph(
            "`in ...` is the middle of what is printed, converted on the edition's draws: its band is that of the",
            "constants. `our draws below` is the share of our draws that are not above it.",
        ),
        "",
        *(line for cell, years in cells for line in figures(cell, years)),
    ]
    return "\n".join(lines).rstrip() + "\n"


if __name__ == "__main__":
    sys.exit(from_home(argparse.ArgumentParser(description=__doc__), TARGET, lambda arguments: page(arguments.home)))
