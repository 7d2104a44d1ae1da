"""The funnel an edition keeps, as a document: every region's stages with bands, duplicates and measured rates beside.

Sites are counted by trackers, requests and contracts by grids and utilities. The two count the same projects, so they
are never added: sums are of sites alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from data.base.errors import NotFound
from data.base.layers import DemandConcept, Layer
from data.catalogue.registry import registry
from data.catalogue.stages import rates
from data.periods.period import Frequency, Period
from features.commitments import Combine, Item, Stage, commitments
from features.gigawatts import Requested
from features.sites.funnel import (
    FunnelStage,
    SiteFunnel,
    Tracker,
    funnel_facts,
    measured_rates,
    site_funnel,
)
from features.sites.places import place_facts
from features.view import View
from projection.cells.cells import REGIONS_ANSWERED
from projection.edition.points import band_of, rounded
from projection.inputs.assumption_values import Values
from projection.inputs.assumptions import Assumptions
from projection.model.commitments import REALISED, still_to_come
from projection.sites.funnel import MW_PER_GW, SHARES, SITE_STAGES, draw
from projection.sites.realisation import SiteShocks

FloatArray = NDArray[np.floating[Any]]
MEASURED_SOURCE = "nmai_rates"
BY_GRIDS = "Counted by utilities and grids, GW of facility peak, the same projects as sites: never added to them."
NOTES = (
    "GW of sites are as printed: a project without a figure is counted and adds nothing.",
    "What the second tracker has under construction is built with the share of permitted sites: it labels a campus.",
    "Whether a stage is ever built is a prior, which no edition has tested; so are the share dormant and its use.",
)


ASSUMPTIONS = (
    *SHARES.values(),
    "site_ever_built_correlation",
    *sorted(set(REALISED.values())),
    "book_count_factor",
    "draw_over_contract",
    "large_load_datacenter_share",
    "queue_duplicates",
    "queue_in_contracts",
)
"""Assumptions a funnel reads."""


@dataclass(frozen=True)
class _Row:
    """One stage: draws of it, (draw,) each, GW, and what they are made from.

    Attributes:
        printed: GW; None where gigawatts of several kinds are printed, which cannot be added.
        projects: of sites, those with a part at the stage; without_size: of them, those without a figure.
        items: of grids, what they count.
    """

    gw: FloatArray
    dormant: FloatArray
    energised: FloatArray
    printed: float | None
    projects: int | None = None
    without_size: int | None = None
    items: tuple[Item, ...] = ()


def document(
    view: View, assumptions: Assumptions, *, base_year: int, seed: int, draws: int, regions: Sequence[str] = ()
) -> dict[str, Any]:
    """Every region's funnel as of the view's day, or the reason why it has none.

    Args:
        view: figures as known on the day.
        assumptions: those of the edition; the base scenario is read.
        base_year: what was due by its end is in the stock.
        seed: of the edition's draws.
        draws: how many.
        regions: only these; all that are answered when empty.
    """
    latent = assumptions.latent(seed=seed, draws=draws, only=ASSUMPTIONS)
    # What is correlated with them comes along and is not read.
    values = assumptions.values({name: latent[name] for name in ASSUMPTIONS})
    shocks = SiteShocks(seed, draws)
    by_region: dict[str, Any] = {}
    reasons: dict[str, str] = {}
    for region in regions or REGIONS_ANSWERED:
        try:
            funnel = site_funnel(view, region)
        except NotFound as error:
            reasons[region] = error.remedy
            continue
        by_region[region] = _region(view, funnel, values, shocks, base_year)
    return {"as_of": view.as_of.isoformat(), "regions": by_region, "reasons": reasons}


def _region(view: View, funnel: SiteFunnel, values: Values, shocks: SiteShocks, base_year: int) -> dict[str, Any]:
    funnel_draws = draw(funnel, values, shocks)
    rows = {
        stage: _Row(
            funnel_draws.gw[stage],
            funnel_draws.dormant[stage],
            funnel_draws.energised[stage],
            funnel.printed(stage) / MW_PER_GW,
            sum(stage in project.mw or (not project.mw and project.stage is stage) for project in funnel.projects),
            sum(not project.mw and project.stage is stage for project in funnel.projects),
        )
        for stage in SITE_STAGES
    }
    measured = measured_rates(view.as_of)
    everything = rows | _grids(view, funnel.region, values, base_year)
    return {
        "stages": [_stage(stage, everything[stage], measured) for stage in FunnelStage if stage in everything],
        "total": {
            "gw": band_of(np.sum([row.gw for row in rows.values()], axis=0)),
            "energised": band_of(np.sum([row.energised for row in rows.values()], axis=0)),
            "printed_gw": rounded(sum(project.total for project in funnel.projects) / MW_PER_GW),
            "projects": len(funnel.projects),
        },
        "duplicates": {
            "projects": len(funnel.duplicates),
            "printed_gw": rounded(sum(project.total for project in funnel.duplicates) / MW_PER_GW),
        },
        "not_placed": {
            "projects": len(funnel.elsewhere),
            "printed_gw": rounded(sum(project.total for project in funnel.elsewhere) / MW_PER_GW),
        },
        "trackers": {tracker.value: day.isoformat() for tracker, day in funnel.editions.items()},
        "missing": [stage.value for stage in FunnelStage if stage not in everything],
        "dormant_seen": {"stopped": funnel.stopped, "proposed": funnel.proposed},
        "sizes_compared": int(funnel.sizes.size),
        "notes": _notes(funnel),
        "attribution": _attribution(funnel, measured=bool(measured)),
    }


def _stage(stage: FunnelStage, row: _Row, measured: Mapping[FunnelStage, Mapping[str, Any]]) -> dict[str, Any]:
    rate = measured.get(stage)
    return {
        "stage": stage.value,
        "counted_by": "grids" if row.items else "sites",
        "projects": row.projects,
        "without_size": row.without_size,
        "printed_gw": None if row.printed is None else rounded(row.printed),
        "items": [
            {
                "name": item.name,
                "gw": item.quantity.value,
                "kind": type(item.quantity).__name__.lower(),
                "source": item.source,
                "published": item.published.isoformat(),
            }
            for item in row.items
        ],
        "gw": band_of(row.gw),
        "dormant": band_of(row.dormant),
        "energised": band_of(row.energised),
        "measured": None
        if rate is None
        else {
            "rate": rate["rate_id"],
            "cohort": f"{rate['object']}, {rate['cohort']}: {rate['from_stage']} to {rate['to_stage']}",
            "share": rate["value"],
            "energised": band_of(float(rate["value"]) * row.gw),
        },
    }


def _grids(view: View, region: str, values: Values, base_year: int) -> dict[FunnelStage, _Row]:
    """Requests and contracts of a region, each counted once; without those that are not known on the day."""
    grid = funnel_facts().grids.get(region)
    observed = Period(date(base_year, 10, 1), Frequency.QUARTER)
    if region in place_facts().grids:
        by_stage = {} if grid is None else _requests_of_grid(view, grid.requested, grid.contracted, observed)
        shared: FloatArray = np.zeros(1)
    else:
        book = commitments(view, observed=observed).book(region, Layer.POWER)
        # What is being built is counted by trackers of sites.
        contracts = [item for item, _ in book.contracted if item.stage is not Stage.UNDER_CONSTRUCTION]
        by_stage = {
            FunnelStage.REQUESTED: [item for item, _ in book.requested],
            FunnelStage.CONTRACTED: contracts,
        }
        shared = values["queue_in_contracts"] if book.combine is Combine.PARTLY else np.zeros(1)
    rows = {}
    for stage, items in by_stage.items():
        if not items:
            continue
        # What comes of the requests and is in the contracts is counted there.
        part = 1 - shared if stage is FunnelStage.REQUESTED else np.ones(1)
        whole = [still_to_come(item, values, whole=True) for item in items]
        # A third party's count may be too low: what comes of it is at most what it counts here.
        comes = [
            np.minimum(part * still_to_come(item, values, whole=False), most)
            for item, most in zip(items, whole, strict=True)
        ]
        gw, energised = np.sum(whole, axis=0), np.sum(comes, axis=0)
        of_one_kind = len({type(item.quantity) for item in items}) == 1
        printed = sum(item.quantity.value for item in items) if of_one_kind else None
        rows[stage] = _Row(gw, np.zeros_like(gw), energised, printed, items=tuple(items))
    return rows


def _requests_of_grid(view: View, requested: str, contracted: str, observed: Period) -> dict[FunnelStage, list[Item]]:
    """A grid's requests from the rates: the denominator of those that are not firm, the numerator of those that are."""
    rows = {row["rate_id"]: row for row in rates().filter(pl.col("published") <= view.as_of).to_dicts()}
    wanted = {
        FunnelStage.REQUESTED: (requested, "denominator", Stage.QUEUED, DemandConcept.REQUESTED),
        FunnelStage.CONTRACTED: (contracted, "numerator", Stage.FIRM, DemandConcept.CONTRACTED),
    }
    return {
        stage: [_item(rows[name], column, item_stage, concept, observed)]
        for stage, (name, column, item_stage, concept) in wanted.items()
        if name in rows
    }


def _item(row: Mapping[str, Any], column: str, stage: Stage, concept: DemandConcept, observed: Period) -> Item:
    value, unit = row[column].split()
    return Item(
        name=row["rate_id"],
        series_id=row["rate_id"],
        region=row["region"],
        layers=(Layer.POWER,),
        concept=concept,
        stage=stage,
        counterparty="large loads",
        quantity=Requested.of(float(value.replace(",", "")), unit),
        running=None,
        organic=None,
        start=observed.shift(1),
        end=observed.shift(1),
        large_load=True,
        designer=None,
        period=observed,
        source=MEASURED_SOURCE,
        published=row["published"],
        why=row["note"],
    )


def _notes(funnel: SiteFunnel) -> list[str]:
    notes = [BY_GRIDS, *NOTES]
    grid = funnel_facts().grids.get(funnel.region)
    if funnel.region in place_facts().grids:
        area = place_facts().grids[funnel.region]
        whole = [", ".join(area.whole)] if area.whole else []
        counties = [f"counties of {', '.join(area.counties)}; in those it shares they are not counted"]
        notes.append(f"Sites in {' and '.join(whole + (counties if area.counties else []))}.")
    if grid is not None:
        notes.append("Requests are read from an unlabelled chart of the operator; the firm part may be demand already.")
    if Tracker.ATLAS not in funnel.editions:
        notes.append("No edition of the second tracker was known on the day: no stage before announced is counted.")
    notes.append(
        "Measured rates are of generation that asked to connect in 2010 to 2017, applied to the same GW; no cohort "
        "of load is old enough, and from construction to service none is measured."
    )
    return notes


def _attribution(funnel: SiteFunnel, *, measured: bool) -> list[str]:
    names = [tracker.value for tracker in funnel.editions if tracker is not Tracker.ANNOUNCEMENTS]
    names += [MEASURED_SOURCE] if measured else []
    return [registry()[name].attribution for name in names]
