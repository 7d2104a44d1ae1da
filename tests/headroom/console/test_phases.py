import json
import re

import pytest

from headroom.console import progress
from headroom.console.phases import Phases


def test_a_person_reads_numbered_lines_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    phases = Phases(("migrate", "train"), as_json=False)
    with phases.phase("train") as phase:
        phase.outcome, phase.detail = "failed:", "no figures"
    caught = capsys.readouterr()
    assert caught.out == ""
    assert re.fullmatch(r"2/2 train \.\.\.\n2/2 train failed: no figures 0\.0 s\n", caught.err)


def test_a_program_reads_json_lines_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    phases = Phases(("migrate",), as_json=True)
    with phases.phase("migrate"):
        pass
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["outcome"] for line in lines] == ["started", "done"]
    assert lines[1]["seconds"] >= 0


def test_an_interrupted_phase_is_told_as_ended(capsys: pytest.CaptureFixture[str]) -> None:
    phases = Phases(("migrate",), as_json=False)
    with pytest.raises(KeyboardInterrupt), phases.phase("migrate"):
        raise KeyboardInterrupt
    assert "1/1 migrate ended" in capsys.readouterr().err


def test_progress_without_a_terminal_is_at_most_ten_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.bar("project") as report:
        for count in range(1, 201):
            report(count, 200)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 10
    assert lines[-1].startswith("project 200/200 ")
