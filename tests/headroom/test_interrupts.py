"""Commands that are told to stop say so, and what stays."""

import json
import signal
import subprocess
import sys

import pytest

COMMAND = [sys.executable, "-P", "-m", "headroom"]


@pytest.fixture
def long_forecast(tmp_path):
    """A forecast of enough series to be met at work, by one member of one library."""
    rows = [f"s{name},{year}-{month:02}-01,{year + month}" for name in range(200) for year in range(2010, 2020)
            for month in range(1, 13)]  # fmt: skip
    (tmp_path / "in.csv").write_text("series_id,period,value\n" + "\n".join(rows) + "\n")
    quick = ["--members", "theta_log", "--workers", "1"]
    return ["forecast", "--input", "in.csv", "--horizon", "24", "--output", "out.csv", *quick]


@pytest.mark.parametrize(
    ("number", "code", "form"),
    [(signal.SIGINT, 130, ()), pytest.param(signal.SIGTERM, 143, ("--json",), marks=pytest.mark.slow)],
)
def test_an_interrupted_command_says_that_it_stopped_and_what_stays(tmp_path, long_forecast, number, code, form):
    (tmp_path / "out.csv").write_text("the one before\n")
    process = subprocess.Popen(
        [*COMMAND, *long_forecast, *form], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        # Its first word of progress says that it is at work.
        assert process.stderr.readline().startswith("forecast ")
        process.send_signal(number)
        _, err = process.communicate()
    finally:
        process.kill()
    assert process.returncode == code
    last = err.splitlines()[-1]
    if form:
        fault = json.loads(last)
        assert (fault["code"], fault["detail"]) == ("interrupted", "forecast stopped")
    else:
        assert last == "interrupted: forecast stopped (the output file is as it was before)"
    assert (tmp_path / "out.csv").read_text() == "the one before\n"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["in.csv", "out.csv"], "no part of an output is left"
    assert "Traceback" not in err
