"""What a first view of a page costs a browser, against its goals: bytes, first paint, picture and chart.

Each try has an empty cache. Bytes are those on the wire, as compressed by the server. Run it beside a server on
loopback while the machine does nothing else: ``python -m benchmarks.first_view http://127.0.0.1:8000``.
"""

import argparse
import shutil
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Browser, sync_playwright

LIBRARY = "/assets/"
"""The path of the chart library, which is counted apart."""
GOAL_BYTES, GOAL_BYTES_WITH_LIBRARY = 120_000, 450_000
GOAL_PAINT, GOAL_CHART = 500.0, 1000.0
"""Milliseconds."""
WATCH = """
window.drawn = new Promise((done) => {
  const look = () => document.querySelector("figure.drawn") && done(performance.now());
  document.addEventListener("DOMContentLoaded", () => {
    look();
    new MutationObserver(look).observe(document.body, { subtree: true, attributes: true, attributeFilter: ["class"] });
  });
});
"""
"""Notes when the first chart stands in the place of its picture."""
TIMES = """
async () => {
  const chart = await window.drawn;
  const paint = performance.getEntriesByName("first-contentful-paint")[0].startTime;
  const pictures = performance.getEntriesByType("resource")
    .filter((one) => one.name.includes("/v1/charts/") && one.initiatorType === "img");
  return { paint, picture: Math.min(...pictures.map((one) => one.responseEnd)), chart };
}
"""


@dataclass(frozen=True)
class View:
    """One try: bytes without and with the chart library, and milliseconds to paint, picture and chart."""

    size: int
    size_with_library: int
    paint: float
    picture: float
    chart: float


def measure(browser: Browser, address: str) -> View:
    """One first view of an address with a chart."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.add_init_script(WATCH)
    names: dict[str, str] = {}
    sizes: dict[str, float] = {}
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.requestWillBeSent", lambda event: names.update({event["requestId"]: event["request"]["url"]}))
    session.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}))
    page.goto(address, wait_until="load")
    times: dict[str, Any] = page.evaluate(TIMES)
    page.wait_for_timeout(500)
    library = sum(size for request, size in sizes.items() if LIBRARY in names[request])
    whole = sum(sizes.values())
    context.close()
    return View(round(whole - library), round(whole), times["paint"], times["picture"], times["chart"])


def report(views: Iterable[View]) -> bool:
    """Print the median of each figure with its goal; whether every goal is met."""
    tries = list(views)
    rows = (
        ("bytes without the chart library", "size", GOAL_BYTES),
        ("bytes with it", "size_with_library", GOAL_BYTES_WITH_LIBRARY),
        ("first contentful paint, ms", "paint", GOAL_PAINT),
        ("picture of the chart, ms", "picture", GOAL_CHART),
        ("chart that can be pointed at, ms", "chart", GOAL_CHART),
    )
    met = True
    for title, name, goal in rows:
        values = [getattr(view, name) for view in tries]
        middle = statistics.median(values)
        met &= middle <= goal
        spread = f"{min(values):,.0f} to {max(values):,.0f}"
        print(f"{title}: {middle:,.0f} ({spread}), goal {goal:,.0f}: {'met' if middle <= goal else 'missed'}")
    return met


def main() -> int:
    """Measure, print, and return 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("address", help="of a page with a chart, such as http://127.0.0.1:8000/")
    parser.add_argument("--tries", type=int, default=7)
    arguments = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        views = [measure(browser, arguments.address) for _ in range(arguments.tries)]
        browser.close()
    return 0 if report(views) else 1


if __name__ == "__main__":
    raise SystemExit(main())
