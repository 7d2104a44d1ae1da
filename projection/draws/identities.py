"""Identities: what must hold in every published draw, compared in two ways whenever draws are made.

Arithmetic is in single precision, so two ways may lie apart by some roundings of 2^-24 each (Higham, Accuracy and
Stability of Numerical Algorithms, 2002, section 3.1); every identity says how many are allowed. Which there are stands
in :mod:`projection.simulate.identities`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.base.errors import ProjectionError

FloatArray = NDArray[np.floating[Any]]
ROUNDING = 2.0**-24
"""Largest relative error of one operation in single precision."""
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


def worst_of(errors: Iterable[IdentityError]) -> list[IdentityError]:
    """The worst of each identity, with all that was compared of it, in the order they were checked first."""
    worst_by_name: dict[str, IdentityError] = {}
    for one in errors:
        before = worst_by_name.get(one.identity.name)
        worse = one if before is None or one.worst > before.worst else before
        compared = one.compared + (before.compared if before else 0)
        worst_by_name[one.identity.name] = replace(worse, compared=compared)
    return list(worst_by_name.values())


def worst_by_scenario(scenarios: Iterable[tuple[str, Sequence[IdentityError]]]) -> list[dict[str, Any]]:
    """One line for each identity over all scenarios, for the manifest."""
    named = (replace(one, scenario=scenario) for scenario, errors in scenarios for one in errors)
    return [one.facts() for one in worst_of(named)]
