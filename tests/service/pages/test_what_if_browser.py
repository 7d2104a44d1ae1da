"""The page of what would happen instead in a browser: levers move numbers, and the address holds them."""

import re
import time

import loopback
import pytest
from browsers import IN_A_BROWSER, complaints, shift, violations

from service.pages.assets import build

pytestmark = IN_A_BROWSER
EVALUATE = "/v1/scenarios:evaluate"
CHANCE = re.compile(r"in (.+?) of 100 futures .*; as forecast in (.+?) of 100")
SETTLED = "#answer[data-state='done'][aria-busy='false']"


@pytest.fixture(scope="module")
def server(evaluating_server):
    """A server that evaluates, with the chart library."""
    build(evaluating_server.assets)
    # The first question draws the base, which takes as long as a machine is busy.
    body = {"levers": {"efficiency": 0.9}, "region": "US", "layers": ["power"]}
    while loopback.post(f"{evaluating_server.url}{EVALUATE}", json=body, timeout=600).status_code != 200:
        time.sleep(0.2)
    return evaluating_server


def evaluated(server, settings):
    """Futures of 100 that fall short at the end of 2028 under settings of levers, and in base, as the API has them."""
    body = {"levers": settings, "region": "US", "layers": ["power"], "from": "2028", "to": "2028"}
    while (answer := loopback.post(f"{server.url}{EVALUATE}", json=body, timeout=600)).status_code == 202:
        time.sleep(0.1)
    chance = answer.json()["cells"][0]["points"][0]["p_short"]
    return [f"{100 * chance[side]:.1f}" for side in ("value", "base")]


MOVE = "(slider, value) => { slider.value = value; slider.dispatchEvent(new Event('input', { bubbles: true })); }"


def moved(page, name, value):
    """Move a slider as a pointer does, and wait until the answer is settled."""
    page.locator(f"#lever-{name}").evaluate(MOVE, value)
    page.locator("#answer .lead", has_text=re.compile(r"^\s*If ")).wait_for()
    page.wait_for_selector(SETTLED)


def chances(page):
    """The first row of the small table: under the setting, and as forecast."""
    cells = page.locator("table.compared tbody tr").first.locator("td").all_inner_texts()
    return cells[:2]


def test_levers_give_the_numbers_of_the_api_and_the_address_restores_them(visit, server):
    page = visit("what-if")
    moved(page, "efficiency", "0.7")
    assert chances(page) == evaluated(server, {"efficiency": 0.7})
    moved(page, "site-slip", "2")
    both = evaluated(server, {"efficiency": 0.7, "site-slip": 2.0})
    assert chances(page) == both
    assert page.url.endswith("what-if?levers=efficiency%3A0.7%2Csite-slip%3A2")
    again = visit(page.url.removeprefix(f"{server.url}/"))
    assert again.locator("#lever-efficiency").input_value() == "0.7"
    assert again.locator("#lever-site-slip").input_value() == "2"
    again.wait_for_selector(SETTLED)
    assert chances(again) == both
    page.get_by_role("link", name="Chips", exact=True).click()
    page.locator("h1", has_text="computing power").wait_for()
    assert page.locator("#lever-efficiency").input_value() == "0.7"
    assert complaints(page) == []


def test_a_key_moves_a_slider_and_it_stays_in_focus(visit, server):
    page = visit("what-if")
    page.locator("#lever-efficiency").focus()
    page.keyboard.press("ArrowLeft")
    page.locator("#answer .lead", has_text="If models").wait_for()
    page.wait_for_selector(SETTLED)
    assert page.evaluate("document.activeElement.id") == "lever-efficiency"
    assert page.locator("#lever-efficiency").get_attribute("aria-valuetext").startswith("0.99")
    assert chances(page) == evaluated(server, {"efficiency": 0.99})


def test_what_rests_is_worked_out_once_levers_rest_and_a_target_by_a_button(visit):
    page = visit("what-if?levers=efficiency:0.7")
    page.wait_for_selector("#why table.steps")
    assert page.locator("#why table.inputs tbody tr").count() == 8
    page.locator("input[name=target]").fill("20")
    page.locator("select[name=take]").select_option("efficiency")
    page.get_by_role("button", name="Work it out").first.click()
    page.get_by_role("link", name=re.compile("Set it")).click()
    page.wait_for_url(lambda address: not re.search(r"efficiency(:|%3A)0\.7(&|$)", address))
    page.wait_for_selector(SETTLED)
    assert float(chances(page)[0]) <= 20


def test_what_cannot_be_worked_out_is_said_and_tried_again(visit):
    page = visit("what-if")
    page.wait_for_selector("figure.drawn")
    page.route("**/what-if?*draws=preview*", lambda route: route.abort())
    page.locator("#lever-efficiency").focus()
    page.keyboard.press("ArrowLeft")
    page.get_by_role("alert").wait_for()
    assert page.locator("#answer .lead").count() == 0
    assert page.locator("table.compared").count() == 0
    page.unroute("**/what-if?*draws=preview*")
    page.get_by_role("button", name="Try again").click()
    page.locator("#answer .lead", has_text="If models").wait_for()


def test_without_a_script_a_form_gives_headline_table_and_chart(visit):
    page = visit("what-if?efficiency=0.7&scenario=", java_script_enabled=False)
    assert CHANCE.search(page.locator("#answer .lead").inner_text())
    assert page.locator("figure.chart img").is_visible()
    assert page.locator("#numbers tbody tr").count() == 10
    page.locator("#lever-site-slip").fill("2")
    page.get_by_role("button", name="Show").click()
    assert "slip at 2 times" in page.locator("#answer .lead").inner_text()
    assert "0.7 times the accelerators" in page.locator("#answer .lead").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["what-if?levers=efficiency:0.7&target=20", "what-if?region=CN&layer=storage"])
def test_a_page_is_shown_without_complaint_and_without_a_violation(visit, path, scheme):
    page = visit(path, color_scheme=scheme)
    if page.locator("figure[data-chart]").count():
        page.wait_for_selector("figure.drawn")
        page.wait_for_selector("#why table.steps")
    assert complaints(page) == []
    assert violations(page) == []


@pytest.mark.parametrize("width", [360, 1440])
def test_no_width_scrolls_sideways_and_nothing_jumps(visit, width):
    page = visit("what-if?levers=efficiency:0.7", viewport={"width": width, "height": 900})
    page.wait_for_selector("figure.drawn")
    moved(page, "efficiency", "0.8")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert shift(page) < 0.05
