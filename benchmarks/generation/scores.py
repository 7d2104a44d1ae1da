"""How well the share built of a plan of generation is foretold by other plans."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.generation.pairs import Pair
from features.generation.plans import PLANNED_IN_YEARS
from training.plans.generation_fit import READING_SD, YEAR_SD, lateness, share_built
from training.plans.generation_priors import EVER_BUILT, PRIORS
from training.plans.realisation import Scale

Floats = NDArray[np.float64]
DRAWS, SEED = 20_000, 11


@dataclass(frozen=True)
class Foretold:
    """A pair as the others foretell it.

    Attributes:
        left: pairs the fit had; low, middle, high: 10th, 50th and 90th percentile of the share built.
        crps: of the share, by method; a point's is its distance.
    """

    pair: Pair
    left: int
    low: float
    middle: float
    high: float
    crps: dict[str, float]

    @property
    def inside(self) -> bool:
        """Whether the 80 % band held what was built."""
        return self.low <= self.pair.share <= self.high


def foretell(pair: Pair, others: Sequence[Pair]) -> Foretold:
    """The share of a pair's plan that is built, from a fit on others, against face value and their mean share."""
    draws = sampled(pair, others)
    low, middle, high = np.quantile(draws, [0.1, 0.5, 0.9])
    crps = {
        "fitted": _crps(draws, pair.share),
        "prior alone": _crps(sampled(pair, ()), pair.share),
        "face value": abs(1 - pair.share),
    }
    if others:
        crps["flat haircut"] = abs(float(np.mean([other.share for other in others])) - pair.share)
    return Foretold(pair, len(others), float(low), float(middle), float(high), crps)


def sampled(pair: Pair, others: Sequence[Pair]) -> Floats:
    """Draws of the share built in a pair's window by a fit on others, (draw,)."""
    rng, late = np.random.default_rng(SEED), lateness(others)
    weights = np.array([dict(pair.parts).get(kind, 0.0) for kind in PLANNED_IN_YEARS])
    means = rng.multivariate_normal(late.mean, late.covariance, DRAWS) @ weights
    common = np.exp(late.common_mean + late.common_sd * rng.standard_normal(DRAWS)) * rng.standard_normal(DRAWS)
    noise = np.hypot(YEAR_SD, READING_SD) * rng.standard_normal(DRAWS)
    middle, sd = PRIORS[EVER_BUILT].band.normal(Scale.LOGIT)
    ever = 1 / (1 + np.exp(-(middle + sd * rng.standard_normal(DRAWS))))
    return share_built(np.exp(means + common + noise), pair.years, ever)


def _crps(draws: Floats, observed: float) -> float:
    """CRPS of a sample: mean distance to what came less half that between draws (Gneiting and Raftery 2007)."""
    ordered = np.sort(draws)
    weights = 2 * np.arange(1, ordered.size + 1) - ordered.size - 1
    between = 2 * float(weights @ ordered) / ordered.size**2
    return float(np.mean(np.abs(ordered - observed))) - between / 2


def left_out(all_pairs: Sequence[Pair], same: Callable[[Pair, Pair], bool]) -> list[Foretold]:
    """Every pair foretold by those that are not the same."""
    return [foretell(pair, [other for other in all_pairs if not same(pair, other)]) for pair in all_pairs]


def pooled(forecasts: Sequence[Foretold]) -> dict[str, float]:
    """Mean CRPS by method."""
    return {name: float(np.mean([item.crps[name] for item in forecasts])) for name in forecasts[0].crps}
