"""The pool of fits: the same answers as without it, bounded in time, and nothing left behind."""

import os
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from data.errors import FitFailed, TrainingError
from data.periods import Frequency, Period
from training import workers
from training.workers import Job, cast, cast_all


def job(name, count, *, skip=(), members=("naive2", "drift", "seasonal_growth")):
    first = Period(date(2015, 1, 1), Frequency.QUARTER)
    periods = tuple(first.shift(step) for step in range(count) if step not in skip)
    values = np.exp(0.03 * np.arange(len(periods)) + 0.1 * np.sin(np.arange(len(periods))))
    return Job((name, 0), tuple(members), values, periods, 6)


def test_the_pool_gives_the_answers_of_one_process_in_the_order_of_the_jobs():
    jobs = [job(f"s{number}", 12 + number) for number in range(20)]
    told = []
    pooled = cast_all(jobs, workers=2, timeout=120.0, progress=lambda done, total: told.append((done, total)))
    alone = cast_all(jobs, workers=1, timeout=120.0, progress=lambda _done, _total: None)
    assert [(item.key, item.member) for item in pooled] == [(item.key, item.member) for item in alone]
    for left, right in zip(pooled, alone, strict=True):
        assert np.array_equal(left.quantiles, right.quantiles)
    assert told[0] == (0, 20)
    assert told[-1] == (20, 20)


@pytest.mark.parametrize("count", [1, 2])
def test_a_library_that_cannot_be_imported_ends_the_training_and_is_no_refusal_of_a_member(tmp_path, count):
    (tmp_path / "statsforecast").mkdir()
    (tmp_path / "statsforecast" / "__init__.py").write_text("raise ImportError('broken on purpose')")
    script = (
        "from tests.training.test_workers import job\n"
        "from training.workers import cast_all\n"
        "from data.errors import TrainingError\n"
        "if __name__ == '__main__':\n"
        "    try:\n"
        f"        cast_all([job('a', 24, members=('naive2', 'ets_log'))], workers={count}, timeout=120.0,"
        " progress=lambda *_: None)\n"
        "    except TrainingError as error:\n"
        "        print(error.detail)\n"
    )
    (tmp_path / "run.py").write_text(script)
    house = str(Path(__file__).parents[2])
    done = subprocess.run(
        [sys.executable, str(tmp_path / "run.py")],
        env=os.environ | {"PYTHONPATH": os.pathsep.join((str(tmp_path), house))},
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.stdout == "a modelling library cannot be imported: broken on purpose\n", done.stderr


def test_a_pool_that_is_too_slow_ends_with_its_processes(monkeypatch):
    ended = []
    end = workers._end

    def remember(pool):
        ended.extend(pool._processes.values())
        end(pool)

    monkeypatch.setattr(workers, "_end", remember)
    with pytest.raises(TrainingError, match="not done after"):
        cast_all([job("a", 12)] * 20, workers=2, timeout=0.05, progress=lambda _done, _total: None)
    deadline = time.monotonic() + 20.0
    # Asked of the system: the executor's own thread may have collected the exit codes.
    while any(Path(f"/proc/{process.pid}").exists() for process in ended) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert ended
    assert not [process for process in ended if Path(f"/proc/{process.pid}").exists()]


def test_a_member_that_wants_no_gaps_gets_the_tail_and_says_so():
    members = ("ets_raw", "naive2")
    found = {item.member: item for item in cast(job("a", 30, skip=(9, 10), members=members))}
    assert found["ets_raw"].parameters["gap_free_tail"] == 19
    assert "gap_free_tail" not in found["naive2"].parameters
    gapped = {item.member: item for item in cast(job("b", 30, skip=(27,), members=members))}
    assert gapped["ets_raw"].quantiles is None
    assert "needs 7 points, got 2" in str(gapped["ets_raw"].reason)
    assert gapped["naive2"].quantiles is not None


def test_the_callers_thread_settings_come_back(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    monkeypatch.delenv("MKL_NUM_THREADS", raising=False)
    with workers._one_thread():
        assert os.environ["OMP_NUM_THREADS"] == "1"
    assert os.environ["OMP_NUM_THREADS"] == "7"
    assert "MKL_NUM_THREADS" not in os.environ


DYING = """
from datetime import date
import numpy as np
from data.errors import FitFailed, TrainingError
from data.periods import Frequency, Period
from training.workers import Job, cast_all

if __name__ == "__main__":
    # Large enough that the pipe to the workers is full when they die.
    periods = tuple(Period(date(1900, 1, 1), Frequency.MONTH).shift(step) for step in range(1500))
    jobs = [Job((f"s{n}", 0), ("theta_log",), np.arange(1.0, 1501.0), periods, 6) for n in range(40)]
    try:
        cast_all(jobs, workers=2, timeout=60.0, progress=lambda done, total: None)
    except TrainingError as error:
        print(error.detail)
"""


def test_workers_that_die_are_an_error_and_not_a_wait_without_end(tmp_path):
    program = tmp_path / "dying.py"
    program.write_text(DYING)
    for name in ("statsforecast", "statsmodels"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("import os; os._exit(3)")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, str(program)], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout.strip() == "a worker process died before it answered"
    assert done.returncode == 0


def test_a_fit_that_takes_too_long_is_dropped_with_the_reason_and_the_others_answer(monkeypatch):
    from training.registry import MEMBERS

    def wander(*_args):
        deadline = time.process_time() + 20.0
        while time.process_time() < deadline:
            pass

    monkeypatch.setattr(workers, "FIT_SECONDS", 0.2)
    monkeypatch.setattr(workers, "PATIENCE", 1000.0)
    monkeypatch.setattr(type(MEMBERS["drift"]), "_believe", wander)
    started = time.process_time()
    found = {item.member: item for item in cast(job("a", 20))}
    assert time.process_time() - started < 10.0
    assert found["drift"].quantiles is None
    assert "longer than 0.2 s" in str(found["drift"].reason)
    assert found["naive2"].quantiles is not None


def test_a_fit_that_is_too_slow_is_stopped_but_never_inside_an_import(tmp_path, monkeypatch):
    spin = "import time\nend = time.process_time() + 0.4\nwhile time.process_time() < end: pass\nDONE = True\n"
    (tmp_path / "slow_to_load.py").write_text(spin)
    monkeypatch.setattr(workers, "PATIENCE", 1000.0)
    monkeypatch.syspath_prepend(tmp_path)
    with workers._capped("a member", seconds=0.1):
        import slow_to_load
    assert slow_to_load.DONE
    with pytest.raises(FitFailed, match=r"longer than 0\.1 s"), workers._capped("a member", seconds=0.1):
        sum(1 for _ in range(10**9))


def test_a_fit_that_only_waits_is_given_up_by_the_clock(monkeypatch):
    from training.registry import MEMBERS

    monkeypatch.setattr(workers, "FIT_SECONDS", 0.05)
    monkeypatch.setattr(type(MEMBERS["drift"]), "_believe", lambda *_given: time.sleep(60.0))
    (found,) = cast(job("a", 20, members=("drift",)))
    assert found.quantiles is None
    assert "longer than 0.5 s by the clock" in str(found.reason)
