"""A worker with children that are no processes; with real ones in tests/headroom/test_jobs.py."""

from threading import Event

import pytest
from job_tools import KINDS, ScriptedChild

from data.base.errors import StoreUnreachable
from service.jobs.queue import Outcome, Queue
from service.jobs.tables import State
from service.jobs.worker import Exit, Worker


@pytest.fixture
def ended():
    return Event()


def worked(queue, ended, child, *, lease=30.0):
    def start(_command, _job, *, until):
        del until
        return child

    worker = Worker(queue, start, name="w1", lease=lease, ended=ended, poll=0.01)
    number = queue.add("project", actor="ann").id
    worker.run()
    return queue.job(number), queue.runs(number)


def leaving(queue, ended):
    """Let the worker leave after its job."""
    finish = queue.finish

    def last(*arguments, **more):
        done = finish(*arguments, **more)
        ended.set()
        return done

    queue.finish = last


def test_a_child_that_succeeds(queue, ended):
    leaving(queue, ended)
    child = ScriptedChild([None, None, Exit(3, None, {"edition": "e-1"})])
    job, runs = worked(queue, ended, child)
    assert (job.state, job.document, job.log) == (State.SUCCEEDED, {"edition": "e-1"}, "train 3/12 4 s\n")
    assert child.ended
    assert runs[0].outcome is Outcome.SUCCEEDED


def test_a_worker_that_is_ended_ends_its_child_and_gives_the_job_back(queue, ended):
    child = ScriptedChild([None, ended.set, None, Exit(0)])
    job, runs = worked(queue, ended, child)
    assert (job.state, job.failures, runs[0].outcome) == (State.QUEUED, 0, Outcome.RELEASED)
    assert child.ended


def test_a_child_that_fails_says_why(queue, ended):
    leaving(queue, ended)
    job, _ = worked(queue, ended, ScriptedChild([Exit(1, "source_unreachable: no network")]))
    assert (job.state, job.error, job.failures) == (State.QUEUED, "source_unreachable: no network", 1)


def test_a_child_that_cannot_be_started(queue, ended):
    leaving(queue, ended)

    def start(_command, _job, *, until):
        del until
        raise OSError(12, "Cannot allocate memory")

    number = queue.add("project", actor="ann").id
    Worker(queue, start, name="w1", lease=30, ended=ended, poll=0.01).run()
    assert "Cannot allocate memory" in queue.job(number).error


def test_a_child_beyond_its_time_is_ended(migrated, clock, ended):
    quick = KINDS.kind["project"].model_copy(update={"seconds": 0.0})
    queue = Queue(migrated, kinds=KINDS.model_copy(update={"kind": {"project": quick}}), clock=clock)
    leaving(queue, ended)
    child = ScriptedChild([None, None, None])
    job, runs = worked(queue, ended, child)
    assert (job.error, runs[0].outcome) == ("took longer than 0 s", Outcome.TIMED_OUT)
    assert child.ended


def test_progress_is_kept_and_a_cancelled_child_is_ended(queue, ended):
    leaving(queue, ended)
    rows = []

    def cancel():
        (job,) = queue.jobs()
        rows.append((job.progress, job.log))
        queue.cancel(job.id, actor="bob")

    child = ScriptedChild([None, None, cancel, None, None, None])
    job, runs = worked(queue, ended, child, lease=1e-6)
    assert rows == [("train 3/12 4 s", "train 3/12 4 s\n")]
    assert (job.state, runs[0].outcome) == (State.CANCELLED, Outcome.CANCELLED)
    assert child.ended
    assert child.extended


def test_a_child_whose_run_was_taken_over_is_ended_and_nothing_is_written(queue, ended):
    def lose():
        (job,) = queue.jobs()
        (beats,) = queue.beats().values()
        assert queue.lose(job.id, job.runs, beats)
        ended.set()

    child = ScriptedChild([None, None])
    beat = queue.beat

    def late(*arguments, **more):
        lose()
        return beat(*arguments, **more)

    queue.beat = late
    job, runs = worked(queue, ended, child, lease=1e-6)
    assert child.ended
    assert [run.outcome for run in runs] == [Outcome.LOST]
    assert job.state is State.QUEUED


def test_a_database_that_is_away_extends_no_lease_and_gets_the_outcome_later(queue, ended):
    leaving(queue, ended)
    finish, faults = queue.finish, [StoreUnreachable("here", "down")] * 2

    def away(*_arguments, **_more):
        raise StoreUnreachable("here", "down")

    def back(*arguments, **more):
        if faults:
            raise faults.pop()
        return finish(*arguments, **more)

    queue.beat, queue.finish = away, back
    child = ScriptedChild([None, None, Exit(0)])
    job, _ = worked(queue, ended, child, lease=1e-6)
    assert child.extended == []
    assert job.state is State.SUCCEEDED
