"""Other people's forecasts of a cell as a table, and how far ours lies from each family of them."""

from dataclasses import dataclass

from data.base.layers import DemandConcept, Status
from projection.third_party.comparisons import Beside, Pool
from service.api.gaps.comparisons import Comparison
from service.pages.charts.annotations import FAMILIES
from service.pages.words import NEED
from service.wording import Scale


@dataclass(frozen=True, slots=True)
class Line:
    """One published figure as text."""

    year: str
    who: str
    kind: str
    printed: str
    converted: str
    against: str
    note: str


@dataclass(frozen=True, slots=True)
class Others:
    """What others say.

    Attributes:
        lines: every figure, by year and from the largest down.
        differences: one sentence for each family and year that lies far from ours, or that none does.
        convertible: whether any can be drawn in the unit of the layer.
        years: those there are figures of.
    """

    lines: tuple[Line, ...]
    differences: tuple[str, ...]
    convertible: bool
    years: tuple[str, ...]


def others(compared: Comparison, *, demand: DemandConcept) -> Others | None:
    """The table of a comparison; None where nobody published anything.

    Args:
        compared: the cell beside what was published.
        demand: the reading of the page, which is named where a figure is set against another.
    """
    if compared.cell.status is Status.UNAVAILABLE:
        return None
    years = [year for year in compared.years if year.published]
    if not years:
        return None
    unit = compared.cell.unit
    amounts = [item.converted["0.5"] for year in years for item in year.published if item.converted]
    scale = Scale.of(amounts, unit)
    lines = tuple(
        _line(str(year.period.year), item, scale)
        for year in years
        for item in sorted(year.published, key=lambda one: -(one.converted or {}).get("0.5", 0.0))
    )
    apart = [_difference(str(year.period.year), pool) for year in years for pool in year.pools if pool.side]
    pooled = any(year.pools for year in years)
    near = "Ours lies within a quarter of the middle of every family of forecasts."
    none = "No published figure counts what is counted here."
    differences = tuple(apart) or ((near if pooled else none),)
    readings = {pool.reading for year in years for pool in year.pools} - {demand}
    if readings:
        names = " and ".join(f"what is {NEED[reading]}" for reading in sorted(readings))
        differences += (f"Some are set against {names}, which is what they count; the table says which.",)
    return Others(lines, differences, bool(amounts), tuple(str(year.period.year) for year in years))


def _line(year: str, item: Beside, scale: Scale) -> Line:
    figure = item.line.figure
    against = "" if item.ratio is None else f"{item.ratio:.2f} times ours ({NEED[item.reading]})"
    return Line(
        year=year,
        who=f"{figure.publisher}, {figure.edition}",
        kind=FAMILIES[figure.family],
        printed=_printed(item),
        converted="\N{EN DASH}" if item.converted is None else scale.text(item.converted["0.5"]),
        against=against or "\N{EN DASH}",
        note=item.why or "",
    )


def _printed(item: Beside) -> str:
    """What a publisher printed, in its own unit: its middle, or its range where it prints no other."""
    printed = item.line
    ends = [end for end in (printed.low, printed.high) if end is not None]
    scale = Scale.of([value for value in (printed.value, *ends) if value is not None], printed.unit.replace("_", " "))
    if printed.value is not None:
        return scale.text(printed.value)
    return scale.band(ends[0], ends[-1]) if ends else "\N{EN DASH}"


def _difference(year: str, pool: Pool) -> str:
    who = ", ".join(pool.publishers)
    start = (
        f"{year}: ours ({NEED[pool.reading]}) is {pool.ratio:.2f} times the middle of {FAMILIES[pool.family]} ({who})."
    )
    return f"{start} {pool.reason}" if pool.reason else start
