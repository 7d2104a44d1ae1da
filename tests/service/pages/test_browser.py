"""The pages in a browser: no complaint, no violation of axe, by keyboard, without a script, in print, within budget."""

import gzip
import re
import shutil
from pathlib import Path

import pytest

from service.pages.assets import build

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None, reason="chromium is not installed: the pages are not looked at; apt-get install chromium"
    ),
]
PATHS = ("", "?layer=energy", "?region=US-VA", "?region=WORLD&layer=storage", "?region=EU", "us-china", "nowhere")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
SHIFT = """
new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => { for (const one of list.getEntries()) sum += one.value; })
    .observe({ type: 'layout-shift', buffered: true });
  setTimeout(() => done(sum), 200);
})
"""
"""Cumulative layout shift so far."""
PATIENCE = 120_000
"""Milliseconds: a loaded machine takes many times as long as an idle one."""


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def server(live_server):
    build(live_server.assets)
    return live_server


@pytest.fixture
def visit(browser, server):
    """Opens a view; what the console says is gathered in ``page.messages``."""
    contexts = []

    def open_page(path="", **options):
        context = browser.new_context(**({"viewport": {"width": 1280, "height": 900}} | options))
        context.set_default_timeout(PATIENCE)
        contexts.append(context)
        page = context.new_page()
        page.messages = []
        page.on("console", lambda message: page.messages.append(f"{message.location['url']}: {message.text}"))
        page.on("pageerror", lambda error: page.messages.append(str(error)))
        page.goto(f"{server.url}/{path}", timeout=PATIENCE)
        return page

    yield open_page
    for context in contexts:
        context.close()


def complaints(page, path):
    """What the console says, but that a page is not there and that this server has no database of events."""
    usual = ("/v1/events: ", *(["/nowhere: "] if path == "nowhere" else []))
    return [text for text in page.messages if not any(part in text for part in usual)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_drawn_without_complaint_and_without_a_violation(visit, path, scheme):
    from axe_playwright_python.sync_playwright import Axe

    page = visit(path, color_scheme=scheme)
    if page.locator("figure[data-chart]").count():
        page.locator("figure[data-chart]").first.scroll_into_view_if_needed()
        page.wait_for_selector("figure.drawn")
    assert complaints(page, path) == []
    results = Axe().run(page)
    assert [(one["id"], one["nodes"][0]["html"][:200]) for one in results.response["violations"]] == []


@pytest.mark.parametrize("width", [360, 768, 2560])
def test_no_width_scrolls_sideways_and_nothing_jumps(visit, width):
    page = visit("", viewport={"width": width, "height": 900})
    page.wait_for_selector("figure.drawn")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(SHIFT) < 0.05


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
    box = page.locator("table.numbers").bounding_box()
    assert box["width"] <= 1280
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
