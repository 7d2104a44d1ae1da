"""The chart: drawable by Vega-Lite, readable in both themes, showing what the answer carries."""

import json
from pathlib import Path

import pytest
import vl_convert

from service.pages.assets import BUNDLE, STAMP, VEGA_LITE, build
from service.pages.charts.style import THEMES

ROOT = Path(__file__).parents[3]


def chart(client, region="US", layer="power", **more):
    response = client.get("/v1/charts/gap", params={"region": region, "layer": layer} | more)
    assert response.status_code == 200
    return response.json()


def titles(spec):
    return [panel["title"]["text"].split(". ")[-1] for panel in spec.get("vconcat", [spec])]


NEEDED, GAP, CHANCE = "Needed against {}", "The gap: needed less {}", "Chance of a shortage"


@pytest.mark.parametrize(
    ("region", "layer", "freq", "panels"),
    [
        ("US", "power", "A", [NEEDED.format("built"), GAP.format("built"), CHANCE]),
        (
            "US",
            "compute",
            "Q",
            [NEEDED.format("deliverable"), GAP.format("deliverable"), CHANCE],
        ),
        ("WORLD", "storage", "A", ["What is needed"]),
        ("WORLD", "energy", "A", ["What is needed", "Growth of all generation and of data centers"]),
        (
            "US",
            "energy",
            "A",
            [
                NEEDED.format("available"),
                "Growth of all generation and of data centers",
                GAP.format("available"),
                CHANCE,
            ],
        ),
        ("EU", "firm", "A", ["No answer"]),
    ],
)
@pytest.mark.parametrize("theme", sorted(THEMES))
def test_every_kind_of_answer_can_be_drawn(client, region, layer, freq, panels, theme):
    spec = chart(client, region, layer, freq=freq, theme=theme)
    assert titles(spec) == panels
    vega = vl_convert.vegalite_to_vega(spec, vl_version=VEGA_LITE)
    assert vega["marks"]


def panel(client, name, **more):
    return chart(client, panel=name, **more)


def rows(spec):
    return spec["data"]["values"]


def layer_values(spec, key):
    """The rows of the layers whose own data have a column."""
    return [row for layer in spec["layer"] for row in layer.get("data", {}).get("values", []) if key in row]


def test_the_bands_are_the_answers_in_readable_units(client):
    row = rows(panel(client, "need", layer="compute"))[0]
    point = client.get("/v1/gaps?region=US&layer=compute").json()["points"][0]
    assert row["demand_q90"] == pytest.approx(point["demand"]["0.9"] / 1e6, rel=1e-4)
    assert "million H100e" in row["Needed"]


@pytest.mark.parametrize(
    ("demand", "names"),
    [
        ("wanted", ["built", "needed"]),
        ("bought", ["bought", "built"]),
        ("contracted", ["built", "contracted"]),
        ("requested", ["expected of it", "requested"]),
    ],
)
def test_the_lines_say_which_demand_they_are(client, demand, names):
    spec = panel(client, "need", demand=demand)
    assert sorted(row["name"] for row in layer_values(spec, "name")) == names


def test_the_axis_of_firm_power_says_since_when_it_grows(client):
    subtitle = panel(client, "need", layer="firm")["title"]["subtitle"]
    assert "growth since 31 December 2026, not all there is" in subtitle[0]
    assert "since" not in panel(client, "need")["title"]["subtitle"][0]


def test_growth_of_generation_stands_beside_the_gap_and_says_it_is_none(client):
    spec = panel(client, "growth", layer="energy")
    assert spec["title"]["subtitle"][0] == "TWh a year, since 2025; shown beside the gap, and no part of it"
    assert {"All generation", "Data centers"} <= rows(spec)[0].keys()


def test_the_chart_of_compute_ends_with_its_last_answer(client):
    assert rows(panel(client, "need", layer="compute"))[-1]["Period"] == "2030"


def test_contracted_power_is_drawn_to_the_end_of_its_books_and_no_further(client):
    points = client.get("/v1/gaps?region=US&layer=power&demand=contracted").json()["points"]
    years = [row["Period"] for row in rows(panel(client, "need", demand="contracted"))]
    assert years == [point["period"][:4] for point in points]
    assert years[-1] < rows(panel(client, "need"))[-1]["Period"]


def test_stocks_stand_at_the_end_of_their_period_and_totals_in_its_middle(client):
    assert rows(panel(client, "need"))[0]["day"] == "2026-12-31"
    assert rows(panel(client, "need", freq="Q"))[0]["day"] == "2026-03-31"
    assert rows(panel(client, "need", layer="energy"))[0]["day"] == "2026-07-02"


def test_the_past_and_the_day_of_the_figures_are_drawn(client):
    spec = panel(client, "need", layer="energy")
    past = layer_values(spec, "Said")
    assert {row["Who"] for row in past} >= {"LBNL 2024", "IEA 2025", "Headroom"}
    assert all(row["day"] < "2026" for row in past)
    assert {row["text"] for row in layer_values(spec, "text")} == {"known to 22 November 2026"}


def test_growth_since_a_day_has_no_past_on_its_axis(client):
    assert layer_values(panel(client, "need", layer="firm"), "Said") == []


def test_the_period_asked_about_is_marked(client):
    texts = {row["text"] for row in layer_values(panel(client, "need", period="2028"), "text")}
    assert texts == {"known to 22 November 2026", "end of 2028"}


def test_forecasts_of_others_are_points_with_their_names(client):
    others = layer_values(panel(client, "need"), "Says")
    assert any(row["Who"].startswith("LBNL") for row in others)
    assert {row["Kind"] for row in others} <= {"models of equipment", "counts of announced projects"}
    assert layer_values(panel(client, "need", demand="contracted"), "Says") == []


def top(spec):
    return max(
        layer["encoding"]["y"]["scale"]["domain"][1]
        for layer in spec["layer"]
        if "scale" in layer["encoding"].get("y", {})
    )


def test_the_capped_scale_leaves_the_tail_out_and_the_whole_one_holds_it(client):
    spec, whole = panel(client, "need"), panel(client, "need", scale="whole")
    highest = max(row["demand_q90"] for row in rows(spec))
    assert top(spec) < highest < top(whole)


def test_every_picture_names_its_edition_and_day(client):
    for spec in (panel(client, "need"), chart(client)["vconcat"][0], panel(client, "gap", size="narrow")):
        lines = " ".join(spec["title"]["subtitle"])
        assert "e-20261122-aaaaaaaaaa" in lines
        assert "figures known on 22 November 2026" in lines
    assert chart(client)["usermeta"]["edition"] == "e-20261122-aaaaaaaaaa"


def test_a_single_panel_has_an_exact_size(client):
    wide, narrow = panel(client, "need"), panel(client, "need", size="narrow")
    assert (wide["width"], narrow["width"]) == (760, 380)
    assert wide["height"] == narrow["height"]


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
    for mark in (colours.demand, colours.supply, colours.gap, colours.other):
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
