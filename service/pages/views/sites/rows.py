"""Sites as rows of text: whose, where, how large, when it was to run and when it is likely to."""

from dataclasses import dataclass
from datetime import date

from data.base.regions import REGIONS
from service.api.sites.sites import SiteItem
from service.pages.views.sites.map import megawatts
from service.pages.words import in_hundred

NONE = "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class SiteRow:
    """One site as text; ``chance`` is that the halfway level runs by the end of the year the page names."""

    id: str
    name: str
    operator: str
    where: str
    county: str
    stage: str
    running: str
    planned: str
    halfway: str
    first_plan: str
    newest_plan: str
    slip: str
    likely: str
    likely_range: str
    chance: str


def site_row(item: SiteItem, stages: dict[str, str], *, year: int) -> SiteRow:
    """One site as text."""
    likely = item.likely or {}
    chance = (item.chances or {}).get(str(year))
    return SiteRow(
        id=item.id,
        name=item.name,
        operator=item.operator or "no operator named",
        where=where(item),
        county=item.county or "",
        stage=stages[item.stage] + (", stopped by remarks" if item.stopped else ""),
        running=megawatts(item.running_mw),
        planned=megawatts(item.planned_mw),
        halfway=NONE if item.halfway_mw is None else megawatts(item.halfway_mw),
        first_plan=NONE if item.first_planned_on is None else month(item.first_planned_on),
        newest_plan=NONE if item.planned_on is None else month(item.planned_on),
        slip=slip(item.slip_days),
        likely=month(likely["0.5"]) if likely else NONE,
        likely_range=f"{month(likely['0.25'])} to {month(likely['0.75'])}" if likely else "",
        chance=NONE if chance is None else in_hundred(chance),
    )


def where(item: SiteItem) -> str:
    """The state, or the country where there are none."""
    return item.country if item.state is None else REGIONS[f"US-{item.state}"].name


def month(day: date | None) -> str:
    """The month of a day.

    >>> month(date(2028, 3, 31)), month(None)
    ('March 2028', 'never')
    """
    return "never" if day is None else f"{day:%B %Y}"


def slip(days: int | None) -> str:
    """By how much a plan moved, in words.

    >>> slip(374), slip(-10), slip(0)
    ('374 days later', '10 days earlier', 'unmoved')
    """
    if days is None:
        return ""
    if days == 0:
        return "unmoved"
    return f"{abs(days):,} days {'later' if days > 0 else 'earlier'}"
