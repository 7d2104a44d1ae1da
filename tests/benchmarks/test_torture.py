"""The runner of faults: it kills when it is to, measures, and counts."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.torture import job_states
from benchmarks.torture.__main__ import FAULTS, table
from benchmarks.torture.bench import Bench, Fault, Outcome
from benchmarks.torture.killed import STEPS
from benchmarks.torture.kills import Phase, folder_storage, publish
from data.store.database import upgrade

ROOT = Path(__file__).parents[2]


def killed(point, seconds, *command):
    return subprocess.run(
        [sys.executable, "-m", "benchmarks.torture.killed", point, seconds, *command],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip


@pytest.mark.parametrize("point", ["-", "headroom.settings:load"])
def test_a_command_is_killed_when_its_moment_has_come(point):
    assert killed(point, "0", "config", "show").returncode == -signal.SIGALRM


def test_a_command_that_is_measured_lives_and_tells_how_long():
    process = killed("-", "measure", "config", "show")
    assert process.returncode == 0
    assert float(process.stderr.rpartition("measure ")[2]) > 0


@pytest.fixture
def bench(tmp_path):
    """A home with nothing but a database."""
    for name in ("models", "editions"):
        (tmp_path / "base" / "var" / name).mkdir(parents=True)
    upgrade(tmp_path / "base" / "var" / "headroom.db")
    return Bench(home=tmp_path / "base" / "var", folder=tmp_path, tries=2)


@pytest.mark.slow
def test_an_edition_whose_publication_is_killed_is_whole_or_invisible(bench):
    phase = Phase("publishing", STEPS, publish, settings=folder_storage)
    assert phase.run(bench) == Outcome(2, ())


@pytest.mark.slow
def test_jobs_end_as_they_have_to_when_their_worker_is_killed_in_any_state(bench, tmp_path):
    (tmp_path / "jobs" / "var").mkdir(parents=True)
    with job_states.databases(tmp_path, sqlite=True) as new:
        assert job_states.outcome(bench, new, tries=3) == Outcome(3, ())


def test_a_job_that_is_not_as_it_has_to_be_is_named(tmp_path):
    with job_states.databases(tmp_path, sqlite=True) as new:
        sentences = job_states.faults(new())
    assert "plain: [] in place of one succeeded job" in sentences
    assert "taken: ['running'] in place of one succeeded job" in sentences
    assert "taken: the runs of its job are not whole" in sentences


def test_the_table_counts_tries_and_tells_what_did_not_hold():
    rows = [
        (Fault("Kills", "killed", lambda _: Outcome(3)), Outcome(3), 1.0),
        (Fault("Kills", "lost", lambda _: Outcome(4)), Outcome(4, ("a | b", "a | b")), 2.0),
        (Fault("Kills", "not here", lambda _: Outcome(0)), "nginx is not installed", 0.0),
    ]
    lines = table(rows).splitlines()[2:]
    assert lines == [
        "| Kills | killed | 3 | 0 | 1 |",
        "| Kills | lost | 4 | **2**: a / b | 2 |",
        "| Kills | not here | 0 | not done: nginx is not installed | |",
        "| | **all** | **7** | **2** | 3 |",
    ]


def test_no_two_faults_have_one_name():
    names = [(fault.section, fault.name) for fault in FAULTS]
    assert len(set(names)) == len(names)
