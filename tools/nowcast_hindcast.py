"""Print the nowcast's hindcast: `python tools/nowcast_hindcast.py [--as-of DAY]`; docs/recipes.md quotes it."""

import argparse
from datetime import date

from data.catalogue.observations import COMPILED
from data.store.store import Store
from features.nowcast.hindcast import NowcastError, Summary, hindcast, running_hindcast, summary
from features.nowcast.levels import EDITIONS
from features.view import View

RECENT = 2024
"""First year whose nowcast had more than five levels before it."""


def main() -> None:
    """Print every level told from its eve, and the summary by region."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--as-of", type=date.fromisoformat, default=COMPILED, metavar="DAY")
    day = parser.parse_args().as_of
    store = Store.shipped()
    errors: tuple[NowcastError, ...] = ()
    for region in EDITIONS:
        day_errors = hindcast(View.of(store, as_of=day), region)
        print(f"{region}: log errors of the figure over what was said the day before")
        print("edition       year   TWh  known  nowcast  carried    grown    rank  80% +-")
        for one in day_errors:
            print(
                f"{one.edition:<13} {one.year}  {one.twh:4.0f}  {one.levels:5}  {one.nowcast:+7.3f}  "
                f"{one.carried:+7.3f}  {one.grown:+7.3f}  {one.rank:6.3f}  {one.width:6.3f}"
            )
        _print(region, summary(day_errors))
        errors += day_errors
    _print("all", summary(errors))
    _print("years not yet known", summary(tuple(one for one in errors if one.ahead)))
    _print("years known already", summary(tuple(one for one in errors if not one.ahead)))
    running = {region: running_hindcast(View.of(store, as_of=day), region) for region in EDITIONS}
    pooled = tuple(one for region_errors in running.values() for one in region_errors)
    years = len({(one.region, one.year) for one in pooled})
    print(f"The running year, on {day:%d %B} of the level's own year, {years} years of regions:")
    for region, region_errors in running.items():
        _print(region, summary(region_errors))
    _print("all", summary(pooled))
    _print("levels of 2024 on", summary(tuple(one for one in pooled if one.year >= RECENT)))


def _print(name: str, total: Summary) -> None:
    coverage = ", ".join(f"{share:.0%} in the {band:.0%} band" for band, share in total.coverage.items())
    print(
        f"{name}: {total.count} levels; mean absolute log error {total.nowcast:.3f} nowcast, "
        f"{total.carried:.3f} carried, {total.grown:.3f} grown; CRPS {total.crps:.3f}; {coverage}\n"
    )


if __name__ == "__main__":
    main()
