"""What is published of plan realisation: its terms, each with prior, source, evidence and posterior. JSON only.

A term is a normal on its scale (plain, log or logit), given by its 10th and 90th percentile, before the evidence and
after it. Where the editions say nothing, the posterior is the prior.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Self

Z90 = 1.2815515655446004
"""Standard deviations from the middle of a normal to its 90th percentile."""


class Scale(StrEnum):
    """On which scale a term is normal."""

    PLAIN = "normal"
    LOG = "lognormal"
    LOGIT = "logit"

    def forward(self, value: float) -> float:
        """A value on the scale."""
        if self is Scale.LOG:
            return math.log(value)
        return value if self is Scale.PLAIN else math.log(value / (1 - value))

    def back(self, value: float) -> float:
        """A value from the scale."""
        if self is Scale.LOG:
            return math.exp(value)
        return value if self is Scale.PLAIN else 1 / (1 + math.exp(-value))


class Identified(StrEnum):
    """Whether the editions identify a term."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Band:
    """10th and 90th percentile of a term, ``low < high``."""

    low: float
    high: float

    def normal(self, scale: Scale) -> tuple[float, float]:
        """Mean and standard deviation on a scale."""
        low, high = scale.forward(self.low), scale.forward(self.high)
        return (low + high) / 2, (high - low) / (2 * Z90)

    def middle(self, scale: Scale) -> float:
        """The median."""
        return scale.back(self.normal(scale)[0])

    @classmethod
    def of(cls, mean: float, sd: float, scale: Scale) -> Self:
        """The band of a normal on a scale."""
        return cls(scale.back(mean - Z90 * sd), scale.back(mean + Z90 * sd))

    def rounded(self) -> Self:
        """To six digits: the last ones of an optimiser or a solver differ between processors, a version must not."""
        return type(self)(*(float(f"{value:.6g}") for value in (self.low, self.high)))


@dataclass(frozen=True, slots=True)
class Term:
    """One term of plan realisation.

    Attributes:
        source: what the prior rests on.
        count: observations behind the posterior; counted: what they are.
    """

    name: str
    title: str
    unit: str
    scale: Scale
    prior: Band
    source: str
    count: int
    counted: str
    posterior: Band
    identified: Identified

    @property
    def median(self) -> float:
        """Posterior median."""
        return self.posterior.middle(self.scale)


@dataclass(frozen=True, slots=True)
class Realisation:
    """The plan-realisation model of a version.

    Attributes:
        editions: days of the editions it was fitted on, ascending.
        evidence_days: days from the first to the last; slip beyond this plan age is the prior's.
        reason: why the terms of sites are priors only, or None.
        terms: those of sites, and those of generation plans, which are fitted on other figures.
        unseen_mw: MW the newest edition counts as running by date alone; counted_mw: all it counts as running.
        coverage: MW that sites new in an edition already ran on the day of the edition before, by edition; growth of
            the tracker, never delivery.
    """

    as_of: date
    editions: tuple[date, ...]
    evidence_days: int
    reason: str | None
    terms: Mapping[str, Term]
    unseen_mw: float
    counted_mw: float
    coverage: Mapping[date, float]

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "as_of": self.as_of.isoformat(),
            "editions": [day.isoformat() for day in self.editions],
            "evidence_days": self.evidence_days,
            "reason": self.reason,
            "terms": {name: asdict(term) for name, term in self.terms.items()},
            "unseen_mw": self.unseen_mw,
            "counted_mw": self.counted_mw,
            "coverage": {day.isoformat(): mw for day, mw in self.coverage.items()},
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Read back what :meth:`to_json` wrote; raises KeyError, TypeError or ValueError where it is none."""
        return cls(
            as_of=date.fromisoformat(content["as_of"]),
            editions=tuple(date.fromisoformat(day) for day in content["editions"]),
            evidence_days=int(content["evidence_days"]),
            reason=content["reason"],
            terms=MappingProxyType({name: _term(entry) for name, entry in content["terms"].items()}),
            unseen_mw=float(content["unseen_mw"]),
            counted_mw=float(content["counted_mw"]),
            coverage=MappingProxyType({date.fromisoformat(d): float(mw) for d, mw in content["coverage"].items()}),
        )


def _term(entry: Mapping[str, Any]) -> Term:
    options = {"scale": Scale(entry["scale"]), "identified": Identified(entry["identified"])}
    bands = {name: Band(**entry[name]) for name in ("prior", "posterior")}
    return Term(**{**entry, **options, **bands})
