import importlib.util
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data.connectors.fetch import Fetcher
from data.connectors.payload import Form, Payload, Request

RETRIEVED = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def _server_module():
    # Tests are not a package, so the server is loaded by its place.
    name = "tests_connectors_server"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("server.py"))
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture
def source_server():
    """A source on loopback: ``answer(path, body, ...)`` puts up answers, ``requests`` tells what was asked, ``url``."""
    server = _server_module().SourceServer()
    yield server
    server.close()


@pytest.fixture
def waits():
    """Seconds the fetcher of this test waited between attempts, in order; it does not really wait."""
    return []


@pytest.fixture
def make_fetcher(source_server, waits):
    """Make fetchers that ask the test's server instead of the sources; all are closed at the end."""
    made = []

    def build(**settings):
        fetcher = Fetcher(
            **{"mirror": source_server.url, "timeout": 5.0, "attempts": 3, "sleep": waits.append, **settings}
        )
        made.append(fetcher)
        return fetcher

    yield build
    for fetcher in made:
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
