from datetime import date

import numpy as np
import pytest

from data.base.errors import InvalidParameter, NotFound
from data.catalogue.observations import COMPILED
from data.periods.period import Frequency, Period, period_range
from data.store.store import Rule, Store
from features.nowcast.hindcast import hindcast, running_hindcast, summary
from features.nowcast.indicators import DEFINITIONS, indicators, quarters_of
from features.nowcast.levels import levels
from features.nowcast.nowcast import HOURS, PRIORS, TrendModel, generator, nowcast, quarterly, yearly
from features.view import View

STORE = Store.shipped()
VIEW = View.of(STORE, as_of=COMPILED)
MADE = {region: nowcast(VIEW, region) for region in ("US", "WORLD")}
SPREAD = {name: median for name, (median, _) in PRIORS.items()}


def year(number):
    return Period(date(number, 1, 1), Frequency.YEAR)


def quarter(number, which):
    return Period(date(number, 3 * which - 2, 1), Frequency.QUARTER)


def model(region="US"):
    grid = tuple(period_range(quarter(2006 if region == "US" else 2010, 1), quarter(2026, 3)))
    evidence = levels(VIEW, region)
    used, _ = indicators(VIEW, region, grid)
    return grid, evidence, used, TrendModel(grid, evidence, used, today=COMPILED)


def kalman(grid, evidence, used, region_nowcast, spread):
    """A textbook Kalman filter of the same model: log likelihood, and mean and variance of the last level."""
    mean, variance = region_nowcast.prior(spread)
    steps = len(grid) - 1
    fixed = slice(2 + 2 * steps, None)
    extra = len(mean[fixed])
    # State: level and its last three values, drift, then what never changes (loadings and offsets).
    m = np.concatenate([[mean[0]] * 4, [mean[1]], mean[fixed]])
    p = np.zeros((5 + extra, 5 + extra))
    p[0, 0], p[4, 4] = variance[0], variance[1]
    p[5:, 5:] = np.diag(variance[fixed])
    fit = 0.0
    names = sorted({level.edition.institution for level in evidence})
    editions = sorted({level.edition.name for level in evidence})
    for t, period in enumerate(grid):
        if t:
            f = np.eye(5 + extra)
            f[0, 4] = 1.0
            for place, one in enumerate(used):
                f[0, 5 + place] = one.z[t]
            f[1, :], f[2, :], f[3, :] = 0.0, 0.0, 0.0
            f[1, 0] = f[2, 1] = f[3, 2] = 1.0
            # The drift's shock of a quarter moves that quarter's growth already.
            shock = np.zeros((5 + extra, 2))
            shock[0] = 1.0, 1.0
            shock[4] = 1.0, 0.0
            q = np.diag([variance[1 + t], variance[1 + steps + t]])
            m, p = f @ m, f @ p @ f.T + shock @ q @ shock.T
        for level in evidence:
            if period == Period(level.year.start, Frequency.QUARTER).shift(3):
                h = np.zeros(5 + extra)
                h[:4] = 0.25
                h[5 + len(used) + names.index(level.edition.institution)] = 1.0
                h[5 + len(used) + len(names) + editions.index(level.edition.name)] = 1.0
                s = h @ p @ h + level.sd**2
                apart = level.log - h @ m
                fit += -0.5 * (np.log(2 * np.pi * s) + apart**2 / s)
                gain = p @ h / s
                m, p = m + gain * apart, p - np.outer(gain, h @ p)
    return fit, m[0], p[0, 0]


def figure(region_nowcast, grid, level):
    """The row that reads a published level off the states."""
    first = grid.index(Period(level.year.start, Frequency.QUARTER))
    return region_nowcast.path[first : first + 4].mean(axis=0) + region_nowcast.offset_rows()[level.edition.name]


@pytest.mark.parametrize("region", ["US", "WORLD"])
def test_the_posterior_is_what_a_kalman_filter_gives(region):
    grid, evidence, used, region_nowcast = model(region)
    for spread in (SPREAD, {name: 2 * value for name, value in SPREAD.items()}):
        mean, gain = region_nowcast.condition(spread)
        fit = region_nowcast.fits([spread])[0]
        _, variance = region_nowcast.prior(spread)
        rows = np.array([figure(region_nowcast, grid, level) for level in evidence])
        last = region_nowcast.path[-1]
        expected_variance = last @ (variance * last) - last @ gain @ (rows @ (variance * last))
        expected = kalman(grid, evidence, used, region_nowcast, spread)
        assert fit == pytest.approx(expected[0], abs=1e-6)
        assert last @ mean == pytest.approx(expected[1], abs=1e-8)
        assert expected_variance == pytest.approx(expected[2], rel=1e-6)


def test_draws_have_the_posterior_mean_and_variance():
    grid, evidence, used, region_nowcast = model()
    states, spread = region_nowcast.draw(20_000, generator("test"))
    points = np.unique(np.column_stack(list(spread.values())), axis=0, return_counts=True)
    means = [
        region_nowcast.path @ region_nowcast.condition(dict(zip(PRIORS, point, strict=True)))[0]
        for point in points[0].tolist()
    ]
    mixed = np.average(means, axis=0, weights=points[1])
    draws = states @ region_nowcast.path.T
    assert draws.mean(axis=0) == pytest.approx(mixed, abs=4 * draws.std(axis=0).max() / np.sqrt(20_000))
    with pytest.raises(InvalidParameter):
        region_nowcast.draw(0, generator("test"))
    assert len(grid) == region_nowcast.path.shape[0]
    assert len(evidence) > len(used)


def test_the_same_view_gives_the_same_numbers():
    again = nowcast(VIEW, "US")
    assert np.array_equal(again.draws, MADE["US"].draws)


@pytest.mark.parametrize("region", ["US", "WORLD"])
def test_the_band_is_of_a_size_the_publishers_disagreement_allows(region):
    region_nowcast = MADE[region]
    low, _, high = np.log(region_nowcast.band(quantiles=(0.1, 0.5, 0.9)))
    half = (high - low) / 2
    start = region_nowcast.quarters.index(quarter(2023, 4))
    # Never surer than a third of what publishers of one year are apart; wider where nothing is known yet.
    assert half.min() > 1.28 * 0.08 / 3
    assert half[-1] > half[start]
    assert region_nowcast.quarters[-1] == quarter(2026, 3)


def test_the_nowcast_lies_among_the_levels_of_a_year_that_many_publish():
    draws = MADE["US"].year(year(2024))
    assert 177 < np.median(draws) < 200
    newest = MADE["WORLD"].year(year(2025))
    assert np.quantile(newest, 0.1) < 447
    assert np.quantile(newest, 0.95) > 485


def test_publishers_that_print_more_have_the_higher_offset():
    offsets = MADE["US"].offsets
    assert offsets["lbnl2024"][0] > offsets["iea2025"][0] > offsets["mckinsey2024"][0]
    assert all(sd > 0 for _, sd in offsets.values())


def test_what_growth_comes_from_adds_up():
    region_nowcast = MADE["US"]
    grown = np.log(region_nowcast.draws[:, -1] / region_nowcast.draws[:, -5]).mean()
    assert sum(region_nowcast.contributions.values()) == pytest.approx(grown)
    assert set(region_nowcast.contributions) == {"drift", "level", *(one.name for one in DEFINITIONS["US"])}
    assert region_nowcast.missing == {}
    assert region_nowcast.last_quarters["commercial_sales"] == quarter(2025, 1)


def test_a_day_without_indicators_names_them_and_still_nowcasts():
    region_nowcast = nowcast(View.of(STORE, as_of=date(2025, 7, 1)), "US")
    assert set(region_nowcast.missing) == {one.name for one in DEFINITIONS["US"]}
    assert all(region_nowcast.missing.values())
    assert set(region_nowcast.contributions) == {"drift", "level"}


def test_what_was_not_known_is_refused():
    with pytest.raises(NotFound, match="levels are known"):
        nowcast(View.of(STORE, as_of=date(2008, 1, 1)), "US")
    with pytest.raises(NotFound):
        nowcast(VIEW, "EU")
    with pytest.raises(NotFound):
        MADE["US"].year(year(2027))


def test_series_carry_their_band_and_their_variance():
    draw, whole = quarterly(VIEW, "US", recipe="nowcast.quarter"), yearly(VIEW, "US", recipe="nowcast.year")
    assert (draw.unit, whole.unit) == ("GW", "TWh")
    assert whole.last == year(2025)
    for series in (draw, whole):
        assert series.low is not None
        assert series.high is not None
        assert (series.low < series.values).all()
        assert (series.values < series.high).all()
        assert (series.splice_sd > 0).all()
        assert series.last_published <= COMPILED
        assert "epoch_chip_counts_2026_09" in series.sources
    parts = [draw.by_period()[quarter(2025, n)] for n in (1, 2, 3, 4)]
    assert whole.values[-1] == pytest.approx(HOURS * np.exp(np.log(parts).mean()), rel=0.01)


def test_indicators_are_standardised_and_held_outside_their_figures():
    grid = tuple(period_range(quarter(2010, 1), quarter(2026, 3)))
    used, _ = indicators(VIEW, "US", grid)
    for one in used:
        assert one.z[~one.outside_figures].mean() == pytest.approx(0, abs=0.4)
        assert one.outside_figures.any()
        late = one.z[[place for place, period in enumerate(grid) if period > one.last]]
        assert len(set(late.tolist())) <= 1


def test_a_quarter_needs_its_three_months():
    months = {Period(date(2024, n, 1), Frequency.MONTH): float(n) for n in (1, 2, 3, 4, 5)}
    assert quarters_of(months) == {quarter(2024, 1): 2.0}


def test_the_hindcast_sees_the_eve_only_and_its_band_is_not_absurd():
    errors = hindcast(View.of(STORE, as_of=COMPILED), "US")
    known_days = {level.known_day for level in levels(View.of(STORE, as_of=COMPILED, rule=Rule.AVAILABLE), "US")}
    assert {one.day for one in errors} <= known_days
    assert len(errors) >= 10
    total = summary(errors)
    # Carrying the last level forward is a point: its score is its error.
    assert total.crps < total.carried
    assert total.crps < total.grown
    assert 0.6 <= total.coverage[0.8] <= 1
    with pytest.raises(NotFound):
        summary(())


def test_the_running_year_is_nowcast_to_its_end_with_its_quarters_ahead_apart():
    region_nowcast = MADE["US"]
    assert region_nowcast.quarters_ahead == (quarter(2026, 4),)
    running = np.log(region_nowcast.year(year(2026)))
    quarters = np.hstack([region_nowcast.draws[:, -3:], region_nowcast.draws_ahead])
    parts = np.log(quarters).mean(axis=1) + np.log(HOURS)
    assert running == pytest.approx(parts)
    # What lies ahead is less sure than what has ended, and no indicator is read beyond its figures.
    assert running.std() > np.log(region_nowcast.year(year(2025))).std()
    assert nowcast(View.of(STORE, as_of=date(2027, 2, 15)), "US").quarters_ahead[-1] == quarter(2027, 4)


def test_running_years_of_the_past_lie_in_the_band_as_often_as_it_says():
    view = View.of(STORE, as_of=COMPILED)
    errors = tuple(one for region in ("US", "CN", "WORLD") for one in running_hindcast(view, region))
    assert len({(one.region, one.year) for one in errors}) >= 10
    # Every level is nowcast in its own year, before anybody could print it.
    assert all(one.ahead and one.day.year >= one.year for one in errors)
    total = summary(errors)
    # Of n draws of four in five, 95 in 100 lie within two deviations.
    assert abs(total.coverage[0.8] - 0.8) < 2 * np.sqrt(0.8 * 0.2 / total.count)
    assert total.crps < total.carried
