"""Tables: the numbers of the JSON in every form, typed as readers read them, and what is said beside them."""

import io
import json

import polars as pl
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from data.base.csv_cells import FORMULA
from data.base.quantiles import DEFAULT_LEVELS, Quantile
from service.base.tables import ATTRIBUTION, attributed, level_column, table, write
from service.negotiation import MEDIA_TYPES, TABLES, Form, form_by
from service.problems import Problem

GAPS = "/v1/gaps?region=US&layer=power"
LISTS = {
    "/v1/series?limit=5": "items",
    "/v1/series/alphabet.capex_cash/observations": "items",
    "/v1/leads?kind=installed_h100e": "items",
    "/v1/comparisons?region=US&layer=power": "points",
    "/v1/forecasts/derived.world.hyperscaler_capex": "points",
}
READERS = {
    Form.CSV: lambda body: pl.read_csv(body, try_parse_dates=True, infer_schema_length=None),
    Form.JSONL: lambda body: pl.read_ndjson(body, infer_schema_length=None),
    Form.PARQUET: pl.read_parquet,
    Form.ARROW: lambda body: pl.read_ipc(io.BytesIO(body)),
}


def as_table(path: str, form: Form) -> str:
    head, _, query = path.partition("?")
    return f"{head}.{form}?{query}"


def read(client, path: str, form: Form) -> pl.DataFrame:
    response = client.get(as_table(path, form))
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].split(";")[0] == MEDIA_TYPES[form][0]
    return READERS[form](response.content)


@pytest.mark.parametrize("form", TABLES)
@pytest.mark.parametrize(
    "path",
    [GAPS, f"{GAPS}&freq=Q&quantiles=0.025,0.5", "/v1/gaps?region=WORLD&layer=compute&basis=16bit&above=0,1000000"],
)
def test_a_table_of_a_gap_says_the_numbers_of_the_json(client, path, form):
    answer = client.get(path).json()
    frame = read(client, path, form)
    assert frame.height == len(answer["points"])
    for point, row in zip(answer["points"], frame.iter_rows(named=True), strict=True):
        assert str(row["period"]) == point["period"]
        for name in ("demand", "supply", "gap"):
            band = {level_column(name, Quantile.parse(key)): value for key, value in point[name].items()}
            assert {column: row[column] for column in band} == band
        for name in ("p_short", "expected_shortfall", "p_short_by"):
            assert row[name] == point[name]
        assert {f"p_above_{x}": row[f"p_above_{x}"] for x in point["p_above"] or {}} == {
            f"p_above_{x}": chance for x, chance in (point["p_above"] or {}).items()
        }
        assert row[ATTRIBUTION] == "; ".join(answer["sources"])
        assert (row["region"], row["unit"], row["edition"]) == (answer["region"], answer["unit"], answer["edition"])


def test_a_long_table_has_every_number_once(client):
    answer = client.get(GAPS).json()
    frame = read(client, f"{GAPS}&shape=long", Form.PARQUET)
    assert frame.select("period", "measure", "quantile").is_unique().all()
    by_key = {(str(day), measure, level): value for day, measure, level, value in frame.select(
        "period", "measure", "quantile", "value").iter_rows()}  # fmt: skip
    for point in answer["points"]:
        for name in ("demand", "supply", "gap", "plan_late"):
            for level, value in (point[name] or {}).items():
                assert by_key[point["period"], name, float(level)] == value
        for name, share in point["binding"].items():
            assert by_key[point["period"], f"binding.{name}", None] == share
        for group, share in point["width_split"]["gap"].items():
            assert by_key[point["period"], f"width_split.gap.{group}", None] == share


@pytest.mark.parametrize("shape", ["wide", "long"])
def test_a_cell_without_an_answer_has_a_row_that_says_why(client, shape):
    path = f"/v1/gaps?region=JP&layer=power&shape={shape}"
    (row,) = read(client, path, Form.JSONL).iter_rows(named=True)
    assert (row["status"], row["period"]) == ("unavailable", None)
    assert "Japan" in row["reason"]


@pytest.mark.parametrize("path", LISTS)
def test_every_form_of_a_list_is_one_table(client, path):
    parquet = read(client, path, Form.PARQUET)
    assert read(client, path, Form.ARROW).equals(parquet)
    answer = client.get(path).json()
    assert answer[LISTS[path]]
    for form in (Form.CSV, Form.JSONL):
        other = read(client, path, form)
        assert set(other.columns) == set(parquet.columns)
        for name, kind in parquet.schema.items():
            if kind in {pl.Float64, pl.Int64, pl.Boolean} and parquet[name].null_count() < parquet.height:
                assert other[name].cast(kind).to_list() == parquet[name].to_list()
    assert parquet[ATTRIBUTION].null_count() == 0


def test_a_table_of_a_list_goes_on_where_a_page_ends(client):
    page = client.get("/v1/series").json()
    frame = read(client, "/v1/series", Form.CSV)
    assert page["next"] is not None
    assert frame["series_id"].to_list()[: len(page["items"])] == [item["series_id"] for item in page["items"]]
    assert frame.height > len(page["items"])
    first = client.get("/v1/series.csv?limit=3")
    link = first.headers["link"]
    assert link.endswith('; rel="next"')
    second = client.get("/v1/series.csv" + link.split(">")[0].removeprefix("<"))
    assert pl.read_csv(second.content)["series_id"].to_list() == frame["series_id"].to_list()[3:6]


def test_a_figure_of_a_table_is_typed(client):
    frame = read(client, GAPS, Form.PARQUET)
    assert frame.schema["period"] == pl.Date
    assert frame.schema["gap_p05"] == pl.Float64
    assert frame.schema["issued"] == pl.Datetime("us", "UTC")
    csv = read(client, GAPS, Form.CSV)
    assert csv.schema["period_end"] == pl.Date
    assert csv.schema["gap_p05"] == pl.Float64


def test_parquet_says_in_its_metadata_what_to_print_beside_it(client):
    body = client.get(as_table(GAPS, Form.PARQUET)).content
    line = pq.read_metadata(io.BytesIO(body)).metadata[b"attribution"].decode()
    assert line == "; ".join(client.get(GAPS).json()["sources"])


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", Form.JSON),
        ("*/*", Form.JSON),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Form.JSON),
        ("text/csv", Form.CSV),
        ("text/*", Form.CSV),
        ("application/json;q=0.1, application/vnd.apache.parquet", Form.PARQUET),
        ("application/json;q=0, */*", Form.CSV),
        ("application/x-ndjson", Form.JSONL),
        ("TEXT/CSV; charset=utf-8; q=0.7, application/json;q=x", Form.JSON),
        ("image/png", None),
        ("text/csv;q=0", None),
    ],
)
def test_accept_chooses_the_form(accept, form):
    assert form_by(accept) is form


@given(st.text(max_size=60))
def test_no_accept_is_too_odd(accept):
    assert form_by(accept) in {*Form, None}


def test_one_address_has_one_answer_for_each_form_it_is_asked_in(client):
    tags = {}
    for accept in ("application/json", "text/csv", "application/jsonl", "text/csv"):
        response = client.get(GAPS, headers={"Accept": accept})
        assert response.headers["content-type"].split(";")[0] == accept
        assert "Accept" in response.headers["vary"]
        assert tags.setdefault(accept, response.headers["etag"]) == response.headers["etag"]
        again = client.get(GAPS, headers={"Accept": accept, "If-None-Match": response.headers["etag"]})
        assert again.status_code == 304
    assert len(set(tags.values())) == 3
    assert client.get(GAPS).json()["region"] == "US"


@pytest.mark.parametrize("path", [GAPS, "/v1/series", "/v1/claims"])
def test_what_cannot_be_had_is_406_with_what_can(client, path):
    response = client.get(path, headers={"Accept": "image/png"})
    problem = Problem.model_validate(response.json())
    assert (response.status_code, problem.code) == (406, "not_acceptable")
    assert "text/csv" in problem.detail
    assert client.get(path, headers={"Accept": "image/png, */*;q=0.1"}).status_code == 200


def test_the_path_and_the_query_go_before_accept(client):
    assert client.get(f"{GAPS}&format=csv", headers={"Accept": "image/png"}).text.startswith("region,layer,")
    assert client.get(as_table(GAPS, Form.CSV), headers={"Accept": "application/json"}).text.startswith("region,layer,")
    wrong = client.get(f"{as_table(GAPS, Form.CSV)}&format=parquet")
    assert (wrong.status_code, wrong.json()["errors"][0]["allowed"]) == (422, ["csv"])
    assert client.get("/v1/gaps.xlsx?region=US&layer=power").status_code == 404


def test_columns_are_chosen_and_the_attribution_stays(client):
    frame = read(client, f"{GAPS}&fields=period,gap_p50", Form.CSV)
    assert frame.columns == ["period", "gap_p50", ATTRIBUTION]
    wrong = client.get(f"{as_table(GAPS, Form.CSV)}&fields=period,water")
    assert wrong.status_code == 422
    assert "gap_p50" in wrong.json()["errors"][0]["allowed"]
    assert client.get(f"{GAPS}&fields=period").status_code == 422


class Line(BaseModel):
    text: str
    value: float


@given(st.lists(st.builds(Line, text=st.text(max_size=8), value=st.floats(allow_nan=False, allow_infinity=False))))
def test_no_cell_of_text_is_run_by_a_spreadsheet_and_every_number_comes_back(lines):
    frame = attributed(table(lines, Line), ["=cmd"])
    body = write(frame, Form.CSV)
    back = pl.read_csv(body, schema_overrides={"value": pl.Float64, "text": pl.String})
    assert back["value"].to_list() == [line.value for line in lines]
    assert not any(text.startswith(FORMULA) for column in ("text", ATTRIBUTION) for text in back[column] if text)
    assert [json.loads(line)["value"] for line in write(frame, Form.JSONL).splitlines()] == [
        line.value for line in lines
    ]


def test_levels_name_columns_that_sort():
    assert [level_column("gap", level) for level in DEFAULT_LEVELS[:3]] == ["gap_p05", "gap_p10", "gap_p25"]
    assert level_column("gap", Quantile(0.005)) == "gap_p00_5"
