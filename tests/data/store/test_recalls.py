"""Recalls and citations of editions: further rows of the ledger, which nothing takes out again."""

from datetime import UTC, date, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from data.base.errors import InvalidParameter, NotFound
from data.base.scopes import Scope
from data.store.citations import citations, record_citation
from data.store.ledger import IssuedEdition, editions, recall_edition, record_edition

FIRST, SECOND = (datetime(2026, 12, day, tzinfo=UTC) for day in (1, 2))


@pytest.fixture
def ledger(migrated):
    for name, scope in (("e-1", Scope.PUBLIC), ("e-2", Scope.PUBLIC), ("e-p", Scope.PRIVATE)):
        issued = datetime(2026, 11, 23, tzinfo=UTC)
        record_edition(migrated, IssuedEdition(name, issued, date(2026, 11, 23), "m-1", "0" * 64, name, scope))
    return migrated


def recalled(ledger):
    return {edition.id: edition.recalled for edition in editions(ledger, scope=Scope.PUBLIC)}


def test_a_recall_is_told_of_its_edition_alone(ledger):
    recall = recall_edition(ledger, "e-1", reason=" wrong unit ", actor="ann", successor="e-2", at=FIRST)
    assert (recall.at, recall.reason, recall.actor, recall.successor) == (FIRST, "wrong unit", "ann", "e-2")
    assert recalled(ledger) == {"e-1": recall, "e-2": None}


def test_a_successor_can_be_named_later(ledger):
    recall_edition(ledger, "e-1", reason="wrong unit", actor="ann", at=FIRST)
    later = recall_edition(ledger, "e-1", reason="wrong unit of storage", actor="bob", successor="e-2", at=SECOND)
    assert (later.at, later.reason, later.successor) == (FIRST, "wrong unit of storage", "e-2")
    assert recalled(ledger)["e-1"] == later


@pytest.mark.parametrize(
    ("edition", "successor", "error"),
    [
        ("e-0", None, NotFound),
        ("e-p", None, NotFound),
        ("e-1", "e-0", NotFound),
        ("e-1", "e-p", NotFound),
        ("e-1", "e-1", InvalidParameter),
    ],
)
def test_only_editions_of_the_scope_are_recalled_or_successors(ledger, edition, successor, error):
    with pytest.raises(error):
        recall_edition(ledger, edition, reason="wrong", actor="ann", successor=successor)
    assert recalled(ledger) == {"e-1": None, "e-2": None}


def test_a_recalled_edition_is_no_successor_and_a_recall_needs_a_reason(ledger):
    recall_edition(ledger, "e-1", reason="wrong", actor="ann")
    with pytest.raises(InvalidParameter, match="recalled itself"):
        recall_edition(ledger, "e-2", reason="wrong", actor="ann", successor="e-1")
    with pytest.raises(InvalidParameter, match="say what is wrong"):
        recall_edition(ledger, "e-2", reason=" ", actor="ann")


def test_an_edition_is_cited_as_often_as_it_is_and_only_where_it_is(ledger):
    record_citation(ledger, "e-1", actor="ann", place="doi:10.1/x", at=FIRST)
    record_citation(ledger, "e-1", actor="bob", place="a report", at=SECOND)
    assert [(one.edition, one.cited, one.place) for one in citations(ledger)] == [
        ("e-1", FIRST, "doi:10.1/x"),
        ("e-1", SECOND, "a report"),
    ]
    with pytest.raises(NotFound):
        record_citation(ledger, "e-p", actor="ann", place="a report")
    with pytest.raises(InvalidParameter):
        record_citation(ledger, "e-2", actor="ann", place="")


@pytest.mark.parametrize("statement", ["DELETE FROM edition_{}", "UPDATE edition_{} SET actor = 'x'"])
@pytest.mark.parametrize("table", ["recalls", "citations"])
def test_the_database_refuses_to_change_them(ledger, statement, table):
    recall_edition(ledger, "e-1", reason="wrong", actor="ann")
    record_citation(ledger, "e-1", actor="ann", place="a report")
    with pytest.raises(IntegrityError, match="append-only"), ledger.begin() as connection:
        connection.execute(text(statement.format(table)))
