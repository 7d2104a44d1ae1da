"""Conditioning: draws weighed by how well they meet what is measured, and resampled by position.

The draws of ``base`` are the prior. Each is weighed by the likelihood of the observables known on the day
(:mod:`projection.inputs.observables`), and as many are taken of them by weight as an edition holds, systematically: the
expected count of a draw is its weight (Kitagawa 1996; Douc & Cappé 2005 on its variance). A scenario takes the same
positions, so that its difference from ``base`` stays exact. Random numbers are functions of the position, so that the
draws that are taken are made again and nothing of the prior is kept.

An observable that the prior does not reach is reported and left out, never forced: weights on a handful of draws would
put their accidents in the place of a band.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.base.layers import Layer
from projection.base.streams import BLOCK, keys, numbers
from projection.base.timeline import QUARTERS_PER_YEAR
from projection.cells.paths import Key
from projection.edition.edition import BASE
from projection.edition.points import rounded
from projection.inputs.observables import Observable
from projection.model.fill import AI, Fill
from projection.model.passes import PassDetail
from projection.model.region import EVIDENCE_OF_UNMET, evidence_of_unmet
from projection.simulate.model_inputs import ModelInputs, Pass, RandomInputs

FloatArray = NDArray[np.float64]
Positions = NDArray[np.int64]
PRIOR = 2
"""Draws of the prior for each that an edition takes."""
LEAST_SAMPLE = 0.2
"""Effective sample over an edition's draws, below which an observable is not reached: 2,000 of 10,000."""
LEVELS = (0.1, 0.5, 0.9)
SHORTAGE: Key = ("US", Layer.POWER)
"""The cell whose chance of a shortage is told with and without each observable."""
YEARS_TOLD = (2, 4)
"""Its years after the base year's end, by the end of the year."""


@dataclass(frozen=True)
class Conditioning:
    """Which draws of the prior an edition takes.

    Attributes:
        positions: ascending, one a draw of the edition; a position may stand more than once. None: the prior as it is.
        document: what the edition says of it.
    """

    positions: Positions | None
    document: dict[str, Any]


def condition(model_inputs: ModelInputs, *, seed: int, draws: int) -> Conditioning:
    """Weigh the draws of ``base`` and choose from them; without an observable the prior stands as it is."""
    if not model_inputs.observables:
        return Conditioning(None, {"prior_draws": draws, "effective_sample": draws, "observables": []})
    prior = _prior(model_inputs, seed, PRIOR * draws)
    likelihoods = {
        one.declared.name: one.log_likelihood(prior.quantities[one.declared.name])
        for one in model_inputs.observables
        if one.declared.name in prior.quantities
    }
    reached = _reached(likelihoods, least=LEAST_SAMPLE * draws)
    weights = weights_of([likelihoods[name] for name in reached], PRIOR * draws)
    start = float(numbers(keys(seed, ["conditioning"])[0], 1, 1)[0, 0])
    positions = resample(weights, draws, start) if reached else None
    return Conditioning(positions, _document(model_inputs, prior, likelihoods, reached, weights))


def weights_of(likelihoods: Sequence[FloatArray], draws: int) -> FloatArray:
    """Weights of draws, (draw,), that sum to one, from log likelihoods; equal without any."""
    together = np.zeros(draws) if not likelihoods else np.sum(likelihoods, axis=0)
    weights = np.exp(together - together.max())
    return np.asarray(weights / weights.sum())


def effective_sample(weights: FloatArray) -> float:
    """Kish's effective sample size of weights that sum to one."""
    return float(1 / np.sum(weights**2))


def resample(weights: FloatArray, count: int, start: float) -> Positions:
    """So many positions, ascending, by systematic resampling from a start in (0, 1)."""
    marks = (start + np.arange(count)) / count
    return np.minimum(np.searchsorted(np.cumsum(weights), marks, side="right"), len(weights) - 1).astype(np.int64)


@dataclass(frozen=True)
class _Prior:
    """What the draws of the prior say, (draw,) each.

    Attributes:
        quantities: by the name of the observable.
        short: whether power is short of what is wanted, by year; short_of_met: of what would be bought were halls never
            full, that is with nothing unmet.
        evidence: the place of the evidence of unmet demand that the draw follows.
    """

    quantities: Mapping[str, FloatArray]
    short: Mapping[int, FloatArray]
    short_of_met: Mapping[int, FloatArray]
    evidence: NDArray[np.int64]


def _prior(model_inputs: ModelInputs, seed: int, draws: int) -> _Prior:
    quantities: dict[str, list[FloatArray]] = {}
    short: dict[int, list[FloatArray]] = {}
    short_of_met: dict[int, list[FloatArray]] = {}
    evidence = []
    years = model_inputs.anchors.timeline.years
    for first in range(0, draws, BLOCK):
        random_inputs = RandomInputs.of(model_inputs, seed=seed, draws=min(BLOCK, draws - first), first=first)
        model_pass = model_inputs.pass_of(
            random_inputs, model_inputs.model_error(seed), scenario=BASE, detail=PassDetail.CELLS
        )
        for one in model_inputs.observables:
            quantity = QUANTITIES[one.declared.quantity](model_pass, one)
            if quantity is not None:
                quantities.setdefault(one.declared.name, []).append(quantity)
        cell = model_pass.cells[SHORTAGE]
        assert cell.supply is not None  # noqa: S101 - halls are built everywhere
        unlimited = model_pass.outcome.regions[SHORTAGE[0]].peak_unlimited[:, 1:]
        for ahead in YEARS_TOLD:
            year, end = years[ahead].start.year, QUARTERS_PER_YEAR * (ahead + 1) - 1
            supply = cell.supply[:, end]
            short.setdefault(year, []).append((cell.wanted[:, end] > supply).astype(np.float64))
            short_of_met.setdefault(year, []).append((unlimited[:, end] > supply).astype(np.float64))
        evidence.append(evidence_of_unmet(model_pass.inputs.shocks))
    return _Prior(
        {name: np.concatenate(parts) for name, parts in quantities.items()},
        {year: np.concatenate(parts) for year, parts in short.items()},
        {year: np.concatenate(parts) for year, parts in short_of_met.items()},
        np.concatenate(evidence),
    )


def _reached(likelihoods: Mapping[str, FloatArray], *, least: float) -> list[str]:
    """Observables whose weights, alone and together, leave enough of a sample; the one that leaves least goes first."""
    names = list(likelihoods)
    while names:
        draws = len(likelihoods[names[0]])
        alone = {name: effective_sample(weights_of([likelihoods[name]], draws)) for name in names}
        worst = min(names, key=lambda name: alone[name])
        together = effective_sample(weights_of([likelihoods[name] for name in names], draws))
        if alone[worst] >= least and together >= least:
            break
        names.remove(worst)
    return names


def _document(
    model_inputs: ModelInputs,
    prior: _Prior,
    likelihoods: Mapping[str, FloatArray],
    reached: Sequence[str],
    weights: FloatArray,
) -> dict[str, Any]:
    draws = len(weights)
    equal = np.full(draws, 1 / draws)
    rows = []
    for one in model_inputs.observables:
        name = one.declared.name
        if name not in likelihoods:
            continue
        alone = weights_of([likelihoods[name]], draws)
        rows.append(
            {
                "name": name,
                "quantity": one.declared.quantity,
                "region": one.declared.region,
                "series_id": one.declared.series,
                "day": one.day.isoformat(),
                "value": rounded(one.value),
                "error": one.declared.error,
                "log": one.declared.log,
                "why": one.declared.why,
                "beside": one.declared.beside,
                "used": name in reached,
                "effective_sample_alone": round(effective_sample(alone)),
                "prior": _quantiles(prior.quantities[name], equal),
                "posterior": _quantiles(prior.quantities[name], weights),
                "p_short": {
                    str(year): {"prior": _mean(short, equal), "with_it_alone": _mean(short, alone)}
                    for year, short in prior.short.items()
                },
            }
        )
    return {
        "prior_draws": draws,
        "effective_sample": round(effective_sample(weights)),
        "observables": rows,
        "p_short": {
            str(year): {
                "prior": _mean(short, equal),
                "posterior": _mean(short, weights),
                "by_evidence_of_unmet": _by_evidence(short, prior.evidence, weights),
                "with_nothing_unmet": _mean(prior.short_of_met[year], weights),
            }
            for year, short in prior.short.items()
        },
    }


def _by_evidence(short: FloatArray, evidence: NDArray[np.int64], weights: FloatArray) -> dict[str, float]:
    """The chance among the draws that follow each piece of evidence of unmet demand."""
    return {
        name: rounded(float(np.average(short[evidence == place], weights=weights[evidence == place])))
        for place, name in enumerate(EVIDENCE_OF_UNMET)
    }


def _mean(values: FloatArray, weights: FloatArray) -> float:
    return rounded(float(values @ weights))


def _quantiles(values: FloatArray, weights: FloatArray) -> dict[str, float]:
    order = np.argsort(values, kind="stable")
    cumulative = np.cumsum(weights[order])
    places = np.minimum(np.searchsorted(cumulative, LEVELS), len(values) - 1)
    return {str(level): rounded(float(value)) for level, value in zip(LEVELS, values[order][places], strict=True)}


def _vacant_share(model_pass: Pass, observable: Observable) -> FloatArray | None:
    """Share of the nameplate that is built and connected and that nothing fills, at the quarter's end."""
    vacant = model_pass.outcome.regions[observable.declared.region].vacant
    return np.asarray(vacant[:, 1 + observable.quarter], dtype=np.float64)


def _forecast_peak(model_pass: Pass, observable: Observable) -> FloatArray | None:
    """What a grid's operator would forecast of its data centers' peak, GW, if the draw were to come.

    Of growth that an operator forecasts a share comes (``vetted_growth_realised``), so its forecast is what draws
    already and the draw's growth over that share. The peak is what is wanted over the quarter at the load factor of AI
    halls: an operator forecasts what is asked for.
    """
    cell = model_pass.cells.get((observable.declared.region, Layer.ENERGY))
    if cell is None or observable.growth is None:
        return None
    values, hours = model_pass.inputs.values, model_pass.inputs.anchors.timeline.hours[observable.quarter]
    peak = cell.wanted[:, observable.quarter] * (1000 / hours) / Fill.of(values, AI).load_factor
    standing = observable.value - observable.growth
    growth = np.maximum(peak - standing, 0.0) / values["vetted_growth_realised"]
    return np.asarray(standing + growth, dtype=np.float64)


QUANTITIES: Mapping[str, Callable[[Pass, Observable], FloatArray | None]] = {
    "vacant_share": _vacant_share,
    "forecast_peak": _forecast_peak,
}
"""Quantities of the model that figures are of, (draw,) each; None where the day does not carry them."""
