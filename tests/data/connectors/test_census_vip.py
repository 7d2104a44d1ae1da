import io
import zipfile
from datetime import date
from xml.sax.saxutils import escape

import polars as pl
import pytest

from data.base.errors import SourceChanged
from data.catalogue.definitions import definitions
from data.catalogue.observations import read_observations
from data.catalogue.reasons import Reason
from data.connectors.census.census_vip import CONNECTOR, WORKBOOKS
from data.connectors.contract import Access, Connector
from data.connectors.payload import Form

SAAR, NSA = WORKBOOKS
TITLES = {
    SAAR.sheet: "Value of Private Construction Put in Place - Seasonally Adjusted Annual Rate",
    NSA.sheet: "Value of Private Construction Put in Place - Not Seasonally Adjusted",
}
UNIT = "(Millions of dollars. Details may not add to totals due to rounding.)"
HEADINGS = [
    "Date",
    "Total\n_x000D_Private\n_x000D_Construction1",
    "Office",
    "General",
    "Data\n_x000D_center",
    "Financial",
    "General commercial",
    "Power (inc. Gas and Oil)",
    "Electric",
]
FOOT = [
    ["p Preliminary  r Revised"],
    ["Source: U.S. Census Bureau, Construction Spending, October 1, 2026.  Additional information on the survey"],
]


def row(month, general, center, electric):
    return [month, 1668966, 150000, general, center, 6000, 30000, 120000, electric]


MONTHS = [
    row("Jun-26r", 45667, 72695, 90100),
    row("May-26", 45846, 65688, 90000),
    row("Dec-13", None, None, 70000),
]


def workbook(rows, sheet):
    """The least workbook: one sheet, text as inline strings."""

    def cell(place, value):
        reference = f"{chr(65 + place[1])}{place[0]}"
        if value is None:
            return ""
        if isinstance(value, str):
            return f'<c r="{reference}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
        return f'<c r="{reference}"><v>{value}</v></c>'

    lines = "".join(
        f'<row r="{number}">{"".join(cell((number, place), value) for place, value in enumerate(cells))}</row>'
        for number, cells in enumerate(rows, start=1)
    )
    space, kind = "http://schemas.openxmlformats.org", "application/vnd.openxmlformats-officedocument.spreadsheetml"
    related = f"{space}/officeDocument/2006/relationships"
    links = f'<Relationships xmlns="{space}/package/2006/relationships">'
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{space}/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{kind}.worksheet+xml"/></Types>',
        "_rels/.rels": f'{links}<Relationship Id="r1" Type="{related}/officeDocument" Target="xl/workbook.xml"/>'
        "</Relationships>",
        "xl/workbook.xml": f'<workbook xmlns="{space}/spreadsheetml/2006/main" xmlns:r="{related}"><sheets>'
        f'<sheet name="{sheet}" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{links}<Relationship Id="r1" Type="{related}/worksheet" '
        'Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{space}/spreadsheetml/2006/main"><sheetData>{lines}'
        "</sheetData></worksheet>",
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, f'<?xml version="1.0" encoding="UTF-8"?>{text}')
    return buffer.getvalue()


@pytest.fixture
def parse(make_payload):
    def run(months=MONTHS, *, book=SAAR, title=None, unit=UNIT, headings=HEADINGS, foot=FOOT, sheet=None):
        rows = [[title or TITLES[book.sheet]], [unit], [], headings, *months, [], *foot]
        body = workbook(rows, sheet or book.sheet)
        return CONNECTOR.parse(make_payload(body, form=Form.XLSX, url=book.url))

    return run


def months_of(parsed, series):
    rows = parsed.observations.filter(pl.col("series_id") == series).sort("period")
    return rows.select(pl.col("period").cast(str), "value").rows()


def test_three_columns_are_found_by_their_headings(parse):
    parsed = parse()
    assert months_of(parsed, "us.datacenter.construction_spending.saar") == [
        ("2026-05-01", 65688.0),
        ("2026-06-01", 72695.0),
    ]
    assert months_of(parsed, "us.office_general.construction_spending.saar")[-1] == ("2026-06-01", 45667.0)
    assert months_of(parsed, "us.electric_power.construction_spending.saar")[0] == ("2013-12-01", 70000.0)
    assert (parsed.rows_read, parsed.marked, parsed.rejected) == (9, 2, ())
    # The foot names the day of release.
    assert parsed.observations["published"].unique().to_list() == [date(2026, 10, 1)]


def test_months_say_whether_they_are_revised_or_preliminary(parse):
    parsed = parse([row("Aug-26p", 1, 2, 3), *MONTHS])
    notes = dict(
        parsed.observations.filter(pl.col("series_id").str.starts_with("us.datacenter"))
        .select(pl.col("period").cast(str), "note")
        .rows()
    )
    plain = "nominal, seasonally adjusted annual rate; private"
    assert notes == {
        "2026-08-01": f"{plain}; preliminary",
        "2026-06-01": f"{plain}; revised",
        "2026-05-01": plain,
    }


def test_both_files_agree_with_the_shipped_release(parse):
    shipped = read_observations("capacity").filter(pl.col("source_id") == "census_c30_2026_10")
    nsa = parse([row("Jun-26r", 4650, 6244, 8000), row("May-26", 4600, 5627, 8000)], book=NSA)
    ours = pl.concat([parse().observations, nsa.observations])
    keys = ["series_id", "region", "metric", "unit", "freq", "period", "published", "kind", "scenario", "table"]
    joined = ours.join(shipped, on=keys, suffix="_shipped")
    assert joined.group_by("series_id").len().sort("series_id").rows() == [
        ("us.datacenter.construction_spending.nsa", 2),
        ("us.datacenter.construction_spending.saar", 2),
        ("us.office_general.construction_spending.saar", 2),
    ]
    assert joined["value"].to_list() == joined["value_shipped"].to_list()
    assert joined["note"].to_list() == joined["note_shipped"].to_list()


def test_without_a_day_in_the_foot_the_day_of_retrieval_counts(parse):
    assert parse(foot=[["p Preliminary"]]).observations["published"].unique().to_list() == [date(2026, 11, 24)]


def test_marks_are_counted_and_text_is_told(parse):
    parsed = parse([row("Jun-26", "(NA)", "S", "about 90"), row("Foo-26", 1, 2, 3), row("May-26", "45,846", 1, 2)])
    assert parsed.marked == 2
    assert [(one.reason, one.row["date"]) for one in parsed.rejected] == [
        (Reason.PERIOD_INVALID, "Foo-26"),
        (Reason.PERIOD_INVALID, "Foo-26"),
        (Reason.NOT_A_NUMBER, "Jun-26"),
        (Reason.PERIOD_INVALID, "Foo-26"),
    ]
    assert parsed.rejected[2].where == "Private SA row 5"
    assert months_of(parsed, "us.office_general.construction_spending.saar") == [("2026-05-01", 45846.0)]


def test_figures_beside_no_month_are_told_and_not_dropped(parse):
    parsed = parse([row("Sept 2026", 1, "", 3), *MONTHS])
    assert [(one.reason, one.row["date"], one.row["value"]) for one in parsed.rejected] == [
        (Reason.PERIOD_INVALID, "Sept 2026", "1"),
        (Reason.PERIOD_INVALID, "Sept 2026", "3"),
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        pytest.param({"title": TITLES[NSA.sheet]}, "the title is", id="the-other-title"),
        pytest.param({"unit": "(Billions of dollars.)"}, "millions of dollars", id="unit"),
        pytest.param({"headings": ["Month", *HEADINGS[1:]]}, "starts with Date", id="no-date"),
        pytest.param({"headings": [*HEADINGS[:4], "Server farm", *HEADINGS[5:]]}, "0 columns are headed", id="renamed"),
        pytest.param({"headings": [*HEADINGS[:5], "Data center", *HEADINGS[6:]]}, "2 columns are headed", id="twice"),
        pytest.param({"sheet": "Total SA"}, "no readable sheet 'Private SA'", id="sheet"),
        pytest.param({"months": [], "headings": ["Date"], "foot": []}, "columns", id="narrow"),
    ],
)
def test_another_workbook_is_an_error(parse, changes, words):
    with pytest.raises(SourceChanged, match=words):
        parse(**changes)


def test_what_is_no_workbook_is_an_error(make_payload):
    with pytest.raises(SourceChanged, match="no readable sheet"):
        CONNECTOR.parse(make_payload(b"PK\x03\x04 cut", form=Form.XLSX, url=SAAR.url))
    with pytest.raises(SourceChanged, match="none of the two workbooks"):
        CONNECTOR.parse(make_payload(b"", form=Form.XLSX, url="https://www.census.gov/other.xlsx"))


def test_both_workbooks_are_asked_for_without_a_key():
    assert isinstance(CONNECTOR, Connector)
    requests = CONNECTOR.requests(Access(), since=date(2025, 1, 1), today=date(2026, 11, 24))
    assert [request.url.rsplit("/", 1)[1] for request in requests] == ["privsatime.xlsx", "privtime.xlsx"]
    assert {request.form for request in requests} == {Form.XLSX}
    definition_of = definitions()
    for stem in ("us.datacenter", "us.office_general", "us.electric_power"):
        for book in WORKBOOKS:
            definition = definition_of[f"{stem}.construction_spending.{book.suffix}"]
            assert (definition.units["M"], definition.metric) == ("USD_million", book.metric)
