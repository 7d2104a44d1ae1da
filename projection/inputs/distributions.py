"""Distributions of assumptions, read off standard normals.

The same normal gives the same place in every distribution, so that a scenario which puts another distribution in the
place of one moves every draw by the difference of the two and by nothing else.
"""

import math
from abc import ABC, abstractmethod
from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator
from scipy.special import ndtr

from data.base.errors import AssumptionInvalid

FloatArray = NDArray[np.floating[Any]]
# Standard normal quantile of 0.9: the 80 % band of a normal is the median plus and minus this many sd.
Z90 = 1.2815515655446004


class _Spec(BaseModel, ABC):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

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
SPEC: TypeAdapter[Any] = TypeAdapter(Spec)
"""Reads a distribution from a table."""
Range = tuple[float, float]
"""Least and most."""
FAR = 3.09
"""Normal score of one in a thousand."""
TENFOLD = 10.0
LEAST_SHARE = 5e-4


def between(spec: Spec, score: float) -> Range:
    """The values at a normal score below and above the median, in double precision; infinite where too large."""
    with np.errstate(all="ignore"):
        low, high = spec.read(np.array([-score, score]))
    return float(low), float(high)


def usual_range(spec: Spec) -> Range:
    """What a scenario may make of an assumption that states no range of its own.

    A share stays one, a positive number within a tenth and ten times its reach, any other within twice the width of
    its 99.8 % band on either side; a constant stays what it is.

    Raises :class:`AssumptionInvalid` for a distribution that is not read yet.
    """
    low, high = between(spec, FAR)
    if isinstance(spec, Logit):
        return LEAST_SHARE, 1 - LEAST_SHARE
    if isinstance(spec, Lognormal) or (isinstance(spec, Triangular) and spec.low >= 0):
        return low / TENFOLD, high * TENFOLD
    return low - 2 * (high - low), high + 2 * (high - low)
