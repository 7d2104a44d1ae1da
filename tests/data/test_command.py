import json
import shutil

import pytest

from data.base.shipped_tables import TABLES
from headroom.cli import run


def test_check_prints_the_promised_document_and_leaves_with_zero(capsys):
    assert run(["data", "check", "--json"]) == 0
    output = json.loads(capsys.readouterr().out)
    assert output["ok"] is True
    assert {tuple(rule) for rule in output["rules"]} == {("code", "severity", "checked", "failed")}
    assert {rule["severity"] for rule in output["rules"]} == {"error", "warning"}
    assert any(rule["failed"] for rule in output["rules"] if rule["severity"] == "warning")


def test_check_leaves_with_one_on_an_error_and_says_where(tmp_path, capsys):
    folder = tmp_path / "tables"
    shutil.copytree(TABLES, folder)
    text = (folder / "chips.csv").read_text(encoding="utf-8")
    (folder / "chips.csv").write_text(text.replace("Q,2012-01-01,0.607", "Q,2012-01-01,-0.607"), encoding="utf-8")
    assert run(["data", "check", "--tables", str(folder)]) == 1
    assert "error value.sign: alphabet.capex_cash 2012-01-01" in capsys.readouterr().out
    assert run(["data", "check", "--tables", str(folder), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["ok"] is False


DAMAGE = {
    "a figure in another unit": ("chips", "Q,2012-01-01,0.607", "Q,2012-01-01,607", "value.jump"),
    "a figure no unit has": ("chips", "Q,2012-01-01,0.607", "Q,2012-01-01,6.07e12", "value.range"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_check_finds_a_figure_of_another_size(tmp_path, capsys, name):
    table, before, after, code = DAMAGE[name]
    folder = tmp_path / "tables"
    shutil.copytree(TABLES, folder)
    text = (folder / f"{table}.csv").read_text(encoding="utf-8")
    (folder / f"{table}.csv").write_text(text.replace(before, after, 1), encoding="utf-8")
    assert run(["data", "check", "--tables", str(folder)]) == 1
    assert f"error {code}: alphabet.capex_cash 2012-01-01" in capsys.readouterr().out


@pytest.mark.parametrize("table", ["units", "regions", "series", "registry", "sites", "accelerators"])
def test_check_finds_a_row_that_stands_twice(tmp_path, table):
    folder = tmp_path / "tables"
    shutil.copytree(TABLES, folder)
    lines = (folder / f"{table}.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / f"{table}.csv").write_text("".join([*lines, lines[-1]]), encoding="utf-8")
    assert run(["data", "check", "--tables", str(folder), "--json"]) == 1


def test_list_narrows_and_says_what_is_distrusted(capsys):
    assert run(["data", "list", "--region", "US", "--metric", "cluster", "--json"]) == 0
    items = json.loads(capsys.readouterr().out)["items"]
    assert [item["series_id"] for item in items] == ["us.gpu_clusters.tracked_compute", "us.gpu_clusters.tracked_share"]
    assert all(item["distrust"] for item in items)


def test_show_tells_a_revision_only_once_it_was_made(capsys):
    def values(*options):
        assert run(["data", "show", "world.hdd.exabytes", "--json", *options]) == 0
        items = json.loads(capsys.readouterr().out)["items"]
        return [item["value"] for item in items if item["period"] == "2024-01-01"]

    assert values("--as-of", "2024-06-01") == [279.0]
    assert values("--as-of", "2024-08-01", "--history") == [279.0, 262.0]


def test_show_is_readable_by_people(capsys):
    assert run(["data", "show", "us.gpu_clusters.tracked_share", "--as-of", "2026-11-23"]) == 0
    output = capsys.readouterr().out
    assert "use with wide bands or not at all" in output
    assert "2025-01-01" in output
    assert run(["data", "show", "us.gpu_clusters.tracked_share", "--as-of", "2001-01-01"]) == 0
    assert "no figure of it was known on 2001-01-01" in capsys.readouterr().out


@pytest.mark.parametrize(
    "wrong",
    [
        ["show", "us.nothing"],
        ["show", "us.datacenter.electricity", "--as-of", "yesterday"],
        ["show", "us.datacenter.electricity", "--rule", "loose"],
        ["list", "--region", "EUROP"],
        ["list", "--kind", "guess"],
        ["check", "--tables", "no/such/folder"],
    ],
)
def test_bad_input_is_one_line_and_code_two(wrong, capsys):
    assert run(["data", *wrong]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.count("\n") == 1
    assert "Traceback" not in output.err
