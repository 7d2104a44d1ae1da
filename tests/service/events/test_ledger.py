import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import update

from data.base.scopes import Scope
from data.store.ledger import IssuedEdition, promote, recall_edition, record_edition
from data.store.refreshes import Origin, Refresh, Status
from data.store.refreshes import record as record_refresh
from service.events.events import Delivery, Kind, events
from service.events.ledger import STALE_AFTER, tell
from service.events.retention import last_removed, remove_old
from service.events.tables import DELIVERIES
from service.events.webhooks import Webhooks

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def edition(name, *, scope=Scope.PUBLIC):
    return IssuedEdition(
        id=name, issued=NOW, data_as_of=date(2026, 11, 23), model_version="m-1", manifest_sha256="0" * 64,
        path=f"editions/{name}", scope=scope,
    )  # fmt: skip


def log_of(engine, chances=None, *, now=NOW):
    tell(engine, chances=lambda name: (chances or {}).get(name, {}), now=now)
    return events(engine, after=0)


def kinds(log):
    return [event.kind for event in log]


def test_each_fact_of_the_ledger_is_told_once(migrated):
    promote(migrated, model_version="m-1", actor="gate", evidence={}, reason="the first")
    record_edition(migrated, edition("e-1"))
    log = log_of(migrated)
    assert kinds(log) == [Kind.EDITION_PUBLISHED, Kind.CHAMPION_CHANGED]
    assert (log[0].document["edition"], log[0].happened) == ("e-1", NOW)
    assert (log[1].document["champion"], log[1].document["previous"]) == ("m-1", None)
    assert log_of(migrated) == log
    record_edition(migrated, edition("e-2"))
    recall_edition(migrated, "e-1", reason="a wrong figure", actor="ann", successor="e-2", at=NOW)
    log = log_of(migrated)
    assert kinds(log)[2:] == [Kind.EDITION_PUBLISHED, Kind.EDITION_RECALLED]
    assert log[3].document == {"edition": "e-1", "reason": "a wrong figure", "actor": "ann", "successor": "e-2"}
    assert log_of(migrated) == log


def test_of_many_that_tell_one_tells_each_fact(migrated):
    for number in range(5):
        record_edition(migrated, edition(f"e-{number}"))
    start = threading.Barrier(4)

    def work():
        start.wait()
        tell(migrated, chances=lambda _: {}, now=NOW)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [event.document["edition"] for event in events(migrated, after=0)] == [f"e-{number}" for number in range(5)]


def test_an_edition_that_is_the_last_again_is_told_again(ledger):
    for name in ("e-1", "e-2", "e-1"):
        record_edition(ledger, edition(name))
        log = log_of(ledger)
    assert [event.document["edition"] for event in log] == ["e-1", "e-2", "e-1"]


def test_what_is_private_is_not_told(ledger):
    record_edition(ledger, edition("e-p", scope=Scope.PRIVATE))
    promote(ledger, model_version="m-p", actor="gate", evidence={}, reason="x", scope=Scope.PRIVATE)
    recall_edition(ledger, "e-p", reason="x", actor="ann", scope=Scope.PRIVATE)
    assert log_of(ledger) == ()


def test_a_challenger_that_is_kept_out_is_no_change(ledger):
    from data.store.ledger import Decision

    promote(ledger, model_version="m-1", actor="gate", evidence={}, reason="the first")
    promote(ledger, model_version="m-2", actor="gate", evidence={}, reason="worse", kind=Decision.KEEP)
    promote(ledger, model_version="m-3", actor="gate", evidence={}, reason="better")
    assert [event.document["champion"] for event in log_of(ledger)] == ["m-1", "m-3"]


def test_a_threshold_is_crossed_either_way_and_only_then(ledger):
    chances = {
        "e-1": {"us-power-2028": 0.55},
        "e-2": {"us-power-2028": 0.60},
        "e-3": {"us-power-2028": 0.61},
        "e-4": {},
        "e-5": {"us-power-2028": 0.70},
        "e-6": {"us-power-2028": 0.59},
    }
    for name in chances:
        record_edition(ledger, edition(name))
        log = log_of(ledger, chances)
    crossings = [event.document for event in log if event.kind is Kind.THRESHOLD_CROSSED]
    assert [(one["edition"], one["direction"], one["before"], one["chance"]) for one in crossings] == [
        ("e-3", "above", 0.60, 0.61),
        ("e-6", "below", 0.70, 0.59),
    ]
    assert crossings[0]["title"] == "P(short) of US power in 2028 above 0.6"


def test_crossings_among_editions_told_together_are_those_told_one_by_one(ledger):
    chances = {"e-1": {"us-power-2028": 0.5}, "e-2": {"us-power-2028": 0.7}, "e-3": {"us-power-2028": 0.5}}
    for name in chances:
        record_edition(ledger, edition(name))
    log = log_of(ledger, chances)
    assert [event.document["direction"] for event in log if event.kind is Kind.THRESHOLD_CROSSED] == ["above", "below"]


def refreshed(engine, status, days):
    moment = NOW + timedelta(days=days)
    with engine.begin() as connection:
        record_refresh(connection, Refresh("fred", Scope.PUBLIC, Origin.SOURCE, moment, moment, status))


def test_a_source_is_stale_once_for_each_time_it_was_read(ledger):
    refreshed(ledger, Status.COMPLETE, 0)
    for day in range(1, 10):
        refreshed(ledger, Status.FAILED, day)
        log = log_of(ledger, now=NOW + timedelta(days=day))
    assert [(event.kind, event.document["source"], event.happened) for event in log] == [
        (Kind.SOURCE_STALE, "fred", NOW + STALE_AFTER)
    ]
    refreshed(ledger, Status.UNCHANGED, 10)
    assert len(log_of(ledger, now=NOW + timedelta(days=19))) == 1
    refreshed(ledger, Status.FAILED, 19)
    assert len(log_of(ledger, now=NOW + timedelta(days=19))) == 2


def test_a_source_that_nobody_tries_is_not_stale(ledger):
    refreshed(ledger, Status.COMPLETE, 0)
    assert log_of(ledger, now=NOW + timedelta(days=400)) == ()


def test_an_event_and_its_deliveries_are_written_together(migrated):
    hooks = Webhooks(migrated)
    both = hooks.add("https://example.org/a", actor="ann")
    some = hooks.add("https://example.org/b", kinds=[Kind.EDITION_RECALLED], actor="ann")
    gone = hooks.add("https://example.org/c", actor="ann")
    hooks.remove(gone.id)
    record_edition(migrated, edition("e-1"))
    recall_edition(migrated, "e-1", reason="x", actor="ann")
    log = log_of(migrated)
    with migrated.connect() as connection:
        rows = connection.execute(DELIVERIES.select().order_by(DELIVERIES.c.id)).mappings().all()
    assert [(row["webhook"], row["event"], row["state"]) for row in rows] == [
        (both.id, log[0].id, Delivery.PENDING), (both.id, log[1].id, Delivery.PENDING),
        (some.id, log[1].id, Delivery.PENDING),
    ]  # fmt: skip


@pytest.mark.parametrize("first", ["us-power-2028", "us-compute-2028"])
def test_thresholds_that_ship_can_be_asked_of_an_edition(first):
    from projection.cells.cells import REGIONS_ANSWERED
    from service.events.thresholds import shipped

    by_name = {threshold.name: threshold for threshold in shipped()}
    assert by_name[first].region in REGIONS_ANSWERED
    assert 0 < by_name[first].above < 1


def test_old_events_are_removed_and_what_is_still_needed_stays(migrated):
    Webhooks(migrated).add("https://example.org/hook", kinds=[Kind.EDITION_PUBLISHED], actor="ann")
    for number in range(4):
        record_edition(migrated, edition(f"e-{number}"))
    promote(migrated, model_version="m-1", actor="gate", evidence={}, reason="the first")
    log = log_of(migrated)
    assert last_removed(migrated) == 0
    with migrated.begin() as connection:
        delivered = {"state": Delivery.DELIVERED.value}
        connection.execute(update(DELIVERIES).where(DELIVERIES.c.event != log[1].id).values(delivered))
    later = NOW + timedelta(days=1)
    assert remove_old(migrated, before=NOW, now=NOW) == 0
    assert remove_old(migrated, before=later, now=later) == 2
    assert [event.document.get("edition") for event in events(migrated, after=0)] == ["e-1", "e-3", None]
    assert last_removed(migrated) == log[2].id
    assert log_of(migrated) == tuple(log[place] for place in (1, 3, 4)), "nothing is told again"
