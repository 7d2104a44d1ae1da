import csv
from collections import Counter
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.base.errors import InvalidParameter, NotFound
from data.periods.period import Frequency, Period
from data.store.store import Rule
from features.nowcast.fiscal import calendar_of, calendars, recut
from features.series import ModelSeries

RAW = Path(__file__).resolve().parents[4] / "shared" / "raw" / "chips" / "epoch_ai_chip_counts" / "csv_export"
COMPANIES = st.sampled_from(sorted(calendars()))


def quarter(year, number):
    return Period(date(year, 3 * number - 2, 1), Frequency.QUARTER)


def flow(values, first=None):
    start = first or quarter(2022, 1)
    return ModelSeries(
        series_id="nvidia.datacenter.revenue", region="WORLD", unit="USD_billion", freq=Frequency.QUARTER,
        periods=tuple(start.shift(step) for step in range(len(values))), values=np.array(values, dtype=np.float64),
        low=None, high=None, last_published=date(2026, 1, 1), rule=Rule.STRICT, sources=("a",), recipe=None,
        pseudo_vintage=False,
    )  # fmt: skip


@given(COMPANIES, st.integers(2012, 2034))
def test_consecutive_fiscal_quarters_stand_under_consecutive_calendar_quarters(company, first):
    calendar = calendars()[company]
    fiscal = [(year, number) for year in range(first, first + 6) for number in (1, 2, 3, 4)]
    calendar_quarters = [calendar.calendar_quarter(*one) for one in fiscal]
    assert [calendar_quarters[0].shift(step) for step in range(len(calendar_quarters))] == calendar_quarters
    assert [calendar.fiscal_quarter(period) for period in calendar_quarters] == fiscal


@given(COMPANIES, st.integers(2012, 2034), st.integers(1, 4))
def test_every_day_of_a_fiscal_quarter_is_in_one_quarter_most_in_the_shown_one(company, year, number):
    calendar = calendars()[company]
    first, last = calendar.bounds(year, number)
    days = calendar.overlaps(year, number)
    assert sum(days.values()) == (last - first).days + 1
    assert days[calendar.calendar_quarter(year, number)] == max(days.values())
    assert list(days.values()).count(max(days.values())) == 1


@given(COMPANIES, st.integers(2012, 2034))
def test_fiscal_quarters_meet_without_gap_and_a_week_year_has_52_or_53(company, year):
    calendar = calendars()[company]
    bounds = [calendar.bounds(year, number) for number in (1, 2, 3, 4)]
    bounds.append(calendar.bounds(year + 1, 1))
    assert all(after[0] - before[1] == timedelta(days=1) for before, after in pairwise(bounds))
    if calendar.rule is not None:
        assert (calendar.year_end(year) - calendar.year_end(year - 1)).days in {364, 371}


@pytest.mark.parametrize(
    ("company", "year", "number", "first", "last"),
    [
        ("nvidia", 2022, 4, date(2021, 11, 1), date(2022, 1, 30)),
        ("nvidia", 2023, 1, date(2022, 1, 31), date(2022, 5, 1)),
        ("nvidia", 2021, 4, date(2020, 10, 26), date(2021, 1, 31)),  # the 14-week quarter of a 53-week year
        ("nvidia", 2025, 1, date(2024, 1, 29), date(2024, 4, 28)),
        ("broadcom", 2018, 1, date(2017, 10, 30), date(2018, 2, 4)),
        ("broadcom", 2018, 3, date(2018, 5, 7), date(2018, 8, 5)),
        ("broadcom", 2019, 4, date(2019, 8, 5), date(2019, 11, 3)),
        ("broadcom", 2020, 2, date(2020, 2, 3), date(2020, 5, 3)),
        ("broadcom", 2023, 2, date(2023, 1, 30), date(2023, 4, 30)),
        ("amd", 2020, 1, date(2019, 12, 29), date(2020, 3, 28)),
        ("amd", 2021, 2, date(2021, 3, 28), date(2021, 6, 26)),
        ("microsoft", 2026, 1, date(2025, 7, 1), date(2025, 9, 30)),
        ("oracle", 2026, 4, date(2026, 3, 1), date(2026, 5, 31)),
        ("amazon", 2026, 1, date(2026, 1, 1), date(2026, 3, 31)),
    ],
)
def test_quarters_end_when_the_filings_say(company, year, number, first, last):
    assert calendar_of(company).bounds(year, number) == (first, last)


@pytest.mark.parametrize(
    ("company", "year", "number", "calendar_quarter"),
    [
        ("nvidia", 2026, 1, quarter(2025, 1)),
        ("nvidia", 2025, 4, quarter(2024, 4)),
        ("oracle", 2026, 4, quarter(2026, 2)),
        ("oracle", 2026, 1, quarter(2025, 3)),
        ("broadcom", 2026, 1, quarter(2025, 4)),
        ("microsoft", 2026, 1, quarter(2025, 3)),
    ],
)
def test_a_fiscal_quarter_stands_where_the_tables_put_it(company, year, number, calendar_quarter):
    assert calendar_of(company).calendar_quarter(year, number) == calendar_quarter


def test_what_is_no_quarter_is_refused():
    with pytest.raises(InvalidParameter):
        calendar_of("nvidia").bounds(2026, 5)
    with pytest.raises(InvalidParameter):
        calendar_of("nvidia").fiscal_quarter(Period(date(2026, 2, 1), Frequency.QUARTER))
    with pytest.raises(NotFound, match="nvidia"):
        calendar_of("nvidea")


@given(st.floats(0.5, 50), st.integers(4, 12))
def test_an_even_daily_rate_is_recut_exactly_and_without_error(rate, count):
    calendar = calendar_of("nvidia")
    calendar_quarters = [quarter(2021, 1).shift(step) for step in range(count)]
    days = [sum(calendar.overlaps(*calendar.fiscal_quarter(period)).values()) for period in calendar_quarters]
    recut_series = recut(
        flow([rate * n for n in days], calendar_quarters[0]), calendar, series_id="derived.x", recipe="recut.days"
    )
    assert recut_series.splice_sd == pytest.approx(0, abs=1e-12)
    for period, value in recut_series.by_period().items():
        assert value == pytest.approx(rate * ((period.end - period.start).days + 1))


@given(st.lists(st.floats(1, 100), min_size=4, max_size=12))
def test_a_recut_quarter_lies_between_the_fiscal_ones_it_is_cut_from(values):
    calendar = calendar_of("nvidia")
    series = flow(values)
    recut_series = recut(series, calendar, series_id="derived.x", recipe="recut.days")
    assert recut_series.recipe == "recut.days"
    assert recut_series.variance is not None
    given_flows = series.by_period()
    for period, value in recut_series.by_period().items():
        near = [given_flows[p] for p in (period.shift(-1), period, period.shift(1)) if p in given_flows]
        # A calendar quarter has up to 92 days, a fiscal one 91 or 98.
        assert min(near) * 90 / 98 <= value * (1 + 1e-9)
        assert value <= max(near) * 92 / 91 * (1 + 1e-9)


def test_a_quarter_that_is_not_wholly_covered_is_left_out():
    recut_series = recut(flow([1.0, 2.0, 3.0, 4.0]), calendar_of("nvidia"), series_id="derived.x", recipe="recut.days")
    # Fiscal 2023 Q1 begins on 31 January 2022: January is not covered.
    assert recut_series.periods == (quarter(2022, 2), quarter(2022, 3), quarter(2022, 4))
    with pytest.raises(NotFound):
        recut(flow([1.0]), calendar_of("nvidia"), series_id="derived.x", recipe="recut.days")


def test_steeper_growth_makes_a_less_certain_cut():
    steady, steep = (
        recut(flow([rate**n for n in range(8)]), calendar_of("nvidia"), series_id="x", recipe="recut.days")
        for rate in (1.05, 1.6)
    )
    assert (steep.splice_sd[1:-1] > steady.splice_sd[1:-1]).all()


@pytest.mark.skipif(not RAW.is_dir(), reason="the licensed originals are not at hand")
def test_epochs_own_fiscal_and_calendar_quarters_agree_with_ours():
    def read(name):
        with (RAW / name).open(newline="", encoding="utf-8") as handle:
            return list(csv.DictReader(handle))

    def parsed(text):
        if "/" not in text:
            return date.fromisoformat(text)
        month, day, year = (int(part) for part in text.split("/"))
        return date(year, month, day)

    calendar = calendar_of("nvidia")
    fiscal, printed = Counter(), Counter()
    for row in read("nvidia_fiscal_quarter_chip_timelines.csv"):
        first, last = parsed(row["Start date"]), parsed(row["End date"])
        name = row["Name"].split(" ")[0]
        year, number = 2000 + int(name[2:4]), int(name[5])
        assert calendar.bounds(year, number) == (first, last)
        fiscal[calendar.calendar_quarter(year, number)] += float(row["Number of Units"])
    for row in read("nvidia_calendar_quarter_chip_timelines.csv"):
        printed[Period(parsed(row["Start date"]), Frequency.QUARTER)] += float(row["Number of Units"])
    fiscal_quarters = sorted(fiscal)
    recut_series = recut(
        flow([fiscal[p] for p in fiscal_quarters], fiscal_quarters[0]), calendar, series_id="x", recipe="recut.days"
    )
    apart = {p: np.log(value / printed[p]) for p, value in recut_series.by_period().items() if p in printed}
    assert len(apart) >= 10
    assert max(abs(value) for value in apart.values()) < 0.05
