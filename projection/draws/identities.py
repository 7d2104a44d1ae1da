"""Identities: two ways to one number, compared draw by draw whenever an edition is made.

What needs the numbers between equipment and cells is compared on the first draws, before the floor
(:mod:`projection.simulate.conversions`); what needs published quantities alone after it. Arithmetic is in single
precision, so two ways may lie apart by some roundings of 2^-24 each (Higham, Accuracy and Stability of Numerical
Algorithms, 2002, section 3.1); every identity says how many are allowed.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.base.errors import ProjectionError
from data.base.layers import LAYERS, DemandConcept, Layer, Timing
from features.grids.definitions import PARTS
from projection.base.timeline import QUARTERS_PER_YEAR
from projection.cells.draw_table import FLOWS, DrawTable
from projection.cells.paths import WORLD
from projection.model.chips import REGIONS
from projection.model.engine import SUMMED

FloatArray = NDArray[np.floating[Any]]
ROUNDING = 2.0**-24
"""Largest relative error of one operation in single precision."""
LOOKED = 4096
"""Draws on which ways are compared: all draws are made alike. That values lie in range is looked at in every draw."""
Tie = tuple[str, FloatArray, FloatArray]
"""Where two ways are compared (a cell, or a region), and what each gives, of one shape."""


@dataclass(frozen=True, slots=True)
class Identity:
    """One identity.

    Attributes:
        states: the identity as a sentence.
        roundings: of 2^-24 each, by which the two ways may lie apart, relative to the larger of them.
    """

    name: str
    states: str
    roundings: int

    @property
    def tolerance(self) -> float:
        """Largest relative deviation allowed."""
        return self.roundings * ROUNDING


@dataclass(frozen=True, slots=True)
class IdentityError:
    """An identity that held.

    Attributes:
        worst: largest relative deviation; cell: where it was, empty where nothing deviated or was compared.
        compared: how many numbers.
        scenario: of the worst.
    """

    identity: Identity
    worst: float
    cell: str
    compared: int
    scenario: str = ""

    def facts(self) -> dict[str, Any]:
        """What the manifest says."""
        return {
            "name": self.identity.name,
            "states": self.identity.states,
            "tolerance": float(f"{self.identity.tolerance:.3g}"),
            "worst": float(f"{self.worst:.3g}"),
            "scenario": self.scenario,
            "cell": self.cell,
            "compared": self.compared,
        }


WORLD_OF_REGIONS = Identity(
    "world_is_its_regions",
    "After the floor too, WORLD's demand of compute, power and energy is US + CN + EU + rest.",
    8,
)
YEAR_OF_QUARTERS = Identity(
    "year_is_its_quarters",
    "A year of energy, and of disks shipped and retired, is the sum of its published quarters.",
    # Each of five numbers is stretched on its own, and four are added.
    16,
)
USED_OF_INSTALLED = Identity(
    "used_is_not_more_than_installed",
    "Storage that holds data is at most what is installed.",
    8,
)
IN_RANGE = Identity(
    "in_range",
    "Published demand, supply and unconstrained demand are finite and not negative (firm growth may be); shares of "
    "growth and of late plans lie within 0 and 1; H100e at 16 bit over those at 8 are at most that of the newest chips "
    "or 1.",
    8,
)
GRIDS_WITHIN = Identity(
    "grids_are_within_their_country",
    "Energy demand of the grids answered as parts of a region is together at most that of the region.",
    8,
)
UNCONSTRAINED = Identity(
    "unconstrained_is_not_less",
    "Demand without full halls is at least demand.",
    # The two are multiplied apart: by the share bought, by what went unmet, by the floor.
    16,
)


def hold(identity: Identity, ties: Iterable[Tie]) -> IdentityError:
    """Compare two ways everywhere.

    Raises:
        ProjectionError: somewhere they lie further apart than the tolerance, or one is not finite; it names the
            identity, the cell and the worst deviation.
    """
    worst, cell, compared = 0.0, "", 0
    for place, one, other in ties:
        if one.size == 0:
            continue
        with np.errstate(invalid="ignore"):
            size = np.maximum(np.maximum(np.abs(one), np.abs(other)), np.finfo(np.float32).tiny)
            apart = float((np.abs(one - other) / size).max())
        if not apart <= identity.tolerance:
            raise ProjectionError(
                f"identity {identity.name} does not hold for {place}: the two ways lie {apart:.3g} apart, "
                f"{identity.tolerance:.3g} allowed ({identity.states})",
                remedy="nothing was published; report it with the seed and the scenario",
            )
        compared += one.size
        if apart > worst:
            worst, cell = apart, place
    return IdentityError(identity, worst, cell, compared)


def of_sums(table: DrawTable) -> list[IdentityError]:
    """What holds of sums of regions, once the floor is applied and before demand under other concepts is written."""
    return [hold(WORLD_OF_REGIONS, _sums(table)), hold(GRIDS_WITHIN, _grids(table))]


def of_published(table: DrawTable, *, most_at_16_bit: float) -> list[IdentityError]:
    """What holds of every published quantity.

    Args:
        table: all draws, as they are published.
        most_at_16_bit: the most that a chip's H100e at 16 bit are over those at 8.
    """
    return [
        hold(YEAR_OF_QUARTERS, _years(table)),
        hold(IN_RANGE, _ranges(table, most_at_16_bit)),
        hold(UNCONSTRAINED, _unconstrained(table)),
        hold(USED_OF_INSTALLED, _used(table)),
    ]


def worst_of(scenarios: Iterable[tuple[str, Sequence[IdentityError]]]) -> list[dict[str, Any]]:
    """One line for each identity over all scenarios, for the manifest, in the order they were checked."""
    worst_by_name: dict[str, IdentityError] = {}
    for scenario, errors in scenarios:
        for one in errors:
            now, before = replace(one, scenario=scenario), worst_by_name.get(one.identity.name)
            worse = now if before is None or one.worst > before.worst else before
            worst_by_name[one.identity.name] = replace(
                worse, compared=one.compared + (before.compared if before else 0)
            )
    return [one.facts() for one in worst_by_name.values()]


def _sums(table: DrawTable) -> Iterator[Tie]:
    for layer in SUMMED:
        world = table.rows(WORLD, layer, "demand")
        parts = [rows for region in REGIONS if (rows := table.rows(region, layer, "demand")) is not None]
        if world is not None and len(parts) == len(REGIONS):
            yield f"{WORLD}|{layer}", world[:, :LOOKED], np.add.reduce([part[:, :LOOKED] for part in parts])


def _years(table: DrawTable) -> Iterator[Tie]:
    amounts = {"demand", "supply", *DemandConcept}
    for region, layer, quantity in table.starts:
        amount = LAYERS[layer].timing is Timing.TOTAL and quantity in amounts
        if not amount and quantity not in FLOWS:
            continue
        rows, points = table.rows(region, layer, quantity), table.points(layer, quantity)
        assert rows is not None  # noqa: S101 - it is one of the places
        whole = table.timeline.published_quarters // QUARTERS_PER_YEAR
        rows = rows[:, :LOOKED]
        quarters = rows[: whole * QUARTERS_PER_YEAR].reshape(whole, QUARTERS_PER_YEAR, -1)
        first = len(points.quarters)
        yield f"{region}|{layer}|{quantity}", rows[first : first + whole], quarters.sum(axis=1)


def _ranges(table: DrawTable, most_at_16_bit: float) -> Iterator[Tie]:
    greatest = float(np.finfo(np.float32).max)
    ranges = {"growth": (0.0, 1.0), "pace": (0.0, 1.0), "additions": (0.0, 1.0), "narrow": (0.0, most_at_16_bit)}
    for region, layer, quantity in table.starts:
        rows = table.rows(region, layer, quantity)
        assert rows is not None  # noqa: S101 - it is one of the places
        # A balance counted from a later day has no points before it.
        valid = [row for row in rows if not np.isnan(row[0])]
        least, most = ranges.get(quantity, (-greatest if layer is Layer.FIRM else 0.0, greatest))
        ends = np.array([[row.min(), row.max()] for row in valid], dtype=np.float32)
        yield f"{region}|{layer}|{quantity}", ends, np.clip(ends, least, most)


def _unconstrained(table: DrawTable) -> Iterator[Tie]:
    for region, layer, quantity in table.starts:
        if quantity == "unconstrained":
            demand, apart = table.rows(region, layer, "demand"), table.rows(region, layer, quantity)
            assert demand is not None and apart is not None  # noqa: S101, PT018 - the second has the first
            demand, apart = demand[:, :LOOKED], apart[:, :LOOKED]
            yield f"{region}|{layer}", demand, np.minimum(demand, apart)


def _grids(table: DrawTable) -> Iterator[Tie]:
    for parent, grids in PARTS.items():
        whole = table.rows(parent, Layer.ENERGY, "demand")
        parts = [rows for grid in grids if (rows := table.rows(grid, Layer.ENERGY, "demand")) is not None]
        if whole is not None and parts:
            together = np.add.reduce([part[:, :LOOKED] for part in parts])
            yield f"{parent}|{Layer.ENERGY}", together, np.minimum(together, whole[:, :LOOKED])


def _used(table: DrawTable) -> Iterator[Tie]:
    for region, layer, quantity in table.starts:
        if quantity == "used":
            demand, used = table.rows(region, layer, "demand"), table.rows(region, layer, quantity)
            assert demand is not None and used is not None  # noqa: S101, PT018 - likewise
            used = used[:, :LOOKED]
            yield f"{region}|{layer}", used, np.minimum(used, demand[:, :LOOKED])
