"""``/v1/coverage`` says of every cell what its gap answers."""

import polars as pl

from projection.cells.cells import REGIONS_ANSWERED

CELLS = [
    ("US", "power", "wanted"),
    ("IE", "firm", "wanted"),
    ("US", "power", "contracted"),
    ("EU", "compute", "bought"),
    ("WORLD", "storage", "wanted"),
]


def test_every_cell_is_listed_as_its_gap_answers(client):
    items = client.get("/v1/coverage").json()["items"]
    cells = {(item["region"], item["layer"], item["demand"]): item for item in items}
    assert len(cells) == len(items) == len(REGIONS_ANSWERED) * 5 * 4
    for key in CELLS:
        region, layer, demand = key
        item = cells[key]
        for name, freq in (("years", "A"), ("quarters", "Q")):
            gap = client.get(
                "/v1/gaps", params={"region": region, "layer": layer, "demand": demand, "freq": freq}
            ).json()
            assert (item["status"], item["reason"], item["unit"]) == (gap["status"], gap["reason"], gap["unit"])
            days = [point["period"] for point in gap["points"]]
            assert item[name] == ({"first": days[0], "last": days[-1]} if days else None)


def test_filters_meet_and_a_table_is_one_row_a_cell(client):
    answered = client.get("/v1/coverage?status=available&layer=power").json()["items"]
    assert answered
    assert {(item["status"], item["layer"]) for item in answered} == {("available", "power")}
    frame = pl.read_csv(client.get("/v1/coverage.csv?status=available&layer=power").content, try_parse_dates=True)
    assert frame["region"].to_list() == [item["region"] for item in answered]
    assert frame.schema["years_first"] == pl.Date
    assert frame["attribution"].null_count() == 0
