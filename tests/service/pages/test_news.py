"""What a page says of news: a toast when an edition is published, and a banner when the one that answers is old."""

import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from browsers import IN_A_BROWSER, PATIENCE
from issued_editions import record_of
from rendered_pages import page, words
from starlette.testclient import TestClient

from data.store.database import engine, upgrade
from data.store.ledger import record_edition
from service.app import create_app
from service.events import ledger

FIRST, SECOND = "e-20261122-aaaaaaaaaa", "e-20261123-bbbbbbbbbb"
OLD = "days old. A new one is made at least monthly"


@pytest.mark.parametrize(("days", "old"), [(40, False), (41, True)])
def test_an_edition_that_should_have_been_followed_is_called_old(make_context, editions, days, old):
    context = make_context(editions)
    issued = context.editions.recorded()[0].issued
    with TestClient(create_app(replace(context, clock=lambda: issued + timedelta(days=days)))) as client:
        for path in ("/", "/claims", "/editions"):
            assert (f"{days} {OLD}" in words(page(client, path))) is old


def test_an_edition_asked_for_by_name_is_meant_to_be_old(make_context, edition_writer, tmp_path):
    edition_writer(tmp_path, edition_id=FIRST, days=0, shift=1.0)
    edition_writer(tmp_path, edition_id=SECOND, days=100, shift=1.0)
    context = make_context(tmp_path)
    now = context.editions.recorded()[1].issued
    with TestClient(create_app(replace(context, clock=lambda: now))) as client:
        assert OLD not in words(page(client, "/", edition=FIRST))


@pytest.fixture
def home(tmp_path, edition_writer):
    """A home with a database and one edition; ``publish`` brings out a further one."""

    class Home:
        folder = tmp_path / "home"
        database = engine(folder / "headroom.db")

        def publish(self, name, *, days):
            edition_writer(self.folder / "editions", edition_id=name, days=days, shift=1.0 + days)
            record_edition(self.database, record_of(self.folder / "editions" / name))
            ledger.tell(self.database, chances=lambda _: {}, now=datetime.now(UTC))

    Home.folder.mkdir()
    upgrade(Home.folder / "headroom.db")
    of_test = Home()
    of_test.publish(FIRST, days=0)
    yield of_test
    of_test.database.dispose()


@pytest.fixture
def address(home):
    """Where ``headroom serve`` serves the home."""
    command = [sys.executable, "-P", "-m", "headroom", "serve", "--json", "--port", "0", "--home", str(home.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        lines = (json.loads(line) for line in process.stdout)
        yield next(line["detail"].split()[0] for line in lines if line["phase"] == "serve")
        process.terminate()


@pytest.mark.parametrize("path", ["", "editions", f"?edition={FIRST}&region=CN"])
@IN_A_BROWSER[0]
@IN_A_BROWSER[1]
def test_a_publication_is_told_of_on_open_pages_and_leads_to_it_by_keyboard(browser, home, address, path):
    opened = browser.new_page()
    opened.set_default_timeout(PATIENCE)
    with opened.expect_request("**/v1/events", timeout=PATIENCE):
        opened.goto(f"{address}/{path}")
    assert not opened.locator("#toast").is_visible()
    # The stream begins with the events that come after it.
    opened.wait_for_timeout(2500)
    home.publish(SECOND, days=1)
    opened.locator("#toast", has_text=f"A new edition is out: {SECOND}").wait_for()
    assert opened.locator("#toast").get_attribute("role") == "status"
    opened.locator("#toast a").focus()
    with opened.expect_navigation():
        opened.keyboard.press("Enter")
    assert opened.locator("body").get_attribute("data-edition") == SECOND
    assert ("region=CN" in opened.url) is ("region=CN" in path)
    opened.close()
