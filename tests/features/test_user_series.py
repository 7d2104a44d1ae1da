"""A file of anyone's series: every way to write a date, every fault with its line, and none stops another."""

from datetime import date

import pytest

from data.errors import InvalidParameter
from data.periods import Frequency
from features.user_series import Fault, read_series

YEARS = [f"{year}-01-01" for year in range(2015, 2025)]


def written(tmp_path, text, **given):
    path = tmp_path / "in.csv"
    path.write_text(text)
    return read_series(path, **given)


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
    assert series.day == (31 if name.endswith(" ends") else 1)


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


@pytest.mark.parametrize(
    ("days", "day"),
    [
        ([f"2020-{month:02d}-15" for month in range(1, 13)], 15),
        (["2020-01-30", "2020-02-29", "2020-03-30", "2020-04-30", "2020-05-30", "2020-06-30", "2020-07-30",
          "2020-08-30"], 30),
        ([f"{year}-02-{29 if year % 4 == 0 else 28}" for year in range(2010, 2020)], 31),
        ([f"2020-{month:02d}-{10 + month}" for month in range(1, 13)], 1),
    ],
)  # fmt: skip
def test_the_day_of_the_month_is_that_of_the_file(tmp_path, days, day):
    assert written(tmp_path, "series_id,period,value\n" + lines(days)).series[0].day == day


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
