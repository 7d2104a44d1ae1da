"""The pool of fits: the same answers as without it, bounded in time, and nothing left behind."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from data.base.errors import TrainingError
from data.base.processes import one_thread
from data.periods.period import Frequency, Period
from training.backtest.workers import Job, cast, cast_all

ROOT = Path(__file__).parents[3]


def job(name, count, *, skip=(), members=("naive2", "drift", "seasonal_growth")):
    first = Period(date(2015, 1, 1), Frequency.QUARTER)
    periods = tuple(first.shift(step) for step in range(count) if step not in skip)
    values = np.exp(0.03 * np.arange(len(periods)) + 0.1 * np.sin(np.arange(len(periods))))
    return Job((name, 0), tuple(members), values, periods, 6)


def silent(_count, _total):
    pass


PROGRAM = """
import sys
from tests.training.backtest.test_workers import job, silent
from training.backtest import workers
from data.base.errors import TrainingError

if __name__ == "__main__":
    workers.FIT_SECONDS, workers.PATIENCE = {seconds}, {patience}
    try:
        casts = workers.cast_all({jobs}, workers={workers}, timeout=600.0, progress=silent)
    except TrainingError as error:
        print(error.detail)
    else:
        print(*(f"{{cast.member}}: {{cast.reason}}" for cast in casts), sep="\\n")
"""


@pytest.fixture
def start(tmp_path):
    """Start fits in a process that finds the given module in place of statsforecast."""
    started = []

    def run(library, *, jobs='[job("a", 24, members=("naive2", "ets_log"))]', count=2, seconds=20, patience=10.0):
        (tmp_path / "statsforecast").mkdir()
        (tmp_path / "statsforecast" / "__init__.py").write_text(library)
        program = tmp_path / "program.py"
        program.write_text(PROGRAM.format(jobs=jobs, workers=count, seconds=seconds, patience=patience))
        environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(tmp_path), str(ROOT)))}
        process = subprocess.Popen(
            [sys.executable, str(program)], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def wait_for(condition):
    deadline = time.monotonic() + 600.0
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert condition()


def gone(process):
    """Whether a process has ended, whoever waits for it."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_the_pool_gives_the_answers_of_one_process_in_the_order_of_jobs():
    jobs = [job(f"s{number}", 12 + number) for number in range(20)]
    counts = []
    pooled = cast_all(jobs, workers=2, timeout=600.0, progress=lambda count, total: counts.append((count, total)))
    alone = cast_all(jobs, workers=0, timeout=600.0, progress=silent)
    assert [(item.key, item.member) for item in pooled] == [(item.key, item.member) for item in alone]
    for left, right in zip(pooled, alone, strict=True):
        assert np.array_equal(left.quantiles, right.quantiles)
    assert counts[0] == (0, 20)
    assert counts[-1] == (20, 20)


@pytest.mark.parametrize("count", [0, 2])
def test_a_library_that_cannot_be_imported_ends_the_training(start, count):
    output, errors = start("raise ImportError('broken on purpose')", count=count).communicate(timeout=600)
    assert output == "a modelling library cannot be imported: broken on purpose\n", errors


def test_a_worker_that_dies_is_an_error_and_not_an_endless_wait(start):
    # Long histories, so that the pipe to the workers is full when they die.
    jobs = '[job("a", 20000, members=("theta_log",))] * 40'
    output, errors = start("import os; os._exit(3)", jobs=jobs).communicate(timeout=600)
    assert output == "a worker process died before it answered\n", errors


STUBBORN = """
while True:
    try:
        sum(range(1000))
    except BaseException:
        pass
"""


@pytest.mark.slow
def test_a_fit_that_takes_too_long_fails_alone_whatever_it_catches(start):
    jobs = '[job("a", 24, members=("naive2", "ets_log", "drift")), job("b", 24)]'
    output, errors = start(STUBBORN, jobs=jobs, seconds=2).communicate(timeout=600)
    assert output.splitlines() == [
        "naive2: None",
        "ets_log: ets_log: the fit took longer than 2 s",
        "drift: None",
        "naive2: None",
        "drift: None",
        "seasonal_growth: None",
    ], errors


def test_a_fit_that_only_waits_is_given_up_by_the_clock(start):
    jobs = '[job("a", 24, members=("ets_log",))]'
    output, errors = start("import time; time.sleep(600)", jobs=jobs, patience=0.1).communicate(timeout=600)
    assert output == "ets_log: ets_log: the fit took longer than 2 s by the clock\n", errors


def test_workers_end_when_their_trainer_is_killed(start, tmp_path):
    noted = tmp_path / "worker"
    process = start(
        f"import os, pathlib, time\npathlib.Path({str(noted)!r}).write_text(str(os.getpid()))\ntime.sleep(600)"
    )
    wait_for(lambda: noted.exists() and noted.read_text())
    os.kill(process.pid, signal.SIGKILL)
    wait_for(lambda: gone(int(noted.read_text())))


def test_a_pool_that_is_too_slow_is_an_error():
    # Of other tests in this process.
    before = set(multiprocessing.active_children())
    with pytest.raises(TrainingError, match="not done after"):
        cast_all([job("a", 12)] * 20, workers=2, timeout=0.05, progress=silent)
    assert set(multiprocessing.active_children()) <= before


def test_an_interrupt_ends_the_pool_with_its_processes():
    ended = []

    def interrupt(_answered):
        ended.extend(process.pid for process in multiprocessing.active_children())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cast_all([job("a", 12)] * 40, workers=2, timeout=600.0, progress=silent, on_forecast=interrupt)
    assert ended
    wait_for(lambda: all(gone(process) for process in ended))


def test_a_member_that_wants_no_gaps_gets_the_tail_and_says_so():
    members = ("ets_raw", "naive2")
    by_member = {item.member: item for item in cast(job("a", 30, skip=(9, 10), members=members))}
    assert by_member["ets_raw"].parameters["gap_free_tail"] == 19
    assert "gap_free_tail" not in by_member["naive2"].parameters
    gapped = {item.member: item for item in cast(job("b", 30, skip=(27,), members=members))}
    assert gapped["ets_raw"].quantiles is None
    assert "needs 7 points, got 2" in str(gapped["ets_raw"].reason)
    assert gapped["naive2"].quantiles is not None


def test_the_callers_thread_settings_come_back(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    with one_thread():
        assert os.environ["OMP_NUM_THREADS"] == "1"
    assert os.environ["OMP_NUM_THREADS"] == "7"
    assert "MKL_NUM_THREADS" not in os.environ
