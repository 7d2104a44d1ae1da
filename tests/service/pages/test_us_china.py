"""The US against China: every number is the API's, both columns share one scale, and what is missing says so."""

import re
from html import unescape

import pytest


def page(client, **parameters):
    response = client.get("/us-china", params=parameters)
    assert response.status_code == 200
    return unescape(response.text)


def rows(text, caption):
    """Rows of the table with a caption: name, then the text of every column."""
    table = next(part for part in re.findall(r"<table.*?</table>", text, re.DOTALL) if caption in part)
    cells = [
        re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
        for row in re.findall(r"<tr>.*?</tr>", table, re.DOTALL)
    ]
    plain = [
        [re.sub(r"\s+", " ", re.sub(r"<svg.*?</svg>|<small>.*?</small>|<[^>]+>", " ", cell)).strip() for cell in row]
        for row in cells
    ]
    return {row[0]: row[1:] for row in plain[1:]}


def limit(client, region):
    limits = client.get("/v1/gaps", params={"region": region, "layer": "power"}).json()["limits"]
    return next(one for one in limits if one["period"] == "2028-01-01")


def test_what_limits_whom_is_what_the_api_says(client):
    text = page(client, period="2028")
    short, binding = rows(text, "fall short at the end of 2028"), rows(text, "What keeps the need from being served")
    for column, region in enumerate(("US", "CN")):
        answer = limit(client, region)
        assert int(short["something in power"][column]) == round(100 * (1 - answer["p_power_not_limit"]))
        for name, key in (("halls", "halls"), ("chips", "chips"), ("power plants", "firm"), ("nothing", "nothing")):
            assert abs(int(binding[name][column]) - 100 * answer["binding"][key]) <= 1, name


def test_what_is_not_published_of_china_is_no_zero(client):
    short = rows(page(client, period="2028"), "fall short at the end of 2028")
    assert short["· capacity at the peak"][1] == "not published"


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Installed compute", "installed_h100e"),
        ("Solar added in the year", "solar_added"),
        ("Share of open-model use", "open_model_share"),
    ],
)
def test_quantities_are_those_of_the_leads(client, title, kind):
    row = rows(page(client, period="2028"), "share one scale")[title]
    (item,) = client.get("/v1/leads", params={"kind": kind, "from": "2028Q4", "to": "2028Q4"}).json()["items"]
    if item["status"] != "available":
        assert row[0] == "no answer"
        return
    (point,) = item["points"]
    assert abs(int(row[2]) - 100 * point["p_ahead"]) <= 1
    value, unit = row[0].split(" ", 1)
    divisor = {"million H100e": 1e6, "thousand H100e": 1e3, "%": 0.01}.get(unit, 1.0)
    assert float(value.replace(",", "")) == pytest.approx(point["region"]["0.5"] / divisor, rel=0.06)


def test_designers_stand_in_quantity_and_quality(client):
    table = rows(page(client), "Shipped over the last four counted quarters")
    items = {item["designer"]: item for item in client.get("/v1/designers").json()["items"]}
    huawei = table["Huawei Ascend"]
    assert huawei[0] == f"{items['huawei_ascend']['units'] / 1e6:.2f} million"
    assert huawei[1] == f"{items['huawei_ascend']['h100e_per_unit']:.2f}"
    assert next(iter(table)) == "NVIDIA"


def test_a_lead_is_drawn_by_quarter_with_both_names(client):
    spec = client.get("/v1/charts/leads?kind=installed_h100e").json()
    names = [row["name"] for layer in spec["layer"] for row in layer.get("data", {}).get("values", [])]
    assert names == ["United States", "China"]
    assert spec["data"]["values"][0]["day"] == "2026-03-31"
    assert any("figures known on 22 November 2026" in line for line in spec["title"]["subtitle"])
    empty = client.get("/v1/charts/leads?kind=firm_headroom").json()
    assert empty["title"]["text"] == "No answer"


def test_the_page_says_what_it_draws(client):
    assert "Quarter by quarter: Solar added in the year" in page(client, kind="solar_added")
    assert client.get("/us-china?kind=reactors_under_construction").status_code == 422
