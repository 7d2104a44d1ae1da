"""On-site power of US data centers as known on a day: plants by how far they are, and what is signed of fuel cells."""

from dataclasses import dataclass
from functools import cache

import polars as pl

from data.base.toml_tables import Entry, read_shipped
from data.base.units import convert
from data.catalogue.stages import FacilityType, SiteStage, edition
from features.view import View

FILE = "on_site.toml"
MW_PER_GW = 1000.0


class OnSiteFacts(Entry):
    """Which plants they are, and the series of what is signed and of the most a publisher has; see the file."""

    plants: tuple[str, ...]
    contracted: str
    agreed: str
    most: str


@cache
def on_site_facts() -> OnSiteFacts:
    """The shipped facts; raises :class:`data.base.errors.TableCorrupt` for a slip in them."""
    return read_shipped(OnSiteFacts, "features.generation", FILE)


@dataclass(frozen=True, slots=True)
class OnSite:
    """GW: of plants that run, that are being built, and that are permitted or proposed, as printed; of what is signed.

    Attributes:
        contracted: under contract; agreed: that and what may still be ordered.
        most: the most that a publisher has.
    """

    running: float
    building: float
    planned: float
    contracted: float
    agreed: float
    most: float


def on_site(view: View) -> OnSite | None:
    """Read off the tracker's edition of the view's day; None before one that has plants, or without the series."""
    facts = on_site_facts()
    plants = edition(view.as_of).filter(
        (pl.col("facility_type") == FacilityType.POWER) & pl.col("site_id").is_in(facts.plants)
    )
    signed = [_newest(view, series) for series in (facts.contracted, facts.agreed, facts.most)]
    if plants.is_empty() or None in signed:
        return None
    gw = dict.fromkeys(SiteStage, 0.0)
    for stage, planned, running in plants.select("stage", "mw_planned", "mw_operational").iter_rows():
        gw[SiteStage(stage)] += ((running if stage == SiteStage.OPERATIONAL else planned) or 0.0) / MW_PER_GW
    contracted, agreed, most = (gw_signed for gw_signed in signed if gw_signed is not None)
    return OnSite(
        running=gw[SiteStage.OPERATIONAL],
        building=gw[SiteStage.CONSTRUCTION],
        planned=gw[SiteStage.PERMITTED] + gw[SiteStage.PROPOSED],
        contracted=contracted,
        agreed=agreed,
        most=most,
    )


def _newest(view: View, series_id: str) -> float | None:
    rows = view.rows_with_value(series_id).sort(pl.col("published").fill_null(view.compiled), "period")
    return None if rows.is_empty() else convert(rows["value"][-1], rows["unit"][-1], "GW")
