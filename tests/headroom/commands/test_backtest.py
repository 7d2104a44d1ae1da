"""``headroom backtest`` on a few series: the leaderboard it prints and the tables it writes."""

import json
from pathlib import Path
from types import SimpleNamespace

import polars as pl
import pytest

from headroom import cli
from training import evaluation

FEW = ("cn.electricity.generation.total.owid", "us.electricity.netgen.total.eia", "us.census.vip.datacenter")
TABLES = ("leaderboard", "scores", "residuals", "drops")


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    everything = evaluation.forecastable

    def some(view):
        series = everything(view)
        return {name: series[name] for name in FEW if name in series}

    monkeypatch.setattr(evaluation, "forecastable", some)
    monkeypatch.setattr(evaluation, "totals", lambda _view: {})
    monkeypatch.setattr(evaluation, "panel", lambda *_options, **_more: SimpleNamespace(series={}))


@pytest.mark.usefixtures("few")
def test_scores_are_printed_and_written_and_a_second_run_fits_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["backtest", "--home", str(tmp_path / "home"), "--workers", "1"]
    assert cli.run([*command, "--output", str(tmp_path / "tables"), "--json"]) == 0
    output = json.loads(capsys.readouterr().out)
    assert output["series"] >= 2
    assert output["origins"] >= 4
    assert {row["member"] for row in output["leaderboard"]} >= {"ensemble", "naive2", "drift"}
    tables = {name: pl.read_parquet(tmp_path / "tables" / f"{name}.parquet") for name in TABLES}
    assert {"crps", "wis", "smape", "mase", "coverage_50", "coverage_80", "coverage_95"} <= set(
        tables["scores"].columns
    )
    pits = tables["residuals"]["pit"]
    assert ((pits > 0) & (pits < 1)).all()
    for row in tables["leaderboard"].iter_rows(named=True):
        assert row["owa"] > 0
        assert row["member"] != "naive2" or row["owa"] == pytest.approx(1.0)
    # Nothing is left to fit, so a run in which no fit can succeed says the same.
    monkeypatch.setattr("training.backtest.workers.cast", lambda _job: pytest.fail("fitted again"))
    assert cli.run([*command, "--output", str(tmp_path / "again"), "--format", "csv"]) == 0
    assert "ensemble" in capsys.readouterr().out
    again = pl.read_csv(tmp_path / "again" / "leaderboard.csv")
    assert again["owa"].to_list() == pytest.approx(tables["leaderboard"]["owa"].to_list())


@pytest.mark.usefixtures("few")
def test_a_file_is_no_folder_to_write_tables_to(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    command = ["backtest", "--home", str(tmp_path / "home"), "--output", str(tmp_path / "file")]
    assert cli.run(command) == 2


def test_a_day_before_every_figure_is_refused(tmp_path, capsys):
    assert cli.run(["backtest", "--as-of", "1990-01-01", "--home", str(tmp_path / "var")]) == 2
    assert "no series had enough figures to be forecast on 1990-01-01" in capsys.readouterr().err
