"""Reading the model layer of an edition: shares of a proxy or the pool under a scenario, and the link to chips."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self, cast

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.base.errors import NotFound
from data.base.layers import DemandConcept, Layer
from data.periods.period import Frequency, Period
from features.open_models import PROXIES, ProxyName
from projection.edition.edition import Edition
from projection.inputs.assumption_values import Values
from projection.inputs.dated import arrived
from projection.open_models.shares import (
    ASSUMPTIONS,
    DOCUMENT,
    FRAME,
    PICK,
    HuaweiLink,
    Shares,
    column,
    moved,
    on_huawei,
    picks,
    placed,
    pooled,
    values_file,
)

FloatArray = NDArray[np.floating[Any]]
MONTHS = 12
POOLED = "pooled"
CHINA = "CN"


@dataclass(frozen=True)
class Pool:
    """The pool, each proxy in it, and the part of the draws that follow each."""

    shares: Shares
    by_proxy: Mapping[ProxyName, Shares]
    weights: Mapping[ProxyName, float]


@dataclass(frozen=True)
class ModelLayer:
    """The model layer of an edition under one scenario.

    Attributes:
        about: the edition's document: quarters, proxies, what is missing and why.
        values: assumptions, (draw,) by name; None where bands are kept of the scenario and no draws.
    """

    edition: Edition
    scenario: str
    about: Mapping[str, Any]
    values: Values | None

    @classmethod
    def of(cls, edition: Edition, *, scenario: str, values: Values | None = None) -> Self:
        """Open it, on assumptions of draws in memory or on what is kept of the scenario.

        Raises :class:`NotFound` with the reason where the edition carries none.

        Raises :class:`ArtifactCorrupt` when a file is gone or changed since the edition was verified.
        """
        if DOCUMENT not in edition.manifest["files"]:
            raise NotFound("layer", "models", hint="The edition was projected before the model layer was.")
        about = edition.document(DOCUMENT)
        if about["reason"] is not None:
            raise NotFound("layer", "models", hint=about["reason"])
        if values is None and edition.has_draws(scenario):
            frame = edition.table(values_file(scenario))
            values = cast("Values", {name: frame[name].to_numpy() for name in ASSUMPTIONS if name in frame.columns})
        return cls(edition, scenario, about, values)

    @cached_property
    def quarters(self) -> tuple[Period, ...]:
        """Every quarter answered, ascending."""
        return tuple(Period.parse(day, Frequency.QUARTER) for day in self.about["quarters"])

    @cached_property
    def proxies(self) -> tuple[ProxyName, ...]:
        """Proxies the edition carries, in the order they are listed."""
        return tuple(name for name in PROXIES if name.value in self.about["proxies"])

    @cached_property
    def _draws(self) -> pl.DataFrame:
        return self.edition.table(FRAME)

    def shares(self, proxy: ProxyName) -> Shares:
        """Shares of one proxy by country; raises :class:`NotFound` with the reason where the day did not know it."""
        if proxy not in self.proxies:
            raise self.without(proxy)
        parts = self.about["proxies"][proxy.value]["parts"]
        by_part = {
            part: np.stack([self._draws[column(proxy, part, period)].to_numpy() for period in self.quarters], axis=1)
            for part in parts[:-1]
        }
        by_part[parts[-1]] = np.maximum(1 - sum(by_part.values()), np.float32(0.0))
        return moved(placed(proxy, by_part, self._assumptions), self._assumptions, self.quarters)

    def without(self, proxy: str) -> NotFound:
        """The error of a proxy that the edition's day did not know, or of a pool of none, with the reason."""
        if proxy == POOLED:
            return NotFound("proxy", POOLED, hint="No proxy that counts open models was known on the edition's day.")
        return NotFound("proxy", proxy, hint=self.about["missing"].get(proxy, "The edition is without it."))

    def served_abroad(self) -> FloatArray:
        """Share of the accelerators wanted in other regions that stand in China, (draw, quarter)."""
        if "cn_served_abroad" not in self._assumptions:
            raise NotFound("layer", "serving of others", hint="The edition was projected before it was assumed.")
        ends = np.array([quarter.end.year + quarter.end.month / MONTHS for quarter in self.quarters])
        served = arrived("cn_served_abroad", self._assumptions, ends)
        draws = len(self._assumptions["cn_served_abroad"])
        return np.zeros((draws, len(ends)), dtype=np.float32) if served is None else served

    @property
    def _assumptions(self) -> Values:
        assert self.values is not None  # noqa: S101 - whoever reads draws has asked for them
        return self.values

    def pool(self) -> "Pool":
        """The pool of the proxies that count open models.

        Raises :class:`NotFound` when the edition carries none of those.
        """
        by_proxy = {name: self.shares(name) for name in self.proxies if PROXIES[name].open_only}
        if not by_proxy:
            raise self.without(POOLED)
        pick = picks(tuple(by_proxy), self._draws[PICK].to_numpy(), self._assumptions)
        weights = np.bincount(pick, minlength=len(by_proxy)) / len(pick)
        return Pool(pooled(by_proxy, pick), by_proxy, dict(zip(by_proxy, weights.tolist(), strict=True)))

    def huawei(self, shares: Shares) -> tuple[HuaweiLink, FloatArray] | None:
        """What of Chinese use runs on Huawei, and China's H100e that are Huawei's, (draw, quarter).

        None where the edition's day did not count Huawei's chips.
        """
        cell = self.edition.cell(CHINA, Layer.COMPUTE, scenario=self.scenario, demand=DemandConcept.BOUGHT)
        if not set(self.quarters) <= set(self.edition.periods(cell, Frequency.QUARTER)):
            return None
        part, owned = (self.edition.draws(cell, quantity, self.quarters) for quantity in ("huawei", "demand"))
        if part is None or owned is None:
            return None
        return on_huawei(shares.by_country[CHINA], part, self._assumptions), part * owned


def disagreement(by_proxy: Mapping[ProxyName, Shares], place: Sequence[int]) -> list[tuple[dict[str, float], float]]:
    """Median of China's share by each proxy, and the standard deviation of their log odds, at the given quarters.

    The deviation is of the proxies as they are, not of a sample of more: with one proxy it is zero.
    """
    medians = {
        name.value: np.median(shares.by_country[CHINA][:, list(place)], axis=0) for name, shares in by_proxy.items()
    }
    stacked = np.stack(list(medians.values()))
    spread = np.log(stacked / (1 - stacked)).std(axis=0)
    return [
        ({name: float(values[row]) for name, values in medians.items()}, float(spread[row]))
        for row in range(len(place))
    ]
