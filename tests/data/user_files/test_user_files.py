"""Tables users bring: every dialect and format read alike, every fault with its line, and limits that hold."""

import gzip
import io
import os
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from workbooks import workbook

from data.base.errors import InputTooLarge, InvalidParameter
from data.user_files import DecimalMark, Limits, dotted_thousands, number_format, read_table

REQUIRED = ("series_id", "period", "value")
ROWS = [["a", "2021-01-01", 100.5], ["a", "2021-02-01", 106.0], ["b", "2021-01-01", 3.25]]
PLAIN = "series_id,period,value\n" + "".join(f"{name},{day},{value}\n" for name, day, value in ROWS)


def table(tmp_path, content, **options):
    path = tmp_path / "in"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_table(path, required=REQUIRED, limits=options.pop("limits", Limits()), parameter="input", **options)


def parquet():
    buffer = io.BytesIO()
    days = [date.fromisoformat(day) for _, day, _ in ROWS]
    frame = pl.DataFrame({"series_id": [r[0] for r in ROWS], "period": days, "value": [r[2] for r in ROWS]})
    frame.write_parquet(buffer)
    return buffer.getvalue()


DAYS = [[name, date.fromisoformat(day), value] for name, day, value in ROWS]
FORMS = {
    "commas": PLAIN,
    "semicolons": PLAIN.replace(",", ";"),
    "tabs": PLAIN.replace(",", "\t"),
    "bars": PLAIN.replace(",", "|"),
    "a stated separator": "sep=;\n" + PLAIN.replace(",", ";"),
    "a stated tab": "sep=\t\r\n" + PLAIN.replace(",", "\t"),
    "Windows lines and a mark": "\ufeff" + PLAIN.replace("\n", "\r\n"),
    "old Macintosh lines": PLAIN.replace("\n", "\r"),
    "UTF-16": PLAIN.replace(",", "\t").encode("utf-16"),
    "UTF-32": PLAIN.encode("utf-32"),
    "UTF-16 without a mark": PLAIN.encode("utf-16-be"),
    "gzip": gzip.compress(PLAIN.encode()),
    "Parquet": parquet(),
    "a workbook": workbook({"Notes": [["see Data"]], "Data": [list(REQUIRED), *DAYS]}),
    "padded rows": PLAIN.replace("\n", ",,\n"),
    "blank lines": "\n\n" + PLAIN.replace("\n", "\n\n"),
    "capitals and spaces": PLAIN.replace("series_id,period", " Series_ID , PERIOD"),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_holds_the_same_table(tmp_path, form):
    parsed = table(tmp_path, FORMS[form])
    assert parsed.columns[:3] == REQUIRED
    cells = [[row.cells[name] for name in REQUIRED] for row in parsed.rows]
    assert [[name, day, float(value)] for name, day, value in cells] == ROWS
    assert not any(row.fault for row in parsed.rows)


@pytest.mark.parametrize("row", ["a,2021-03-01,1,700", "a,2021-03-01"])
def test_a_row_of_another_width_has_a_fault_and_its_line(tmp_path, row):
    parsed = table(tmp_path, PLAIN + row + "\n" + "b,2021-02-01,4\n")
    assert [(one.line, one.fault) for one in parsed.rows if one.fault] == [
        (5, f"{row.count(',') + 1} cells under a header of 3")
    ]
    assert parsed.rows[-1].cells["value"] == "4"


NOTES = "series_id,period,value,note\n"
QUOTES = {
    "to the end": NOTES + 'a,2021-01,1,ok\na,2021-02,2,"see mail\na,2021-03,3,ok\n',
    "to a later quote": NOTES + 'a,2021-01,1,ok\na,2021-02,2,"see\na,2021-03,3,x\na,2021-04,4,mail"\n',
    "over one row": NOTES + 'a,2021-01,1,ok\na,2021-02,2,"see\na,2021-03,3,mail"\n',
    "in front of an id": NOTES + 'a,2021-01,1,ok\n"a,2021-02,2,x\na,2021-03,3,x\n',
    "closed amiss": NOTES + 'a,2021-01,1,ok\na,2021-02,2,"see\na,2021-03,3,"mail" x\n',
}


@pytest.mark.parametrize("name", QUOTES)
def test_a_quote_that_would_swallow_rows_is_told_where_it_opens(tmp_path, name):
    with pytest.raises(InvalidParameter, match="line 3: a quote opens"):
        table(tmp_path, QUOTES[name])


def test_a_quote_amiss_on_one_line_is_a_fault_of_that_row(tmp_path):
    parsed = table(tmp_path, NOTES + 'a,2021-01,1,"b" c\na,2021-02,2,"d ""e"", f"\na,2021-03,3,"two\nlines, yes"\n')
    assert [(row.line, bool(row.fault)) for row in parsed.rows] == [(2, True), (3, False), (4, False)]
    assert parsed.rows[1].cells["note"] == 'd "e", f'


OTHERS = {
    "Latin-1": (PLAIN.replace("b,", "Zoë,").encode("latin-1"), "not UTF-8 text at line 4"),
    "cut gzip": (gzip.compress(PLAIN.encode())[:-9], "before its end"),
    "bzip2": (b"BZh91AY", "is bzip2"),
    "a zip archive": (b"PK\x03\x04rest", "not a zip file"),
    "damaged Parquet": (b"PAR1restPAR1", "cannot be read"),
    "two sheets that fit": (workbook({"A": [list(REQUIRED), *DAYS], "B": [list(REQUIRED), *DAYS]}), "several sheets"),
    "JSON": ('{"a": 1}', "must stand in it once"),
    "no header": (PLAIN.partition("\n")[2], "must stand in it once"),
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_is_no_table_is_named(tmp_path, name):
    content, message = OTHERS[name]
    with pytest.raises(InvalidParameter, match=message):
        table(tmp_path, content)


def test_years_that_became_floats_in_parquet_are_years(tmp_path):
    buffer = io.BytesIO()
    pl.DataFrame({"series_id": ["a", "a"], "period": [2023.0, 2024.0], "value": [1.5, 2.0]}).write_parquet(buffer)
    rows = table(tmp_path, buffer.getvalue()).rows
    assert [tuple(row.cells.values()) for row in rows] == [("a", "2023", "1.5"), ("a", "2024", "2")]


@pytest.mark.parametrize("limits", [Limits(bytes=60), Limits(rows=2)])
@pytest.mark.parametrize("form", ["commas", "gzip", "Parquet", "a workbook"])
def test_no_form_is_read_beyond_its_limits(tmp_path, limits, form):
    with pytest.raises(InputTooLarge, match="more than"):
        table(tmp_path, FORMS[form], limits=limits)


def test_a_text_repeated_in_parquet_is_counted_before_it_is_held(tmp_path, monkeypatch):
    buffer = io.BytesIO()
    pl.DataFrame({name: ["2024-01-01" * 100] * 1000 for name in REQUIRED}).write_parquet(buffer)
    assert len(buffer.getvalue()) < 20_000
    monkeypatch.setattr(pl.DataFrame, "estimated_size", lambda _: pytest.fail("the table is held whole"))
    with pytest.raises(InputTooLarge, match="more than"):
        table(tmp_path, buffer.getvalue(), limits=Limits(bytes=2_000_000))


def test_what_is_no_regular_file_is_read_within_the_limit(tmp_path):
    with pytest.raises(InputTooLarge):
        read_table(Path("/dev/zero"), required=REQUIRED, limits=Limits(bytes=10_000), parameter="input")
    with pytest.raises(InvalidParameter, match="Is a directory"):
        read_table(tmp_path, required=REQUIRED, limits=Limits(), parameter="input")
    ends = os.pipe()
    os.write(ends[1], PLAIN.encode())
    os.close(ends[1])
    parsed = read_table(Path(f"/dev/fd/{ends[0]}"), required=REQUIRED, limits=Limits(), parameter="input")
    os.close(ends[0])
    assert len(parsed.rows) == len(ROWS)


NUMBERS = {
    ("100,5", "0,25"): ([100.5, 0.25], ";"),
    ("1,700", "20,5"): ([1.7, 20.5], ";"),
    ("+1.5e3", ".5", "7."): ([1500.0, 0.5, 7.0], ","),
}


@pytest.mark.parametrize("cells", NUMBERS)
def test_a_decimal_comma_is_read_where_it_is_certain(cells):
    values, separator = NUMBERS[cells]
    numbers = number_format(cells, separator=separator)
    assert [numbers.read(cell) for cell in cells] == values


REFUSED = {
    "1,700": (",", "thousands separators"),
    "1,70": (",", "say --decimal comma"),
    "2,290": (";", "may be 2.290 or 2290"),
    "1.700,5": (";", "thousands separators"),
    "1 700": (",", "thousands separators"),
    "1\u00a0700": (",", "thousands separators"),
    "1'700": (",", "thousands separators"),
    "1_700": (",", "thousands separators"),
    "\u0661\u0662": (",", "digits are 0 to 9"),
    "nan": (",", "not a finite number"),
    "1e999": (",", "not a finite number"),
    "": (",", "the cell is empty"),
    "5 MW": (",", "is not a number"),
}


@pytest.mark.parametrize("cell", REFUSED)
def test_no_number_is_guessed(cell):
    separator, message = REFUSED[cell]
    with pytest.raises(ValueError, match=message):
        number_format([cell], separator=separator).read(cell)


def test_a_stated_decimal_mark_holds():
    assert number_format(["1,700"], separator=",", stated=DecimalMark.COMMA).read("1,700") == 1.7
    with pytest.raises(ValueError, match="thousands"):
        number_format(["1,700"], separator=";", stated=DecimalMark.POINT).read("1,700")


@pytest.mark.parametrize(
    ("cells", "places"),
    [
        (["980", "1.700", "2290", "1.850"], (1, 3)),
        (["1.700", "1.850", "1.910"], ()),
        (["1.700", "2290.5", "1800"], ()),
        (["1.700", "2", "3"], ()),
        (["850", "980", "1.020", "1.100", "1.250"], (2, 3, 4)),
    ],
)
def test_points_among_thousands_are_told_where_they_are_plain(cells, places):
    assert dotted_thousands(cells) == places
