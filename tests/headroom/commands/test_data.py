"""``headroom data`` as a user types it: refresh, sources, quarantine, import, and what --private shows."""

import json
from pathlib import Path

import pytest
from scripted_server import SourceServer

from data.connectors.census.census_owid import HEADER
from headroom import cli

CHART = "/ourworldindata.org/grapher/monthly-spending-data-center-us.csv"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source_server: SourceServer) -> Path:
    monkeypatch.setenv("HEADROOM_HOME", str(tmp_path / "var"))
    monkeypatch.setenv("HEADROOM_MIRROR", source_server.url)
    monkeypatch.setenv("HEADROOM_FETCH_ATTEMPTS", "1")
    return tmp_path


def output(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    document: dict[str, object] = json.loads(capsys.readouterr().out)
    return document


def chart(*figures: str) -> str:
    lines = [f"United States,USA,2014-{month:02d}-01,{figure}" for month, figure in enumerate(figures, start=1)]
    return "\n".join([",".join(HEADER), *lines]) + "\n"


@pytest.mark.usefixtures("home")
def test_a_refresh_tells_what_is_new_then_nothing_then_what_was_revised(
    source_server: SourceServer, capsys: pytest.CaptureFixture[str]
) -> None:
    source_server.answer(CHART, chart("149693689", "158144139"), etag='"a"')
    source_server.answer(CHART, chart("149693689", "158144139"), etag='"a"')
    source_server.answer(CHART, chart("149693689", "160144139", "9"), etag='"b"')
    documents = []
    for _ in range(3):
        documents.append(cli.run(["data", "refresh", "census_owid", "--json"]))
        (item,) = output(capsys)["items"]  # type: ignore[misc]  # our own shape
        documents.append((item["status"], item["new"], item["revised"], item["quarantined"]))
    assert documents == [0, ("complete", 2, 0, 0), 0, ("unchanged", 0, 0, 0), 3, ("complete", 0, 1, 1)]
    assert cli.run(["data", "quarantine", "--json"]) == 0
    (entry,) = output(capsys)["items"]  # type: ignore[misc]  # our own shape
    assert (entry["reason"], entry["row"]["period"]) == ("jump", "2014-03-01")
    assert cli.run(["data", "accept", str(entry["id"]), "--reason", "the source says so", "--by", "ann"]) == 0
    capsys.readouterr()
    assert cli.run(["data", "show", "us.datacenter.construction_spending.real", "--json"]) == 0
    rows = {row["period"]: row["value"] for row in output(capsys)["items"]}  # type: ignore[attr-defined]  # our own shape
    assert (rows["2014-02-01"], rows["2014-03-01"]) == (160.144139, 9e-6)


@pytest.mark.usefixtures("home")
def test_exit_codes_tell_all_some_or_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["data", "refresh", "census_owid", "--json"]) == 1
    (gone,) = output(capsys)["items"]  # type: ignore[misc]  # our own shape
    assert (gone["status"], gone["what"].split(":")[0]) == ("failed", "source_refused")
    assert cli.run(["data", "refresh", "nowhere"]) == 2
    assert cli.run(["data", "refresh", "cbre"]) == 2
    assert cli.run(["data", "refresh", "eia_v2_sales", "--json"]) == 1
    assert "HEADROOM_EIA_KEY" in capsys.readouterr().out


@pytest.mark.usefixtures("home")
def test_without_a_name_keyless_sources_are_read_and_the_others_skipped(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["data", "refresh", "--json"]) == 1
    items = {item["source"]: item for item in output(capsys)["items"]}  # type: ignore[attr-defined]  # our own shape
    assert items["eia_v2_sales"]["status"] == "skipped"
    assert items["census_owid"]["status"] == "failed"


@pytest.mark.usefixtures("home")
def test_sources_list_what_cannot_be_had_and_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["data", "sources", "--status", "closed", "--json"]) == 0
    items = {item["source"]: item for item in output(capsys)["items"]}  # type: ignore[attr-defined]  # our own shape
    assert {"cbre", "semianalysis", "synergy", "trendfocus"} <= set(items)
    assert all(item["note"] for item in items.values())
    assert cli.run(["data", "sources", "--status", "odd"]) == 2


def test_an_import_is_seen_by_who_asks_for_it_only(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = home / "campus.csv"
    path.write_text(
        "series_id,period,value,unit,freq,region\n"
        "private.campus.load,2026-01-01,80,MW,Q,US-VA\nprivate.campus.load,2026-04-01,much,MW,Q,US-VA\n"
    )
    assert cli.run(["data", "import", str(path), "--json"]) == 3
    facts = output(capsys)
    assert (facts["source"], facts["new"], facts["quarantined"]) == ("private.campus", 1, 1)
    assert cli.run(["data", "quarantine", "--json"]) == 0
    assert output(capsys)["items"] == []
    assert cli.run(["data", "quarantine", "--source", "private.campus", "--json"]) == 0
    assert len(output(capsys)["items"]) == 1  # type: ignore[arg-type]  # our own shape
    assert cli.run(["data", "quarantine", "--private", "--json"]) == 0
    (entry,) = output(capsys)["items"]  # type: ignore[misc]  # our own shape
    assert (entry["reason"], entry["place"]) == ("not_a_number", "line 3")
    assert cli.run(["data", "show", "private.campus.load"]) == 2
    assert "private.campus.load" not in capsys.readouterr().out
    assert cli.run(["data", "show", "private.campus.load", "--private", "--json"]) == 0
    assert output(capsys)["private"] is True
    assert cli.run(["data", "list", "--json"]) == 0
    assert "private." not in capsys.readouterr().out
    assert cli.run(["data", "list", "--private", "--json"]) == 0
    assert "private.campus.load" in capsys.readouterr().out


@pytest.mark.usefixtures("home")
def test_a_file_downloaded_by_hand_is_read_as_its_source(capsys: pytest.CaptureFixture[str]) -> None:
    raw = Path(__file__).parents[3].parent / "shared/raw/energy/eia_net_generation_annual_us_2001_2025.csv"
    if not raw.exists():
        pytest.skip("the real file is not beside the project")
    command = ["data", "refresh", "eia_browser", "--file", str(raw), "--retrieved", "2026-05-21", "--json"]
    assert cli.run(command) == 0
    (first,) = output(capsys)["items"]  # type: ignore[misc]  # our own shape
    assert (first["new"], first["quarantined"], first["marked"]) == (112, 0, 13)
    assert cli.run(command) == 0
    (second,) = output(capsys)["items"]  # type: ignore[misc]  # our own shape
    assert (second["new"], second["unchanged"]) == (0, 112)
    assert cli.run(["data", "refresh", "eia_browser"]) == 2
    assert cli.run(["data", "refresh", "--file", str(raw)]) == 2


def test_a_file_by_hand_that_is_a_page_or_dated_ahead_is_told(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = home / "answer.csv"
    command = ["data", "refresh", "census_owid", "--file", str(path)]
    for body, code in (("<!doctype html><title>Sorry</title>", "source_changed"), ("", "payload_truncated")):
        path.write_text(body)
        assert cli.run(command) == 1
        assert code in capsys.readouterr().err
    path.write_text(chart("149693689"))
    assert cli.run([*command, "--retrieved", "2999-01-01"]) == 2
    assert "still to come" in capsys.readouterr().err
    assert cli.run([*command, "--json"]) == 0


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("body", ["another,header\n1,2\n", "<html><title>Mirror is full</title></html>", ""])
def test_what_a_mirror_gave_wrongly_is_named_by_its_address(
    body: str, source_server: SourceServer, capsys: pytest.CaptureFixture[str]
) -> None:
    source_server.answer(CHART, body)
    assert cli.run(["data", "refresh", "census_owid", "--json"]) == 1
    assert f"{source_server.url}{CHART}" in capsys.readouterr().out


@pytest.mark.usefixtures("home")
def test_a_row_somebody_vouched_for_does_not_fail_the_check(
    source_server: SourceServer, capsys: pytest.CaptureFixture[str]
) -> None:
    source_server.answer(CHART, chart("149693689", "-158144139"))
    assert cli.run(["data", "refresh", "census_owid"]) == 3
    assert cli.run(["data", "check"]) == 0
    assert cli.run(["data", "accept", "1", "--reason", "a correction, says the source"]) == 0
    capsys.readouterr()
    assert cli.run(["data", "check", "--json"]) == 0
    rules = {rule["code"]: rule for rule in output(capsys)["rules"]}  # type: ignore[attr-defined]  # our own shape
    assert (rules["stored.sign"]["failed"], rules["quarantine.empty"]["failed"]) == (0, 0)


def test_a_series_of_ones_own_keeps_its_unit_between_files(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = home / "campus.csv"
    head = "series_id,period,value,unit,freq,region\n"
    path.write_text(f"{head}private.load,2026-01-01,80,MW,Q,US-VA\n")
    assert cli.run(["data", "import", str(path)]) == 0
    path.write_text(f"{head}private.load,2026-04-01,0.08,GW,Q,US-VA\nprivate.load,2026-07-01,81,,,\n")
    capsys.readouterr()
    assert cli.run(["data", "import", str(path), "--source", "other", "--json"]) == 3
    facts = output(capsys)
    assert (facts["new"], facts["quarantined"]) == (1, 1)
    assert cli.run(["data", "show", "private.load", "--private", "--json"]) == 0
    assert output(capsys)["unit"] == "MW"


def test_a_list_as_of_a_day_holds_only_what_was_known_then(capsys):
    assert cli.run(["data", "list", "--as-of", "2015-01-01", "--json"]) == 0
    then = json.loads(capsys.readouterr().out)
    assert cli.run(["data", "list", "--json"]) == 0
    now = json.loads(capsys.readouterr().out)
    assert then["as_of"] == "2015-01-01"
    assert {item["series_id"] for item in then["items"]} < {item["series_id"] for item in now["items"]}
