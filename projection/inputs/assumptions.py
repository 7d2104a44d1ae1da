"""Assumptions: parameters with a distribution, unit, source and version, read from one file and sampled by name.

Each assumption draws from its own named stream, so that a scenario which overrides one of them leaves every other
draw untouched: scenario differences are then exact, not noise.
"""

import hashlib
import math
import tomllib
from collections.abc import Collection, Mapping
from enum import StrEnum
from functools import cached_property
from importlib import resources
from typing import Any, Self, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from data.base.errors import AssumptionInvalid, ProjectionError, TableCorrupt
from features.grids.definitions import GRIDS
from projection.base.streams import keys, normals_of
from projection.inputs.assumption_values import Values
from projection.inputs.distributions import SPEC, Figured, Fitted, Lognormal, Normal, Range, Spec, usual_range
from projection.inputs.overrides import BASE, OverrideNormals, Scenario
from training.artifact.published import Identified, Realisation

FloatArray = NDArray[np.floating[Any]]
DATES = ("from", "until")
"""What the dates between which a dated assumption comes are named after it."""


class Group(StrEnum):
    """Which part of a band's width an input causes."""

    NOWCAST = "nowcast"
    GROWTH = "growth"
    CONVERSION = "conversion"
    MODEL = "model_error"


class Basis(StrEnum):
    """What an assumption rests on."""

    FIGURE = "figure"
    WEAK = "weak"
    JUDGEMENT = "judgement"


class Assumption(BaseModel):
    """One parameter: its distribution and where it comes from.

    Attributes:
        regions: the only regions whose answers rest on it; none means all.
        a_year: what a level stated for the file's base year changes by in each later year, of a lognormal in logs; None
            for what is no level of one year.
        range: values a scenario may give it, where those usual for its distribution do not serve; a constant without
            one is changed by no scenario.
        dated: whether it comes between two dates, which are assumptions named after it (:data:`DATES`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    spec: Spec
    unit: str
    group: Group
    basis: Basis
    source: str
    note: str = ""
    regions: tuple[str, ...] = ()
    a_year: Normal | None = None
    same_draw_as: str | None = None
    range: Range | None = None
    dated: bool = False

    @cached_property
    def allowed(self) -> Range:
        """Least and most a scenario may make of it; raises :class:`AssumptionInvalid` before figures are read."""
        return self.range or usual_range(self.spec)


class Assumptions(BaseModel):
    """The whole file: version, content hash, parameters, correlations.

    ``base_year`` is the year whose levels some assumptions state; :meth:`carried` moves them to a later one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    base_year: int
    sha256: str
    items: dict[str, Assumption]
    correlations: tuple[tuple[str, str, float], ...]

    @classmethod
    def shipped(cls) -> Self:
        """The file that comes with this version of the code; raises :class:`TableCorrupt` where a grid lacks one."""
        assumptions = cls.parse((resources.files("projection.inputs") / "assumptions.toml").read_bytes())
        for grid in GRIDS:
            if missing := [name for name in grid.assumptions if name not in assumptions.items]:
                raise TableCorrupt("grids.toml", f"{grid.region}: no assumption {', '.join(missing)}")
        return assumptions

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """Read the TOML; raises :class:`AssumptionInvalid` naming the entry that is malformed."""
        try:
            table = tomllib.loads(raw.decode())
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise AssumptionInvalid("file", str(error)) from error
        items = {name: _assumption(name, entry) for name, entry in table.get("assumptions", {}).items()}
        for name, item in items.items():
            if lacking := [f"{name}_{end}" for end in DATES if item.dated and f"{name}_{end}" not in items]:
                raise AssumptionInvalid(name, f"is dated, and there is no {' and no '.join(lacking)}")
        pairs = []
        for entry in table.get("correlations", []):
            first, second = entry["pair"]
            for name in (first, second):
                if name not in items:
                    raise AssumptionInvalid(name, "is correlated but not defined")
            pairs.append((str(first), str(second), float(entry["rho"])))
        return cls(
            version=str(table.get("version", "")),
            base_year=_base_year(table),
            sha256=hashlib.sha256(raw).hexdigest(),
            items=items,
            correlations=tuple(pairs),
        )

    def fitted(self, realisation: Realisation) -> Self:
        """The same with every fitted term read from a model version; its basis follows how far editions identify it.

        Raises :class:`AssumptionInvalid` for a term the version lacks.
        """
        items = {}
        for name, item in self.items.items():
            if isinstance(item.spec, Fitted):
                term = realisation.terms.get(item.spec.term)
                if term is None:
                    raise AssumptionInvalid(name, f"the model version has no term {item.spec.term}")
                items[name] = item.model_copy(
                    update={
                        "spec": SPEC.validate_python(
                            {"distribution": term.scale.value, "p10": term.posterior.low, "p90": term.posterior.high}
                        ),
                        "basis": _BASES[term.identified],
                        "source": f"{term.count} {term.counted}; prior: {term.source}",
                    }
                )
        return self.model_copy(update={"items": self.items | items})

    def carried(self, base_year: int) -> Self:
        """The same with levels of a later base year: each changes and widens by its ``a_year``, year after year.

        Levels are not carried back: the same comes back for an earlier year, with its own ``base_year``.
        """
        years = base_year - self.base_year
        if years <= 0:
            return self
        items = {
            name: item.model_copy(update={"spec": _later(item.spec, item.a_year, years)})
            for name, item in self.items.items()
            if item.a_year is not None
        }
        return self.model_copy(update={"items": self.items | items, "base_year": base_year})

    def grounded(self, figures: Mapping[str, Any]) -> tuple[Self, tuple[str, ...]]:
        """The same with every assumption that rests on figures given its distribution.

        Args:
            figures: distributions by assumption name, as the figures of the day give them.

        Returns:
            The assumptions, and the names for which no figure was known and what is stated for that case serves.

        Raises:
            ProjectionError: neither figure nor stated distribution is there for one of them.
        """
        items, stated = dict(self.items), []
        for name, item in self.items.items():
            if not isinstance(item.spec, Figured):
                continue
            spec = figures.get(name)
            if spec is None:
                spec = item.spec.otherwise
                stated.append(name)
            if spec is None:
                raise ProjectionError(f"no figure known that day gives {name}", remedy="choose a later as_of")
            items[name] = item.model_copy(update={"spec": spec})
        return self.model_copy(update={"items": items}), tuple(stated)

    def latent(
        self, *, seed: int, draws: int, first: int = 0, only: Collection[str] | None = None
    ) -> dict[str, FloatArray]:
        """Correlated standard normals by assumption name, each of shape (draw,), draws from ``first`` on.

        Independent streams are mixed by the Cholesky factor of the stated correlations; the matrix must be positive
        definite, else :class:`AssumptionInvalid`. With ``only``, those names and what they hang on are given.
        """
        from projection.base.philox import mix

        names = sorted({name for one, other, _ in self.correlations for name in (one, other)})
        chosen: Collection[str] = self.items
        if only is not None:
            chosen = {self.items[name].same_draw_as or name for name in only} | set(only)
            # Correlated normals are one mixture.
            chosen |= set(names) if chosen & set(names) else set()
            names = names if chosen & set(names) else []
        streams = keys(seed, [f"assumption/{name}" for name in chosen])
        latent = dict(zip(chosen, normals_of(streams, draws, first=first), strict=True))
        if names:
            place = {name: index for index, name in enumerate(names)}
            matrix = np.eye(len(names))
            for one, other, rho in self.correlations:
                matrix[place[one], place[other]] = matrix[place[other], place[one]] = rho
            try:
                factor = np.asarray(np.linalg.cholesky(matrix), dtype=np.float64)
            except np.linalg.LinAlgError:
                raise AssumptionInvalid("correlations", "the matrix is not positive definite") from None
            mixed = np.stack([latent[name] for name in names])
            mix(factor, mixed)
            latent |= {name: mixed[index] for name, index in place.items()}
        for name in chosen:
            same = self.items[name].same_draw_as
            if same is not None:
                latent[name] = latent[same]
        return latent

    def values(
        self, latent: Mapping[str, FloatArray], scenario: Scenario = BASE, normals: OverrideNormals | None = None
    ) -> Values:
        """Values by assumption name under a scenario, each of shape (draw,), from the latent normals there are.

        Args:
            latent: of :meth:`latent`, for the same draws as ``normals``.
            scenario: what is changed; what it scales or shifts stays within what is allowed of the assumption.
            normals: of its bands; None where it has none.
        """
        values = {name: self.items[name].spec.read(z) for name, z in latent.items()}
        for name, overrides in scenario.by_assumption.items():
            if name not in latent:
                continue
            for override in overrides:
                z = latent[name] if override.of_own_draw else override.normals(normals, like=latent[name])
                values[name] = override.applied(values[name], z, self.items[name].allowed)
        # Every name was checked against the file when it was parsed.
        return cast("Values", values)


def _later(spec: Spec, a_year: Normal, years: int) -> Normal | Lognormal:
    """A level some years on, whose changes of single years are independent of it and of each other."""
    if not isinstance(spec, Normal | Lognormal):
        raise AssumptionInvalid("a_year", f"cannot be added to a {spec.distribution} distribution")
    is_log = isinstance(spec, Lognormal)
    low, high = (math.log(end) if is_log else end for end in (spec.p10, spec.p90))
    middle = (low + high) / 2 + years * (a_year.p10 + a_year.p90) / 2
    half = math.hypot((high - low) / 2, math.sqrt(years) * (a_year.p90 - a_year.p10) / 2)
    if is_log:
        return Lognormal(distribution="lognormal", p10=math.exp(middle - half), p90=math.exp(middle + half))
    return Normal(distribution="normal", p10=middle - half, p90=middle + half)


_BASES = {Identified.YES: Basis.FIGURE, Identified.PARTLY: Basis.WEAK, Identified.NO: Basis.JUDGEMENT}


def _base_year(table: Mapping[str, Any]) -> int:
    year = table.get("base_year")
    if not isinstance(year, int):
        raise AssumptionInvalid("base_year", "is not given as a year")
    return year


def _assumption(name: str, entry: dict[str, Any]) -> Assumption:
    described = {"unit", "group", "basis", "source", "note", "regions", "a_year", "same_draw_as", "range", "dated"}
    try:
        return Assumption(
            name=name,
            spec=SPEC.validate_python({key: value for key, value in entry.items() if key not in described}),
            **{key: entry[key] for key in described & entry.keys()},
        )
    except ValidationError as error:
        raise AssumptionInvalid(name, error.errors()[0]["msg"]) from error
