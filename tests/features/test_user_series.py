"""A file of anyone's series: every way to write a date, every fault with its line, and none stops another."""

from datetime import date

import pytest

from data.errors import InvalidParameter
from data.periods import Frequency
from features.user_faults import Fault
from features.user_series import Rules, read_series

YEARS = [f"{year}-01-01" for year in range(2015, 2025)]


def written(tmp_path, text, **given):
    path = tmp_path / "in.csv"
    path.write_text(text)
    return read_series(path, Rules(**given))


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
    read = written(tmp_path, "series_id,period,value\n" + lines(days))
    assert read.refused == ()
    (series,) = read.series
    assert series.freq == freq
    assert series.periods[0].steps_to(series.periods[-1]) == len(days) - 1
    assert series.style.label(series.periods[-1]) == days[-1]


def test_rows_in_any_order_columns_in_any_order_and_windows_text(tmp_path):
    rows = "\r\n".join(f"{value},{day},b" for value, day in sorted(enumerate(YEARS), reverse=True))
    read = written(tmp_path, "\ufeffValue,PERIOD,series_id\r\n" + rows + "\r\n\r\n")
    (series,) = read.series
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
    read = written(tmp_path, GOOD + text)
    assert [series.series_id for series in read.series] == ["good"]
    assert [(one.code, one.line) for one in read.refused] == [(code, line)]
    assert read.refused[0].message


@pytest.mark.parametrize("word", ["text", "inf", "", "1,5", "nan", "1_000", "1e999", "1 000", "0x10", "\uff11\uff12"])
def test_what_is_no_figure_is_refused(tmp_path, word):
    values = [1, 2, f'"{word}"', 4, 5, 6, 7, 8, 9, 10]
    (refused,) = written(tmp_path, GOOD + lines(YEARS, values=values)).refused
    assert (refused.code, refused.line) == (Fault.NOT_A_NUMBER, 14)


def test_days_and_weeks_are_not_read_as_months(tmp_path):
    days = [f"2024-01-{day:02d}" for day in range(1, 15)]
    (refused,) = written(tmp_path, GOOD + lines(days)).refused
    assert refused.code is Fault.MIXED_FREQUENCY


def test_a_stated_frequency_is_held_to(tmp_path):
    assert written(tmp_path, GOOD, freq=Frequency.YEAR).series[0].freq == "A"
    (refused,) = written(tmp_path, GOOD, freq=Frequency.QUARTER).refused
    assert refused.code is Fault.GAP
    (refused,) = written(
        tmp_path, "series_id,period,value\n" + lines(FREQUENCIES["months"][0]), freq=Frequency.YEAR
    ).refused
    assert refused.code is Fault.MIXED_FREQUENCY


@pytest.mark.parametrize("text", ["", "\n \n", "series_id,period,value\n"])
def test_an_empty_file_is_one_refusal(tmp_path, text):
    read = written(tmp_path, text)
    assert read.series == ()
    assert [one.code for one in read.refused] == [Fault.EMPTY_FILE]


@pytest.mark.parametrize("text", ["id,period,value\na,2020,1\n", "series_id,period,value,value\na,2020,1,1\n"])
def test_a_header_that_lacks_a_column_is_an_input_error(tmp_path, text):
    with pytest.raises(InvalidParameter, match="must stand in it once"):
        written(tmp_path, text)


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
    (series,) = written(tmp_path, "series_id,period,value\n" + lines(days)).series
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
    (series,) = written(tmp_path, "series_id,period,value\n" + lines(MIDNIGHTS[name])).series
    assert series.periods[0].start == date(2021, 1, 1)
    assert series.notices or name == "an offset"


def test_the_last_minute_of_a_month_in_a_western_zone_stays_in_it(tmp_path):
    days = [f"2021-{month:02d}-01T04:59:59Z" for month in range(2, 11)]
    (series,) = written(tmp_path, "series_id,period,value\n" + lines(days)).series
    assert series.periods[0].start == date(2021, 1, 1)
    assert series.style.label(series.periods[-1].shift(1)) == "2021-11-01T04:59:59Z"


def test_a_month_given_twice_on_different_days_is_given_twice(tmp_path):
    days = [f"2020-{month:02d}-01" for month in range(1, 11)]
    (refused,) = written(tmp_path, GOOD + lines([*days, "2020-05-31"])).refused
    assert (refused.code, refused.line) == (Fault.DUPLICATE_PERIOD, 22)


def test_the_first_fault_of_a_series_is_the_one_told(tmp_path):
    text = lines(YEARS, values=[1, "x", 3, 4, 5, 6, 7, 8, 9, 10]).replace("2020-01-01", "soon")
    (refused,) = written(tmp_path, GOOD + text).refused
    assert (refused.code, refused.line) == (Fault.NOT_A_NUMBER, 13)


def test_a_row_of_two_lines_is_told_by_its_first(tmp_path):
    text = '"two\nlines",2020-01-01,1\n' + lines(YEARS, name="b", values=[*range(9), "x"])
    read = written(tmp_path, GOOD + text)
    assert [(one.code, one.line) for one in read.refused] == [(Fault.TOO_FEW_POINTS, 12), (Fault.NOT_A_NUMBER, 23)]
