"""Standard streams as callers give them: closed, read by half, full, or of few characters."""

import json
import os
import resource
import subprocess
import sys

import pytest

COMMAND = [sys.executable, "-P", "-c", "from headroom.main import main; main()"]
ASCII = {"PYTHONIOENCODING": "ascii"}
C_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.fixture
def run(tmp_path):
    def started(*arguments, redirection="", environment=None, **more):
        command = [*COMMAND, *arguments]
        if redirection:
            command = ["bash", "-c", f'"$@" {redirection}', "bash", *command]
        return subprocess.run(
            command, capture_output=True, cwd=tmp_path, env=os.environ | (environment or {}), check=False,
            **more,
        )  # fmt: skip

    return started


def quiet(count):
    text = count.stderr.decode()
    assert "Traceback" not in text
    assert "Exception ignored" not in text
    return text


def test_a_reader_that_has_read_enough_is_no_error(run):
    process = run("data", "list", redirection="| head -n 1")
    assert process.stdout.startswith(b"SERIES ID")
    assert quiet(process) == ""


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_closed_stdout_is_told_in_one_line(run, form):
    process = run("config", "show", *form, redirection=">&-")
    assert process.returncode == 1
    assert quiet(process).count("\n") == 1
    assert "output_closed" in process.stderr.decode()


def test_with_every_stream_closed_a_command_ends_without_writing_anywhere(run, tmp_path):
    process = run("db", "upgrade", "--home", str(tmp_path / "var"), redirection="<&- >&- 2>&-")
    assert process.returncode == 1
    assert (tmp_path / "var" / "headroom.db").read_bytes().startswith(b"SQLite format 3")


def test_a_full_device_is_told_by_its_name(run):
    process = run("data", "list", redirection="> /dev/full")
    assert process.returncode == 1
    assert quiet(process).startswith("error: disk_full: ")


@pytest.mark.parametrize(
    "environment", [ASCII, C_LOCALE, pytest.param({"PYTHONIOENCODING": "latin-1"}, marks=pytest.mark.nightly)]
)
@pytest.mark.parametrize(
    "arguments",
    [
        ("data", "list"),
        pytest.param(("data", "show", "nvidia.datacenter.revenue"), marks=pytest.mark.nightly),
        ("--help",),
    ],
)
def test_output_of_few_characters_never_crashes(run, environment, arguments):
    process = run(*arguments, environment=environment)
    assert process.returncode == 0
    assert quiet(process) == ""


@pytest.mark.parametrize("environment", [ASCII, C_LOCALE])
def test_json_stays_json_whatever_the_stream_can_write(run, environment):
    arguments = ("data", "sources", "--json")
    plain = json.loads(run(*arguments, environment={"PYTHONUTF8": "1"}).stdout)
    assert json.loads(run(*arguments, environment=environment).stdout) == plain


def test_a_file_that_may_not_grow_stops_an_import_with_one_line(run, tmp_path):
    lines = [f"private.a.b,{year}-01-01,{year},MW,A,US" for year in range(1700, 2020)]
    (tmp_path / "own.csv").write_text("series_id,period,value,unit,freq,region\n" + "\n".join(lines) + "\n")
    assert run("db", "upgrade").returncode == 0

    def limited():
        # Less than the log of the database needs for these rows.
        resource.setrlimit(resource.RLIMIT_FSIZE, (16384, 16384))

    process = run("data", "import", "own.csv", preexec_fn=limited)
    assert process.returncode == 1
    assert quiet(process).count("\n") == 1
    assert run("data", "show", "private.a.b", "--private").returncode == 2
    assert run("data", "import", "own.csv").returncode == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("up", "--no-serve", "--port", "x"),
        ("train", "--as-of", "2999-01-01"),
        pytest.param(
            ("train", "--series", "nvidia.datacenter.revenue", "--members", "naive2,drift", "--set", "workers=1"),
            marks=pytest.mark.slow,
        ),
        ("models", "drift"),
        ("serve", "--host", "no such host"),
    ],
)
def test_under_json_logs_every_line_of_stderr_is_a_json_object(run, arguments):
    process = run(*arguments, environment={"HEADROOM_LOG_FORMAT": "json"})
    lines = [json.loads(line) for line in process.stderr.splitlines()]
    assert lines
    assert all({"event", "level", "timestamp"} <= line.keys() for line in lines)
    assert (lines[-1]["level"] == "error") is (process.returncode != 0)
