import threading
from datetime import timedelta

import pytest
from job_tools import KINDS, NOON

from data.base.errors import InvalidParameter, NotFound
from service.jobs.lost import LostRuns
from service.jobs.queue import Beat, Cause, Outcome, Queue
from service.jobs.tables import State


def begun(queue, kind="project"):
    queue.add(kind, actor="ann")
    return queue.claim("w1")


def test_a_job_waits_runs_and_succeeds(queue):
    job = queue.add("project", actor="ann", request="r-1")
    assert (job.state, job.cause, job.actor, job.request, job.runs) == (State.QUEUED, "request", "ann", "r-1", 0)
    running = queue.claim("w1")
    assert (running.id, running.state, running.worker, running.runs) == (job.id, State.RUNNING, "w1", 1)
    assert queue.claim("w2") is None
    assert queue.finish(running, Outcome.SUCCEEDED, log="done\n", document={"edition": "e-1"})
    done = queue.job(job.id)
    assert (done.state, done.log, done.document, done.error) == (State.SUCCEEDED, "done\n", {"edition": "e-1"}, None)
    (run,) = queue.runs(job.id)
    assert (run.number, run.worker, run.started, run.outcome) == (1, "w1", NOON, Outcome.SUCCEEDED)
    assert queue.last_success() == {"project": NOON}


def test_an_unknown_kind_or_job_is_named(queue):
    with pytest.raises(InvalidParameter, match="'water' is no kind") as error:
        queue.add("water", actor="ann")
    assert "project" in error.value.allowed
    with pytest.raises(NotFound):
        queue.job(7)
    with pytest.raises(NotFound):
        queue.cancel(7, actor="ann")


def test_jobs_run_in_the_order_they_came_and_one_of_a_kind_at_a_time(queue):
    first, second, other = (queue.add(kind, actor="ann") for kind in ("project", "project", "drift"))
    assert queue.claim("w1").id == first.id
    assert queue.claim("w2").id == other.id
    assert queue.claim("w3") is None
    assert queue.depth() == {
        ("project", State.RUNNING): 1,
        ("project", State.QUEUED): 1,
        ("drift", State.RUNNING): 1,
    }
    assert queue.finish(queue.job(first.id), Outcome.SUCCEEDED)
    assert queue.claim("w3").id == second.id


def test_the_database_itself_lets_one_of_a_kind_run(queue):
    first, second = (queue.add("project", actor="ann") for _ in range(2))
    assert queue._begin(first.id, 0, "w1")
    assert not queue._begin(second.id, 0, "w2")
    assert queue.job(second.id).state is State.QUEUED
    assert queue.runs(second.id) == ()


def test_of_many_workers_one_begins_each_run(queue):
    number = queue.add("project", actor="ann").id
    start, winners = threading.Barrier(6), []

    def work(name):
        start.wait()
        if job := queue.claim(name):
            winners.append((job.id, name))

    threads = [threading.Thread(target=work, args=(f"w{place}",)) for place in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [job for job, _ in winners] == [number]
    assert [run.worker for run in queue.runs(number)] == [winners[0][1]]


def test_a_failed_job_is_tried_again_later_and_dies_after_its_attempts(queue, clock):
    number = queue.add("drift", actor="ann").id
    for failures, pause in ((1, 10), (2, 20)):
        assert queue.finish(queue.claim("w1"), Outcome.FAILED, error="no answer")
        job = queue.job(number)
        assert (job.state, job.failures, job.not_before) == (State.QUEUED, failures, clock() + timedelta(seconds=pause))
        assert queue.claim("w1") is None
        clock.go(seconds=pause)
    assert queue.finish(queue.claim("w1"), Outcome.TIMED_OUT, error="took longer than 60 s")
    job = queue.job(number)
    assert (job.state, job.failures, job.error) == (State.DEAD, 3, "took longer than 60 s")
    assert queue.claim("w1") is None
    assert [run.outcome for run in queue.runs(number)] == [Outcome.FAILED, Outcome.FAILED, Outcome.TIMED_OUT]
    assert queue.depth() == {("drift", State.DEAD): 1}


def test_a_released_job_runs_again_at_once_and_loses_no_attempt(queue):
    job = begun(queue)
    assert queue.finish(job, Outcome.RELEASED, error="worker w1 was ended")
    again = queue.claim("w2")
    assert (again.id, again.runs, again.failures) == (job.id, 2, 0)


def test_a_waiting_job_is_cancelled_at_once_and_a_running_one_at_the_next_beat(queue):
    waiting = queue.add("project", actor="ann")
    assert queue.cancel(waiting.id, actor="bob").state is State.CANCELLED
    running = begun(queue)
    assert queue.beat(running, progress=None, log="") is Beat.GO_ON
    assert queue.cancel(running.id, actor="bob").state is State.RUNNING
    assert queue.beat(running, progress=None, log="") is Beat.CANCEL
    assert queue.finish(running, Outcome.CANCELLED, error="cancelled")
    done = queue.cancel(running.id, actor="eve")
    assert (done.state, done.cancelled_by) == (State.CANCELLED, "bob")


def test_success_queues_what_follows_once(queue):
    drift = begun(queue, "drift")
    assert queue.finish(drift, Outcome.SUCCEEDED, document={"advised": True})
    assert not queue.finish(drift, Outcome.SUCCEEDED, document={"advised": True})
    retrain = queue.claim("w1")
    assert (retrain.kind, retrain.cause, retrain.parent) == ("retrain", "follow_up", drift.id)
    assert queue.finish(retrain, Outcome.SUCCEEDED)
    assert queue.claim("w1").kind == "project"
    assert len(queue.jobs()) == 3


@pytest.mark.parametrize("document", [{"advised": False}, {"advised": "yes"}, {}])
def test_without_advice_nothing_follows(queue, document):
    assert queue.finish(begun(queue, "drift"), Outcome.SUCCEEDED, document=document)
    assert len(queue.jobs()) == 1


def test_a_run_is_lost_when_its_beats_stand_still(queue):
    job, now = begun(queue), [0.0]
    lost = LostRuns(queue, lease=30, monotonic=lambda: now[0])
    assert lost.take() == 0
    now[0] = 29
    assert queue.beat(job, progress="3/12", log="half\n") is Beat.GO_ON
    for now[0] in (31, 60, 61):
        assert lost.take() == 0
    now[0] = 61.5
    assert lost.take() == 1
    waiting = queue.job(job.id)
    assert (waiting.state, waiting.failures, waiting.log) == (State.QUEUED, 1, "half\n")
    assert queue.runs(job.id)[0].outcome is Outcome.LOST
    # The worker that was thought dead learns of it, and can end nothing.
    assert queue.beat(job, progress=None, log="") is Beat.LOST
    assert not queue.finish(job, Outcome.SUCCEEDED)
    assert queue.job(job.id).state is State.QUEUED


@pytest.mark.parametrize("hours", [-1, 1, -24, 24])
def test_a_clock_that_is_set_takes_no_run_from_its_worker(queue, clock, hours):
    begun(queue)
    lost = LostRuns(queue, lease=30, monotonic=lambda: 0.0)
    assert lost.take() == 0
    clock.go(hours=hours)
    assert lost.take() == 0


def test_of_two_that_find_a_run_lost_one_takes_it(queue):
    job = begun(queue)
    assert queue.lose(job.id, job.runs, 0)
    assert not queue.lose(job.id, job.runs, 0)
    assert queue.job(job.id).failures == 1


def test_a_beat_in_the_last_moment_keeps_the_run(queue):
    job = begun(queue)
    queue.beat(job, progress=None, log="")
    assert not queue.lose(job.id, job.runs, 0)
    assert queue.job(job.id).state is State.RUNNING


def test_a_lost_run_that_was_cancelled_is_not_tried_again(queue):
    job = begun(queue)
    queue.cancel(job.id, actor="bob")
    assert queue.lose(job.id, job.runs, 0)
    assert queue.job(job.id).state is State.CANCELLED


def test_jobs_are_listed_newest_first_by_state_and_kind(queue):
    numbers = [queue.add(kind, actor="ann", cause=Cause.REQUEST).id for kind in ("drift", "project", "project")]
    assert [job.id for job in queue.jobs()] == numbers[::-1]
    assert [job.id for job in queue.jobs(kind="project", limit=1)] == [numbers[2]]
    assert [job.id for job in queue.jobs(before=numbers[1])] == [numbers[0]]
    assert queue.jobs(state=State.RUNNING) == ()


def test_a_kind_this_version_does_not_know_is_left_to_another(queue, migrated, clock):
    queue.add("drift", actor="ann")
    older = Queue(migrated, kinds=KINDS.model_copy(update={"kind": {"project": KINDS.kind["project"]}}), clock=clock)
    assert older.claim("w1") is None
    assert queue.claim("w2").kind == "drift"


def test_secrets_are_not_kept_in_logs(queue):
    from data.base.redaction import protect

    protect({"s3cret-of-a-test"})
    job = begun(queue)
    queue.finish(job, Outcome.FAILED, log="asked with s3cret-of-a-test\n", error="refused s3cret-of-a-test")
    stored = queue.job(job.id)
    assert "s3cret" not in stored.log
    assert "s3cret" not in stored.error
