"""``/metrics`` says what a dashboard alerts on, in a form Prometheus reads."""

import shutil
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

from data.base.errors import StoreUnusable
from service.app import create_app
from service.jobs.tables import State
from service.state import JobCounts
from training.artifact.published import Published

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def samples(client):
    """Values of gauges by name and labels."""
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-type"].startswith("text/plain; version=")
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


@pytest.fixture
def served(make_context, editions):
    readings = {"eia": NOW - timedelta(days=2), "epoch": NOW - timedelta(hours=1)}
    clock = {"now": NOW}
    context = make_context(editions, {"readings": readings}, clock=lambda: clock["now"])
    with TestClient(create_app(context), raise_server_exceptions=False) as client:
        yield client, clock, context


def test_ages_are_of_the_moment_of_the_scrape(served):
    client, clock, context = served
    edition = context.editions.edition
    first = samples(client)
    assert first["headroom_ready", ()] == 1
    assert first["headroom_edition_age_seconds", ()] == (NOW - edition.issued).total_seconds()
    assert first["headroom_edition_figures_age_seconds", ()] == timedelta(days=2, hours=9).total_seconds()
    assert first["headroom_edition_info", (("edition", edition.id),)] == 1
    assert first["headroom_source_age_seconds", (("source", "eia"),)] == 2 * 86400
    assert first["headroom_source_age_seconds", (("source", "epoch"),)] == 3600
    assert (
        first["headroom_champion_age_seconds", ()] == (NOW - datetime(2026, 11, 23, 11, 40, tzinfo=UTC)).total_seconds()
    )
    clock["now"] += timedelta(minutes=1)
    later = samples(client)
    for key, value in first.items():
        if key[0].endswith("_age_seconds") and "driver" not in key[0]:
            assert later[key] == value + 60
    assert later["headroom_figures_unseen_seconds", ()] == 60


def test_drivers_are_those_of_the_edition(served):
    client, _, context = served
    values = samples(client)
    for age in context.editions.edition.drivers:
        labels = (("series_id", age["series_id"]),)
        assert values["headroom_driver_age_seconds", labels] == age["age_days"] * 86400
        assert values.get(("headroom_driver_stale", labels)) == (age["stale"] if age["official"] else None)
    assert any(name == "headroom_driver_stale" for name, _ in values)


def test_the_queue_is_as_it_was_at_the_last_look_that_succeeded(make_context, editions):
    looks = [
        JobCounts({("refresh", State.DEAD): 2}, {"score": NOW - timedelta(hours=3)}),
        StoreUnusable("a", "b", remedy="c"),
    ]

    def look():
        one = looks.pop(0)
        if isinstance(one, StoreUnusable):
            raise one
        return one

    app = create_app(make_context(editions, jobs=look))
    with TestClient(app) as client:
        assert not any(name.startswith("headroom_job") for name, _ in samples(client))
        for _ in range(2):
            app.state.serving.refresh()
            values = samples(client)
            assert values["headroom_jobs", (("kind", "refresh"), ("state", "dead"))] == 2
            assert values["headroom_job_success_age_seconds", (("kind", "score"),)] == 3 * 3600
    assert looks == []


def test_coverage_is_of_what_the_last_year_decided(served):
    client, _, _ = served
    values = samples(client)
    labels = (("forecasts", "series"), ("rule", "pseudo_vintage"))
    # Of the fixture's six steps those of 2026-01-01 ended before the year, and those of 2027 are still to come.
    assert values["headroom_coverage_scores", labels] == 0
    assert ("headroom_coverage_ratio", labels) not in values
    assert ("headroom_coverage_scores", (("forecasts", "editions"), ("rule", "strict"))) not in values


def test_a_model_whose_folder_vanished_leaves_out_its_coverage_alone(make_context, editions, published, tmp_path):
    folder = shutil.copytree(published.directory, tmp_path / "m-1")
    data = {"published": Published.load(folder)}
    with TestClient(create_app(make_context(editions, data))) as client:
        shutil.rmtree(folder)
        values = samples(client)
    assert values["headroom_ready", ()] == 1
    assert not any(name.startswith("headroom_coverage") for name, _ in values)


def test_without_an_edition_the_reason_is_named_and_nothing_is_made_up(make_context, tmp_path):
    with TestClient(create_app(make_context(tmp_path / "none"))) as client:
        values = samples(client)
        assert client.get("/readyz").json()["code"] == "edition_missing"
    assert values["headroom_ready", ()] == 0
    assert values["headroom_not_ready", (("code", "edition_missing"),)] == 1
    assert not any(name.startswith("headroom_edition") for name, _ in values)
    assert not any(name.startswith("headroom_source") for name, _ in values)


def test_two_services_in_one_process_count_apart(make_context, editions):
    with TestClient(create_app(make_context(editions))) as one, TestClient(create_app(make_context(editions))) as other:
        one.get("/v1/regions")
        assert not any("/v1/regions" in str(labels) for _, labels in samples(other))
        assert any("/v1/regions" in str(labels) for _, labels in samples(one))


def test_promtool_finds_nothing_to_complain_of(served):
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not installed: apt-get install prometheus")
    client, *_ = served
    client.get("/v1/regions")
    text = client.get("/metrics").content
    outcome = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, check=False)
    assert (outcome.returncode, outcome.stderr) == (0, b"")
