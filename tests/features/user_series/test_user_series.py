"""A file of anyone's series: every way to write a date, every fault with its line, and none stops another."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from data.base.errors import InvalidParameter
from data.periods.period import Frequency
from features.user_series.aggregation import Aggregate
from features.user_series.faults import Fault
from features.user_series.jumps import OnJump
from features.user_series.user_series import Rules, read_series

YEARS = [f"{year}-01-01" for year in range(2015, 2025)]


def read_text(tmp_path, text, **rules):
    path = tmp_path / "in.csv"
    path.write_text(text)
    return read_series(path, Rules(**rules))


def lines(days, *, name="a", values=None):
    return "".join(f"{name},{day},{1 + place if values is None else values[place]}\n" for place, day in enumerate(days))


GOOD = "series_id,period,value\n" + lines(YEARS, name="good")

FREQUENCIES = {
    "years": (YEARS, "A"),
    "years alone": ([str(year) for year in range(2015, 2025)], "A"),
    "fiscal years": ([f"{year}-07-01" for year in range(2015, 2025)], "A"),
    "halves": ([f"{year}H{half}" for year in range(2018, 2023) for half in (1, 2)], "H"),
    "quarters": ([f"{year}Q{quarter}" for year in range(2020, 2023) for quarter in (1, 2, 3, 4)], "Q"),
    "quarters with a dash": ([f"{year}-Q{quarter}" for year in range(2020, 2023) for quarter in (1, 2, 3, 4)], "Q"),
    "fiscal quarters": ([f"{year}-{month:02d}-01" for year in (2020, 2021) for month in (2, 5, 8, 11)], "Q"),
    "quarter ends": ([f"{year}-{end}" for year in (2020, 2021) for end in ("03-31", "06-30", "09-30", "12-31")], "Q"),
    "times of day": ([f"{day}T00:00:00" for day in YEARS], "A"),
    "months with an M": ([f"2020M{month:02d}" for month in range(1, 13)], "M"),
    "months": ([f"2020-{month:02d}" for month in range(1, 13)], "M"),
    "month ends": (["2020-01-31", "2020-02-29", "2020-03-31", "2020-04-30", "2020-05-31", "2020-06-30", "2020-07-31",
                    "2020-08-31"], "M"),
}  # fmt: skip


@pytest.mark.parametrize("name", FREQUENCIES)
def test_the_frequency_is_that_of_the_dates(tmp_path, name):
    days, freq = FREQUENCIES[name]
    user_file = read_text(tmp_path, "series_id,period,value\n" + lines(days))
    assert user_file.refused == ()
    (series,) = user_file.series
    assert series.freq == freq
    assert series.periods[0].steps_to(series.periods[-1]) == len(days) - 1
    assert series.style.label(series.periods[-1]) == days[-1]


def test_rows_in_any_order_columns_in_any_order_and_windows_text(tmp_path):
    rows = "\r\n".join(f"{value},{day},b" for value, day in sorted(enumerate(YEARS), reverse=True))
    user_file = read_text(tmp_path, "\ufeffValue,PERIOD,series_id\r\n" + rows + "\r\n\r\n")
    (series,) = user_file.series
    assert series.periods[0].start == date(2015, 1, 1)
    assert series.values.tolist() == [float(place) for place in range(10)]


FAULTS = {
    Fault.TOO_FEW_POINTS: (lines(YEARS[:1]), 12),
    Fault.ALL_ZERO: (lines(YEARS, values=[0] * 10), 12),
    Fault.NEGATIVE_VALUE: (lines(YEARS, values=[1, 2, -3, 4, 5, 6, 7, 8, 9, 10]), 14),
    Fault.DUPLICATE_PERIOD: (lines([*YEARS[:5], *YEARS[4:]]), 17),
    Fault.GAP: (lines([*YEARS[:6], *YEARS[7:]]), 18),
    Fault.MIXED_FREQUENCY: (lines([*YEARS[:9], "2024-04-01", "2024-07-01"]), 21),
    Fault.NOT_A_NUMBER: (lines(YEARS, values=[1, 2, 3, "NaN", 5, 6, 7, 8, 9, 10]), 15),
    Fault.NOT_A_DATE: (lines([*YEARS[:3], "soon", *YEARS[4:]]), 15),
    Fault.NO_SERIES_ID: (lines(YEARS, name=""), 12),
}


@pytest.mark.parametrize("code", FAULTS)
def test_a_fault_is_told_with_its_line_and_the_other_series_is_read(tmp_path, code):
    text, line = FAULTS[code]
    user_file = read_text(tmp_path, GOOD + text)
    assert [series.series_id for series in user_file.series] == ["good"]
    assert [(one.code, one.line) for one in user_file.refused] == [(code, line)]
    assert user_file.refused[0].message


@pytest.mark.parametrize("word", ["text", "inf", "", "1,5", "nan", "1_000", "1e999", "1 000", "0x10", "\uff11\uff12"])
def test_what_is_no_figure_is_refused(tmp_path, word):
    values = [1, 2, f'"{word}"', 4, 5, 6, 7, 8, 9, 10]
    (refused,) = read_text(tmp_path, GOOD + lines(YEARS, values=values)).refused
    assert (refused.code, refused.line) == (Fault.NOT_A_NUMBER, 14)


FINE = {
    "1 day": [f"2024-01-{day:02d}" for day in range(1, 15)],
    "1 week": [f"2024-W{week:02d}" for week in range(1, 15)],
    "1 hour": [f"2024-01-01T{hour:02d}:00:00Z" for hour in range(24)],
    "15 minutes": [f"2024-01-01 {hour:02d}:{minute:02d}" for hour in range(4) for minute in (0, 15, 30, 45)],
}


@pytest.mark.parametrize("step", FINE)
def test_steps_finer_than_a_month_are_named_with_the_option(tmp_path, step):
    (refused,) = read_text(tmp_path, GOOD + lines(FINE[step])).refused
    assert refused.code is Fault.MIXED_FREQUENCY
    assert f"steps of {step}" in refused.message
    assert "--aggregate" in refused.message


def test_the_option_is_not_advised_where_it_would_not_help(tmp_path):
    days = [f"2024-{month:02d}-{day}" for month in range(1, 13) for day in ("01", "16")]
    (refused,) = read_text(tmp_path, GOOD + lines(days)).refused
    assert (refused.code, refused.line) == (Fault.MIXED_FREQUENCY, 13)
    assert "months cannot be made of these by --aggregate, since on line 14 " in refused.message


def clock(zone, *, first, count, minutes=60, form=None):
    start = datetime.fromisoformat(first).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    local = [(start + place * timedelta(minutes=minutes)).astimezone(ZoneInfo(zone)) for place in range(count)]
    return [stamp.strftime(form) if form else stamp.isoformat() for stamp in local]


HOURS = 24 * 366
CLOCKS = {
    "offsets": clock("Europe/Berlin", first="2024-01-01", count=HOURS),
    "a local clock": clock("Europe/Berlin", first="2024-01-01", count=HOURS, form="%Y-%m-%d %H:%M"),
    "New York": clock("America/New_York", first="2024-01-01", count=HOURS, form="%Y-%m-%d %H:%M:%S"),
    "Chile at midnight": clock("America/Santiago", first="2024-01-01", count=HOURS, form="%Y-%m-%dT%H:%M"),
    "quarters of an hour": clock("Europe/Berlin", first="2024-01-01", count=4 * HOURS, minutes=15,
                                 form="%Y-%m-%d %H:%M"),
}  # fmt: skip


@pytest.mark.parametrize("name", CLOCKS)
def test_months_hold_the_hours_their_clock_had(tmp_path, name):
    per_hour = 4 if "quarters" in name else 1
    text = "series_id,period,value\n" + lines(CLOCKS[name], values=[1] * len(CLOCKS[name]))
    (series,) = read_text(tmp_path, text, aggregate=Aggregate.SUM).series
    changed = {"New York": {2: -1, 10: 1}, "Chile at midnight": {3: 1, 8: -1}}.get(name, {2: -1, 9: 1})
    days = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    assert series.values.tolist() == [per_hour * (24 * day + changed.get(at, 0)) for at, day in enumerate(days)]
    (mean,) = read_text(tmp_path, text, aggregate=Aggregate.MEAN).series
    assert mean.values.tolist() == [1.0] * 12


def test_a_month_that_is_not_whole_at_either_end_is_left_out_and_told(tmp_path):
    days = [(date(2024, 1, 10) + timedelta(days=place)).isoformat() for place in range(366)]
    text = "series_id,period,value\n" + lines(days, values=range(366))
    (series,) = read_text(tmp_path, text, aggregate=Aggregate.LAST).series
    assert (series.periods[0].start, series.periods[-1].start) == (date(2024, 2, 1), date(2024, 12, 1))
    assert series.values[0] == 50
    assert "2024-01, 2025-01" in series.notices[0]
    assert series.style.label(series.periods[-1].shift(1)) == "2025-01"


def test_weeks_are_shared_between_months_by_days(tmp_path):
    days = [(date(2024, 1, 1) + timedelta(weeks=place)).isoformat() for place in range(60)]
    text = "series_id,period,value\n" + lines(days, values=[7] * 60)
    (series,) = read_text(tmp_path, text, aggregate=Aggregate.SUM).series
    assert series.values.round(9).tolist()[:3] == [31, 29, 31]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda stamps: [stamp for stamp in stamps if stamp != "2024-05-07"], Fault.GAP),
        (lambda stamps: [*stamps, "2024-05-07"], Fault.DUPLICATE_PERIOD),
        (lambda stamps: [*stamps, "2024-05-07T11:30:00"], Fault.DUPLICATE_PERIOD),
    ],
    ids=["a day missing", "a day twice", "a stamp between"],
)
def test_no_month_is_made_of_days_that_are_not_each_there_once(tmp_path, change, code):
    days = [(date(2024, 1, 1) + timedelta(days=place)).isoformat() for place in range(366)]
    (refused,) = read_text(tmp_path, "series_id,period,value\n" + lines(change(days)), aggregate=Aggregate.SUM).refused
    assert refused.code is code


def test_workdays_alone_make_months_too(tmp_path):
    workdays = [date(2024, 1, 2) + timedelta(days=place) for place in range(364)]
    days = [day.isoformat() for day in workdays if day.weekday() < 5 and day != date(2024, 3, 29)]
    (series,) = read_text(tmp_path, "series_id,period,value\n" + lines(days), aggregate=Aggregate.LAST).series
    assert len(series.periods) == 12


def test_a_stated_frequency_is_held_to(tmp_path):
    assert read_text(tmp_path, GOOD, freq=Frequency.YEAR).series[0].freq == "A"
    (refused,) = read_text(tmp_path, GOOD, freq=Frequency.QUARTER).refused
    assert refused.code is Fault.GAP
    (refused,) = read_text(
        tmp_path, "series_id,period,value\n" + lines(FREQUENCIES["months"][0]), freq=Frequency.YEAR
    ).refused
    assert refused.code is Fault.MIXED_FREQUENCY


@pytest.mark.parametrize("text", ["", "\n \n", "series_id,period,value\n"])
def test_an_empty_file_is_one_refusal(tmp_path, text):
    user_file = read_text(tmp_path, text)
    assert user_file.series == ()
    assert [one.code for one in user_file.refused] == [Fault.EMPTY_FILE]


@pytest.mark.parametrize("text", ["id,period,value\na,2020,1\n", "series_id,period,value,value\na,2020,1,1\n"])
def test_a_header_that_lacks_a_column_is_an_input_error(tmp_path, text):
    with pytest.raises(InvalidParameter, match="must stand in it once"):
        read_text(tmp_path, text)


def test_a_file_that_cannot_be_opened_is_an_input_error(tmp_path):
    with pytest.raises(InvalidParameter, match="No such file"):
        read_series(tmp_path / "none.csv")


NEXT = {
    "the 15th": ([f"2020-{month:02d}-15" for month in range(1, 13)], "2021-01-15"),
    "the 30th": ([f"2020-{month:02d}-{29 if month == 2 else 30}" for month in range(1, 13)], "2021-01-30"),
    "ends of February": ([f"{year}-02-{29 if year % 4 == 0 else 28}" for year in range(2010, 2020)], "2020-02-29"),
    "other days": ([f"2020-{month:02d}-{10 + month}" for month in range(1, 13)], "2021-01-01"),
    "last workdays": (["2023-03-31", "2023-04-28", "2023-05-31", "2023-06-30", "2023-07-31", "2023-08-31",
                       "2023-09-29", "2023-10-31", "2023-11-30", "2023-12-29"], "2024-01-31"),
    "last workdays, a holiday among them": (["2024-01-31", "2024-02-29", "2024-03-28", "2024-04-30", "2024-05-31",
                                             "2024-06-28", "2024-07-31", "2024-08-30"], "2024-09-30"),
    "first workdays": (["2023-12-01", "2024-01-02", "2024-02-01", "2024-03-01", "2024-04-01", "2024-05-01",
                        "2024-06-03", "2024-07-01"], "2024-08-01"),
    "years": ([str(year) for year in range(2015, 2025)], "2025"),
    "halves": ([f"{year}H{half}" for year in range(2020, 2024) for half in (1, 2)], "2024H1"),
    "halves with a dash": ([f"{year}-H{half}" for year in range(2020, 2024) for half in (1, 2)], "2024-H1"),
    "quarters": ([f"{year}q{quarter}" for year in (2023, 2024) for quarter in (1, 2, 3, 4)], "2025q1"),
    "months with an M": ([f"2024M{month:02d}" for month in range(1, 13)], "2025M01"),
    "moments": ([f"2024-{month:02d}-01 00:00:00+00:00" for month in range(1, 13)], "2025-01-01 00:00:00+00:00"),
}  # fmt: skip


@pytest.mark.parametrize("name", NEXT)
def test_the_next_period_is_written_as_the_file_writes_its_own(tmp_path, name):
    days, label = NEXT[name]
    (series,) = read_text(tmp_path, "series_id,period,value\n" + lines(days)).series
    assert series.style.label(series.periods[-1].shift(1)) == label


MIDNIGHTS = {
    "Berlin": ["2020-12-31T23:00:00Z", "2021-01-31T23:00:00Z", "2021-02-28T23:00:00Z", "2021-03-31T22:00:00Z",
               "2021-04-30T22:00:00Z", "2021-05-31T22:00:00Z", "2021-06-30T22:00:00Z", "2021-07-31T22:00:00Z"],
    "Auckland": ["2020-12-31T11:00:00Z", "2021-01-31T11:00:00Z", "2021-02-28T11:00:00Z", "2021-03-31T11:00:00Z",
                 "2021-04-30T12:00:00Z", "2021-05-31T12:00:00Z", "2021-06-30T12:00:00Z", "2021-07-31T12:00:00Z"],
    "no zone written": ["2020-12-31 23:00:00", "2021-01-31 23:00:00", "2021-02-28 23:00:00", "2021-03-31 23:00:00",
                        "2021-04-30 23:00:00", "2021-05-31 23:00:00", "2021-06-30 23:00:00", "2021-07-31 23:00:00"],
    "New York": [f"2021-{month:02d}-01T05:00:00Z" for month in range(1, 9)],
    "an offset": [f"2021-{month:02d}-01T00:00:00+09:00" for month in range(1, 9)],
}  # fmt: skip


@pytest.mark.parametrize("name", MIDNIGHTS)
def test_midnight_of_another_zone_stays_in_its_month(tmp_path, name):
    (series,) = read_text(tmp_path, "series_id,period,value\n" + lines(MIDNIGHTS[name])).series
    assert series.periods[0].start == date(2021, 1, 1)
    assert series.notices or name == "an offset"


def test_the_last_minute_of_a_month_in_a_western_zone_stays_in_it(tmp_path):
    days = [f"2021-{month:02d}-01T04:59:59Z" for month in range(2, 11)]
    (series,) = read_text(tmp_path, "series_id,period,value\n" + lines(days)).series
    assert series.periods[0].start == date(2021, 1, 1)
    assert series.style.label(series.periods[-1].shift(1)) == "2021-11-01T04:59:59Z"


FISCAL = {
    "Broadcom": (["2022-10-30", "2023-01-29", "2023-04-30", "2023-07-30", "2023-10-29", "2024-02-04", "2024-05-05",
                  "2024-08-04", "2024-11-03"], "Q", ["2025-02-02", "2025-05-04"]),
    "NVIDIA": (["2023-01-29", "2023-04-30", "2023-07-30", "2023-10-29", "2024-01-28", "2024-04-28", "2024-07-28",
                "2024-10-27"], "Q", ["2025-01-26", "2025-04-27"]),
    "Apple": (["2022-12-31", "2023-04-01", "2023-07-01", "2023-09-30", "2023-12-30", "2024-03-30", "2024-06-29",
               "2024-09-28"], "Q", ["2024-12-28", "2025-03-29"]),
    "Cisco": (["2022-10-29", "2023-01-28", "2023-04-29", "2023-07-29", "2023-10-28", "2024-01-27", "2024-04-27",
               "2024-07-27"], "Q", ["2024-10-26", "2025-01-25"]),
    "Costco": (["2023-02-12", "2023-05-07", "2023-09-03", "2023-11-26", "2024-02-18", "2024-05-12", "2024-09-01",
                "2024-11-24", "2025-02-16", "2025-05-11", "2025-08-31"], "Q", ["2025-11-23", "2026-02-15"]),
    "last Fridays": (["2023-01-27", "2023-02-24", "2023-03-31", "2023-04-28", "2023-05-26", "2023-06-30", "2023-07-28",
                      "2023-08-25", "2023-09-29"], "M", ["2023-10-27", "2023-11-24"]),
    "third Fridays": (["2023-01-20", "2023-02-17", "2023-03-17", "2023-04-21", "2023-05-19", "2023-06-16", "2023-07-21",
                       "2023-08-18", "2023-09-15"], "M", ["2023-10-20", "2023-11-17"]),
    "Apple's years": (["2015-09-26", "2016-09-24", "2017-09-30", "2018-09-29", "2019-09-28", "2020-09-26", "2021-09-25",
                       "2022-09-24", "2023-09-30", "2024-09-28"], "A", ["2025-09-27", "2026-09-26"]),
}  # fmt: skip


@pytest.mark.parametrize("company", FISCAL)
def test_fiscal_periods_counted_in_weeks_are_read_and_continued(tmp_path, company):
    days, freq, following = FISCAL[company]
    (series,) = read_text(tmp_path, "series_id,period,value\n" + lines(days)).series
    assert series.freq == freq
    assert series.periods[0].steps_to(series.periods[-1]) == len(days) - 1
    assert [series.style.label(series.periods[-1].shift(step)) for step in (1, 2)] == following
    assert series.style.label(series.periods[0]) == days[0]


def test_a_missing_fiscal_quarter_is_a_gap(tmp_path):
    days = [day for day in FISCAL["Broadcom"][0] if day != "2023-07-30"]
    (refused,) = read_text(tmp_path, GOOD + lines(days)).refused
    assert (refused.code, refused.line) == (Fault.GAP, 15)


MONTHS = [f"{2021 + place // 12}-{place % 12 + 1:02d}-01" for place in range(36)]
LEVEL = [500 + place + 7 * place % 13 for place in range(36)]
MISTAKES = {
    "a thousand times": (20, 1000, 1000),
    "a thousandth": (20, 0.001, 0.001),
    "ten times": (20, 10, 10),
    "the first": (0, 1000, 1000),
    "a thousandth at the first": (0, 0.001, 0.001),
    "a thousand times a year before the last": (23, 1000, 1000),
    "the last": (35, 10, 10),
    "a month that is not over": (35, 0.3, 0.3),
    "two thirds of a month": (35, 0.6, 0.6),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_value_that_looks_mistaken_is_told_with_line_and_factor(tmp_path, name):
    place, times, factor = MISTAKES[name]
    values = [value * times if at == place else value for at, value in enumerate(LEVEL)]
    (series,) = read_text(tmp_path, "series_id,period,value\n" + lines(MONTHS, values=values)).series
    assert series.suspects == (place,)
    assert series.factors[0] == pytest.approx(factor, rel=0.1)
    assert f"line {place + 2}: " in series.notices[0]
    assert ("incomplete" in series.notices[0]) == (place == 35 and factor < 1)
    (refused,) = read_text(tmp_path, GOOD + lines(MONTHS, values=values), on_jump=OnJump.REFUSE).refused
    assert (refused.code, refused.line) == (Fault.JUMP, place + 12)


def test_a_month_that_is_not_over_is_told_in_a_short_series_too(tmp_path):
    values = [*LEVEL[:13], 160]
    (series,) = read_text(tmp_path, "series_id,period,value\n" + lines(MONTHS[:14], values=values)).series
    assert series.suspects == (13,)
    assert "incomplete" in series.notices[0]


@pytest.mark.parametrize("pointed", [range(3, 9), range(9), range(34, 36)])
def test_points_that_separate_thousands_in_part_of_the_rows_are_told(tmp_path, pointed):
    values = [1500 + 10 * place for place in range(36)]
    cells = [f"{value / 1000:.3f}" if place in pointed else value for place, value in enumerate(values)]
    (series,) = read_text(tmp_path, "series_id,period,value\n" + lines(MONTHS, values=cells)).series
    assert series.suspects == tuple(pointed)


TOO_MANY = {
    "points that separate thousands": [f"{value / 1000:.3f}" if value % 3 else value for value in range(1500, 1536)],
    "another unit in every third row": [value if value % 3 else value / 1000 for value in range(1500, 1536)],
    "another unit at the end": [value * 1000 if value >= 1530 else value for value in range(1500, 1536)],
}


@pytest.mark.parametrize("name", TOO_MANY)
def test_where_too_many_values_look_mistaken_the_series_is_refused(tmp_path, name):
    text = "series_id,period,value\n" + lines(MONTHS, values=TOO_MANY[name])
    (refused,) = read_text(tmp_path, text).refused
    assert refused.code is Fault.JUMP
    assert "--on-jump accept" in refused.message
    (series,) = read_text(tmp_path, text, on_jump=OnJump.ACCEPT).series
    assert (len(series.values), series.suspects, series.notices) == (36, (), ())


def test_values_before_a_change_of_unit_are_left_out_and_told(tmp_path):
    values = [value * 1000 if place < 20 else value for place, value in enumerate(LEVEL)]
    (series,) = read_text(tmp_path, "series_id,period,value\n" + lines(MONTHS, values=values)).series
    assert series.values.tolist() == values[20:]
    assert series.style.label(series.periods[0]) == MONTHS[20]
    assert series.notices[0].startswith("line 22: from here on values are 0.001 times those before")
    (refused,) = read_text(tmp_path, GOOD + lines(MONTHS, values=values), on_jump=OnJump.REFUSE).refused
    assert (refused.code, refused.line) == (Fault.JUMP, 32)


ORDINARY = {
    "a season": [100 * (1 + 0.8 * ((place % 12) in {5, 6, 7})) + place for place in range(36)],
    "growth": [5 * 1.25**place for place in range(36)],
    "a beginning": [0.01, 0.2, 3, 20, *[40 + place for place in range(32)]],
    "an end": [*[100 + place for place in range(30)], 0, 0, 0, 0, 0, 0],
    "nothing changes": [7.5] * 36,
    "a doubled value a year before the last": [*LEVEL[:23], 2 * LEVEL[23], *LEVEL[24:]],
    "a new level": [*[100 + place for place in range(18)], *[210 + place for place in range(18)]],
}


@pytest.mark.parametrize("name", ORDINARY)
def test_ordinary_series_raise_no_notice(tmp_path, name):
    (series,) = read_text(tmp_path, "series_id,period,value\n" + lines(MONTHS, values=ORDINARY[name])).series
    assert series.suspects == ()


def test_columns_of_numbers_that_are_not_read_are_told(tmp_path):
    rows = "".join(f"a,{day},{place},{2 * place},x\n" for place, day in enumerate(YEARS))
    user_file = read_text(tmp_path, "series_id,period,value,plan,note\n" + rows)
    assert user_file.notices == ("columns of numbers beside value that are not forecast: plan",)


def test_a_row_of_another_width_refuses_its_series_alone(tmp_path):
    (refused,) = read_text(tmp_path, GOOD + lines(YEARS).replace("2018-01-01,4", "2018-01-01,4,000")).refused
    assert (refused.code, refused.line) == (Fault.ROW_MALFORMED, 15)
    assert refused.message.startswith("4 cells under a header of 3")


def test_a_month_given_twice_on_different_days_is_given_twice(tmp_path):
    days = [f"2020-{month:02d}-01" for month in range(1, 11)]
    (refused,) = read_text(tmp_path, GOOD + lines([*days, "2020-05-31"])).refused
    assert (refused.code, refused.line) == (Fault.DUPLICATE_PERIOD, 22)


def test_the_first_fault_of_a_series_is_the_one_told(tmp_path):
    text = lines(YEARS, values=[1, "x", 3, 4, 5, 6, 7, 8, 9, 10]).replace("2020-01-01", "soon")
    (refused,) = read_text(tmp_path, GOOD + text).refused
    assert (refused.code, refused.line) == (Fault.NOT_A_NUMBER, 13)


def test_a_row_of_two_lines_is_told_by_its_first(tmp_path):
    text = '"two\nlines",2020-01-01,1\n' + lines(YEARS, name="b", values=[*range(9), "x"])
    user_file = read_text(tmp_path, GOOD + text)
    assert [(one.code, one.line) for one in user_file.refused] == [(Fault.TOO_FEW_POINTS, 12), (Fault.NOT_A_NUMBER, 23)]
