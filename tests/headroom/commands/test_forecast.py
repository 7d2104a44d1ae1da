"""``headroom forecast`` as its users run it: files in, files out, codes for the rest."""

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from headroom import cli

Run = Callable[..., tuple[int, list[dict[str, str]]]]
QUICK = ("--workers", "1", "--members", "drift")
LEVELS = ["0.025", "0.05", "0.1", "0.25", "0.5", "0.75", "0.9", "0.95", "0.975"]


def series(name: str, days: list[str], *, scale: float = 1.0) -> str:
    return "".join(f"{name},{day},{scale * (10 + place + place % 3)}\n" for place, day in enumerate(days))


QUARTERS = [f"{year}-{month:02d}-01" for year in range(2018, 2023) for month in (1, 4, 7, 10)]
YEARS = [f"{year}-01-01" for year in range(2010, 2020)]
ENDS = [f"{year}-{end}" for year in range(2018, 2023) for end in ("03-31", "06-30", "09-30", "12-31")]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def go(text: str, *options: str) -> tuple[int, list[dict[str, str]]]:
        (tmp_path / "in.csv").write_text(text)
        target = tmp_path / "out.csv"
        command = ["forecast", "--input", str(tmp_path / "in.csv"), "--output", str(target), "--horizon", "4"]
        workers = [] if "--workers" in options else ["--workers", "1"]
        code = cli.run([*command, *workers, *options])
        if not target.exists():
            return code, []
        with target.open(newline="") as file:
            return code, list(csv.DictReader(file))

    return go


def test_every_series_period_and_level_is_written_in_order(run: Run) -> None:
    code, rows = run("series_id,period,value\n" + series("a", QUARTERS) + series("b", YEARS, scale=1e9))
    assert code == 0
    assert list(rows[0]) == ["series_id", "period", "quantile", "value"]
    assert [row["quantile"] for row in rows[:9]] == LEVELS
    assert len(rows) == 2 * 4 * 9
    firsts = {name: next(row["period"] for row in rows if row["series_id"] == name) for name in "ab"}
    assert firsts == {"a": "2023-01-01", "b": "2020-01-01"}
    for start in range(0, len(rows), 9):
        values = [float(row["value"]) for row in rows[start : start + 9]]
        assert values == sorted(values)
        assert values[0] > 0


def test_one_bad_series_is_told_with_code_and_line_and_the_other_is_forecast(
    run,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = "series_id,period,value\n" + series("good", QUARTERS) + "bad,2020-01-01,1\nbad,2021-01-01,x\n"
    code, rows = run(text, "--json", "--members", "drift")
    assert code == 3
    output = json.loads(capsys.readouterr().out)
    assert {row["series_id"] for row in rows} == {"good"}
    assert [(one["series_id"], one["code"], one["line"]) for one in output["refused"]] == [("bad", "not_a_number", 23)]
    assert (output["forecast"], output["series"][0]["freq"]) == (1, "Q")


@pytest.mark.parametrize("text", ["", "series_id,period,value\n", "series_id,period,value\na,2020-01-01,1\n"])
def test_a_file_without_a_series_to_forecast_ends_with_1_and_writes_nothing(run: Run, text: str) -> None:
    assert run(text) == (1, [])


@pytest.mark.parametrize(
    "options",
    [
        ("--quantiles", "0.5,1"),
        ("--quantiles", "half"),
        ("--members", "crystal_ball"),
        ("--members", ","),
        ("--freq", "W"),
        ("--horizon", "0"),
    ],
)
def test_a_wrong_option_is_a_usage_error(run: Run, options: tuple[str, str]) -> None:
    assert run("series_id,period,value\n" + series("a", QUARTERS), *options) == (2, [])


def test_levels_members_and_month_ends_are_as_asked(run: Run) -> None:
    text = "series_id,period,value\n" + series("a", ENDS)
    code, rows = run(text, "--quantiles", "0.9,0.5", "--members", "theta_log", "--freq", "Q")
    assert code == 0
    assert [row["quantile"] for row in rows] == ["0.5", "0.9"] * 4
    assert [row["period"] for row in rows[::2]] == ["2023-03-31", "2023-06-30", "2023-09-30", "2023-12-31"]


def test_the_same_input_gives_the_same_file_whatever_stands_beside_it(run: Run) -> None:
    alone = run("series_id,period,value\n" + series("a", QUARTERS))
    assert run("series_id,period,value\n" + series("a", QUARTERS), "--workers", "2") == alone
    code, rows = run("series_id,period,value\n" + series("b", YEARS) + series("a", QUARTERS))
    assert (code, [row for row in rows if row["series_id"] == "a"]) == alone


def test_the_input_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("series_id,period,value\n" + series("a", QUARTERS))
    assert cli.run(["forecast", "--input", str(path), "--output", str(path), "--horizon", "4"]) == 2
    assert path.read_text().startswith("series_id,period,value\n")


def test_a_file_is_answered_in_its_own_dates(run: Run) -> None:
    middles = [f"{2018 + place // 12}-{place % 12 + 1:02d}-15" for place in range(20)]
    code, rows = run("series_id,period,value\n" + series("a", middles), "--quantiles", "0.5", "--members", "drift")
    assert code == 0
    assert [row["period"] for row in rows] == ["2019-09-15", "2019-10-15", "2019-11-15", "2019-12-15"]


def test_levels_are_written_as_shortest_decimals_once_each(run: Run) -> None:
    text = "series_id,period,value\n" + series("a", QUARTERS)
    _, rows = run(text, "--quantiles", "0.50, .10,0.5,0.00001", "--members", "drift")
    assert [row["quantile"] for row in rows[:3]] == ["0.00001", "0.1", "0.5"]


def test_streams_are_read_and_written(tmp_path: Path) -> None:
    text = "series_id,period,value\n" + series("Zoë 東京", QUARTERS)
    command = [sys.executable, "-m", "headroom", "forecast", "--input", "-", "--output", "-", "--horizon", "1"]
    command += ["--workers", "1", "--members", "drift"]
    process = subprocess.run(
        [*command, "--quantiles", "0.5"], input=text.encode(), capture_output=True, cwd=tmp_path, check=True
    )
    assert process.stdout.decode().splitlines()[0] == "series_id,period,quantile,value"
    assert process.stdout.decode().splitlines()[1].startswith("Zoë 東京,2023-01-01,0.5,")
    assert "1 series forecast, 0 not" in process.stderr.decode()
    both = subprocess.run([*command, "--json"], input=text.encode(), capture_output=True, cwd=tmp_path, check=False)
    assert (both.returncode, both.stdout) == (2, b"")


def test_an_output_that_cannot_be_written_is_told_before_anything_is_fitted(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_text("series_id,period,value\n" + series("a", QUARTERS))
    for target in (tmp_path, tmp_path / "no" / "out.csv"):
        assert cli.run(["forecast", "--input", str(path), "--output", str(target), "--horizon", "4"]) == 2


def test_a_link_stays_a_link_and_a_device_a_device(tmp_path: Path) -> None:
    path, link = tmp_path / "in.csv", tmp_path / "link.csv"
    path.write_text("series_id,period,value\n" + series("a", QUARTERS))
    link.symlink_to(tmp_path / "real.csv")
    for target in (str(link), "/dev/null"):
        assert cli.run(["forecast", "--input", str(path), "--output", target, "--horizon", "4", *QUICK]) == 0
    assert link.is_symlink()
    assert (tmp_path / "real.csv").read_text().startswith("series_id,period,quantile,value\n")
    assert not Path("/dev/null").is_file()


def test_one_end_of_time_does_not_stop_the_others(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    late = [str(year) for year in range(9980, 9999)]
    text = "series_id,period,value\n" + series("late", late) + series("good", YEARS)
    code, rows = run(text, "--json", "--members", "drift")
    assert code == 3
    assert {row["series_id"] for row in rows} == {"good"}
    output = json.loads(capsys.readouterr().out)
    assert [(one["series_id"], one["code"]) for one in output["refused"]] == [("late", "not_forecast")]
    assert "9999" in output["refused"][0]["message"]


def test_a_constant_is_forecast_exactly_and_says_that_no_width_could_be_learned(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    code, rows = run("series_id,period,value\n" + "".join(f"a,{day},7.3\n" for day in QUARTERS))
    assert code == 0
    assert {row["value"] for row in rows} == {"7.3"}
    assert "a: every value is the same" in capsys.readouterr().out


def test_a_member_that_fails_is_told_with_its_reason(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    code, _ = run("series_id,period,value\n" + series("a", YEARS), "--members", "driven_arima_log,drift,drift")
    assert code == 0
    assert "a: without driven_arima_log: " in capsys.readouterr().out


def test_a_name_with_a_line_break_is_one_line_on_the_screen(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    code, _ = run("series_id,period,value\n" + series("a", QUARTERS) + '"b\nc",soon,1\n', "--members", "drift")
    assert code == 3
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error:")]
    assert [error.partition(" (")[0] for error in errors] == [
        "error: not_a_date: b c: line 22: column period: 'soon' is not a period"
    ]


def test_a_thousands_separator_is_never_cut_off(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    rows = "".join(f"hall,{day},1,{700 + place}\n" for place, day in enumerate(YEARS))
    assert run("series_id,period,value\n" + rows) == (1, [])
    assert "row_malformed: hall: line 2: 4 cells under a header of 3" in capsys.readouterr().err


def test_a_quote_that_is_not_closed_ends_with_2_and_names_its_line(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "series_id,period,value\n" + series("a", QUARTERS).replace("a,2019-01-01", '"a,2019-01-01')
    assert run(text) == (2, [])
    assert "line 6: a quote opens" in capsys.readouterr().err


@pytest.mark.parametrize("option", ["--on-jump=guess", "--aggregate=median", "--decimal=dot"])
def test_a_rule_of_reading_that_does_not_exist_is_a_usage_error(run: Run, option: str) -> None:
    assert run("series_id,period,value\n" + series("a", QUARTERS), option) == (2, [])


def test_a_value_that_looks_mistaken_is_told_or_refused_as_asked(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    months = [f"{2019 + place // 12}-{place % 12 + 1:02d}" for place in range(36)]
    rows = "".join(f"a,{day},{(1000 if place == 20 else 1) * (500 + place)}\n" for place, day in enumerate(months))
    text = "series_id,period,value\n" + rows
    code, written_file = run(text, "--json", "--members", "drift")
    assert code == 0
    assert written_file[0]["period"] == "2022-01"
    (notice,) = json.loads(capsys.readouterr().out)["series"]
    (suspect,) = notice["suspects"]
    assert (suspect["line"], suspect["period"], suspect["value"]) == (22, "2020-09", 520_000)
    assert suspect["factor"] == pytest.approx(1000, rel=0.1)
    assert "line 22" in notice["notices"][0]
    code, written_file = run(text + series("b", QUARTERS), "--on-jump", "refuse", "--members", "drift")
    assert code == 3
    assert "error: jump: a: line 22: column value: 520000 is" in capsys.readouterr().err
    assert {row["series_id"] for row in written_file} == {"b"}


def test_hours_are_forecast_by_the_month_where_it_is_asked_for(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    first = datetime(2023, 1, 1, tzinfo=UTC)
    stamps = [(first + place * timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ") for place in range(24 * 365)]
    text = "series_id,period,value\n" + "".join(f"a,{stamp},2\n" for stamp in stamps)
    assert run(text) == (1, [])
    assert "steps of 1 hour" in capsys.readouterr().err
    code, rows = run(text, "--aggregate", "mean", "--quantiles", "0.5", "--members", "drift")
    assert (code, rows[0]["period"], rows[0]["value"]) == (0, "2024-01", "2.0")


def test_ids_that_a_spreadsheet_would_run_are_written_as_text(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    names = ["=1+1", "+a", "-a", "@a", "plain", "园区/A 'b'"]
    text = "series_id,period,value\n" + "".join(series(name, YEARS) for name in names)
    code, rows = run(text, "--json", "--quantiles", "0.5", "--members", "drift")
    assert code == 0
    assert list(dict.fromkeys(row["series_id"] for row in rows)) == [
        *(f"'{name}" for name in names[:4]), *names[4:]
    ]  # fmt: skip
    assert [one["series_id"] for one in json.loads(capsys.readouterr().out)["series"]] == names


def test_a_file_beyond_its_limits_is_refused_with_the_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "out.csv"
    endless = ["forecast", "--input", "/dev/zero", "--output", str(target), "--horizon", "1"]
    monkeypatch.setenv("HEADROOM_INPUT_BYTES", "2000")
    assert cli.run(endless) == 2
    assert "HEADROOM_INPUT_BYTES" in capsys.readouterr().err
    path = tmp_path / "in.csv"
    path.write_text("series_id,period,value\n" + series("a", YEARS) + series("long", YEARS))
    monkeypatch.setenv("HEADROOM_INPUT_ID_LENGTH", "3")
    command = ["forecast", "--input", str(path), "--output", str(target), "--horizon", "1", "--members", "drift"]
    assert cli.run(command) == 3
    assert "id_too_long" in capsys.readouterr().err
    monkeypatch.setenv("HEADROOM_INPUT_SERIES", "1")
    assert cli.run(command) == 2
    assert not list(tmp_path.glob(".out.csv*"))
