import threading
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from job_tools import NOON
from sqlalchemy import select

from data.base.errors import InvalidParameter, NotFound
from service.jobs.kinds import CatchUp, shipped
from service.jobs.queue import Outcome, Queue
from service.jobs.schedules import BATCH, Schedules, slots
from service.jobs.tables import JOBS, State

HOURLY = "0 * * * *"


@pytest.fixture
def schedules(queue):
    return Schedules(queue)


def queued_slots(queue, name="hourly"):
    with queue.engine.connect() as connection:
        query = select(JOBS.c.slot).where(JOBS.c.schedule == name, JOBS.c.slot.is_not(None)).order_by(JOBS.c.slot)
        return list(connection.execute(query).scalars())


def hours(*numbers):
    return [datetime(2026, 11, 23, tzinfo=UTC) + timedelta(hours=number) for number in numbers]


def test_every_slot_gets_one_job(queue, schedules, clock):
    schedules.put("hourly", kind="drift", cron=HOURLY, catch_up=CatchUp.ALL)
    for _ in range(10):
        clock.go(minutes=29)
        schedules.queue_due()
        schedules.queue_due()
    assert queued_slots(queue) == hours(13, 14, 15, 16)
    assert {(job.cause, job.actor) for job in queue.jobs()} == {("schedule", "scheduler")}


@pytest.mark.parametrize(("policy", "expected"), [("all", hours(13, 14, 15)), ("latest", hours(15)), ("none", [])])
def test_missed_slots_by_the_policy_of_the_schedule(queue, schedules, clock, policy, expected):
    schedules.put("hourly", kind="drift", cron=HOURLY, catch_up=CatchUp(policy))
    clock.go(hours=3, minutes=40)
    assert schedules.queue_due() == len(expected)
    assert queued_slots(queue) == expected
    assert schedules.schedule("hourly").next_slot == hours(16)[0]
    clock.go(minutes=25)
    assert schedules.queue_due() == 1


@pytest.mark.parametrize("jump", [-1, 1])
def test_a_clock_that_jumps_an_hour_doubles_and_loses_nothing(queue, schedules, clock, jump):
    schedules.put("hourly", kind="drift", cron=HOURLY, catch_up=CatchUp.ALL)
    for step in range(24 * 4):
        clock.go(minutes=15)
        if step == 20:
            clock.go(hours=jump)
        if step == 60:
            clock.go(hours=-jump)
        schedules.queue_due()
    assert queued_slots(queue) == hours(*range(13, 37))


def test_many_missed_slots_are_queued_in_parts(queue, schedules, clock):
    schedules.put("hourly", kind="drift", cron="* * * * *", catch_up=CatchUp.ALL)
    clock.go(minutes=BATCH + 10)
    assert schedules.queue_due() == BATCH
    assert schedules.queue_due() == 10
    assert schedules.queue_due() == 0
    assert len(set(queued_slots(queue))) == BATCH + 10


def test_of_many_schedulers_one_queues_a_slot(migrated, queue, schedules, clock):
    schedules.put("hourly", kind="drift", cron=HOURLY, catch_up=CatchUp.ALL)
    clock.go(hours=5)
    start, counts = threading.Barrier(5), []

    def look():
        start.wait()
        counts.append(Schedules(Queue(migrated, kinds=queue.kinds, clock=clock)).queue_due())

    threads = [threading.Thread(target=look) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(counts) == [0, 0, 0, 0, 5]
    assert queued_slots(queue) == hours(13, 14, 15, 16, 17)


def test_a_paused_schedule_queues_nothing_and_goes_on_with_its_next_slot(queue, schedules, clock):
    schedules.put("hourly", kind="drift", cron=HOURLY, catch_up=CatchUp.ALL)
    assert schedules.pause("hourly").paused
    clock.go(hours=3, minutes=30)
    assert schedules.queue_due() == 0
    resumed = schedules.resume("hourly")
    assert (resumed.paused, resumed.next_slot) == (False, hours(16)[0])
    clock.go(minutes=30)
    assert schedules.queue_due() == 1
    assert queued_slots(queue) == hours(16)


def test_a_trigger_queues_a_job_beside_the_slots(schedules):
    schedules.put("hourly", kind="drift", cron=HOURLY)
    jobs = [schedules.trigger("hourly", actor="ann") for _ in range(2)]
    assert {(job.kind, job.cause, job.slot, job.state) for job in jobs} == {("drift", "trigger", None, State.QUEUED)}
    assert schedules.schedule("hourly").next_slot == hours(13)[0]


def test_a_backfill_fills_only_slots_without_a_job(queue, schedules, clock):
    schedules.put("hourly", kind="drift", cron=HOURLY, catch_up=CatchUp.ALL)
    clock.go(hours=1)
    schedules.queue_due()
    assert schedules.backfill("hourly", *hours(10, 13), actor="ann") == 3
    assert schedules.backfill("hourly", *hours(10, 13), actor="ann") == 0
    assert queued_slots(queue) == hours(10, 11, 12, 13)
    with pytest.raises(InvalidParameter, match="still to come"):
        schedules.backfill("hourly", *hours(10, 20), actor="ann")
    with pytest.raises(InvalidParameter, match="more than 1000"):
        schedules.backfill("hourly", NOON - timedelta(days=90), NOON, actor="ann")
    schedules.put("now", kind="retrain", cron=HOURLY)
    with pytest.raises(InvalidParameter, match=r"retrain, which cannot be done as of a past day\. It is now\."):
        schedules.backfill("now", *hours(10, 13), actor="ann")


def test_a_slot_that_is_filled_later_runs_as_of_its_day_and_alone(queue, schedules):
    schedules.put("hourly", kind="drift", cron=HOURLY)
    schedules.backfill("hourly", *hours(-20, -20), actor="ann")
    past = queue.claim("w1")
    assert queue.command(past) == ("check", "--as-of", "2026-11-22")
    queue.finish(past, Outcome.SUCCEEDED, document={"advised": True})
    assert queue.claim("w1") is None
    schedules.trigger("hourly", actor="ann")
    assert queue.command(queue.claim("w1")) == ("check",)


def test_the_shipped_schedules_are_added_once_and_stay_as_they_were_set(migrated, clock):
    schedules = Schedules(Queue(migrated, clock=clock))
    schedules.seed()
    assert [(one.name, one.kind) for one in schedules.schedules()] == [
        ("drift-daily", "drift"),
        ("refresh-daily", "refresh"),
        ("retrain-monthly", "retrain"),
        ("score-daily", "score"),
    ]
    changed = schedules.put("score-daily", kind="score", cron="0 9 * * 1", zone="Europe/Berlin")
    schedules.pause("refresh-daily")
    schedules.seed()
    assert schedules.schedule("score-daily") == changed
    assert schedules.schedule("refresh-daily").paused


def test_what_ships_fits_together():
    kinds = shipped()
    assert all(bool(kind.past) != bool(kind.why_no_past) for kind in kinds.kind.values())
    assert {one.kind for one in (*kinds.schedule, *kinds.follow_up)} <= set(kinds.kind)
    assert {one.after for one in kinds.follow_up} <= set(kinds.kind)
    for one in kinds.schedule:
        assert next(slots(one.cron, one.zone, NOON)) > NOON


def test_faults_name_the_parameter(schedules):
    for name, values in (
        ("cron", {"cron": "every day"}),
        ("cron", {"cron": "0 0 30 2 *"}),
        ("zone", {"zone": "Mars/Olympus"}),
        ("zone", {"zone": "../etc/passwd"}),
        ("kind", {"kind": "water"}),
    ):
        with pytest.raises(InvalidParameter) as error:
            schedules.put("x", **({"kind": "drift", "cron": HOURLY} | values))
        assert error.value.parameter == name
    for act in (schedules.pause, schedules.resume, schedules.schedule):
        with pytest.raises(NotFound):
            act("nothing")


def test_where_clocks_change_a_daily_slot_comes_once():
    spring = slots("30 2 * * *", "Europe/Berlin", datetime(2026, 3, 28, 12, tzinfo=UTC))
    assert [f"{next(spring):%d %H:%M}" for _ in range(3)] == ["29 01:00", "30 00:30", "31 00:30"]
    autumn = slots("30 2 * * *", "Europe/Berlin", datetime(2026, 10, 24, 12, tzinfo=UTC))
    assert [f"{next(autumn):%d %H:%M}" for _ in range(3)] == ["25 00:30", "26 01:30", "27 01:30"]


@hypothesis_settings(max_examples=60, deadline=None)
@given(
    cron=st.sampled_from(["*/15 * * * *", HOURLY, "30 2 * * *", "0 3 * * SUN", "59 23 L * *", "5 1,2,3 * * *"]),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    after=st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - zone beside
)
def test_slots_ascend_and_going_on_from_any_gives_the_rest(cron, zone, after):
    times = slots(cron, zone, after)
    first = [next(times) for _ in range(30)]
    assert after < first[0]
    assert first == sorted(set(first))
    again = slots(cron, zone, first[14])
    assert [next(again) for _ in range(15)] == first[15:]
