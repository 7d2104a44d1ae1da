"""Quarantine on both databases: listed with its reason, let in by a person's word only, once."""

from datetime import date

import pytest
from stored_figures import MOMENT, months, reading

from data.base.errors import InvalidParameter, NotFound
from data.base.scopes import Scope
from data.catalogue.definitions import definitions
from data.catalogue.observations import read_all
from data.catalogue.reasons import Reason
from data.connectors.contract import Rejected
from data.ingest.storing import store
from data.store.quarantine import accept, quarantined_rows
from data.store.store import Store

BASE = read_all().clear()


@pytest.fixture
def revised(migrated):
    """A database in which one revision is held."""
    store(migrated, reading(months([100.0, 101.0], published=date(2026, 6, 1))), BASE, definitions=definitions())
    store(migrated, reading(months([100.0, 180.0])), BASE, definitions=definitions())
    return migrated


def test_a_held_row_is_listed_with_its_reason_and_not_seen(revised):
    (entry,) = quarantined_rows(revised)
    assert (entry.reason, entry.source, entry.accepted) == (Reason.REVISION, "test_source", None)
    assert (entry.row["period"], entry.row["value"]) == ("2026-02-01", 180.0)
    assert "101" in entry.detail
    assert Store.load(revised).observations.filter(source_id="test_source")["value"].to_list() == [100.0, 101.0]


def test_a_row_let_in_is_a_vintage_and_its_reason_is_kept(revised):
    (entry,) = quarantined_rows(revised)
    acceptance = accept(revised, entry.id, actor="ann", reason="confirmed by the source")
    assert acceptance.accepted is not None
    assert quarantined_rows(revised) == ()
    assert [one.id for one in quarantined_rows(revised, include_accepted=True)] == [entry.id]
    assert Store.load(revised).latest(MOMENT.date()).filter(source_id="test_source")["value"].to_list() == [
        100.0,
        180.0,
    ]
    again = store(revised, reading(months([100.0, 180.0])), BASE, definitions=definitions())
    assert (again.added, again.revised, again.unchanged, again.quarantined) == (0, 0, 2, 0)


def test_a_row_is_let_in_once_and_with_a_reason(revised):
    (entry,) = quarantined_rows(revised)
    with pytest.raises(InvalidParameter, match="say why"):
        accept(revised, entry.id, actor="ann", reason=" ")
    accept(revised, entry.id, actor="ann", reason="confirmed")
    with pytest.raises(InvalidParameter, match="before"):
        accept(revised, entry.id, actor="bob", reason="confirmed")
    with pytest.raises(NotFound):
        accept(revised, 4711, actor="ann", reason="confirmed")


def test_what_could_not_be_read_cannot_be_let_in(migrated):
    unread = Rejected(Reason.NOT_A_NUMBER, "many", "line 7", {"value": "many"})
    store(migrated, reading(months([100.0]), rejected=(unread,)), BASE, definitions=definitions())
    (entry,) = quarantined_rows(migrated)
    assert (entry.place, entry.row) == ("line 7", {"value": "many"})
    with pytest.raises(InvalidParameter, match="could not be read"):
        accept(migrated, entry.id, actor="ann", reason="hm")


def test_private_rows_are_hidden_from_the_public_scope(migrated):
    mine = reading(months([-1.0], source_id="private.mine"), source="private.mine", scope=Scope.PRIVATE)
    store(migrated, mine, BASE, definitions=definitions())
    assert quarantined_rows(migrated, scope=Scope.PUBLIC) == ()
    assert len(quarantined_rows(migrated)) == 1


def test_no_word_makes_a_figure_of_a_row_in_another_unit(migrated):
    store(migrated, reading(months([100.0], unit="TWh")), BASE, definitions=definitions())
    (entry,) = quarantined_rows(migrated)
    with pytest.raises(InvalidParameter, match="unit_unexpected"):
        accept(migrated, entry.id, actor="ann", reason="it is fine")
    assert Store.load(migrated).observations.filter(source_id="test_source").is_empty()
