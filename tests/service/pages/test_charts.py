"""The chart: drawable by Vega-Lite, readable in both themes, showing what the answer carries."""

import json
from pathlib import Path

import pytest
import vl_convert

from service.pages.assets import BUNDLE, STAMP, VEGA_LITE, build
from service.pages.vega import THEMES

ROOT = Path(__file__).parents[3]


def chart(client, region="US", layer="power", **more):
    response = client.get("/v1/charts/gap", params={"region": region, "layer": layer} | more)
    assert response.status_code == 200
    return response.json()


def titles(spec):
    return [panel["title"]["text"] if isinstance(panel["title"], dict) else panel["title"] for panel in spec["vconcat"]]


@pytest.mark.parametrize(
    ("region", "layer", "freq", "panels"),
    [
        (
            "US",
            "power",
            "A",
            ["Demand and deliverable supply", "Gap: demand minus supply", "Probability of being short"],
        ),
        (
            "US",
            "compute",
            "Q",
            ["Demand and deliverable supply", "Gap: demand minus supply", "Probability of being short"],
        ),
        ("WORLD", "storage", "A", ["Demand"]),
        ("WORLD", "energy", "A", ["Demand", "Growth of electricity"]),
        (
            "US",
            "energy",
            "A",
            [
                "Demand and deliverable supply",
                "Growth of electricity",
                "Gap: demand minus supply",
                "Probability of being short",
            ],
        ),
        ("EU", "firm", "A", ["Unavailable"]),
    ],
)
@pytest.mark.parametrize("theme", sorted(THEMES))
def test_every_kind_of_answer_can_be_drawn(client, region, layer, freq, panels, theme):
    spec = chart(client, region, layer, freq=freq, theme=theme)
    assert titles(spec) == panels
    vega = vl_convert.vegalite_to_vega(spec, vl_version=VEGA_LITE)
    assert vega["marks"]


def test_the_bands_are_the_answers_in_readable_units(client):
    rows = chart(client, layer="compute")["datasets"]["bands"]
    point = client.get("/v1/gaps?region=US&layer=compute").json()["points"][0]
    assert rows[0]["q95"] == pytest.approx(point["demand"]["0.95"] / 1e6, rel=1e-4)
    assert rows[0]["Median"].endswith("million H100e")


@pytest.mark.parametrize(
    ("demand", "bands"),
    [
        ("wanted", ["Demand: wanted", "Deliverable supply"]),
        ("bought", ["Demand: bought", "Deliverable supply"]),
        ("contracted", ["Demand: contracted", "Deliverable supply"]),
        ("requested", ["Demand: requested", "Expected of it"]),
    ],
)
def test_the_bands_say_which_demand_they_are(client, demand, bands):
    spec = chart(client, demand=demand)
    assert list(dict.fromkeys(row["band"] for row in spec["datasets"]["bands"])) == bands
    assert spec["vconcat"][0]["layer"][0]["encoding"]["color"]["scale"]["domain"] == bands


def test_the_axis_of_firm_power_says_since_when_it_grows(client):
    subtitle = chart(client, layer="firm")["vconcat"][0]["title"]["subtitle"]
    assert subtitle == "GW, accredited, at period end, growth since 2026-12-31"
    assert "since" not in chart(client)["vconcat"][0]["title"]["subtitle"]


def test_growth_of_generation_is_drawn_beside_that_of_data_centers(client):
    spec = chart(client, "US", "energy")
    assert spec["vconcat"][1]["title"]["subtitle"] == "TWh a year, since 2025"
    assert {row["band"] for row in spec["datasets"]["growth"]} == {"All generation", "Data centers"}


def test_the_chart_of_compute_ends_with_its_last_answer(client):
    rows = chart(client, layer="compute")["datasets"]["bands"]
    assert max(row["label"] for row in rows) == "2030"


def test_the_chart_names_its_edition(client):
    assert chart(client)["usermeta"]["edition"] == "e-20261122-aaaaaaaaaa"


@pytest.mark.parametrize("query", ["theme=blue", "quantiles=0.5", "layer=water"])
def test_wrong_parameters_are_refused(client, query):
    assert client.get(f"/v1/charts/gap?region=US&{query}").status_code == 422


def luminance(colour):
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", sorted(THEMES))
def test_colours_keep_the_contrast_of_wcag(theme):
    colours = THEMES[theme]
    for text in (colours.text, colours.muted):
        assert contrast(text, colours.page) >= 4.5
    for mark in (colours.demand, colours.supply, colours.gap):
        assert contrast(mark, colours.page) >= 3.0


def test_the_library_is_written_once_and_again_when_spoilt(tmp_path):
    path = build(tmp_path / "assets")
    first = path.stat().st_mtime_ns
    assert path.name == BUNDLE
    assert b"vegaEmbed" in path.read_bytes()
    assert json.loads((path.parent / STAMP).read_text())["vega_lite"] == VEGA_LITE
    build(path.parent)
    assert path.stat().st_mtime_ns == first
    path.write_text("spoilt")
    build(path.parent)
    assert path.stat().st_size > 100_000


@pytest.mark.slow
def test_the_readme_chart_is_drawn_by_its_script(tmp_path, editions, script):
    (edition,) = editions.iterdir()
    for name in ("chart.svg", "chart.png"):
        process = script(ROOT / "tools" / "readme_chart.py", edition, tmp_path / name)
        assert process.returncode == 0, process.stderr
        assert (tmp_path / name).stat().st_size > 10_000
    failed = script(ROOT / "tools" / "readme_chart.py", tmp_path / "none", tmp_path / "no.svg")
    assert failed.returncode == 1
    assert "manifest.json: is missing" in failed.stderr
