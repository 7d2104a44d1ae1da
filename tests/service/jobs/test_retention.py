"""Old jobs are removed with their runs; those that somebody may still look at stay."""

from datetime import timedelta

from job_tools import NOON
from sqlalchemy import func, select

from service.jobs.queue import Outcome
from service.jobs.retention import remove_finished
from service.jobs.scheduler import HOUR_SECONDS, Hourly
from service.jobs.tables import RUNS, State


def finished(queue, kind, outcome, document=None):
    queue.add(kind, actor="ada")
    job = queue.claim("w1")
    queue.finish(job, outcome, document=document)
    return job.id


def test_finished_jobs_are_removed_and_dead_waiting_and_last_ones_stay(queue, clock, migrated):
    first = finished(queue, "drift", Outcome.SUCCEEDED)
    dead = finished(queue, "retrain", Outcome.FAILED)
    cancelled = queue.cancel(queue.add("retrain", actor="ada").id, actor="ada").id
    last = finished(queue, "drift", Outcome.SUCCEEDED)
    waiting = queue.add("project", actor="ada").id
    assert remove_finished(migrated, before=NOON) == 0
    clock.go(days=1)
    assert remove_finished(migrated, before=clock.now) == 2
    assert {job.id for job in queue.jobs()} == {dead, last, waiting}
    assert not {first, cancelled} & {job.id for job in queue.jobs()}
    with migrated.connect() as connection:
        assert connection.execute(select(func.count()).select_from(RUNS)).scalar_one() == 2
    assert queue.last_success() == {"drift": NOON}


def test_a_job_goes_with_those_that_follow_it_and_not_before(queue, clock, migrated):
    parent = finished(queue, "drift", Outcome.SUCCEEDED, {"advised": True})
    follow_up = queue.claim("w1")
    finished(queue, "drift", Outcome.SUCCEEDED)
    clock.go(days=1)
    assert remove_finished(migrated, before=clock.now) == 0
    queue.finish(follow_up, Outcome.CANCELLED)
    assert remove_finished(migrated, before=clock.now + timedelta(seconds=1)) == 2
    assert parent not in {job.id for job in queue.jobs(state=State.SUCCEEDED)}


def test_an_hourly_step_is_done_once_an_hour_and_again_after_a_failure():
    moments, done = iter([0.0, 1.0, 2.0, HOUR_SECONDS, HOUR_SECONDS + 1.0, HOUR_SECONDS + 2.5]), []

    def step():
        done.append(len(done))
        if len(done) == 1:
            raise OSError

    hourly = Hourly(step, monotonic=lambda: next(moments))
    for fails in (True, False, False, False, False, False):
        try:
            hourly()
        except OSError:
            assert fails
    assert len(done) == 3
