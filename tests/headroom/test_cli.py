import ast
import json
import os
import resource
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
import typer.main

from data.base.processes import ONE_THREAD
from headroom import cli

HELP_SECONDS = 0.5
HEAVY = ("polars", "numpy", "pydantic", "sqlalchemy", "fastapi", "uvicorn", "structlog", "mlflow", "pandas")


def headroom(*args: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", "-m", "headroom", *args],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        timeout=600,
    )


def test_help_takes_half_a_second_of_processor_time_at_most() -> None:
    seconds = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert headroom("--help").returncode == 0
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(seconds) < HELP_SECONDS


def test_help_imports_no_heavy_library() -> None:
    program = "import sys; from headroom.cli import run; run(['--help']); print(*sys.modules, file=sys.stderr)"
    process = subprocess.run([sys.executable, "-P", "-c", program], capture_output=True, text=True, check=True)
    assert {name.split(".")[0] for name in process.stderr.split()} & set(HEAVY) == set()


@pytest.mark.parametrize("entry", cli.ENTRIES, ids=lambda entry: entry.name)
def test_every_command_is_there_and_says_what_the_list_says(entry: cli.Entry) -> None:
    application = import_module(f"headroom.commands.{entry.name}").app
    command = (typer.main.get_group if entry.group else typer.main.get_command)(application)
    assert command.help == entry.help


@pytest.mark.parametrize("path", sorted(Path(cli.__file__).with_name("commands").glob("*.py")), ids=lambda p: p.stem)
def test_command_modules_import_nothing_heavy_at_the_top(path: Path) -> None:
    top = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {alias.name for node in top if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in top if isinstance(node, ast.ImportFrom)}
    light = {
        "typer",
        "data.base.errors",
        "headroom",
        "headroom.console",
        "headroom.console.options",
        "headroom.console.output",
    }
    others = {name for name in names if not name.startswith("headroom.commands.")} - light
    assert {name for name in others if name.split(".")[0] not in sys.stdlib_module_names} == set()


def test_every_visible_command_is_listed_by_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--help"]) == 0
    listed = capsys.readouterr().out
    assert all((f" {entry.name} " in listed) is not entry.hidden for entry in cli.ENTRIES)


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("headroom 0.")


def test_an_unknown_command_is_a_usage_error_with_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["trian"]) == 2
    caught = capsys.readouterr()
    assert caught.out == ""
    assert caught.err == "error: usage_error: No such command 'trian'. Did you mean 'train'? (headroom --help)\n"


def test_a_usage_error_names_the_help_of_its_own_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["config", "show", "--bogus"]) == 2
    assert "(headroom config show --help)" in capsys.readouterr().err


def test_an_error_of_the_tree_is_one_line_with_code_and_remedy(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HEADROOM_PORT", "70000")
    assert cli.run(["config", "show"]) == 1
    line = capsys.readouterr().err
    assert line.startswith("error: settings_error: HEADROOM_PORT: ")
    assert line.count("\n") == 1
    assert "Traceback" not in line


def test_an_error_is_json_when_json_was_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["editions", "show", "e-nowhere", "--home", str(tmp_path), "--json"]) == 2
    caught = capsys.readouterr()
    assert caught.out == ""
    assert json.loads(caught.err) == {
        "code": "not_found",
        "title": "Not found",
        "detail": "no edition named 'e-nowhere'",
        "remedy": "run: headroom project",
    }


def test_a_missing_right_is_told_without_a_traceback(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert cli.run(["assets", "--home", str(tmp_path / "file")]) == 1
    assert capsys.readouterr().err.startswith("error: system_error: ")


def test_a_parent_reads_the_error_from_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = tmp_path / "error.json"
    home = str(tmp_path / "home")
    assert cli.run(["--report", str(report), "editions", "verify", "--home", home]) == 1
    assert json.loads(report.read_text())["code"] == "edition_missing"
    assert capsys.readouterr().err.startswith("error: edition_missing: ")


def test_lists_of_an_empty_home_are_empty(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["editions", "list", "--home", str(tmp_path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"items": []}


def test_a_closed_pipe_is_not_an_error_with_a_traceback() -> None:
    program = f"{sys.executable} -P -m headroom config show --json | true"
    process = subprocess.run(["/bin/sh", "-c", program], capture_output=True, text=True, check=False)
    assert "Traceback" not in process.stderr


def test_a_command_uses_one_thread_of_linear_algebra():
    program = (
        "import os, sys; from headroom import cli, main; "
        "cli.run = lambda _: print(os.environ['OPENBLAS_NUM_THREADS'], 'numpy' in sys.modules) or 0; main.main()"
    )
    environment = {name: value for name, value in os.environ.items() if name not in ONE_THREAD}
    process = subprocess.run(
        [sys.executable, "-P", "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert process.stdout == "1 False\n", "and numpy, which reads it once, is not loaded yet"
