"""What is published of the use of models by country: for each proxy the state its shares stand in, and how they move.

The state is on the additive log-ratio scale (Aitchison 1986): the logarithm of each part over the last one. Level and
drift of every ratio have one covariance, ``cov`` times ``I + 11'``, which is what independent shocks to the logarithm
of every part give and which no choice of the last part changes. JSON only; no modelling library is reached from here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
PARAMETERS = ("level_sd", "passing_sd", "drift_sd", "damping")
"""Per month: sd of the shock to a part's log level, sd of what passes within a month, sd of a part's drift, and the
share of a drift that is left after a month."""


@dataclass(frozen=True, eq=False)
class Posterior:
    """Where a proxy stands after its last month, over a grid of parameters, shapes by (point, ...).

    Attributes:
        weights: posterior weight of each grid point, summing to one.
        parameters: of :data:`PARAMETERS`, (point, 4).
        level, drift: means of the log ratios and of their monthly drift, (point, ratio).
        cov: covariance of level and drift of one part, (point, 2, 2).
    """

    weights: Floats
    parameters: Floats
    level: Floats
    drift: Floats
    cov: Floats

    def to_json(self) -> dict[str, Any]:
        """As JSON values of six digits: the last ones differ between processors, and a version must not."""
        return {name: _rounded(getattr(self, name)) for name in ("weights", "parameters", "level", "drift", "cov")}

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Read back; raises KeyError, TypeError or ValueError where it is none."""
        arrays = {name: np.asarray(content[name], dtype=np.float64) for name in content}
        state = cls(**arrays)
        points, ratios = state.level.shape
        shapes = (state.weights.shape, state.parameters.shape, state.drift.shape, state.cov.shape)
        if shapes != ((points,), (points, len(PARAMETERS)), (points, ratios), (points, 2, 2)):
            raise ValueError(f"shapes do not agree: {shapes}")
        return state


@dataclass(frozen=True, slots=True)
class Score:
    """How forecasts of one proxy did at the origins there are.

    Attributes:
        method: ``state_space``, ``random_walk`` or ``last_value``.
        n: scored months; origins: forecasts they come from; furthest: months ahead of the furthest.
        energy: mean energy score of all shares together, in shares (0 to 2).
        crps_cn: mean CRPS of China's share alone.
        covered_80: share of months inside the central 80 % band of China's share; None for a method without one.
    """

    method: str
    n: int
    origins: int
    furthest: int
    energy: float
    crps_cn: float
    covered_80: float | None


@dataclass(frozen=True, eq=False)
class ProxyModel:
    """One proxy's forecast.

    Attributes:
        parts: what the shares are of; the last one is what the log ratios are over.
        first, last: the first and last observed month; observed: how many.
        scores: empty where a proxy has too few figures to be scored.
    """

    name: str
    parts: tuple[str, ...]
    first: date
    last: date
    observed: int
    posterior: Posterior
    scores: tuple[Score, ...]
    sources: tuple[str, ...]
    series: tuple[str, ...]
    pseudo_vintage: bool


@dataclass(frozen=True, eq=False)
class OpenModels:
    """All proxies of a version, and why others are not there."""

    as_of: date
    proxies: Mapping[str, ProxyModel]
    missing: Mapping[str, str]
    priors: Mapping[str, Mapping[str, Any]]

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "as_of": self.as_of.isoformat(),
            "proxies": {name: _proxy_json(proxy) for name, proxy in self.proxies.items()},
            "missing": dict(self.missing),
            "priors": {name: dict(prior) for name, prior in self.priors.items()},
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Self:
        """Read back what :meth:`to_json` wrote; raises KeyError, TypeError or ValueError where it is none."""
        return cls(
            as_of=date.fromisoformat(content["as_of"]),
            proxies=MappingProxyType({name: _proxy(name, entry) for name, entry in content["proxies"].items()}),
            missing=MappingProxyType(dict(content["missing"])),
            priors=MappingProxyType(dict(content["priors"])),
        )


def _proxy_json(proxy: ProxyModel) -> dict[str, Any]:
    return {
        "parts": list(proxy.parts),
        "first": proxy.first.isoformat(),
        "last": proxy.last.isoformat(),
        "observed": proxy.observed,
        "posterior": proxy.posterior.to_json(),
        "scores": [{name: getattr(score, name) for name in Score.__slots__} for score in proxy.scores],
        "sources": list(proxy.sources),
        "series": list(proxy.series),
        "pseudo_vintage": proxy.pseudo_vintage,
    }


def _proxy(name: str, entry: Mapping[str, Any]) -> ProxyModel:
    return ProxyModel(
        name=name,
        parts=tuple(entry["parts"]),
        first=date.fromisoformat(entry["first"]),
        last=date.fromisoformat(entry["last"]),
        observed=int(entry["observed"]),
        posterior=Posterior.from_json(entry["posterior"]),
        scores=tuple(Score(**score) for score in entry["scores"]),
        sources=tuple(entry["sources"]),
        series=tuple(entry["series"]),
        pseudo_vintage=bool(entry["pseudo_vintage"]),
    )


def _rounded(array: Floats) -> Any:  # noqa: ANN401 - nested lists
    digits = np.array([float(f"{value:.6g}") for value in array.reshape(-1)])
    return digits.reshape(array.shape).tolist()
