"""One region on one set of draws: demand wanted and bought, and the halls, connections and chips that meet it.

Everything is a level at the ends of the base year and of each quarter. All layers share the same factors in a draw: the
model error multiplies what the routes give; ``unmet`` is what accelerators are wanted over that; and of them as many
are bought as there are chips for and halls house, with the excess that buyers tolerate. So H100e, gigawatts and
terawatt-hours of a draw tell one story, and power is short where halls house less than is wanted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from data.base.layers import DemandConcept, Layer
from projection.base.blocks import spread, within
from projection.cells.paths import Binding, Paths
from projection.electricity import energy
from projection.electricity.us_firm import behind_the_meter, firm_base
from projection.inputs.assumption_values import value_of
from projection.model.chips import CHINA, ChipStock, lagged
from projection.model.fill import AI, Fill, fills
from projection.model.passes import Inputs, RegionPaths
from projection.model.routes import SITES, Draw
from projection.model.stages import Stages
from projection.sites import buildout
from projection.sites.buildout import Additions

FloatArray = NDArray[np.floating[Any]]
TIGHTNESS_OF = {"US": "US", "EU": "WORLD", "REST": "WORLD"}
"""Whose tightness a region reads; what China's buyers lack is an assumption of its own."""
EVIDENCE_OF_UNMET = ("backlog", "orders", "queues", "publishers")
"""What tells of unmet demand; a draw follows one of them, so that their disagreement is kept."""
EVIDENCE = "evidence of unmet demand"
"""The shock that picks it."""


def region(
    name: str,
    stock: ChipStock,
    draw: Draw,
    error: FloatArray | None,
    diverted: FloatArray,
    inputs: Inputs,
    stages: Stages,
    *,
    staying: FloatArray | None = None,
    for_others: FloatArray | None = None,
) -> RegionPaths:
    """Cells of a region by layer, and what lies between its equipment and them.

    Args:
        name: its code.
        stock: its accelerators.
        draw: average draw by the routes, before the model error.
        error: what demand is multiplied with, (draw, 1 + quarter); None for none.
        diverted: H100e that trade brings it beside its share of shipments, or takes from it, (draw, 1 + quarter).
        inputs: what the engine draws from.
        stages: of the pass.
        staying: share of the accelerators wanted that other regions do not serve, (draw, 1 + quarter); None for all.
        for_others: H100e it serves for other regions, likewise; None for none.
    """
    values, timeline = inputs.values, inputs.anchors.timeline
    base_end = timeline.offset - 1
    owned = stock.owned[:, base_end:]
    factor = _in_use(error, stock, values["least_utilisation"], base_end)
    unmet: FloatArray = np.exp(_unmet(name, inputs))
    if staying is not None:
        unmet = unmet * staying
    if for_others is not None:
        unmet = unmet + for_others / (owned * factor)
    legacy, ai = fills(values)
    # What is no accelerator stands too, and serves at its least utilisation.
    other = draw.other * np.maximum(factor, values["least_utilisation"][:, None])
    accelerators = draw.accelerators * factor
    legacy_nameplate, ai_nameplate = (
        other / legacy.average_over_nameplate[:, None],
        accelerators / ai.average_over_nameplate[:, None],
    )
    halls = _halls(
        name, legacy_nameplate + ai_nameplate * unmet, legacy_nameplate[:, 0] + ai_nameplate[:, 0], inputs, stages
    )
    nameplate = halls.deliverable
    others, room = _rooms(nameplate, legacy_nameplate, ai_nameplate)
    housed = room / ai_nameplate
    # What strayed from projections was used, and the chips for it were there. Where demand falls, those ordered a lead
    # time ago still come.
    ordered = lagged(factor - 1, values["chip_lead_quarters"]) + 1
    chips = np.maximum(np.maximum(ordered, factor) + diverted / owned, np.float32(0)) / factor
    excess = 1 + values["purchase_excess_tolerated"][:, None]
    share = np.minimum(np.minimum(unmet, chips), housed * excess)
    average = {
        DemandConcept.WANTED: other + accelerators * unmet,
        DemandConcept.BOUGHT: other * (others / legacy_nameplate) + accelerators * share,
    }
    peak_ai = accelerators / ai.load_factor[:, None]
    peak_other = other / legacy.load_factor[:, None]
    peak = {
        DemandConcept.WANTED: peak_other + peak_ai * unmet,
        DemandConcept.BOUGHT: peak_other * (others / legacy_nameplate) + peak_ai * share,
    }
    supply = others * legacy.peak_over_nameplate[:, None] + room * ai.peak_over_nameplate[:, None]
    h100e = owned * factor
    filled = others * legacy.average_over_nameplate[:, None] + room * ai.average_over_nameplate[:, None]
    limits = {
        Binding.CHIPS: chips,
        Binding.HALLS: _rooms(halls.shell, legacy_nameplate, ai_nameplate)[1] / ai_nameplate,
    }
    if halls.connected is not None:
        limits[Binding.GRID] = _rooms(halls.connected, legacy_nameplate, ai_nameplate)[1] / ai_nameplate
    cells = {
        Layer.COMPUTE: Paths(
            wanted=(h100e * unmet)[:, 1:],
            bought=(h100e * share)[:, 1:],
            supply=(h100e * np.minimum(chips, housed))[:, 1:],
            housed=(h100e * housed)[:, 1:],
            narrow=(stock.owned_16bit[:, base_end:] / np.maximum(owned, 1e-9))[:, 1:],
        ),
        Layer.POWER: Paths(
            wanted=peak[DemandConcept.WANTED][:, 1:],
            bought=peak[DemandConcept.BOUGHT][:, 1:],
            supply=supply[:, 1:],
            additions=((nameplate - nameplate[:, :1]) * ai.peak_over_nameplate[:, None])[:, 1:],
            base=legacy_nameplate[:, 0] + ai_nameplate[:, 0],
        ),
        Layer.ENERGY: Paths(
            wanted=energy.to_twh(within(average[DemandConcept.WANTED]), timeline),
            bought=energy.to_twh(within(average[DemandConcept.BOUGHT]), timeline),
        ),
    }
    return RegionPaths(
        cells=cells,
        routed=draw.total,
        other=draw.other,
        other_wanted=other,
        routes={**draw.routes, SITES: filled},
        error=factor,
        unmet=unmet,
        owned=owned,
        stock=stock,
        average=average,
        peak=peak,
        peak_ai=peak_ai,
        peak_unlimited=peak_other + peak_ai,
        nameplate=nameplate,
        shell=halls.shell,
        planned=halls.planned,
        vacant=(room - ai_nameplate * np.minimum(share, housed)) / nameplate,
        limits=limits,
    )


@dataclass(frozen=True)
class _Halls:
    """Nameplate at the ends, GW, (draw, 1 + quarter).

    Attributes:
        shell: built.
        connected: what the grid and on-site power feed; None where figures do not tell it apart.
        planned: what of the shell is planned today.
    """

    planned: Additions
    shell: FloatArray
    connected: FloatArray | None

    @property
    def deliverable(self) -> FloatArray:
        """Built and fed."""
        return self.shell if self.connected is None else np.minimum(self.shell, self.connected)


def _halls(name: str, wanted: FloatArray, in_use: FloatArray, inputs: Inputs, stages: Stages) -> _Halls:
    """Halls from the nameplate that is wanted, (draw, 1 + quarter), and that in use in the base year, (draw,)."""
    values, anchors = inputs.values, inputs.anchors
    timeline = anchors.timeline
    base = in_use / (1 - value_of(values, name.lower(), "vacancy"))
    tracked = name == "US" and bool(anchors.pipeline_us)
    if tracked:
        arrivals = stages.of(
            "tracked sites",
            lambda: buildout.us_arrivals(
                anchors.pipeline_us, values, inputs.site_shocks, timeline, evidence_days=inputs.evidence_days
            ),
        )
        planned = buildout.us_additions(arrivals, base, values, timeline)
    else:
        planned = buildout.steady_additions(base, value_of(values, name.lower(), "additions_rate"), timeline)
    lead_factor = values["us_site_lead_factor"] if name == "US" else None
    shell = buildout.built(base, planned.total, wanted, values, timeline, as_of=anchors.as_of, lead_factor=lead_factor)
    return _Halls(planned, shell, _connected(shell, inputs) if tracked else None)


def _connected(shell: FloatArray, inputs: Inputs) -> FloatArray:
    """US nameplate that is fed, GW, (draw, 1 + quarter): what stood when last counted, then connections and on-site."""
    values, timeline = inputs.values, inputs.anchors.timeline
    since = timeline.years_after(inputs.anchors.observed["US"])
    last = int(np.searchsorted(since, 0.0, side="right")) - 1
    ahead = np.maximum(since, 0.0)
    grid = buildout.growing(values["us_grid_connections_growth"], ahead) * values["us_grid_connections"][:, None]
    first = timeline.index_of(firm_base(timeline)) + 1
    years = np.maximum(timeline.end_years - timeline.end_years[first], 0)
    on_site = behind_the_meter(values, years, timeline) / Fill.of(values, AI).peak_over_nameplate[:, None]
    connected = shell[:, last : last + 1] + grid + on_site
    connected[:, : last + 1] = shell[:, : last + 1]
    return np.asarray(connected)


def _rooms(nameplate: FloatArray, legacy: FloatArray, ai: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Nameplate that all other equipment has, and that accelerators may have, GW.

    Halls too few for both are shared as both need them; what is spare is for accelerators.
    """
    others = legacy * np.minimum(nameplate / (legacy + ai), np.float32(1))
    return others, nameplate - others


def _in_use(error: FloatArray | None, stock: ChipStock, least_utilisation: FloatArray, base_end: int) -> FloatArray:
    """The model error, (draw, 1 + quarter), no less than what stands and survives asks for at its least utilisation.

    What stands is what was in use before, less what retires: the whole stock less what the quarter received.
    """
    owned, received = stock.owned[:, base_end:], stock.received[:, base_end:]
    if error is None:
        return np.ones_like(owned)
    standing = error * owned
    for quarter in range(1, owned.shape[1]):
        surviving = standing[:, quarter - 1] * (owned[:, quarter] - received[:, quarter]) / owned[:, quarter - 1]
        np.maximum(standing[:, quarter], surviving, out=standing[:, quarter])
        least = least_utilisation * surviving / owned[:, quarter]
        np.maximum(error[:, quarter], least, out=error[:, quarter])
    return error


def evidence_of_unmet(shocks: Mapping[str, FloatArray]) -> NDArray[np.int64]:
    """The place among :data:`EVIDENCE_OF_UNMET` of the evidence that a draw follows, (draw,)."""
    place = (ndtr(shocks[EVIDENCE]) * len(EVIDENCE_OF_UNMET)).astype(np.int64)
    return np.asarray(np.minimum(place, len(EVIDENCE_OF_UNMET) - 1))


def _unmet(name: str, inputs: Inputs) -> FloatArray:
    """Log of accelerators wanted over what the routes and the error give, (draw, 1 + quarter).

    Outside China it is what one piece of evidence says, less where the market is not as tight as it was then, and it
    fades as the boom's growth does.
    """
    values, years = inputs.values, inputs.anchors.timeline.end_years
    if name == CHINA:
        return spread(values["cn_unmet"], np.ones_like(years))
    index = TIGHTNESS_OF[name]
    tightness = np.minimum(
        inputs.anchors.tightness.get(index, 0.0) / value_of(values, "tightness_of_evidence", index.lower()), 1
    )
    unmet_by = [value_of(values, "unmet_by", name) for name in EVIDENCE_OF_UNMET]
    evidence = np.choose(evidence_of_unmet(inputs.shocks), unmet_by)
    fade = np.exp2(spread(-1 / values["growth_half_life_years"], years))
    return np.asarray(fade * (tightness * evidence)[:, None])
