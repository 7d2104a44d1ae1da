"""The pages of sites and figures in a browser: no complaint, no violation, narrow, by keyboard, without a script."""

import pytest
from browsers import IN_A_BROWSER, complaints, shift, violations

pytestmark = IN_A_BROWSER
SITE = "sites/amazon-ridgeland"
FIGURE = "figures/world.semiconductors.sales_3mma"
PATHS = (
    FIGURE,
    "sites",
    "sites?region=CN",
    "sites?region=US-VA&tracker=epoch_sites",
    SITE,
    "sites/creekstone-delta-ut",
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_drawn_without_complaint_and_without_a_violation(visit, path, scheme):
    page = visit(path, color_scheme=scheme)
    if page.locator("figure[data-chart]").count():
        page.locator("figure[data-chart]").first.scroll_into_view_if_needed()
        page.wait_for_selector("figure.drawn")
    assert complaints(page, path) == []
    assert violations(page) == []


@pytest.mark.parametrize("path", PATHS)
def test_a_telephone_scrolls_in_one_direction_and_nothing_jumps(visit, path):
    page = visit(path, viewport={"width": 360, "height": 800})
    if page.locator("figure[data-chart]").count():
        page.locator("figure[data-chart]").first.scroll_into_view_if_needed()
        page.wait_for_selector("figure.drawn")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert shift(page) < 0.05


def test_without_a_script_the_map_leads_to_a_site_and_the_form_filters(visit):
    page = visit("sites?tracker=epoch_sites", java_script_enabled=False)
    assert page.locator("table.sites tbody tr").count() == 50
    page.locator("select[name=stage]").select_option("permitted")
    page.get_by_role("button", name="Show").click()
    assert "stage=permitted" in page.url
    names = page.locator("table.sites tbody th a").all_inner_texts()
    assert names
    first = page.locator(".map a").first
    named = first.get_attribute("aria-label")
    first.click()
    assert named.startswith(page.locator("h1").inner_text())


def test_marks_and_rows_are_reached_by_keyboard(visit):
    page = visit("sites?region=US-VA&tracker=epoch_sites")
    page.get_by_role("link", name="Skip the map").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('.map') !== null")
    name = page.evaluate("document.activeElement.getAttribute('aria-label')")
    page.keyboard.press("Enter")
    page.locator("h1").wait_for()
    assert name.startswith(page.locator("h1").inner_text())


def test_a_word_of_the_site_pages_explains_itself(visit):
    page = visit(SITE)
    page.locator("button.term").first.focus()
    page.keyboard.press("Enter")
    assert "between what the tracker last saw running" in page.locator("#term-halfway").inner_text()
