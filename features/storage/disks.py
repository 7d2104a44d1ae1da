"""Hard-disk exabytes shipped per quarter: by the two makers that print them, and by all makers."""

from data.base.errors import NotFound
from data.periods.period import Frequency, Period
from features.chain import join
from features.chips.shipments import common_sum
from features.series import ModelSeries, derive
from features.view import View

VENDORS = ("seagate.hdd.exabytes", "wdc.hdd.exabytes")
"""The third maker, Toshiba, ships about an eighth of the world's exabytes and is printed for three quarters only."""

WORLD = "world.hdd.exabytes"
WORLD_SOURCE = "trendfocus"
"""Publisher of the world total the splice stands on: the one with most quarters; Coughlin's are 6 % higher."""

NEAR = 4
"""Quarters within which the next figure must follow: one alone years earlier says nothing about quarterly growth."""


def two_vendor_exabytes(view: View, *, recipe: str) -> ModelSeries:
    """EB shipped per quarter by Seagate and Western Digital, only quarters with both; raises :class:`NotFound`.

    The world total is printed for too few quarters (with two values for 2024Q1, 6 % apart) to be a series; who needs
    the world divides by the two makers' share, a stated assumption. Nearline exabytes are another definition.
    """
    parts = tuple(view.read(vendor, freq=Frequency.QUARTER) for vendor in VENDORS)
    values = _recent(common_sum(parts))
    if not values:
        raise NotFound("series", "derived.world.hdd_exabytes", hint="the two makers share no quarter on that day")
    return derive(
        "derived.world.hdd_exabytes",
        region="WORLD",
        unit="EB",
        values=values,
        inputs=parts,
        recipe=recipe,
    )


def all_makers_exabytes(view: View, *, recipe: str) -> ModelSeries:
    """EB shipped per quarter by all makers on TrendFocus' level; raises :class:`NotFound`.

    TrendFocus prints too few quarters to be a series; the others are the two makers' sum, moved by their mean log
    difference over the quarters both print, with the error of that (:mod:`features.chain`).
    """
    base = view.of_source(WORLD, WORLD_SOURCE, freq=Frequency.QUARTER)
    two = two_vendor_exabytes(view, recipe=recipe)
    return join(base, two, series_id="derived.world.hdd_exabytes_all_makers", recipe=recipe)


def _recent(values: dict[Period, float]) -> dict[Period, float]:
    # From the last quarter back to the first gap of more than NEAR quarters.
    recent: list[Period] = []
    for period in sorted(values, reverse=True):
        if recent and period.steps_to(recent[-1]) > NEAR:
            break
        recent.append(period)
    return {period: values[period] for period in reversed(recent)}
