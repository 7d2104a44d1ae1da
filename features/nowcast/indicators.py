"""Quarterly indicators of data-center load for the nowcast: figures that come earlier or more often than levels.

Each is a flow or a growth, taken as a logarithm, standardised over the quarters it has (mean 0, spread 1, on the view's
day), and shifted by the time it takes to become load. Outside its figures an indicator is held at the mean of its
nearest four quarters; the nowcast widens its band there, and names the quarters.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from data.base.errors import NotFound
from data.catalogue.definitions import Role, by_role
from data.periods.period import Frequency, Period
from features.chips.capex import HYPERSCALERS, hyperscaler_capex
from features.chips.shipments import increments
from features.series import FloatArray, ModelSeries
from features.view import View

INSTALL_LAG = 2
"""Quarters from a chip's sale, or the money for it, to its load: middle of the 1 to 3 quarters of the method notes."""
BUILD_LAG = 4
"""Quarters from construction spending to load: a shell and its power take one to three years, spent all along."""
EDGE = 4
"""Quarters whose mean an indicator is held at before its first and after its last figure."""
LEAST = 8
"""Fewest quarters an indicator is standardised over."""

SALES = "us.electricity.sales.commercial.eia"
STATE_SALES = by_role(Role.STATE_SALES)
"""Monthly commercial sales of states with large data-center load."""
CONSTRUCTION = "us.datacenter.construction_spending.saar"
CHIPS = "nvidia"
"""The designer whose cumulative chip power reaches back furthest (2022); others start in 2024."""


@dataclass(frozen=True)
class Indicator:
    """One standardised indicator over quarters.

    Attributes:
        z: standardised values, shape (quarter,), at the quarter they become load in.
        outside_figures: quarters outside its figures, shape (quarter,), bool.
        last: the last quarter of load it has a figure for.
        inputs: the series it was made from.
    """

    name: str
    z: FloatArray
    outside_figures: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
    last: Period
    inputs: tuple[ModelSeries, ...]


@dataclass(frozen=True, slots=True)
class Definition:
    """How an indicator is read: inputs by id, quarters until load, and its flow by quarter in logs or log growth."""

    name: str
    inputs: tuple[str, ...]
    lag: int
    formula: str
    read: Callable[[View], dict[Period, float]]


def quarters_of(months: dict[Period, float]) -> dict[Period, float]:
    """Mean over the months of a quarter, only quarters with all three."""
    parts: dict[Period, list[float]] = {}
    for month, value in months.items():
        parts.setdefault(Period.containing(month.start, Frequency.QUARTER), []).append(value)
    return {quarter: sum(values) / 3 for quarter, values in parts.items() if len(values) == Frequency.QUARTER.months}


def _logs(values: dict[Period, float]) -> dict[Period, float]:
    return {period: float(np.log(value)) for period, value in values.items() if value > 0}


def _chips(view: View) -> dict[Period, float]:
    return _logs(increments(view, CHIPS, "power"))


def _construction(view: View) -> dict[Period, float]:
    return _logs(quarters_of(view.read(CONSTRUCTION, freq=Frequency.MONTH).by_period()))


def _capex(view: View) -> dict[Period, float]:
    return _logs(hyperscaler_capex(view, recipe="sum.hyperscaler_cash_capex").by_period())


def _excess_sales(view: View) -> dict[Period, float]:
    # Growth on the same quarter a year before, so that season and weather common to all states cancel.
    tables = [view.read(series_id, freq=Frequency.MONTH).to_unit("GWh").by_period() for series_id in STATE_SALES]
    everywhere = quarters_of(view.read(SALES, freq=Frequency.MONTH).to_unit("GWh").by_period())
    shared = set.intersection(*(set(table) for table in tables))
    inside = quarters_of({month: sum(table[month] for table in tables) for month in shared})
    both = {
        quarter: (inside[quarter], everywhere[quarter] - inside[quarter]) for quarter in inside if quarter in everywhere
    }
    excess = {}
    for quarter, (here, elsewhere) in both.items():
        before = both.get(quarter.shift(-EDGE))
        if before is not None:
            excess[quarter] = float(np.log(here / before[0]) - np.log(elsewhere / before[1]))
    return excess


_CHIP_POWER = Definition(
    "chip_power",
    (f"{CHIPS}.ai_chips.cumulative_power", f"{CHIPS}.ai_chips.quarterly_compute"),
    INSTALL_LAG,
    "Log of NVIDIA chip power sold in a quarter (MW, difference of cumulative medians), two quarters later.",
    _chips,
)

DEFINITIONS: dict[str, tuple[Definition, ...]] = {
    "US": (
        _CHIP_POWER,
        Definition(
            "commercial_sales",
            (SALES, *STATE_SALES),
            0,
            f"Log growth on the year of commercial electricity sales in {len(STATE_SALES)} data-center states less "
            "that elsewhere.",
            _excess_sales,
        ),
        Definition(
            "construction",
            (CONSTRUCTION,),
            BUILD_LAG,
            "Log of data-center construction spending (annual rate, nominal), four quarters later.",
            _construction,
        ),
    ),
    # China's internet data services have too few months to be standardised: features/nowcast/internet_data.py.
    "CN": (),
    "WORLD": (
        _CHIP_POWER,
        Definition(
            "capex",
            HYPERSCALERS,
            INSTALL_LAG,
            "Log of capital expenditure of the four largest operators, two quarters later.",
            _capex,
        ),
    ),
}
"""Indicators by region."""


def indicators(view: View, region: str, quarters: tuple[Period, ...]) -> tuple[tuple[Indicator, ...], dict[str, str]]:
    """The indicators of a region over quarters, and those that cannot be made that day with the reason."""
    rows: list[Indicator] = []
    missing: dict[str, str] = {}
    for definition in DEFINITIONS[region]:
        try:
            flow = {quarter.shift(definition.lag): value for quarter, value in definition.read(view).items()}
        except NotFound as error:
            missing[definition.name] = f"{error.detail}: {error.remedy}"
            continue
        values = np.array(list(flow.values()))
        if len(flow) < LEAST or not values.std() > 0:
            missing[definition.name] = f"{len(flow)} quarters are too few to standardise it"
            continue
        mean, spread = float(values.mean()), float(values.std())
        table = {quarter: (value - mean) / spread for quarter, value in sorted(flow.items())}
        inputs = tuple(view.read(series_id) for series_id in definition.inputs)
        rows.append(_indicator(definition.name, table, quarters, inputs))
    return tuple(rows), missing


def _indicator(
    name: str, table: dict[Period, float], quarters: tuple[Period, ...], inputs: tuple[ModelSeries, ...]
) -> Indicator:
    covered = sorted(table)
    early = float(np.mean([table[quarter] for quarter in covered[:EDGE]]))
    late = float(np.mean([table[quarter] for quarter in covered[-EDGE:]]))
    z = [table.get(quarter, early if quarter < covered[0] else late) for quarter in quarters]
    absent = np.array([quarter not in table for quarter in quarters])
    return Indicator(name, np.array(z), absent, covered[-1], inputs)
