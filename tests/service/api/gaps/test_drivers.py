"""The newest period and age of drivers, in answers, with the edition, in readiness and by the command."""

import json

import pytest
from typer.testing import CliRunner

from headroom.cli import app

SALES = "us.electricity.sales.residential.eia"


def by_id(drivers):
    return {driver["series_id"]: driver for driver in drivers}


def test_an_answer_lists_the_drivers_it_rests_on(client):
    energy = by_id(client.get("/v1/gaps?region=US&layer=energy").json()["drivers"])
    assert energy[SALES]["period"] == "2025-05"
    assert energy[SALES]["stale"]
    assert energy[SALES]["age_days"] == 540
    assert "derived.world.hdd_exabytes" not in energy
    assert "derived.world.hdd_exabytes" in by_id(client.get("/v1/gaps?region=WORLD&layer=storage").json()["drivers"])


def test_an_answer_without_a_cell_rests_on_no_driver(client):
    assert client.get("/v1/gaps?region=CN&layer=firm").json()["drivers"] == []


def test_the_edition_lists_every_driver(client):
    drivers = by_id(client.get("/v1/editions/latest").json()["drivers"])
    power = by_id(client.get("/v1/gaps?region=US&layer=power").json()["drivers"])
    assert power.items() <= drivers.items()
    assert SALES in drivers


@pytest.mark.parametrize("path", ["/readyz"])
def test_readiness_names_official_series_that_are_stale(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    assert f"{SALES} ends with 2025-05, 540 days before the day of the figures." in answer.json()["stale_drivers"]
    assert not any("huawei" in sentence for sentence in answer.json()["stale_drivers"])


def test_the_command_names_stale_drivers(tmp_path):
    run = CliRunner().invoke(app, ["data", "gaps", "--home", str(tmp_path), "--as-of", "2026-11-23"])
    assert run.exit_code == 0, run.output
    assert f"stale: {SALES} ends with 2025-05, 541 days" in run.output
    command = CliRunner().invoke(app, ["data", "gaps", "--home", str(tmp_path), "--as-of", "2026-11-23", "--json"])
    assert by_id(json.loads(command.stdout)["drivers"])[SALES]["age_days"] == 541
