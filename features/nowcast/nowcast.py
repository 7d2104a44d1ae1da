"""Nowcast of a region's data-center electricity from sparse published levels and quarterly indicators.

A local linear trend in state-space form (Harvey, Forecasting, Structural Time Series Models and the Kalman Filter,
1989, chapters 2 to 4), quarterly, in logs of the annual rate:

    level     x[t] = x[t-1] + g[t]                     g[t] = d[t] + sum over k of b[k] z[k,t] + w[t]
    drift     d[t] = d[t-1] + e[t]
    figure    y    = mean of x over the four quarters of its year + offset[institution] + offset[edition] + v

z are the indicators, b their loadings. Everything is linear and normal given four spreads: of w (level), of e (drift),
of the offsets (half of their variance shared by an institution's editions, half an edition's own, which grows by as
much for every year of the edition's age: publishers re-measure the past) and of the loadings. There are a dozen
figures, so the posterior is computed in one step from the joint normal of states and figures instead of by recursion: a
Kalman filter and smoother give the same (a test compares them). The spreads are weighed by their marginal likelihood
times the stated priors on a grid, and the band mixes over them. Paths are drawn by conditioning prior draws on the
figures (Matheron's rule: Doucet, A Note on Efficient Conditional Simulation, 2010).

What is nowcast is the level the publishers would agree on. An error they all share (they use the same shipment data) is
not in the band.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product

import numpy as np

from data.base.errors import InvalidParameter, NotFound
from data.base.quantiles import DEFAULT_LEVELS
from data.periods.period import Frequency, Period, period_range
from features.nowcast.indicators import Indicator, indicators
from features.nowcast.levels import Level, levels
from features.series import FloatArray, ModelSeries
from features.view import View

HOURS = 8.76
"""TWh a year of one GW drawn throughout."""
DAYS = 365.25
DRAWS = 4000
LEAST_LEVELS = 2

DRIFT_MEAN, DRIFT_SD = 0.02, 0.02
"""Prior of the first quarter's drift: 8 % a year, and 8 % either side."""
LEVEL_SD = 1.0
"""Prior spread of the first level around the first figure: says nothing."""

PRIORS: dict[str, tuple[float, float]] = {
    "level": (0.010, 0.7),
    "drift": (0.006, 0.7),
    "offset": (0.12, 0.4),
    "loading": (0.008, 0.7),
}
"""Log-normal priors of the spreads: median and log spread.

Per quarter, the level moves by 1 % and the drift by 0.6 % (2.4 points of yearly growth). The offset lies between the
spread of four publishers on the United States of 2023 (0.08) and what institutions changed their own history by (0.19:
IEA's world 2020 from 224 to 269 TWh, LBNL's United States 2014 from 70 to 58). A loading's prior mean and spread are
both its number divided by the number of indicators: all of them one spread up is 3.2 points of growth a year, or none.
Drift, offset and loading were widened after the first hindcast (docs/recipes.md says from what and of how many tried),
so its coverage is not out of sample.
"""

_QUANTILES = (-1.2815515655446004, -0.5244005127080407, 0.0, 0.5244005127080407, 1.2815515655446004)
# Middles of five equally likely slices of a normal (10 to 90 %): all points of the grid have one prior weight.


@dataclass(frozen=True, eq=False)
class Nowcast:
    """The posterior of a region's data-center electricity on a day.

    Attributes:
        quarters: from the first figure's year to the last quarter that had ended on the day.
        draws: average draw in GW, shape (draw, quarter); one row is one joint path.
        quarters_ahead: those of the running year that had not ended, the one of the day among them.
        draws_ahead: the same paths there, shape (draw, quarter ahead).
        offsets: log offset of each edition from the common level: mean and standard deviation.
        contributions: log growth over the last four quarters by indicator, ``drift`` and ``level``: posterior mean.
        last_quarters: last quarter with a figure, by indicator; later ones hold its recent mean with a wider band.
        missing: indicators that could not be made, with the reason.
        spreads: posterior mean of the four spreads.
        evidence: the figures used.
        inputs: the series the indicators were made from.
        institutions: draws of what an institution's editions share of their offset, shape (draw,) each.
        offset_sd: draws of the spread of the offsets, shape (draw,).
    """

    region: str
    quarters: tuple[Period, ...]
    draws: FloatArray
    quarters_ahead: tuple[Period, ...]
    draws_ahead: FloatArray
    offsets: dict[str, tuple[float, float]]
    contributions: dict[str, float]
    last_quarters: dict[str, Period]
    missing: dict[str, str]
    spreads: dict[str, float]
    evidence: tuple[Level, ...]
    inputs: tuple[ModelSeries, ...]
    institutions: dict[str, FloatArray]
    offset_sd: FloatArray

    def band(self, *, quantiles: tuple[float, ...] = DEFAULT_LEVELS) -> FloatArray:
        """Quantiles of the average draw in GW, shape (quantile, quarter)."""
        return np.asarray(np.quantile(self.draws, quantiles, axis=0))

    def year(self, year: Period) -> FloatArray:
        """Draws of a calendar year's TWh, shape (draw,), up to the running one; raises :class:`NotFound` for others."""
        quarters = (*self.quarters, *self.quarters_ahead)
        parts = [quarters.index(q) for q in _quarters(year) if q in quarters]
        if len(parts) != Frequency.QUARTER.per_year:
            raise NotFound("year", year.label, hint="its four quarters are not all nowcast")
        paths = np.hstack([self.draws, self.draws_ahead])[:, parts]
        return np.asarray(HOURS * np.exp(np.log(paths).mean(axis=1)))

    def edition(self, level: Level, *, stream: str) -> FloatArray:
        """Draws of what an edition not yet seen would print for a year, TWh, shape (draw,)."""
        rng = generator(stream)
        offset = self.institutions.get(level.edition.institution)
        half = self.offset_sd / np.sqrt(2)
        edition_offset = half * rng.standard_normal(len(half)) if offset is None else offset
        rest = np.sqrt(half**2 + level.edition.scope_sd**2 + level.sd**2) * rng.standard_normal(len(half))
        return np.asarray(self.year(level.year) * np.exp(edition_offset + rest))


def generator(name: str) -> np.random.Generator:
    """The generator of a named stream: the same name always gives the same numbers."""
    digest = hashlib.sha256(name.encode()).digest()
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(int.from_bytes(digest[:16], "little"))))


def nowcast(view: View, region: str, *, draws: int = DRAWS) -> Nowcast:
    """The nowcast of a region (US, CN or WORLD) from what is known on the view's day, to the end of the running year.

    Raises :class:`NotFound` for another region and when fewer than two levels are known.
    """
    evidence = levels(view, region)
    if len(evidence) < LEAST_LEVELS:
        raise NotFound("nowcast", region, hint=f"{len(evidence)} levels are known on {view.as_of}")
    ended = Period.containing(view.as_of, Frequency.QUARTER)
    last = ended if ended.end <= view.as_of else ended.shift(-1)
    # A level can be printed before its year is over: the quarters hold every year it is the mean of.
    running = _quarters(Period.containing(view.as_of, Frequency.YEAR))[-1]
    end = max(running, _quarters(evidence[-1].year)[-1])
    quarters = tuple(period_range(_quarters(evidence[0].year)[0], end))
    used, missing = indicators(view, region, quarters)
    model = TrendModel(quarters, evidence, used, today=view.as_of)
    states, spread = model.draw(draws, generator(f"nowcast.{region}"))
    ended_quarters = slice(0, quarters.index(last) + 1)
    ahead = slice(ended_quarters.stop, quarters.index(running) + 1)
    paths = np.exp(states @ model.path.T) / HOURS
    return Nowcast(
        region=region,
        quarters=quarters[ended_quarters],
        draws=paths[:, ended_quarters],
        quarters_ahead=quarters[ahead],
        draws_ahead=paths[:, ahead],
        offsets={name: _moments(states @ row) for name, row in model.offset_rows().items()},
        contributions=model.contributions(states, at=quarters.index(last)),
        last_quarters={one.name: one.last for one in used},
        missing=missing,
        spreads={name: float(values.mean()) for name, values in spread.items()},
        evidence=evidence,
        inputs=tuple(series for one in used for series in one.inputs),
        institutions={name: states[:, column] for name, column in model.institutions.items()},
        offset_sd=spread["offset"],
    )


def quarterly(view: View, region: str, *, recipe: str) -> ModelSeries:
    """The nowcast's median average draw in GW by quarter, with its 10th and 90th percentile and variance."""
    region_nowcast = nowcast(view, region)
    low, middle, high = region_nowcast.band(quantiles=(0.1, 0.5, 0.9))
    return _series(
        view,
        region_nowcast,
        "draw",
        "GW",
        region_nowcast.quarters,
        middle,
        low,
        high,
        np.log(region_nowcast.draws),
        recipe,
    )


def yearly(view: View, region: str, *, recipe: str) -> ModelSeries:
    """The nowcast's median TWh of every calendar year that was over, with its 10th and 90th percentile and variance.

    Raises :class:`NotFound` when no year was.
    """
    region_nowcast = nowcast(view, region)
    years = sorted({Period.containing(quarter.start, Frequency.YEAR) for quarter in region_nowcast.quarters})
    whole = tuple(year for year in years if year.end <= region_nowcast.quarters[-1].end)
    if not whole:
        raise NotFound("nowcast", region, hint=f"no calendar year of it was over on {view.as_of}")
    draws = np.stack([region_nowcast.year(year) for year in whole], axis=1)
    low, middle, high = np.quantile(draws, (0.1, 0.5, 0.9), axis=0)
    return _series(view, region_nowcast, "year", "TWh", whole, middle, low, high, np.log(draws), recipe)


def _series(
    view: View,
    region_nowcast: Nowcast,
    quantity: str,
    unit: str,
    periods: tuple[Period, ...],
    middle: FloatArray,
    low: FloatArray,
    high: FloatArray,
    logs: FloatArray,
    recipe: str,
) -> ModelSeries:
    return ModelSeries(
        series_id=f"derived.{region_nowcast.region.lower()}.datacenter_electricity_nowcast_{quantity}",
        region=region_nowcast.region,
        unit=unit,
        freq=periods[0].freq,
        periods=periods,
        values=np.array(middle),
        low=np.array(low),
        high=np.array(high),
        last_published=max(
            *(level.known_day for level in region_nowcast.evidence),
            *(series.last_published for series in region_nowcast.inputs),
        ),
        rule=view.rule,
        sources=tuple(
            sorted(
                {level.source for level in region_nowcast.evidence}
                | {s for series in region_nowcast.inputs for s in series.sources}
            )
        ),
        recipe=recipe,
        pseudo_vintage=any(level.by_lag for level in region_nowcast.evidence)
        or any(series.pseudo_vintage for series in region_nowcast.inputs),
        variance=logs.var(axis=0),
    )


def _quarters(year: Period) -> tuple[Period, ...]:
    first = Period(year.start, Frequency.QUARTER)
    return tuple(first.shift(step) for step in range(Frequency.QUARTER.per_year))


def _moments(values: FloatArray) -> tuple[float, float]:
    return float(values.mean()), float(values.std())


class TrendModel:
    """The joint normal of states and figures. States: first level, first drift, e, w, b, institutions, editions."""

    def __init__(
        self, quarters: tuple[Period, ...], evidence: tuple[Level, ...], used: tuple[Indicator, ...], *, today: date
    ) -> None:
        steps = len(quarters) - 1
        names = sorted({level.edition.institution for level in evidence})
        editions = {level.edition.name: level.edition for level in evidence}
        self._drift = slice(2, 2 + steps)
        self._level = slice(2 + steps, 2 + 2 * steps)
        self._loading = slice(2 + 2 * steps, 2 + 2 * steps + len(used))
        first = self._loading.stop
        self.institutions = {name: first + place for place, name in enumerate(names)}
        first += len(names)
        self._editions = {name: first + place for place, name in enumerate(sorted(editions))}
        self._size = first + len(editions)
        self._belongs = {name: edition.institution for name, edition in editions.items()}
        self._used = used
        # Growth of quarter t into the path: drift so far, the indicators, its own shock. Rows: quarter after the first.
        growth = np.zeros((steps, self._size))
        growth[:, 1] = 1.0
        growth[:, self._drift] = np.tri(steps)
        growth[:, self._level] = np.eye(steps)
        for place, one in enumerate(used):
            growth[:, self._loading.start + place] = one.z[1:]
        self._growth = growth
        self.path = np.vstack([np.zeros(self._size), growth.cumsum(axis=0)])
        self.path[:, 0] = 1.0
        self._rows = np.zeros((len(evidence), self._size))
        for row, level in enumerate(evidence):
            places = [quarters.index(quarter) for quarter in _quarters(level.year)]
            self._rows[row] = self.path[places].mean(axis=0)
            self._rows[row, self.institutions[level.edition.institution]] = 1.0
            self._rows[row, self._editions[level.edition.name]] = 1.0
        self._figures = np.array([level.log for level in evidence])
        self._noise = np.array([level.sd**2 for level in evidence])
        self._scope, self._weight = np.zeros(self._size), np.ones(self._size)
        for name, edition in editions.items():
            column = self._editions[name]
            self._scope[column] = edition.scope_sd**2
            self._weight[column] = (
                1.0 + max((today - level.known_day).days for level in evidence if level.edition is edition) / DAYS
            )
        # Where an indicator is held, its own spread (1) times its loading is unknown growth.
        share = 1.0 / max(len(used), 1)
        self._share = share
        self._unknown = share**2 * sum((one.outside_figures[1:].astype(float) for one in used), start=np.zeros(steps))
        self._base = float(evidence[0].log)

    def offset_rows(self) -> dict[str, FloatArray]:
        """Row that reads an edition's whole offset off the states, by edition."""
        rows = {}
        for name, column in self._editions.items():
            row = np.zeros(self._size)
            row[column] = row[self.institutions[self._belongs[name]]] = 1.0
            rows[name] = row
        return rows

    def prior(self, spread: dict[str, float]) -> tuple[FloatArray, FloatArray]:
        """Prior mean and variance of every state, each of shape (state,), given the four spreads."""
        mean, variance = np.zeros(self._size), self._scope.copy()
        mean[0], variance[0] = self._base, LEVEL_SD**2
        mean[1], variance[1] = DRIFT_MEAN, DRIFT_SD**2
        variance[self._drift] = spread["drift"] ** 2
        variance[self._level] = spread["level"] ** 2 + spread["loading"] ** 2 * self._unknown
        mean[self._loading] = spread["loading"] * self._share
        variance[self._loading] = (spread["loading"] * self._share) ** 2
        variance[self._loading.stop :] += self._weight[self._loading.stop :] * spread["offset"] ** 2 / 2
        return mean, variance

    def condition(self, spread: dict[str, float]) -> tuple[FloatArray, FloatArray]:
        """Posterior mean (state,) and gain (state, figure), given the four spreads."""
        mean, variance = self.prior(spread)
        crossed = variance[:, None] * self._rows.T
        # A dozen figures: their inverse costs less than solving for every state, and no threads wait for each other.
        gain = crossed @ np.linalg.inv(self._rows @ crossed + np.diag(self._noise))
        return mean + gain @ (self._figures - self._rows @ mean), gain

    def fits(self, spreads: Sequence[dict[str, float]]) -> FloatArray:
        """Log marginal likelihood of the figures under each of several sets of the four spreads."""
        moments = [self.prior(spread) for spread in spreads]
        means, variances = (np.stack(parts) for parts in zip(*moments, strict=True))
        # One stack of small matrices: solved one by one they cost more than all else of a nowcast.
        factors = np.linalg.cholesky((self._rows * variances[:, None, :]) @ self._rows.T + np.diag(self._noise))
        apart = self._figures - means @ self._rows.T
        scaled = np.linalg.solve(factors, apart[:, :, None])[:, :, 0]
        half_log_dets = np.log(np.diagonal(factors, axis1=1, axis2=2)).sum(axis=1)
        squares = np.square(scaled).sum(axis=1)
        return np.asarray(-0.5 * squares - half_log_dets - 0.5 * len(self._figures) * np.log(2 * np.pi))

    def draw(self, draws: int, rng: np.random.Generator) -> tuple[FloatArray, dict[str, FloatArray]]:
        """Draws of the states (draw, state) and of the spreads (draw,) they were made under."""
        if draws < 1:
            raise InvalidParameter("draws", f"{draws} is less than 1")
        points = [
            dict(zip(PRIORS, values, strict=True))
            for values in product(*([m * np.exp(s * q) for q in _QUANTILES] for m, s in PRIORS.values()))
        ]
        fits = self.fits(points)
        weights = np.exp(fits - fits.max())
        counts = rng.multinomial(draws, weights / weights.sum())
        states = np.empty((draws, self._size))
        spread = {name: np.empty(draws) for name in PRIORS}
        start = 0
        for point, count in zip(points, counts.tolist(), strict=True):
            if count:
                variance = self.prior(point)[1]
                posterior, gain = self.condition(point)
                free = np.sqrt(variance) * rng.standard_normal((count, self._size))
                noise = np.sqrt(self._noise) * rng.standard_normal((count, len(self._noise)))
                part = slice(start, start + count)
                states[part] = posterior + free - (free @ self._rows.T + noise) @ gain.T
                for name, values in spread.items():
                    values[part] = point[name]
                start += count
        return states, spread

    def contributions(self, states: FloatArray, *, at: int) -> dict[str, float]:
        """Posterior mean log growth over the four quarters up to ``at``, by what it comes from."""
        rows = self._growth[max(at - Frequency.QUARTER.per_year, 0) : at].sum(axis=0)
        parts = rows * states.mean(axis=0)
        by_name = {one.name: float(parts[self._loading.start + place]) for place, one in enumerate(self._used)}
        return by_name | {
            "drift": float(parts[1] + parts[self._drift].sum()),
            "level": float(parts[self._level].sum()),
        }
