"""Answers kept on disk: what was fitted is not fitted again, what is damaged is, and a killed run goes on."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from data.periods.period import Frequency, Period
from training.backtest import member_forecasts, workers
from training.backtest.member_forecasts import MemberForecasts, remembering
from training.backtest.workers import Job, MemberForecast, cast, cast_all
from training.members.registry import MEMBERS

FIRST = Period(date(2012, 1, 1), Frequency.QUARTER)
JOB = Job(
    ("a", 3),
    ("drift", "naive2", "theta_log"),
    np.exp(0.03 * np.arange(24) + 0.1 * np.sin(np.arange(24))),
    tuple(FIRST.shift(step) for step in range(24)),
    6,
)


def jobs(count):
    return [replace(JOB, key=(f"s{number}", 0), values=JOB.values + number) for number in range(count)]


def silent(_count, _total):
    pass


def same(left, right):
    assert [(item.key, item.member, item.reason) for item in left] == [
        (item.key, item.member, item.reason) for item in right
    ]
    for one, other in zip(left, right, strict=True):
        assert dict(one.parameters) == dict(other.parameters)
        assert (one.quantiles is None) == (other.quantiles is None)
        assert one.quantiles is None or np.array_equal(one.quantiles, other.quantiles)


@pytest.mark.parametrize("name", sorted(MEMBERS))
def test_every_members_answer_comes_back_as_it_was_kept(tmp_path, name):
    job = replace(JOB, members=(name,))
    fresh = cast(job)
    MemberForecasts(tmp_path).keep([(job, fresh)])
    same(MemberForecasts(tmp_path).find([job])[0], fresh)


def test_a_failed_fit_is_kept_with_its_reason(tmp_path):
    job = replace(JOB, values=JOB.values - JOB.values.mean(), members=("theta_log",))
    fresh = cast(job)
    assert fresh[0].quantiles is None
    MemberForecasts(tmp_path).keep([(job, fresh)])
    same(MemberForecasts(tmp_path).find([job])[0], fresh)


def test_the_series_and_the_origin_are_whoever_asks(tmp_path):
    MemberForecasts(tmp_path).keep([(JOB, cast(JOB))])
    match = MemberForecasts(tmp_path).find([replace(JOB, key=("b", 7))])
    assert {item.key for item in match[0]} == {("b", 7)}


@pytest.mark.parametrize(
    "change",
    [
        {"values": JOB.values * (1 + 1e-12)},
        {"members": ("drift", "naive2")},
        {"periods": tuple(period.shift(1) for period in JOB.periods)},
        {"horizon": 7},
    ],
    ids=lambda change: next(iter(change)),
)
def test_anything_else_asked_is_fitted(tmp_path, change):
    MemberForecasts(tmp_path).keep([(JOB, cast(JOB))])
    assert MemberForecasts(tmp_path).find([JOB, replace(JOB, **change)]).keys() == {0}


def test_other_code_fits_again(tmp_path, monkeypatch):
    MemberForecasts(tmp_path).keep([(JOB, cast(JOB))])
    monkeypatch.setattr("training.backtest.member_forecasts.fingerprint", lambda: "another")
    assert MemberForecasts(tmp_path).find([JOB]) == {}


def test_a_kind_of_input_without_a_key_is_an_error_and_no_wrong_answer(tmp_path):
    with pytest.raises(TypeError, match="no part of a key"):
        MemberForecasts(tmp_path).key(replace(JOB, horizon={1, 2}))


@pytest.mark.parametrize("damage", ["flipped", "cut", "empty"])
def test_a_damaged_shard_is_removed_and_fitted_again(tmp_path, damage):
    MemberForecasts(tmp_path).keep([(JOB, cast(JOB))])
    (shard,) = tmp_path.glob("*.parquet")
    content = bytearray(shard.read_bytes())
    content[len(content) // 2] ^= 1
    shard.write_bytes({"flipped": bytes(content), "cut": bytes(content[:40]), "empty": b""}[damage])
    same(remembering(cast_all, MemberForecasts(tmp_path))([JOB], workers=1, timeout=600.0, progress=silent), cast(JOB))
    assert MemberForecasts(tmp_path).find([JOB]).keys() == {0}


def test_a_fit_the_clock_failed_is_tried_again_another_time(tmp_path):
    late = MemberForecast(JOB.key, "drift", None, f"drift: {workers.TOO_LONG} 20 s", {})
    MemberForecasts(tmp_path).keep([(replace(JOB, members=("drift",)), [late])])
    assert list(tmp_path.iterdir()) == []


def test_the_store_is_bounded_and_the_longest_unused_goes_first(tmp_path):
    job_list = jobs(3)
    for age, job in enumerate(job_list):
        before = set(tmp_path.glob("*.parquet"))
        MemberForecasts(tmp_path).keep([(job, cast(job))])
        (new,) = set(tmp_path.glob("*.parquet")) - before
        os.utime(new, (1000.0 + age, 1000.0 + age))
    left, writing = tmp_path / ".left.parquet-1a2b", tmp_path / ".new.parquet-3c4d"
    left.write_bytes(b"half a shard")
    os.utime(left, (1000.0, 1000.0))
    writing.write_bytes(b"half a shard")
    size = max(path.stat().st_size for path in tmp_path.glob("*.parquet"))
    MemberForecasts(tmp_path).find(job_list[:1])
    MemberForecasts(tmp_path, limit=2 * size).prune()
    assert MemberForecasts(tmp_path).find(job_list).keys() == {0, 2}
    assert (left.exists(), writing.exists()) == (False, True)


def test_the_code_that_fits_is_covered_in_every_folder(tmp_path, monkeypatch):
    module = tmp_path / "some_package" / "deep" / "model.py"
    module.parent.mkdir(parents=True)
    (tmp_path / "some_package" / "__init__.py").touch()
    module.write_text("A = 1")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(member_forecasts, "PACKAGES", ("some_package",))
    before = member_forecasts.fingerprint()
    module.write_text("A = 2")
    assert member_forecasts.fingerprint() != before


PROGRAM = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from test_member_forecasts import jobs
from training.backtest.member_forecasts import MemberForecasts, remembering
from training.backtest.workers import cast_all

if __name__ == "__main__":
    run = remembering(cast_all, MemberForecasts(Path(sys.argv[1])))
    run(jobs(160), workers=2, timeout=600.0, progress=lambda _count, _total: None)
"""


@pytest.mark.slow
def test_a_run_killed_in_the_middle_goes_on_without_what_it_had_done(tmp_path):
    store = tmp_path / "casts"
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    here = str(Path(__file__).parent)
    process = subprocess.Popen([sys.executable, str(program), str(store), here], stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 600.0
    while len(list(store.glob("*.parquet"))) < 3 and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    job_list = jobs(160)
    finished_count = len(MemberForecasts(store).find(job_list))
    assert 24 <= finished_count < 160
    counts = []
    again = remembering(cast_all, MemberForecasts(store))(
        job_list, workers=1, timeout=600.0, progress=lambda *state: counts.append(state)
    )
    assert counts[0] == (finished_count, 160)
    same(again[:30], [item for job in job_list[:10] for item in cast(job)])
    assert len(MemberForecasts(store).find(job_list)) == 160


def test_what_is_kept_is_plain_json_and_parquet(tmp_path):
    import polars as pl

    MemberForecasts(tmp_path).keep([(JOB, cast(JOB))])
    (shard,) = tmp_path.glob("*.parquet")
    rows = pl.read_parquet(shard)
    assert rows["member"].to_list() == list(JOB.members)
    assert json.loads(rows["parameters"][0])["space"] == "log"
