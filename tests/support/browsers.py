"""What every test in a browser shares: which one it is, what it complains of, and what axe says of a page."""

import shutil

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
IN_A_BROWSER = [
    pytest.mark.slow,
    pytest.mark.skipif(
        CHROMIUM is None, reason="chromium is not installed: the pages are not looked at; apt-get install chromium"
    ),
]
"""Marks of a module whose tests open pages."""
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
PATIENCE = 120_000
"""Milliseconds: a loaded machine takes many times as long as an idle one."""

SHIFT = """
new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => { for (const one of list.getEntries()) sum += one.value; })
    .observe({ type: 'layout-shift', buffered: true });
  setTimeout(() => done(sum), 200);
})
"""


def complaints(page, path=""):
    """What the console says, but that a page is not there and that this server has no database of events."""
    usual = ("/v1/events: ", *(["/nowhere: "] if path == "nowhere" else []))
    return [text for text in page.messages if not any(part in text for part in usual)]


def violations(page):
    """Every violation that axe reports of a page, with the element it begins at."""
    from axe_playwright_python.sync_playwright import Axe

    results = Axe().run(page)
    return [(one["id"], one["nodes"][0]["html"][:200]) for one in results.response["violations"]]


def shift(page):
    """Cumulative layout shift so far."""
    return page.evaluate(SHIFT)
