"""A browser, a server with its charts, and pages opened in them."""

import pytest
from browsers import ARGUMENTS, CHROMIUM, PATIENCE

from service.pages.assets import build


@pytest.fixture(scope="module")
def browser():
    """The browser of a module."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def server(live_server):
    """A server that has the chart library."""
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
