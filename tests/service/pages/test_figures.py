"""The page of one series: as it was known on a day, what was replaced since, whose it is, and how to take it away."""

import json
import re
from html import unescape

import pytest

from data.catalogue.citations import citation
from service.api.figures.observations import Observation
from service.pages.views.figures import revisions

BROWSER = {"accept": "text/html"}
REVISED = "world.semiconductors.sales_3mma"


def page(client, path, **parameters):
    response = client.get(path, params=parameters, headers=BROWSER)
    assert response.status_code == 200, response.text
    return unescape(response.text)


def words(text):
    """The page without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def figures(client, **parameters):
    rows = client.get(f"/v1/series/{REVISED}/observations", params={"limit": 1000, **parameters}).json()["items"]
    return [row for row in rows if row["value"] is not None]


def drawn_points(spec):
    """Period, value and day of every figure in colour."""
    rows = [row for layer in spec["layer"] if "color" in layer["encoding"] for row in layer["data"]["values"]]
    return sorted((row["Period"], row["value"]) for row in rows)


def test_sources_are_named_as_people_know_them(client):
    item = client.get(f"/v1/series/{REVISED}").json()
    text = words(page(client, f"/figures/{REVISED}"))
    for name in item["sources"]:
        assert citation(name).title in text
        assert name not in text


def test_a_revision_is_two_figures_of_one_source(client):
    rows = [Observation.model_validate(row) for row in figures(client, include_history="true")]
    replaced = revisions(rows)
    assert replaced
    in_history = {(row.period, row.source_id, f"{row.value:,.6g}", row.published) for row in rows}
    for one in replaced:
        assert (one.period, one.source, one.before, one.before_on) in in_history
        assert (one.period, one.source, one.after, one.after_on) in in_history
        assert one.before_on < one.after_on
    text = page(client, f"/figures/{REVISED}")
    table = re.search(r"last replaced first.*?<tbody>(.*?)</tbody>", text, re.DOTALL)[1]
    assert table.count("<tr>") == len(replaced)


def test_the_chart_is_what_the_api_says_of_the_day(client):
    rows = figures(client, include_history="true")
    change = revisions([Observation.model_validate(row) for row in rows])[0]
    day = change.before_on.isoformat()
    for as_of in ({}, {"as_of": day}):
        spec = client.get("/v1/charts/series", params={"series_id": REVISED, **as_of}).json()
        latest = figures(client, **as_of)
        assert sorted(value for _, value in drawn_points(spec)) == sorted(row["value"] for row in latest)
    spec = client.get("/v1/charts/series", params={"series_id": REVISED}).json()
    grey = [row for layer in spec["layer"] if "color" not in layer["encoding"] for row in layer["data"]["values"]]
    assert float(change.before) in {row["value"] for row in grey}


def test_a_day_is_chosen_by_form_and_by_link_and_shows_what_was_known_then(client):
    before, now = page(client, f"/figures/{REVISED}", as_of="2020-12-31"), page(client, f"/figures/{REVISED}")
    assert 'name="as_of" value="2020-12-31"' in before
    assert len(figures(client, as_of="2020-12-31")) < len(figures(client))
    assert "as known on 31 December 2020" in words(before)
    assert "as_of=2020-12-31" in before
    assert re.search(r'href="\.\./figures/[^"]+\?as_of=\d{4}-\d\d-\d\d"', now)
    assert page(client, f"/figures/{REVISED}", as_of="").count("<tr>") == now.count("<tr>")
    assert client.get(f"/figures/{REVISED}?as_of=soon", headers=BROWSER).status_code == 422


def test_a_series_without_a_figure_on_the_day_says_so(client):
    text = words(page(client, f"/figures/{REVISED}", as_of="2001-01-01"))
    assert "its first figure was published on" in text
    spec = client.get("/v1/charts/series", params={"series_id": REVISED, "as_of": "2001-01-01"}).json()
    assert "No figure with a value" in " ".join(spec["mark"]["text"])


def test_every_recipe_leads_to_the_figures(client):
    text = page(client, f"/figures/{REVISED}", as_of="2024-12-31")
    recipes = {name: re.search(rf"<summary>{name}</summary>.*?<code>(.*?)</code>", text, re.DOTALL)[1] for name in
               ("curl", "Python", "R", "Grafana")}  # fmt: skip
    for recipe in recipes.values():
        address = re.search(r"http://127\.0\.0\.1:8000(/v1/[^'\"]+)", recipe)[1]
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert answer.headers["content-type"].startswith("text/csv")
    query = json.loads(recipes["Grafana"])
    header = client.get(query["url"].removeprefix("http://127.0.0.1:8000")).text.splitlines()[0].split(",")
    assert {column["selector"] for column in query["columns"]} <= set(header)


@pytest.mark.parametrize("wrong", ["series_id=nothing", "series_id=alphabet.capex_cash&as_of=soon", "theme=light"])
def test_a_chart_of_what_there_is_not_is_refused(client, wrong):
    assert client.get(f"/v1/charts/series?{wrong}").status_code == 422
