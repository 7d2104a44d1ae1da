"""Workbooks are written in the documented layout of EIA-860M: title, blank row, header, generators, notes."""

import io
import zipfile
from datetime import date
from xml.sax.saxutils import escape

import polars as pl
import pytest

from data.base.errors import SourceChanged
from data.catalogue.definitions import definitions
from data.catalogue.reasons import Reason
from data.connectors.contract import Access, Connector
from data.connectors.eia.eia_860m import Eia860m
from data.connectors.payload import Form, Payload, Request

TODAY = date(2026, 11, 24)
BASE = ["Entity ID", "Entity Name", "Plant ID", "Plant Name", "Plant State", "Generator ID", "Nameplate Capacity (MW)"]
BASE += ["Net Summer Capacity (MW)", "Technology", "Energy Source Code", "Prime Mover Code"]
HEADERS = {
    "Operating": [
        *BASE,
        "Operating Month",
        "Operating Year",
        "Planned Retirement Month",
        "Planned Retirement Year",
        "Status",
    ],
    "Planned": [*BASE, "Planned Operation Month", "Planned Operation Year", "Status"],
    "Retired": [*BASE, "Operating Month", "Operating Year", "Retirement Month", "Retirement Year"],
    "Canceled or Postponed": BASE,
}
NOTES = "NOTES:\nCapacity from facilities with a total generator nameplate capacity less than 1 MW are excluded."
PV = "Solar Photovoltaic"
CC = "Natural Gas Fired Combined Cycle"
COAL = "Conventional Steam Coal"
INDEX = """<html><body><h3>2026</h3>
<!--<a href="/electricity/data/eia860m/xls/december_generator2026.xlsx">XLS</a>-->
<a href="/electricity/data/eia860m/xls/november_generator2026.xlsx">XLS</a>
<a href="/electricity/data/eia860m/archive/xls/september_generator2026.xlsx">XLS</a>
<a href="/electricity/data/eia860m/xls/september_generator2026.xlsx">XLS</a>
<a href="/electricity/data/eia860m/archive/xls/december_generator2025.xlsx">XLS</a>
<a href="/electricity/data/eia860m/xls/layout_generator.xlsx">Layout</a></body></html>"""
NEWEST = "https://www.eia.gov/electricity/data/eia860m/xls/september_generator2026.xlsx"


def unit(mw, technology, *rest, state="TX", plant="Some Plant"):
    return [1, "Owner", 10, plant, state, "G1", mw, mw, technology, "X", "Y", *rest]


OPERATING = [
    unit(500, CC, 6, 2015, 12, 2030, "(OP) Operating"),
    unit(900, COAL, 6, 1975, 12, 2026, "(OP) Operating"),
    unit(100.5, PV, 3, 2026, " ", " ", "(OP) Operating"),
    unit(50, "Batteries", 3, 2026, " ", " ", "(OP) Operating"),
    unit(200, "Onshore Wind Turbine", 5, 2025, " ", " ", "(SB) Standby/Backup: available for service"),
    unit(30, "Offshore Wind Turbine", 5, 2024, " ", " ", "(OS) Out of service"),
    unit(80, "Conventional Hydroelectric", 1, 1950, " ", " ", "(OP) Operating"),
    unit(1000, "Nuclear", 1, 1985, " ", " ", "(OP) Operating"),
    unit(77, PV, 1, 2026, " ", " ", "(OP) Operating", state="PR"),
]
PLANNED = [
    unit(300, PV, 12, 2026, "(V) Under construction, more than 50 percent complete"),
    unit(400, "Batteries", 6, 2027, "(P) Planned for installation, but regulatory approvals not initiated"),
    unit(700, CC, 1, 2029, "(L) Regulatory approvals pending. Not under construction"),
    unit(20, PV, " ", " ", "(OT) Other"),
]
RETIRED = [unit(150, COAL, 1, 1970, 2, 2026), unit(5, PV, 2, 2025, 3, 2026), unit(60, CC, 1, 1990, 5, 2024)]


def workbook(
    operating=OPERATING, planned=PLANNED, retired=RETIRED, *, as_of="September 2026", headers=None, drop=(), blank=1
):
    headers = {**HEADERS, **(headers or {})}
    sheet_rows = {"Operating": operating, "Planned": planned, "Retired": retired, "Canceled or Postponed": []}
    sheets = {
        name: [[f"Inventory of {name} Generators as of {as_of}"], *[[]] * blank, headers[name], *rows, [], [NOTES]]
        for name, rows in sheet_rows.items()
        if name not in drop
    }
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    listed = "".join(f'<sheet name="{escape(name)}" sheetId="{n}" r:id="r{n}"/>' for n, name in enumerate(sheets, 1))
    links = "".join(
        f'<Relationship Id="r{n}" Type="{office}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n in range(1, len(sheets) + 1)
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
        kinds = "".join(
            f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{kind}.worksheet+xml"/>'
            for n in range(1, len(sheets) + 1)
        )
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{package}/content-types"><Default Extension="rels" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>{kinds}</Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{package}/relationships">'
            f'<Relationship Id="r" Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml", f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets>{listed}</sheets></workbook>'
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{package}/relationships">{links}</Relationships>'
        )
        for n, rows in enumerate(sheets.values(), 1):
            archive.writestr(
                f"xl/worksheets/sheet{n}.xml",
                f'<worksheet xmlns="{main}"><sheetData>{cells(rows)}</sheetData></worksheet>',
            )
    return buffer.getvalue()


def cells(rows):
    lines = []
    for r, row in enumerate(rows, 1):
        cell_list = []
        for c, value in enumerate(row):
            place = f"{chr(65 + c)}{r}"
            if isinstance(value, str):
                cell_list.append(
                    f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
                )
            elif value is not None:
                cell_list.append(f'<c r="{place}"><v>{value}</v></c>')
        lines.append(f'<row r="{r}">{"".join(cell_list)}</row>')
    return "".join(lines)


@pytest.fixture
def parse(make_payload):
    def run(body, *, last_modified=None):
        payload = make_payload(body, form=Form.XLSX, url=NEWEST)
        dated = Payload(payload.request, payload.body, payload.retrieved, last_modified=last_modified)
        return Eia860m().parse(dated)

    return run


def values(parsed, stem):
    rows = parsed.observations.filter(pl.col("series_id").str.contains(stem, literal=True))
    return {(row["series_id"], row["period"].year): row["value"] for row in rows.iter_rows(named=True)}


def test_it_is_a_connector_that_asks_for_the_list_and_then_for_the_newest_month(make_payload):
    connector = Eia860m()
    assert isinstance(connector, Connector)
    (request,) = connector.requests(Access(), since=None, today=TODAY)
    assert request == Request("https://www.eia.gov/electricity/data/eia860m/", Form.HTML, part="list of months")
    page = make_payload(INDEX, form=Form.HTML, url=request.url)
    # November is linked before it is over, December in a comment, September twice.
    following = connector.following(page, Access())
    assert (following.url, following.form, following.part) == (NEWEST, Form.XLSX, "inventory of September 2026")
    assert connector.parse(page).observations.height == 0
    assert connector.following(make_payload(b"PK", form=Form.XLSX, url=NEWEST), Access()) is None


def test_a_page_without_workbooks_is_a_change(make_payload):
    page = make_payload("<html>We moved</html>", form=Form.HTML)
    with pytest.raises(SourceChanged, match="links no workbook"):
        Eia860m().parse(page)
    with pytest.raises(SourceChanged, match="links no workbook"):
        Eia860m().following(page, Access())


def test_operating_capacity_is_summed_by_technology_without_puerto_rico(parse):
    parsed = parse(workbook())
    by_series = {name.split(".")[1]: value for (name, _), value in values(parsed, ".capacity.eia").items()}
    assert by_series == {
        "battery": 0.05,
        "coal": 0.9,
        "hydro": 0.08,
        "natural_gas": 0.5,
        "nuclear": 1.0,
        "solar_pv": 0.1005,
        "wind": 0.23,
        "wind_offshore": 0.03,
        "wind_onshore": 0.2,
    }
    row = parsed.observations.filter(pl.col("series_id") == "us.coal.capacity.eia").row(0, named=True)
    assert (row["period"], row["freq"], row["kind"], row["unit"]) == (date(2026, 9, 1), "M", "actual", "GW")


def test_plans_of_this_year_hold_what_has_begun(parse):
    by_series = values(parse(workbook()), "additions_planned.eia860m")
    assert by_series == {
        ("us.battery.capacity_additions_planned.eia860m", 2026): 0.05,
        ("us.battery.capacity_additions_planned.eia860m", 2027): 0.4,
        ("us.natural_gas.capacity_additions_planned.eia860m", 2029): 0.7,
        ("us.solar_utility.capacity_additions_planned.eia860m", 2026): 0.4005,
        ("us.total.capacity_additions_planned.eia860m", 2026): 0.4505,
        ("us.total.capacity_additions_planned.eia860m", 2027): 0.4,
        ("us.total.capacity_additions_planned.eia860m", 2029): 0.7,
    }


def test_in_december_the_plan_is_for_the_year_to_come(parse):
    parsed = parse(workbook(as_of="December 2026"))
    assert min(year for _, year in values(parsed, "planned.eia860m")) == 2027
    assert values(parsed, "us.solar_utility.capacity_additions.eia") == {
        ("us.solar_utility.capacity_additions.eia", 2026): 0.1005
    }


def test_additions_of_the_last_whole_year_include_what_has_retired_since(parse):
    by_series = values(parse(workbook()), "capacity_additions.eia")
    assert by_series[("us.wind.capacity_additions.eia", 2025)] == 0.2
    assert by_series[("us.solar_utility.capacity_additions.eia", 2025)] == 0.005
    assert by_series[("us.total.capacity_additions.eia", 2025)] == 0.205


def test_retirements_of_this_year_hold_what_has_retired(parse):
    assert values(parse(workbook()), "retirements_planned") == {
        ("us.coal.capacity_retirements_planned.eia860m", 2026): 1.05,
        ("us.natural_gas.capacity_retirements_planned.eia860m", 2030): 0.5,
        ("us.total.capacity_retirements_planned.eia860m", 2026): 1.055,
        ("us.total.capacity_retirements_planned.eia860m", 2030): 0.5,
    }


def test_plans_are_plans_and_every_row_is_defined(parse):
    observations = parse(workbook()).observations
    assert set(observations.filter(pl.col("series_id").str.contains("planned"))["kind"]) == {"plan"}
    definition_of = definitions()
    for row in observations.iter_rows(named=True):
        definition = definition_of[row["series_id"]]
        assert (definition.units[row["freq"]], definition.region) == (row["unit"], row["region"])
        assert row["metric"] in definition.metrics
        assert row["table"] in definition.tables


@pytest.mark.parametrize(
    ("stamp", "day"),
    [
        ("Fri, 23 Oct 2026 15:32:18 GMT", date(2026, 10, 23)),
        (None, TODAY),
        ("yesterday", TODAY),
        # Before the month it stands for was over, and after it was fetched: neither can be.
        ("Wed, 23 Sep 2026 15:32:18 GMT", TODAY),
        ("Fri, 01 Jan 2027 00:00:00 GMT", TODAY),
    ],
)
def test_published_is_the_day_the_workbook_was_put_up_where_that_can_be(parse, stamp, day):
    assert parse(workbook(), last_modified=stamp).observations["published"].unique().to_list() == [day]


def test_blanks_are_counted_and_faults_rejected_with_their_place(parse):
    operating = [
        *OPERATING,
        unit(" ", PV, 1, 2020, " ", " ", "(OP) Operating"),
        unit("n/k", PV, 1, 2020, " ", " ", "(OP)"),
    ]
    planned = [*PLANNED, unit(9, PV, 1, "soon", "(P)"), unit(9, " ", 1, 2027, "(P)", plant="Nameless")]
    parsed = parse(workbook(operating, planned))
    assert parsed.marked == 2
    assert [(fault.reason, fault.where) for fault in parsed.rejected] == [
        (Reason.NOT_A_NUMBER, f"Operating row {len(operating) + 3}"),
        (Reason.ROW_MALFORMED, f"Planned row {len(planned) + 3}"),
        (Reason.PERIOD_INVALID, f"Planned row {len(planned) + 2}"),
    ]
    assert parsed.rejected[1].row["plant"] == "Nameless"
    assert parsed.rows_read == len(operating) + len(planned) + len(RETIRED)


def test_the_header_is_found_wherever_it_stands(parse):
    assert values(parse(workbook(blank=5)), ".capacity.eia") == values(parse(workbook()), ".capacity.eia")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (workbook(drop=["Planned"]), "no sheet Planned"),
        (workbook(as_of="some time"), "does not say the month"),
        (workbook(as_of="Smarch 2026"), "does not say the month"),
        (
            workbook(headers={"Planned": [name.replace("Net Summer", "Winter") for name in HEADERS["Planned"]]}),
            "no column net summer",
        ),
        (workbook(headers={"Operating": ["Plant", *HEADERS["Operating"][1:]]}), "no header"),
        (b"PK\x03\x04 not a workbook", "cannot be read as a workbook"),
    ],
)
def test_a_changed_format_stores_nothing(parse, body, reason):
    with pytest.raises(SourceChanged, match=reason):
        parse(body)


def test_a_missing_month_that_is_answered_with_a_page_says_so(fetcher, source_server):
    source_server.answer("/www.eia.gov/electricity/data/eia860m/", INDEX)
    source_server.answer(
        "/www.eia.gov/electricity/data/eia860m/xls/september_generator2026.xlsx", "<!doctype html><title>404</title>"
    )
    connector = Eia860m()
    page = fetcher.get(connector.requests(Access(), since=None, today=TODAY)[0])
    dated = Payload(page.request, page.body, page.retrieved.replace(year=2026, month=11, day=24))
    with pytest.raises(SourceChanged, match="HTML page titled '404' where xlsx was expected"):
        fetcher.get(connector.following(dated, Access()))


def test_a_workbook_of_forty_thousand_generators_is_read_in_seconds(parse):
    many = [unit(1, PV, 1, 2020, " ", " ", "(OP) Operating") for _ in range(40_000)]
    assert values(parse(workbook(many)), "us.solar_pv.capacity.eia") == {("us.solar_pv.capacity.eia", 2026): 40.0}
