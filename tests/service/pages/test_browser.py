"""The pages in a browser: no complaint, no violation of axe, by keyboard, without a script, in print, within budget."""

import gzip
import re
from pathlib import Path

import pytest
from browsers import IN_A_BROWSER, complaints, shift, violations

pytestmark = IN_A_BROWSER
PATHS = (
    *("", "?layer=energy", "?region=US-VA", "?region=WORLD&layer=storage", "?region=EU", "us-china", "nowhere"),
    *("claims", "track-record", "models", "editions", "editions?from=e-20261122-aaaaaaaaaa&on=2026-11-24"),
    *("sites", "figures", "figures/us.datacenter.electricity"),
)
NARROW = ("", "us-china", "claims", "track-record", "models", "editions?from=e-20261122-aaaaaaaaaa", "sites", "figures")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_drawn_without_complaint_and_without_a_violation(visit, path, scheme):
    page = visit(path, color_scheme=scheme)
    if page.locator("figure[data-chart]").count():
        page.locator("figure[data-chart]").first.scroll_into_view_if_needed()
        page.wait_for_selector("figure.drawn")
    assert complaints(page, path) == []
    assert violations(page) == []


@pytest.mark.parametrize("width", [360, 768, 2560])
def test_no_width_scrolls_sideways_and_nothing_jumps(visit, width):
    page = visit("", viewport={"width": width, "height": 900})
    page.wait_for_selector("figure.drawn")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert shift(page) < 0.05


@pytest.mark.parametrize("path", NARROW)
def test_no_page_scrolls_sideways_on_a_telephone_and_its_menu_opens_by_keyboard(visit, path):
    page = visit(path, viewport={"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.locator(".top").bounding_box()["height"] < 70
    menu = page.get_by_role("navigation", name="Pages")
    assert not menu.is_visible()
    page.get_by_role("button", name="Menu").focus()
    page.keyboard.press("Enter")
    menu.get_by_role("link", name="Track record").wait_for()
    page.keyboard.press("Escape")
    assert not menu.is_visible()


def test_without_a_script_headline_chart_and_table_are_there(visit):
    page = visit("", java_script_enabled=False)
    assert "of 100 futures" in page.locator(".lead").inner_text()
    assert page.locator("figure.chart img").first.is_visible()
    assert page.locator("table.numbers tbody tr").count() == 10
    page.get_by_role("link", name="China", exact=True).click()
    assert "Will China" in page.locator("h1").inner_text()


def test_a_choice_swaps_the_view_and_the_address_restores_it(visit):
    page = visit("")
    page.evaluate("window.stays = true")
    page.get_by_role("link", name="China", exact=True).click()
    page.locator("h1", has_text="China").wait_for()
    assert page.evaluate("window.stays")
    assert "region=CN" in page.url
    assert page.title().startswith("Will China")
    assert page.evaluate("document.activeElement.textContent") == "China"
    page.go_back()
    page.locator("h1", has_text="the US").wait_for()


def test_a_choice_that_cannot_be_loaded_says_so_and_keeps_no_stale_answer(visit):
    page = visit("")
    page.wait_for_selector("figure.drawn")
    page.route("**/*region=CN*", lambda route: route.abort())
    page.get_by_role("link", name="China", exact=True).click()
    page.get_by_role("alert").wait_for()
    assert page.locator("h1").count() == 0
    page.unroute("**/*region=CN*")
    page.get_by_role("button", name="Try again").click()
    page.locator("h1", has_text="China").wait_for()


def test_forecasts_of_others_are_named_by_keyboard(visit):
    page = visit("")
    page.wait_for_selector("figure.drawn")
    marks = page.locator("figure.drawn path[tabindex='0']")
    assert marks.count() > 3
    marks.first.focus()
    assert re.search(r"\d+ GW in 20\d\d", page.locator(".said").first.inner_text())


def test_a_word_explains_itself_by_keyboard(visit):
    page = visit("")
    page.locator("button.term", has_text="future").first.focus()
    page.keyboard.press("Enter")
    assert "One of the simulated courses" in page.locator("#term-future").inner_text()
    page.keyboard.press("Escape")
    assert not page.locator("#term-future").is_visible()


def test_print_shows_every_year(visit, tmp_path):
    page = visit("")
    page.emulate_media(media="print")
    years = page.locator("table.numbers tbody th").all_inner_texts()
    assert years == [str(year) for year in range(2026, 2036)]
    # A sheet of A4 less its margins.
    page.set_viewport_size({"width": 718, "height": 1000})
    box = page.locator("table.numbers").bounding_box()
    assert box["x"] + box["width"] <= 718
    assert page.evaluate("document.documentElement.scrollWidth") <= 718
    for gone in (".pickers", ".menu-button", ".top nav", ".take"):
        assert not page.locator(gone).first.is_visible()
    target = Path(tmp_path / "page.pdf")
    page.pdf(path=str(target))
    assert target.stat().st_size > 10_000


def test_a_first_view_keeps_its_budget_of_bytes(visit, server):
    sizes = {}
    page = visit("about:blank"[:0])
    page.context.clear_cookies()

    def count(response):
        if response.url.startswith(server.url):
            sizes[response.url.removeprefix(server.url)] = len(gzip.compress(response.body()))

    page.on("response", count)
    page.reload()
    page.wait_for_selector("figure.drawn")
    library = sum(size for name, size in sizes.items() if name.startswith("/assets/"))
    assert sum(sizes.values()) - library <= 120_000
    assert sum(sizes.values()) <= 450_000
