"""A service as the files in deploy/ watch it."""

from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from service.app import create_app


@pytest.fixture(scope="module")
def watched(make_context, editions):
    """A client of a service of which everything can be measured: its source was read an hour ago."""
    context = make_context(editions)
    data = {"readings": {"eia": context.clock() - timedelta(hours=1)}}
    with TestClient(create_app(make_context(editions, data)), raise_server_exceptions=False) as client:
        client.get("/v1/regions")
        yield client


@pytest.fixture(scope="module")
def exposed_metrics(watched):
    """Names of the samples on /metrics, and of the metrics whose samples depend on a fault."""
    families = [*text_string_to_metric_families(watched.get("/metrics").text)]
    return {sample.name for family in families for sample in family.samples} | {family.name for family in families}
