"""Keys are told apart, end when they should, and are nowhere in the database."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from data.base.errors import InvalidParameter, NotFound
from data.base.redaction import redacted
from service.access.keys import Keys, KeyScope
from service.access.tables import KEYS

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def keys(access_database):
    return Keys(access_database, clock=lambda: NOON)


def test_a_key_opens_itself_and_nothing_else(keys):
    (first, text), (second, other) = (keys.create(name, scopes=["read"], actor="ann") for name in "ab")
    assert first.opened_by(text)
    assert second.opened_by(other)
    assert not first.opened_by(other)
    for wrong in (text[:-1], f"{text} ", text.upper(), text.replace("hdr", "hdx"), "", f"{text[:-1]}é"):
        assert not first.opened_by(wrong)


def test_the_database_holds_no_secret(keys, access_database):
    _, text = keys.create("a", scopes=["read"], actor="ann")
    with access_database.connect() as connection:
        row = connection.execute(select(KEYS)).one()
    assert text[13:] not in str(row)
    assert len(text[13:]) == 43


def test_a_key_that_stands_in_a_message_is_masked(keys):
    _, text = keys.create("a", scopes=["read"], actor="ann")
    assert redacted(f"refused {text}.") == f"refused {text[:12]}_***."


@pytest.mark.parametrize(
    ("scopes", "scope", "allowed"),
    [
        (["read"], "read", True),
        (["read"], "train", False),
        (["train"], "read", False),
        (["admin"], "train", True),
        (["admin"], "private", False),
        (["private"], "private", True),
    ],
)
def test_a_key_is_for_its_scopes(keys, scopes, scope, allowed):
    key, _ = keys.create("a", scopes=map(KeyScope, scopes), actor="ann")
    assert key.allows(KeyScope(scope)) is allowed


def test_a_key_ends_by_itself_or_is_revoked(keys):
    key, _ = keys.create("a", scopes=["read"], expires=NOON + timedelta(days=1), actor="ann")
    assert key.ended(NOON) is None
    assert key.ended(NOON + timedelta(days=1)) == "has expired"
    assert keys.revoke(key.id).ended(NOON) == "was revoked"
    assert keys.revoke(key.id).revoked == NOON


def test_a_rotated_key_goes_on_for_a_while(keys):
    key, text = keys.create("a", scopes=["read", "train"], actor="ann")
    new, other = keys.rotate(key.id, overlap=timedelta(hours=2), actor="bob")
    old = keys.key(key.id)
    assert (new.name, new.scopes, new.actor, text != other) == ("a", key.scopes, "bob", True)
    assert old.ended(NOON + timedelta(hours=1)) is None
    assert old.ended(NOON + timedelta(hours=2)) == "has expired"
    keys.rotate(new.id, actor="bob")
    assert keys.key(new.id).ended(NOON) == "was revoked"
    with pytest.raises(InvalidParameter, match="was revoked"):
        keys.rotate(new.id, actor="bob")


def test_what_is_no_key_is_refused(keys):
    with pytest.raises(InvalidParameter, match="at least one"):
        keys.create("a", scopes=[], actor="ann")
    with pytest.raises(InvalidParameter, match="1 to 100"):
        keys.create(" ", scopes=["read"], actor="ann")
    with pytest.raises(InvalidParameter, match="past"):
        keys.create("a", scopes=["read"], expires=NOON, actor="ann")
    with pytest.raises(NotFound):
        keys.revoke(7)
