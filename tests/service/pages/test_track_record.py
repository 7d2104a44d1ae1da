"""The track record in charts and tables: projections over what came, what ranges held, and what we said ourselves."""

import math
import re
from datetime import date

import pytest
import vl_convert
from rendered_pages import page, words
from scored_boards import scored
from starlette.testclient import TestClient

from service.app import create_app
from service.pages.assets import VEGA_LITE
from service.wording import Scale

CHART = "/v1/charts/track-record"


@pytest.fixture(scope="module")
def client(make_context, editions, store):
    context = make_context(editions, {"board": scored(store, editions, date(2026, 11, 24))})
    with TestClient(create_app(context)) as client:
        yield client


@pytest.mark.parametrize("panel", ["publishers", "series", "revised"])
@pytest.mark.parametrize("look", [{}, {"theme": "dark", "size": "narrow"}])
def test_every_panel_can_be_drawn(client, panel, look):
    spec = client.get(CHART, params={"panel": panel} | look).json()
    assert vl_convert.vegalite_to_vega(spec, vl_version=VEGA_LITE)["marks"]


def test_points_are_the_scored_projections_of_the_board(client):
    items = client.get("/v1/scoreboard?state=scored&limit=1000").json()["items"]
    shown = client.get(CHART).json()["data"]["values"]
    assert sorted(math.log(row["off"]) for row in shown) == pytest.approx(
        sorted(item["log_error"] for item in items if item["log_error"] is not None), abs=1e-5
    )
    ranges = [item for item in items if item["low"] and item["high"]]
    assert sum(row["low"] is not None for row in shown) == len(ranges) > 0
    narrowed = client.get(CHART, params={"region": "US"}).json()["data"]["values"]
    assert {row["row"].split(", ")[-1] for row in narrowed} == {"United States"}


def test_shares_are_those_of_the_calibration_over_all_frequencies(client):
    rows = client.get("/v1/calibration", params={"rule": "pseudo_vintage"}).json()["forecasts"]
    shown = client.get(CHART, params={"panel": "revised"}).json()["data"]["values"]
    kind = [row for row in rows if (row["growth"], row["step_class"]) == ("fast", "first")]
    number = sum(row["n"] for row in kind)
    share = sum(row["n"] * row["coverage"]["0.8"] for row in kind) / number
    (one,) = [row for row in shown if (row["row"], row["meant"]) == ("Series that grow fast, next period", 0.8)]
    assert (one["share"], one["Forecasts"]) == (pytest.approx(share), str(number))


def test_the_picture_of_each_size_has_the_height_the_page_keeps_for_it(client):
    text = page(client, "/track-record")
    for panel in ("publishers", "revised"):
        figure = re.search(rf'data-chart="v1/charts/track-record\?panel={panel}".*?</figure>', text, re.DOTALL)[0]
        for size, pattern in (("wide", r'<img [^>]*height="(\d+)"'), ("narrow", r'560px\)" [^>]*height="(\d+)"')):
            spec = client.get(CHART, params={"panel": panel, "size": size}).json()
            assert spec["height"] == int(re.search(pattern, figure)[1])
            assert all(len(line) < 60 for line in spec["title"]["subtitle"]) or size == "wide"


def test_a_panel_with_nothing_decided_says_so(client):
    assert client.get(CHART, params={"panel": "series"}).json()["title"]["text"] == "No answer"
    text = page(client, "/track-record", layer="storage")
    assert "No projection of these has been decided by a later figure yet." in words(text)
    assert "panel=publishers" not in text


def test_what_we_said_stands_with_its_band_and_waits(client):
    items = client.get("/v1/scoreboard?by=Headroom&region=US&layer=power&limit=1000").json()["items"]
    text = words(page(client, "/track-record"))
    for item in items:
        scale = Scale.of((item["low"], item["point"], item["high"]), "GW")
        band = scale.band(item["low"], item["high"])
        year = item["period"][:4]
        assert f"United States: power {year} {scale.text(item['point'])} {band} not known yet waits" in text
