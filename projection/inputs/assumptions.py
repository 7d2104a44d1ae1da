"""Assumptions: parameters with a distribution, unit, source and version, read from one file and sampled by name.

Each assumption draws from its own named stream, so that a scenario which overrides one of them leaves every other
draw untouched: scenario differences are then exact, not noise.
"""

import hashlib
import math
import tomllib
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from enum import StrEnum
from importlib import resources
from typing import Annotated, Any, Literal, Self, cast

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from scipy.special import ndtr

from data.base.errors import AssumptionInvalid, ProjectionError, TableCorrupt
from features.grids.definitions import GRIDS
from projection.base.streams import keys, normals_of
from projection.inputs.assumption_values import Values
from training.artifact.published import Identified, Realisation

FloatArray = NDArray[np.floating[Any]]
# Standard normal quantile of 0.9: the 80 % band of a normal is the median plus and minus this many sd.
Z90 = 1.2815515655446004


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


class _Spec(BaseModel, ABC):
    model_config = ConfigDict(frozen=True, extra="forbid")

    @abstractmethod
    def read(self, z: FloatArray) -> FloatArray:
        """Turn standard normals, shape (draw,), into values, shape (draw,)."""


class _Band(_Spec):
    p10: float
    p90: float

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.p10 < self.p90:
            raise ValueError("p10 must be below p90")
        return self


class Normal(_Band):
    """Normal with the given 80 % band."""

    distribution: Literal["normal"]

    def read(self, z: FloatArray) -> FloatArray:
        """See :class:`_Spec`."""
        return np.asarray((self.p10 + self.p90) / 2 + z * (self.p90 - self.p10) / (2 * Z90))


class Lognormal(_Band):
    """Lognormal with the given 80 % band; both ends positive."""

    distribution: Literal["lognormal"]

    @model_validator(mode="after")
    def _positive(self) -> Self:
        if self.p10 <= 0:
            raise ValueError("p10 must be positive")
        return self

    def read(self, z: FloatArray) -> FloatArray:
        """See :class:`_Spec`."""
        low, high = math.log(self.p10), math.log(self.p90)
        return np.asarray(np.exp((low + high) / 2 + z * (high - low) / (2 * Z90)))


class Logit(_Band):
    """A share strictly between 0 and 1, normal on the logit scale."""

    distribution: Literal["logit"]

    @model_validator(mode="after")
    def _share(self) -> Self:
        if not (self.p10 > 0 and self.p90 < 1):
            raise ValueError("a share lies strictly between 0 and 1")
        return self

    def read(self, z: FloatArray) -> FloatArray:
        """See :class:`_Spec`."""
        low, high = (math.log(p / (1 - p)) for p in (self.p10, self.p90))
        return np.asarray(1 / (1 + np.exp(-((low + high) / 2 + z * (high - low) / (2 * Z90)))))


class SplitNormal(_Spec):
    """Two half-normals that meet at the median: a skewed band given by three quantiles."""

    distribution: Literal["split_normal"]
    p10: float
    p50: float
    p90: float

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.p10 < self.p50 < self.p90:
            raise ValueError("p10 < p50 < p90 must hold")
        return self

    def read(self, z: FloatArray) -> FloatArray:
        """See :class:`_Spec`."""
        below, above = (self.p50 - self.p10) / Z90, (self.p90 - self.p50) / Z90
        return np.asarray(self.p50 + np.minimum(z, 0) * below + np.maximum(z, 0) * above)


class Triangular(_Spec):
    """Triangular on [low, high] with the given mode, by its inverse distribution function."""

    distribution: Literal["triangular"]
    low: float
    mode: float
    high: float

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not (self.low <= self.mode <= self.high and self.low < self.high):
            raise ValueError("low <= mode <= high and low < high must hold")
        return self

    def read(self, z: FloatArray) -> FloatArray:
        """See :class:`_Spec`."""
        u = ndtr(z)
        width, left = self.high - self.low, self.mode - self.low
        right = self.high - self.mode
        rising = self.low + np.sqrt(u * width * left)
        falling = self.high - np.sqrt((1 - u) * width * right)
        return np.asarray(np.where(u * width < left, rising, falling))


class Fixed(_Spec):
    """A constant, used by scenarios."""

    distribution: Literal["fixed"]
    value: float

    def read(self, z: FloatArray) -> FloatArray:
        """See :class:`_Spec`."""
        return np.full_like(z, self.value)


class Fitted(_Spec):
    """A term of plan realisation that training fits; its distribution comes with a model version."""

    distribution: Literal["fitted"]
    term: str

    def read(self, z: FloatArray) -> FloatArray:
        """See :class:`_Spec`; raises :class:`AssumptionInvalid`: without a model version there is nothing to read."""
        del z
        raise AssumptionInvalid(self.term, "is fitted by training and no fit was given")


class Figured(_Spec):
    """Read off figures on the day of the projection; what serves where that day knows none is stated, or none does."""

    distribution: Literal["figure"]
    otherwise: "Drawn | None" = None

    def read(self, z: FloatArray) -> FloatArray:
        """Never: :meth:`Assumptions.grounded` puts a distribution in its place first."""
        del z
        raise AssumptionInvalid("distribution", "rests on figures and was read before they were")


Drawn = Annotated[Normal | Lognormal | Logit | SplitNormal | Triangular | Fixed, Field(discriminator="distribution")]
Figured.model_rebuild()
Spec = Annotated[
    Normal | Lognormal | Logit | SplitNormal | Triangular | Fixed | Fitted | Figured,
    Field(discriminator="distribution"),
]
_SPEC: TypeAdapter[Any] = TypeAdapter(Spec)


class Assumption(BaseModel):
    """One parameter: its distribution and where it comes from.

    Attributes:
        regions: the only regions whose answers rest on it; none means all.
        a_year: what a level stated for the file's base year changes by in each later year, of a lognormal in logs; None
            for what is no level of one year.
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


class Scenario(BaseModel):
    """A named set of overrides of distributions, evaluated on the base's random numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    title: str
    description: str
    overrides: dict[str, Spec] = Field(default_factory=dict)


class Assumptions(BaseModel):
    """The whole file: version, content hash, parameters, correlations, scenarios.

    ``base_year`` is the year whose levels some assumptions state; :meth:`carried` moves them to a later one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    base_year: int
    sha256: str
    items: dict[str, Assumption]
    correlations: tuple[tuple[str, str, float], ...]
    scenarios: dict[str, Scenario]

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
        scenarios = {name: _scenario(name, entry, items) for name, entry in table.get("scenarios", {}).items()}
        if "base" not in scenarios:
            raise AssumptionInvalid("scenarios", "there is no scenario named base")
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
            scenarios=scenarios,
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
                        "spec": _SPEC.validate_python(
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

    def values(self, latent: Mapping[str, FloatArray], *, scenario: str) -> Values:
        """Values by assumption name under a scenario, each of shape (draw,), from the latent normals there are."""
        overrides = self.scenarios[scenario].overrides
        drawn_values = {name: overrides.get(name, self.items[name].spec).read(z) for name, z in latent.items()}
        # Every name was checked against the file when it was parsed.
        return cast("Values", drawn_values)


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
    described = {"unit", "group", "basis", "source", "note", "regions", "a_year", "same_draw_as"}
    try:
        return Assumption(
            name=name,
            spec=_SPEC.validate_python({key: value for key, value in entry.items() if key not in described}),
            **{key: entry[key] for key in described & entry.keys()},
        )
    except ValidationError as error:
        raise AssumptionInvalid(name, error.errors()[0]["msg"]) from error


def _scenario(name: str, entry: dict[str, Any], items: Mapping[str, Assumption]) -> Scenario:
    unknown = set(entry.get("overrides", {})) - set(items)
    if unknown:
        raise AssumptionInvalid(name, f"overrides what is not defined: {', '.join(sorted(unknown))}")
    try:
        return Scenario(name=name, **entry)
    except ValidationError as error:
        raise AssumptionInvalid(name, error.errors()[0]["msg"]) from error
