"""The page of what would happen instead: the same numbers as the API, in words, with levers that submit by GET."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from evaluations_here import PoolHere

from projection.scenarios import library
from projection.scenarios.levers import levers
from service.pages.words import in_hundred
from service.wording import MINUS

HTML = {"accept": "text/html"}
LEVER = "efficiency:0.7"


@pytest.fixture
def look(client):
    state = client.app.state
    pool = state.evaluations

    def get(query="", upto="full"):
        state.evaluations = PoolHere(upto)
        return client.get(f"/what-if?{query}", headers=HTML)

    yield get
    state.evaluations = pool


def lead(page):
    text = re.search(r'<p class="lead">(.*?)</p>', page.text, re.DOTALL).group(1)
    return re.sub(r"<[^>]+>", "", text)


def point_of(client, query, year="2028"):
    """A year as the API has it."""
    (cell,) = client.get(f"/v1/what-if?{query}").json()["cells"]
    return next(point for point in cell["points"] if point["period"].startswith(year))


def test_without_a_setting_the_forecast_is_told(look, client):
    page = look()
    (point,) = client.get("/v1/gaps?region=US&layer=power&from=2028&to=2028").json()["points"]
    assert page.status_code == 200
    assert lead(page).startswith(f"As forecast, the US falls short in {in_hundred(point['p_short'])} futures")


def test_a_lever_is_answered_with_the_numbers_of_an_evaluation(look, client):
    page = look(f"levers={LEVER}")
    chance = point_of(client, f"region=US&layer=power&levers={LEVER}")["p_short"]
    words = lead(page)
    assert words.startswith("If models were to need 0.7 times the accelerators that are expected from 2029 on, the US")
    assert f"in {in_hundred(chance['value'])} futures" in words
    assert words.endswith(f"as forecast in {in_hundred(chance['base'])}.")
    assert f"<td>{100 * chance['value']:.1f}</td><td>{100 * chance['base']:.1f}</td>" in page.text


def test_a_scenario_with_a_lever_on_top_is_answered_together(look, client):
    words = lead(look(f"scenario=us-shortfall&levers={LEVER}"))
    chance = point_of(client, f"region=US&layer=power&scenario=us-shortfall&levers={LEVER}")["p_short"]
    title = library.document("us-shortfall").title
    assert words.startswith(
        f"In the scenario \N{LEFT DOUBLE QUOTATION MARK}{title}\N{RIGHT DOUBLE QUOTATION MARK}, and if"
    )
    assert f"in {in_hundred(chance['value'])} futures" in words


def test_a_form_without_a_script_gives_the_same_answer(look):
    fields = "&".join(f"{name}={0.7 if name == 'efficiency' else lever.neutral}" for name, lever in levers().items())
    by_form = look(f"region=US&layer=power&{fields}&beside=")
    assert by_form.status_code == 200
    assert lead(by_form) == lead(look(f"region=US&layer=power&levers={LEVER}"))


def test_every_choice_keeps_the_setting(look):
    page = look(f"levers={LEVER}&period=2029")
    links = re.findall(r'href="\./what-if\?([^"]+)"', page.text.split('id="pickers"')[1].split("</nav>")[0])
    assert len(links) > 10
    assert all(parse_qs(link.replace("&amp;", "&"))["levers"] == [LEVER] for link in links)


def test_every_lever_has_its_range_base_value_and_reason(look):
    text = look().text
    for name, lever in levers().items():
        slider = re.search(rf'<input type="range" id="lever-{name}"[^>]*>', text).group()
        assert f'data-base="{lever.neutral:g}"' in slider
        assert f'min="{lever.range[0]:g}" max="{lever.range[1]:g}"' in slider
        assert lever.evidence in text.replace("&#39;", "'").replace("&amp;", "&")


def test_a_lever_that_does_not_affect_the_layer_is_greyed_and_says_so(look):
    text = look("layer=compute").text
    off = {name for name in levers() if f'<div class="lever off" data-lever="{name}">' in text}
    reach = {
        "huawei-output": re.search(r'id="lever-huawei-output"[^>]*disabled', text) is not None,
        "efficiency": re.search(r'id="lever-efficiency"[^>]*disabled', text) is not None,
    }
    assert reach == {"huawei-output": True, "efficiency": False}
    assert {"huawei-output", "nuclear"} <= off
    assert text.count("Does not affect this layer") == len(levers())


def test_every_scenario_of_the_library_has_a_card_that_sets_it(look):
    text = look(f"levers={LEVER}").text
    cards = re.findall(r'<h3><a href="\./what-if\?([^"]+)"', text)
    names = {parse_qs(card.replace("&amp;", "&"))["scenario"][0] for card in cards}
    assert names == set(library.documents()) - {"base"}
    assert all("levers" not in card for card in cards)


def test_the_parts_of_a_difference_sum_to_it_and_inputs_are_ranked(look):
    text = look(f"levers={LEVER},site-slip:2&why=yes").text
    steps = text.split('class="steps"')[1].split("</table>")[0]
    numbers = [float(one.replace(MINUS, "-")) for one in re.findall(r'<td class="number">([^<]+)</td>', steps)]
    assert numbers[0] + sum(numbers[1:-1]) == pytest.approx(numbers[-1], abs=0.25)
    assert text.split('class="steps inputs"')[1].split("</table>")[0].count('<th scope="row">') == 8


def test_what_a_target_takes_is_told_with_a_link_that_meets_it(look, client):
    text = look("target=20&take=efficiency").text
    link = re.search(r'<td><a href="\./what-if\?([^"]+)">Set it', text).group(1).replace("&amp;", "&")
    assert point_of(client, f"region=US&layer=power&levers={parse_qs(link)['levers'][0]}")["p_short"]["value"] <= 0.2
    each = look("target=20").text
    assert each.split("Ways to the target")[1].split("</table>")[0].count('<th scope="row">') > 1
    pair = look("target=20&take=permitting&beside=efficiency").text
    assert pair.count("Time to permit and connect in the US at ") >= 7


def test_what_would_have_to_be_true_for_the_figure_of_another(look):
    text = look("layer=energy&figure=us.datacenter.electricity@lbnl2026").text
    assert "LBNL: energy of US, 2028: 464 TWh" in text


def test_what_is_not_settled_says_so_and_is_not_kept(look):
    page = look("levers=efficiency:0.6&draws=preview", upto="preview")
    assert 'data-state="preview" aria-busy="true"' in page.text
    assert "settling" in page.text
    assert page.headers["cache-control"] == "no-store"


def test_where_nothing_can_be_evaluated_the_reason_is_told_with_a_way_to_retry(client):
    page = client.get("/what-if?levers=efficiency:0.65", headers=HTML)
    assert page.status_code == 503
    assert "could not be worked out" in page.text
    assert "Try again" in page.text
    assert 'id="levers"' in page.text


def test_of_a_cell_without_supply_what_is_needed_is_told(look, client):
    words = lead(look(f"region=EU&layer=power&levers={LEVER}"))
    demand = point_of(client, f"region=EU&layer=power&levers={LEVER}")["demand"]
    here, before = map(float, re.search(r"the EU needs ([\d.]+) GW .* as forecast ([\d.]+) GW", words).groups())
    assert (here, before) == pytest.approx((demand["value"]["0.5"], demand["base"]["0.5"]), abs=0.5)


def test_the_forecast_is_there_where_nothing_can_be_evaluated(client):
    page = client.get("/what-if?region=US&layer=energy", headers=HTML)
    assert page.status_code == 200
    assert "As forecast, the US falls short" in lead(page)
    assert "Levers cannot be worked out now" in page.text


@pytest.mark.parametrize(
    ("query", "status", "words"),
    [
        ("region=CN&layer=storage", 200, "No answer."),
        ("region=EU&layer=power", 200, "no gap here to split"),
        ("levers=magic:1", 422, "is no lever"),
        ("efficiency=9", 422, "outside the tested range"),
        ("scenario=miracle", 422, "is not known"),
        ("target=200", 422, "1 to 99"),
    ],
)
def test_what_cannot_be_answered_says_why(look, query, status, words):
    page = look(query)
    assert (page.status_code, words in page.text) == (status, True)


def test_what_one_takes_away_leads_to_the_same_setting(look, client):
    page = look(f"levers={LEVER}")
    links = re.findall(r'href="\./(v1/(?:charts/)?what-if[^"]*)"', page.text.replace("&amp;", "&"))
    assert len(links) == 5
    assert all(parse_qs(urlsplit(link).query)["levers"] == [LEVER] for link in links)
    spec = client.get(f"/{next(link for link in links if link.startswith('v1/charts/what-if?'))}").json()
    (row,) = [row for row in spec["data"]["values"] if row["Period"] == "2028"]
    gap = point_of(client, f"region=US&layer=power&levers={LEVER}")["gap"]
    assert (row["value_q50"], row["base_q50"]) == (gap["value"]["0.5"], gap["base"]["0.5"])
    assert "scenarios:evaluate" in page.text
