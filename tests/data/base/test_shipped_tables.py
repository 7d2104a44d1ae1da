import csv
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from data.base.errors import TableCorrupt
from data.base.shipped_tables import (
    SCHEMAS,
    TABLES,
    accelerators,
    read_table,
    release_lags,
    site_vintages,
    sites,
    sources,
)
from data.catalogue.observations import THEMES, read_all
from data.checks.check import check
from tools.carry_tables import LEFT_OUT

ROOT = Path(__file__).resolve().parents[3]
FIGURES = ROOT.parent / "shared" / "figures"


STAGES = {
    "site_stages": "site_stages",
    "site_editions": "site_editions",
    "tracker_editions": "editions",
    "stage_changes": "live_transitions",
    "stage_estimates": "stage_estimates",
    "site_crosswalk": "crosswalk",
    "realisation_rates": "nmai_rates",
}


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as handle:
        return list(csv.DictReader(handle))


def figures_in(rows: list[dict[str, str]]) -> Counter[tuple[str, ...]]:
    # What a row says, without what carrying may change: kind, scenario, days put right and notes.
    names = ("series_id", "region", "metric", "unit", "period", "value", "low", "high", "source_id", "confidence")
    return Counter(tuple(row[name] for name in names) for row in rows)


@pytest.mark.parametrize("name", THEMES)
def test_no_observation_and_no_digit_is_lost_in_carrying(name):
    if not FIGURES.is_dir():
        pytest.skip("the compiled figures are not here to compare with")
    compiled = rows_of(FIGURES / f"{name}.csv") + rows_of(FIGURES / "update" / f"{name}.csv")
    carried = figures_in(rows_of(TABLES / f"{name}.csv"))
    whole = figures_in([row for row in compiled if row["freq"] != "W"])
    assert whole <= carried
    months = {(row["series_id"], row["period"][:7]) for row in compiled if row["freq"] == "W"}
    assert (carried - whole).total() == len(months) + len(LEFT_OUT.get(name, ()))


@pytest.mark.parametrize(("name", "file"), [*STAGES.items(), ("accelerators", ""), ("release_lags", "")])
def test_no_row_of_another_table_is_lost_in_carrying(name, file):
    if not FIGURES.is_dir():
        pytest.skip("the compiled figures are not here to compare with")
    original = FIGURES / "stages" / f"{file}.csv" if file else FIGURES / f"{name}.csv"
    row_lists = [sorted(tuple(row.values()) for row in rows_of(path)) for path in (TABLES / f"{name}.csv", original)]
    assert row_lists[0] == row_lists[1]


def test_carrying_again_changes_no_byte(tmp_path):
    if not FIGURES.is_dir():
        pytest.skip("the compiled figures are not here to carry")
    script = tmp_path / "tools" / "carry_tables.py"
    script.parent.mkdir()
    shutil.copy(ROOT / "tools" / "carry_tables.py", script)
    subprocess.run([sys.executable, script, FIGURES], check=True, capture_output=True)
    files = {path.name: path.read_bytes() for path in (tmp_path / "data" / "tables").iterdir()}
    assert files == {name: (TABLES / name).read_bytes() for name in files}
    assert len(files) == len(THEMES) + len(SCHEMAS)


def test_every_observation_is_there():
    assert read_all().height == 19_469


def test_it_power_is_a_number_though_the_first_vintages_have_none():
    vintages = site_vintages()
    assert vintages.schema["it_mw"] == pl.Float64
    first = vintages.filter(pl.col("vintage") == vintages["vintage"].min())
    assert first["it_mw"].null_count() == first.height
    assert vintages["it_mw"].sum() > 0


def test_the_other_tables_are_typed():
    assert sites().schema["power_mw"] == pl.Float64
    assert accelerators().schema["release_date"] == pl.Date
    assert release_lags().schema["release_lag_days"] == pl.Int64
    assert sources().select("source_id", "table").is_duplicated().sum() == 0


def test_no_note_names_a_folder_of_the_compilers():
    assert [
        path.name
        for path in TABLES.iterdir()
        if re.search(r"in raw/|(file|document)s? id|\\b\\d{11}\\b;", path.read_text(encoding="utf-8"))
    ] == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("source_id,published_means\na,b\n", "columns are"),
        ("source_id,published_means,release_lag_days,why\na,b,soon,c\n", "soon"),
        ("", "empty"),
    ],
)
def test_a_broken_table_is_told_not_guessed(tmp_path, text, reason):
    (tmp_path / "release_lags.csv").write_text(text)
    with pytest.raises(TableCorrupt, match=reason):
        read_table("release_lags", SCHEMAS["release_lags"], folder=tmp_path)


def test_the_shipped_tables_break_no_rule():
    report = check()
    assert [f.code for f in report.findings if f.severity == "error" and f.verdict.failed] == []
    assert all(finding.verdict.checked for finding in report.findings)


def broken_copy(tmp_path: Path, name: str, old: str, new: str) -> Path:
    folder = tmp_path / "tables"
    shutil.copytree(TABLES, folder)
    path = folder / f"{name}.csv"
    text = path.read_bytes().decode()
    assert old in text
    path.write_bytes(text.replace(old, new, 1).encode())
    return folder


NVIDIA = "nvidia.ai_chips.cumulative_compute,WORLD,ai_compute_cumulative_sold,H100e,Q,2025-01-01,"
IRELAND = "ie.electricity.generation.gas.owid,IE,"


@pytest.mark.parametrize(
    ("code", "name", "old", "new"),
    [
        ("table.readable", "chips", "series_id,region", "id,region"),
        ("table.readable", "sources", "2024-12-20", "last winter"),
        ("file.stable", "units", "\nGW,power", "\nZGW,power"),
        ("unit.known", "energy", ",GWh,", ",kWh,"),
        ("region.known", "energy", IRELAND, "ie.electricity.generation.gas.owid,IRL,"),
        ("series.one_region", "energy", IRELAND, "ie.electricity.generation.gas.owid,GB,"),
        ("source.known", "chips", "sec_capex_sanylee", "sec_capex_nobody"),
        ("row.schema", "chips", ",actual,", ",fact,"),
        ("row.schema", "capacity", ",secondary,", ",hearsay,"),
        ("period.aligned", "chips", "Q,2012-04-01", "Q,2012-05-01"),
        ("value.sign", "chips", "Q,2012-01-01,0.607", "Q,2012-01-01,-0.607"),
        ("published.sane", "chips", "2012-04-12", "2036-04-12"),
        ("identity.cumulative_flow", "chips", NVIDIA, NVIDIA + "1"),
        ("trap.h100e_basis", "chips", "16-bit based H100e", "H100e"),
        ("stage.words", "site_stages", ",operational,", ",running,"),
        ("stage.first_seen", "site_stages", ",2026-08-16,2026-08-16,", ",2026-07-20,2026-07-20,"),
        ("stage.replay", "site_editions", ",entry,operational,", ",entry,cancelled,"),
    ],
)
def test_each_rule_sees_what_it_is_for(tmp_path, code, name, old, new):
    report = check(broken_copy(tmp_path, name, old, new))
    failed = {finding.code for finding in report.findings if finding.verdict.failed and finding.severity == "error"}
    assert code in failed
    assert not report.ok


def test_a_row_said_twice_breaks_the_key(tmp_path):
    folder = tmp_path / "tables"
    shutil.copytree(TABLES, folder)
    path = folder / "capacity.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([*lines, lines[-1]]), encoding="utf-8")
    failed = {finding.code for finding in check(folder).findings if finding.verdict.failed}
    assert "key.unique" in failed


def test_a_missing_table_is_one_finding_and_the_rest_still_runs(tmp_path):
    folder = tmp_path / "tables"
    shutil.copytree(TABLES, folder)
    (folder / "projections.csv").unlink()
    report = check(folder)
    readable = report.findings[0]
    assert (readable.code, readable.verdict.failed) == ("table.readable", 1)
    assert {f.code: f for f in report.findings}["key.unique"].verdict.checked == 19_469 - 340
