"""What stands beside an answer about supply: its pace by technology, in bands read off draws.

Nothing here enters a gap twice: the US quantities are parts of its supply, China's stand beside a bound that holds all
growth of generation. Capacity is alternating current throughout, so that regions can be read side by side.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.base.layers import Layer
from features.generation.plans import Technology
from features.generation.reactors import Reactors
from projection.base.order_statistics import quantiles_by_column
from projection.base.streams import BLOCK
from projection.base.timeline import Timeline
from projection.cells.paths import WORLD
from projection.edition.names import pace_column
from projection.edition.points import rounded
from projection.electricity import china_pace, reactor_pace
from projection.electricity.generation import rates, restarted, retiring, small_scale_solar
from projection.electricity.us_firm import PLANS, accredited_routes
from projection.inputs.assumption_values import Values
from projection.inputs.overrides import BASE, OverrideNormals, Scenario
from projection.model.routes import ROUTE_LEVELS
from projection.sites.buildout import growing

if TYPE_CHECKING:
    from projection.cells.paths import Key
    from projection.inputs.starting_values import Anchors
    from projection.simulate.model_inputs import ModelInputs

FloatArray = NDArray[np.floating[Any]]
ALTERNATING, ACCREDITED = "alternating_current", "accredited"


@dataclass(frozen=True)
class Pace:
    """One quantity by projected year.

    Attributes:
        basis: what a gigawatt of it is; timing: ``total`` of a year or ``end`` of it.
        draws: GW, (draw, year).
    """

    name: str
    title: str
    basis: str
    timing: str
    draws: FloatArray


def paces(anchors: "Anchors", values: Values) -> dict["Key", list[Pace]]:
    """Quantities by the cell they stand beside; what the day's figures do not carry is left out."""
    by_cell = {
        ("US", Layer.ENERGY): list(_us_energy(anchors, values)),
        ("US", Layer.FIRM): list(_us_firm(anchors, values)),
        ("CN", Layer.ENERGY): list(_china(anchors, values)),
        (WORLD, Layer.ENERGY): list(_world(anchors, values)),
    }
    return {key: quantities for key, quantities in by_cell.items() if quantities}


def bands(
    model_inputs: "ModelInputs",
    *,
    scenario: Scenario = BASE,
    seed: int,
    draws: int,
    positions: NDArray[np.int64] | None = None,
) -> dict["Key", list[dict[str, Any]]]:
    """Bands of every quantity by year, as an edition keeps them, from the draws of the edition."""
    last = draws if positions is None else int(positions[-1]) + 1
    whole = _quantities(model_inputs, scenario=scenario, seed=seed, draws=last)
    years = [year.start.isoformat() for year in model_inputs.anchors.timeline.years]
    return {key: [_bands_of(pace, years, positions) for pace in quantities] for key, quantities in whole.items()}


def frame(model_inputs: "ModelInputs", *, seed: int, draws: int) -> pl.DataFrame:
    """Draws of the base scenario of what stands beside energy, one row a draw, one column a quantity and year."""
    return pl.DataFrame(
        {
            pace_column(key[0], pace.name, year): column
            for key, quantities in _quantities(model_inputs, scenario=BASE, seed=seed, draws=draws).items()
            if key[1] is Layer.ENERGY
            for pace in quantities
            for year, column in zip(model_inputs.anchors.timeline.years, pace.draws.astype(np.float32).T, strict=True)
        }
    )


def _quantities(model_inputs: "ModelInputs", *, scenario: Scenario, seed: int, draws: int) -> dict["Key", list[Pace]]:
    """Every quantity under a scenario, as many draws of it, made block by block."""
    parts: dict[Key, list[list[Pace]]] = {}
    for first in range(0, draws, BLOCK):
        count = min(BLOCK, draws - first)
        latent = model_inputs.assumptions.latent(seed=seed, draws=count, first=first)
        values = model_inputs.assumptions.values(latent, scenario, OverrideNormals(seed, count, first))
        for key, quantities in paces(model_inputs.anchors, values).items():
            parts.setdefault(key, []).append(quantities)
    return {
        key: [
            replace(same[0], draws=np.concatenate([block.draws for block in same]))
            for same in zip(*blocks, strict=True)
        ]
        for key, blocks in parts.items()
    }


def _bands_of(pace: Pace, years: list[str], positions: NDArray[np.int64] | None) -> dict[str, Any]:
    table = quantiles_by_column(pace.draws if positions is None else pace.draws[positions], ROUTE_LEVELS)
    return {
        "name": pace.name,
        "title": pace.title,
        "unit": "GW",
        "basis": pace.basis,
        "timing": pace.timing,
        "bands": {
            year: dict(zip(map(str, ROUTE_LEVELS), map(rounded, table[place].tolist()), strict=True))
            for place, year in enumerate(years)
            if not np.isnan(table[place, 0])
        },
    }


def _us_energy(anchors: "Anchors", values: Values) -> Iterator[Pace]:
    plans, timeline = anchors.us_generation, anchors.timeline
    if not plans.covers(timeline.base_year + 1):
        return
    count = len(timeline.years)
    after = np.arange(count, dtype=np.float32)
    for kind, rate in rates(plans, values, timeline).items():
        later = growing(rate.pace, after[1:]) - growing(rate.pace, after[:-1])
        yearly = np.concatenate([rate.first[:, None], rate.after[:, None] * later], axis=1)
        yield Pace(f"{kind}_additions", f"Added in the year, {kind}, utility scale", ALTERNATING, "total", yearly)
        small = small_scale_solar(plans, values, timeline) if kind is Technology.SOLAR else None
        if small is not None:
            title = "Added in the year, solar of all segments: small scale goes on as in the base year"
            yield Pace("solar_additions_all", title, ALTERNATING, "total", yearly + small[:, None])
    gone = retiring(plans, values, timeline)
    fewer = growing(values["us_retirements_pace"], after[1:]) - growing(values["us_retirements_pace"], after[:-1])
    yearly = np.concatenate([gone[:, None], gone[:, None] * fewer], axis=1)
    yield Pace("retirements", "Retired in the year", ALTERNATING, "total", yearly)
    running = restarted(plans, values, timeline, after + 1)
    yield Pace("nuclear_restarts", "Restarted reactors running at year end", ALTERNATING, "end", running)


def _us_firm(anchors: "Anchors", values: Values) -> Iterator[Pace]:
    ends = np.arange(len(anchors.timeline.years), dtype=np.float32)
    for name, path in accredited_routes(anchors, values, ends).items():
        route = "plans by technology as realised" if name == PLANS else "as one publisher prints them"
        title = f"Accredited additions less retirements since the balance's base, {route}"
        # The balance begins at the end of the first projected year.
        yield Pace(f"accredited_{name}", title, ACCREDITED, "end", np.where(ends > 0, path, np.nan))


def _china(anchors: "Anchors", values: Values) -> Iterator[Pace]:
    build, timeline = anchors.cn_build, anchors.timeline
    for kind, yearly in china_pace.solar_and_wind(build, values, timeline).items():
        yield Pace(f"{kind}_additions", f"Added in the year, {kind}", ALTERNATING, "total", yearly)
    if build.reactors is not None:
        yield from _reactors(build.reactors, values["cn_nuclear_slip"], values["cn_nuclear_approved_built"], timeline)


def _world(anchors: "Anchors", values: Values) -> Iterator[Pace]:
    if anchors.world_reactors is not None:
        built = values["cn_nuclear_approved_built"]
        yield from _reactors(anchors.world_reactors, values["world_nuclear_slip"], built, anchors.timeline)


def _reactors(reactors: Reactors, slip: FloatArray, built: FloatArray, timeline: Timeline) -> Iterator[Pace]:
    added = reactor_pace.added(reactors, slip, built, timeline)
    yield Pace("nuclear_additions", "Reactors that begin to run in the year", ALTERNATING, "total", added)
    running = reactor_pace.running(reactors, slip, built, timeline)
    yield Pace("nuclear_running", "Reactors running at year end, none retired", ALTERNATING, "end", running)
