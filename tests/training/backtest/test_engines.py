"""Whatever runs the fits, the answers are the same to the last bit."""

import sys
from datetime import date

import numpy as np
import pytest

from data.base.errors import SettingsError, TrainingError
from data.periods.period import Frequency, Period
from headroom import cli
from training.backtest.engines import Engine, runner
from training.backtest.workers import Job

MEMBERS = ("naive2", "drift", "theta_log", "ets_damped_log", "seasonal_growth")


def jobs(count=12):
    rng = np.random.default_rng(3)
    start = Period(date(2010, 1, 1), Frequency.QUARTER)
    return [
        Job(
            (f"s{number}", 0),
            MEMBERS,
            50 * np.exp(np.cumsum(0.03 + 0.05 * rng.normal(size=20 + 3 * number))),
            tuple(start.shift(step) for step in range(20 + 3 * number)),
            8,
        )
        for number in range(count)
    ]


def silent(_count, _total):
    return


def same(left, right):
    assert [(one.key, one.member, one.reason) for one in left] == [(one.key, one.member, one.reason) for one in right]
    for one, other in zip(left, right, strict=True):
        assert one.quantiles is None or np.array_equal(one.quantiles, other.quantiles)


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_this_process_and_any_number_of_workers_give_the_same(workers):
    alone = runner(Engine.LOCAL)(jobs(), workers=0, timeout=600.0, progress=silent)
    same(alone, runner(Engine.LOCAL)(jobs(), workers=workers, timeout=600.0, progress=silent))


@pytest.mark.nightly
@pytest.mark.filterwarnings("ignore")
def test_ray_gives_the_same_whatever_the_number_of_tasks():
    pytest.importorskip("ray", reason="ray is not installed: pip install '.[ray]'")
    counts = []
    alone = runner(Engine.LOCAL)(jobs(), workers=0, timeout=600.0, progress=silent)
    for workers in (1, 2):
        forecasts = runner(Engine.RAY)(
            jobs(), workers=workers, timeout=600.0, progress=lambda count, total: counts.append((count, total))
        )
        same(alone, forecasts)
    assert (counts[0], counts[-1]) == ((0, 12), (12, 12))


@pytest.mark.nightly
@pytest.mark.filterwarnings("ignore")
def test_ray_out_of_time_or_out_of_reach_is_an_error_with_a_remedy():
    pytest.importorskip("ray", reason="ray is not installed: pip install '.[ray]'")
    with pytest.raises(TrainingError, match="not done after"):
        runner(Engine.RAY)(jobs(), workers=1, timeout=0.01, progress=silent)
    with pytest.raises(TrainingError, match="cannot be reached"):
        runner(Engine.RAY, address="127.0.0.1:1")(jobs(), workers=1, timeout=10.0, progress=silent)


def test_without_ray_the_engine_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(SettingsError, match=r"\[ray\]"):
        runner(Engine.RAY)(jobs(1), workers=1, timeout=600.0, progress=silent)


@pytest.mark.parametrize("arguments", [["--engine", "dask"], ["--address", "127.0.0.1:6379"]])
def test_an_unknown_engine_or_an_address_for_none_is_a_usage_error(arguments, capsys):
    assert cli.run(["train", *arguments]) == 2
    assert "allowed: local, ray" in capsys.readouterr().err
