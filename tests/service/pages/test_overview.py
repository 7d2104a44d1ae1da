"""The overview says what the edition says, in words and numbers anybody can read, for every cell."""

import re
from html import unescape
from itertools import product

import pytest
from rendered_pages import words

from features.recipes import DRIVERS
from projection.cells.cells import REGIONS_ANSWERED
from service.pages.frame.names import NAMES

LAYERS = ("power", "compute", "energy", "firm", "storage")


def page(client, **parameters):
    response = client.get("/", params=parameters)
    assert response.status_code == 200
    return unescape(response.text)


def lead(text):
    return words(re.search(r'<p class="lead">(.*?)</p>', text, re.DOTALL)[1])


def point(client, **parameters):
    (answered,) = client.get("/v1/gaps", params={"from": "2028", "to": "2028"} | parameters).json()["points"]
    return answered


@pytest.mark.parametrize(("region", "layer"), [("US", "power"), ("US", "energy"), ("CN", "compute"), ("US", "firm")])
def test_the_headline_is_the_chance_and_the_medians_of_the_gap(client, region, layer):
    answer = point(client, region=region, layer=layer)
    text = lead(page(client, region=region, layer=layer, period="2028"))
    short = re.search(r"in (?:fewer than |more than )?(\d+) of 100 futures", text)
    assert abs(int(short[1]) - 100 * answer["p_short"]) <= 1
    divisor = 1e6 if "million" in text else 1e3 if "thousand" in text else 1
    numbers = [
        float(number.replace(",", "")) for number in re.findall(r"([\d.,]*\d) [a-zA-Z]", text.split("case: ")[1])
    ]
    assert numbers[0] == pytest.approx(answer["demand"]["0.5"] / divisor, rel=0.06)
    assert numbers[1] == pytest.approx(answer["supply"]["0.5"] / divisor, rel=0.06)


@pytest.mark.parametrize(("region", "layer"), list(product(REGIONS_ANSWERED, LAYERS)))
def test_every_cell_has_a_page_with_an_answer_or_a_reason(client, region, layer):
    text = page(client, region=region, layer=layer)
    status = client.get("/v1/gaps", params={"region": region, "layer": layer}).json()["status"]
    assert ("futures." in lead(text)) is (status == "available")
    assert len(lead(text)) > 20
    assert ("<picture>" in text) is (status != "unavailable")


def test_whether_power_is_the_limit_is_said_for_the_us(client):
    limit = next(
        one for one in client.get("/v1/gaps?region=US&layer=energy").json()["limits"] if one["period"] == "2028-01-01"
    )
    text = words(page(client, layer="energy", period="2028"))
    assert "Is power the limit in 2028?" in text
    assert f"In {round(100 * (1 - limit['p_power_not_limit']))} of 100 futures something in power is short" in text


def test_firm_power_is_called_growth_since_a_day(client):
    assert "Both count growth since 31 December 2026, not all there is." in lead(page(client, layer="firm"))
    assert "growth since" not in lead(page(client))


def test_a_cell_that_cannot_answer_leads_to_those_that_can(client):
    text = page(client, region="US-VA")
    assert "No answer." in text
    assert re.search(r'href="\./\?region=US-VA&layer=power&demand=contracted">Power: what is contracted</a>', text)


def test_choices_that_cannot_answer_are_grey_and_say_why(client):
    text = page(client)
    link = re.search(r"<a[^>]*layer=storage[^>]*>", text)[0]
    assert 'class="unavailable"' in link
    assert re.search(r'title="[^"]{40,}"', link)


def test_contracted_power_says_no_year_beyond_its_books(client):
    answered = client.get("/v1/gaps?region=US&layer=power&demand=contracted").json()["points"]
    rows = re.findall(r'<th scope="row">(\d{4})</th><td>', page(client, demand="contracted"))
    assert rows == [one["period"][:4] for one in answered]


def test_requests_are_shown_with_what_is_expected_of_them(client):
    text = page(client, demand="requested", period="2028")
    assert "is expected to be connected" in text


def test_the_comparison_says_which_reading_each_figure_is_set_against(client):
    text = page(client)
    against = re.findall(r"times ours \((\w+)\)", text)
    assert set(against) == {"needed", "bought"}
    assert "Some are set against what is bought" in text


def test_a_view_has_its_title_and_card(client):
    text = page(client, region="CN", layer="compute")
    title = re.search(r"<title>(.*?)</title>", text)[1]
    assert title.startswith("Will China have enough computing power? China falls short in")
    assert f'<meta property="og:title" content="{title}">' in text
    picture = re.search(r'<meta property="og:image" content="([^"]+)">', text)[1]
    assert picture.startswith("./v1/charts/gap.png?region=CN&layer=compute")


def test_a_named_edition_answers_the_page_too(client):
    edition = client.get("/v1/editions").json()["items"][0]["id"]
    text = page(client, edition=edition)
    assert f'data-edition="{edition}"' in text
    assert f"edition={edition}" in re.search(r"<a[^>]*layer=energy[^>]*>", text)[0]


def test_a_wrong_address_is_answered_with_a_page_that_helps(client):
    response = client.get("/?region=XX", headers={"accept": "text/html"})
    assert response.status_code == 422
    assert "region</code> may be US, CN, EU, WORLD" in response.text
    missing = client.get("/nothing/here", headers={"accept": "text/html,*/*"})
    assert missing.status_code == 404
    assert 'href="../static/page.css"' in missing.text
    assert (
        client.get("/v1/nothing", headers={"accept": "text/html"}).headers["content-type"] == "application/problem+json"
    )
    assert client.get("/nothing").headers["content-type"] == "application/problem+json"


def test_an_embedded_chart_may_be_framed_and_the_page_may_not(client):
    assert "frame-ancestors *" in client.get("/embed/overview").headers["content-security-policy"]
    assert "frame-ancestors 'none'" in client.get("/").headers["content-security-policy"]
    assert 'href="../static/page.css"' in client.get("/embed/overview").text


@pytest.mark.parametrize("path", ["/", "/us-china"])
def test_the_numbers_of_a_page_can_be_taken_away_as_a_table(client, path):
    (link,) = re.findall(r'href="([^"]+\.csv\?[^"]*)" download>CSV', unescape(client.get(path).text))
    table = client.get(link)
    assert table.headers["content-type"].startswith("text/csv")
    assert len(table.text.splitlines()) > 1


def test_each_number_of_the_headline_explains_itself(client):
    answer = point(client, region="US", layer="power")
    text = page(client, period="2028")
    explained = [
        words(one) for one in re.findall(r'<div class="meaning number-meaning".*?</dl></div>', text, re.DOTALL)
    ]
    assert len(explained) == 4
    assert f"{round(100 * answer['p_short'])} of 100: chance of a shortage by the end of 2028" in explained[0]
    assert f"{answer['demand']['0.5']:.0f} GW: needed by the end of 2028" in explained[1]
    for one in explained:
        for part in ("What it is", "Unit", "Rests on", "Assumptions The table of version"):
            assert part in one
    call = re.search(r"GET /(v1/gaps\?[^ <]+)", text)[1]
    assert client.get(f"/{call}").json()["points"] == [answer]


def test_every_series_the_projection_rests_on_has_a_name_and_leads_to_its_page(client):
    assert {recipe.series_id for recipe in DRIVERS} == set(NAMES)
    text = page(client, layer="compute")
    about = text[text.index('id="about"') :]
    assert "derived." not in words(about)
    for link in set(re.findall(r'href="./(figures/[^"?]+)"', about)):
        assert client.get(f"/{link}").status_code == 200


def test_the_comparison_is_drawn_on_the_page_at_the_size_it_has(client):
    text = page(client)
    figure = re.search(r'data-chart="(v1/charts/comparison[^"]*)".*?</figure>', text, re.DOTALL)
    for size, pattern in (
        ("wide", r'<img [^>]*height="(\d+)"'),
        ("narrow", r'max-width: 560px\)" [^>]*height="(\d+)"'),
    ):
        spec = client.get(f"/{figure[1]}&size={size}").json()
        assert spec["height"] == int(re.search(pattern, figure[0])[1])
        assert spec["title"]["text"] == "2030"


def test_what_would_change_the_answer_leads_to_the_page_that_works_it_out(client):
    text = page(client, period="2028")
    assert re.search(r'href="./what-if\?region=US&layer=power&period=2028">Move it yourself', text)
    assert re.search(r'href="./what-if\?region=US&layer=power&period=2028&target=\d+">What it takes to halve', text)
