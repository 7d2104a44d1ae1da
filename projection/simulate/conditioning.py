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
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from data.base.layers import DemandConcept, Layer
from projection.base.streams import keys, numbers
from projection.base.timeline import QUARTERS_PER_YEAR
from projection.cells.paths import WORLD
from projection.edition.points import band_of, rounded
from projection.inputs.observables import Observable, table
from projection.model.chips import CHINA
from projection.model.fill import AI, Fill
from projection.model.passes import PassDetail
from projection.model.region import EVIDENCE_OF_UNMET, evidence_of_unmet
from projection.simulate.model_inputs import ModelInputs, Pass, Positions, RandomInputs
from projection.sites.buildout import us_colocation

FloatArray = NDArray[np.floating[Any]]
PRIOR = 2
"""Draws of the prior for each that an edition takes."""
LEAST_SAMPLE = 0.2
"""Effective sample over an edition's draws, below which an observable is not reached: 2,000 of 10,000."""
LEVELS = (0.1, 0.5, 0.9)
REGIONS = ("US", CHINA, WORLD)
"""Whose chance that power is short of what is wanted is told before and after: those whose supply is answered."""
YEARS_TOLD = (2, 4)
"""By the end of these years after the base year's next."""
PARTS = 3
"""Equal parts of the draws, by the share that goes unmet, of which the chance is told apart."""


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
    prior = _Prior.of(model_inputs, seed, PRIOR * draws if model_inputs.observables else draws)
    likelihoods = {
        one.declared.name: one.log_likelihood(prior.quantities[one.declared.name])
        for one in model_inputs.observables
        if one.declared.name in prior.quantities
    }
    reached = _reached(likelihoods, least=LEAST_SAMPLE * draws)
    weights = weights_of([likelihoods[name] for name in reached], prior.draws)
    start = float(numbers(keys(seed, ["conditioning"])[0], 1, 1)[0, 0])
    positions = resample(weights, draws, start) if reached else None
    of_edition = np.arange(draws) if positions is None else positions
    document = {
        "prior_draws": prior.draws,
        "effective_sample": round(effective_sample(weights)),
        "observables": [
            _row(one, prior, likelihoods[one.declared.name], reached, of_edition)
            for one in model_inputs.observables
            if one.declared.name in likelihoods
        ],
        "p_short": _by_region_and_year(prior, lambda power: _chances(power, prior.evidence, of_edition)),
        "other_figures": [other.model_dump(mode="json") for other in table().other],
    }
    return Conditioning(positions, document)


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
class _Power:
    """Peak power of a region at a year's end, GW, (draw,).

    Attributes:
        wanted: what is wanted; met: what would be bought were halls never full, that is with nothing unmet.
    """

    wanted: FloatArray
    met: FloatArray
    supply: FloatArray

    @classmethod
    def of(cls, model_pass: Pass, region: str, end: int) -> Self:
        """At the end of a quarter."""
        cell = model_pass.cells[region, Layer.POWER]
        assert cell.supply is not None  # noqa: S101 - halls are built everywhere
        parts = model_pass.outcome.regions
        met = np.sum([parts[name].peak_unlimited[:, 1 + end] for name in (parts if region == WORLD else [region])], 0)
        return cls(cell.wanted[:, end], met, cell.supply[:, end])

    @classmethod
    def joined(cls, parts: "Sequence[_Power]") -> Self:
        """Of one block of draws after another."""
        return cls(*(np.concatenate([getattr(one, name) for one in parts]) for name in ("wanted", "met", "supply")))

    @property
    def short(self) -> NDArray[np.bool_]:
        """Whether it is short of what is wanted."""
        return np.asarray(self.wanted > self.supply)

    @property
    def unmet(self) -> FloatArray:
        """Share of what is wanted that goes beyond what is met, whatever halls there are."""
        return np.asarray(1 - self.met / self.wanted)


@dataclass(frozen=True)
class _Prior:
    """What the draws of the prior say, (draw,) each.

    Attributes:
        quantities: by the name of the observable.
        power: by region and year.
        evidence: the place of the evidence of unmet demand that the draw follows.
    """

    quantities: Mapping[str, FloatArray]
    power: Mapping[tuple[str, int], _Power]
    evidence: NDArray[np.int64]

    @property
    def draws(self) -> int:
        """How many."""
        return len(self.evidence)

    @classmethod
    def of(cls, model_inputs: ModelInputs, seed: int, draws: int) -> Self:
        """Draw ``base`` and keep what is weighed and told."""
        quantities: dict[str, list[FloatArray]] = {}
        power: dict[tuple[str, int], list[_Power]] = {}
        evidence = []
        years = model_inputs.anchors.timeline.years
        model_error = model_inputs.model_error(seed)
        for random_inputs in RandomInputs.blocks(model_inputs, seed=seed, draws=draws):
            model_pass = model_inputs.pass_of(random_inputs, model_error, detail=PassDetail.CELLS)
            for one in model_inputs.observables:
                quantity = QUANTITIES[one.declared.quantity](model_pass, one)
                if quantity is not None:
                    quantities.setdefault(one.declared.name, []).append(quantity)
            for region in REGIONS:
                for ahead in YEARS_TOLD:
                    end = QUARTERS_PER_YEAR * (ahead + 1) - 1
                    at_end = _Power.of(model_pass, region, end)
                    power.setdefault((region, years[ahead].start.year), []).append(at_end)
            evidence.append(evidence_of_unmet(model_pass.inputs.shocks))
        return cls(
            {name: np.concatenate(parts) for name, parts in quantities.items()},
            {key: _Power.joined(parts) for key, parts in power.items()},
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


def _row(
    one: Observable, prior: _Prior, likelihood: FloatArray, reached: Sequence[str], of_edition: Positions
) -> dict[str, Any]:
    """An observable: its figure, the quantity before and after, and what it does alone."""
    declared = one.declared
    alone, quantity = weights_of([likelihood], prior.draws), prior.quantities[declared.name]
    return {
        "name": declared.name,
        "quantity": declared.quantity,
        "region": declared.region,
        "series_id": declared.series,
        "day": one.day.isoformat(),
        "value": rounded(one.value),
        "form": declared.form.value,
        "error": declared.error,
        "why": declared.why,
        "beside": declared.beside,
        "used": declared.name in reached,
        "effective_sample_alone": round(effective_sample(alone)),
        "prior": band_of(quantity, LEVELS),
        "posterior": band_of(quantity[of_edition], LEVELS),
        "p_short": _by_region_and_year(
            prior,
            lambda power: {"prior": _mean(power.short), "with_it_alone": rounded(float(power.short @ alone))},
        ),
    }


def _by_region_and_year(prior: _Prior, tell: Callable[[_Power], dict[str, Any]]) -> dict[str, dict[str, Any]]:
    by_region: dict[str, dict[str, Any]] = {}
    for (region, year), power in prior.power.items():
        by_region.setdefault(region, {})[str(year)] = tell(power)
    return by_region


def _chances(power: _Power, evidence: NDArray[np.int64], of_edition: Positions) -> dict[str, Any]:
    """The chance of a shortage before and after, the latter of the draws of the edition, and what it rests on."""
    short, unmet = power.short[of_edition], power.unmet[of_edition]
    parts = np.array_split(np.argsort(unmet, kind="stable"), PARTS)
    return {
        "prior": _mean(power.short),
        "posterior": _mean(short),
        "by_unmet_share": [
            {"unmet_share": rounded(float(np.median(unmet[part]))), "p_short": _mean(short[part])} for part in parts
        ],
        "by_evidence_of_unmet": {
            name: _mean(short[evidence[of_edition] == place]) for place, name in enumerate(EVIDENCE_OF_UNMET)
        },
        "with_nothing_unmet": _mean((power.met > power.supply)[of_edition]),
    }


def _mean(draws: NDArray[Any]) -> float:
    return rounded(float(draws.mean()))


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


def _tracked_additions(model_pass: Pass, observable: Observable) -> FloatArray | None:
    """What the tracker would have seen added over the base year, GW of nameplate.

    Chips tell how much of the accelerators at the year's end came into use in it. Of that the tracker sees its coverage
    of what is no colocation outside it, whose part is that of the draw's additions in the year after.
    """
    region, inputs = model_pass.outcome.regions[observable.declared.region], model_pass.inputs
    timeline, values = inputs.anchors.timeline, inputs.values
    end = timeline.offset - 1
    before = end - QUARTERS_PER_YEAR
    if before < 0 or not inputs.anchors.pipeline_us:
        return None
    accelerators = (region.average[DemandConcept.WANTED][:, 0] - region.other_wanted[:, 0]) / region.unmet[:, 0]
    nameplate = accelerators / Fill.of(values, AI).average_over_nameplate
    came = 1 - region.stock.tdp[:, before] / region.stock.tdp[:, end]
    colocation = us_colocation(region.shell[:, 0], values, timeline)[:, QUARTERS_PER_YEAR]
    outside = colocation / (region.shell[:, QUARTERS_PER_YEAR] - region.shell[:, 0])
    return np.asarray(nameplate * came * (1 - outside) * values["us_tracker_coverage"], dtype=np.float64)


def _excess_demand(model_pass: Pass, observable: Observable) -> FloatArray | None:
    """Log of the accelerators that are wanted over those that chips and halls let be used, at the quarter's end."""
    cell = model_pass.cells[observable.declared.region, Layer.COMPUTE]
    if cell.supply is None:
        return None
    return np.asarray(np.log(cell.wanted / cell.supply)[:, observable.quarter], dtype=np.float64)


QUANTITIES: Mapping[str, Callable[[Pass, Observable], FloatArray | None]] = {
    "vacant_share": _vacant_share,
    "forecast_peak": _forecast_peak,
    "tracked_additions": _tracked_additions,
    "excess_demand": _excess_demand,
}
"""Quantities of the model that figures are of, (draw,) each; None where the day does not carry them."""
