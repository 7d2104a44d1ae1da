from datetime import UTC, datetime

import pytest

from data.connectors.fetch import Fetcher
from data.connectors.payload import Form, Payload, Request

RETRIEVED = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


@pytest.fixture
def waits():
    """Seconds the fetcher of this test waited between attempts, in order; it does not really wait."""
    return []


@pytest.fixture
def make_fetcher(source_server, waits):
    """Make fetchers that ask the test's server instead of the sources; all are closed at the end."""
    fetchers = []

    def build(**settings):
        fetcher = Fetcher(
            **{"mirror": source_server.url, "timeout": 5.0, "attempts": 3, "sleep": waits.append, **settings}
        )
        fetchers.append(fetcher)
        return fetcher

    yield build
    for fetcher in fetchers:
        fetcher.close()


@pytest.fixture
def fetcher(make_fetcher):
    return make_fetcher()


@pytest.fixture
def make_payload():
    """An answer as a connector gets it, without any connection."""

    def build(body, *, form=Form.CSV, url="https://example.org/file", retrieved=RETRIEVED, parameters=None, part=""):
        content = body.encode() if isinstance(body, str) else body
        request = Request(url, form, parameters=parameters or {}, part=part)
        return Payload(request, content, retrieved)

    return build
