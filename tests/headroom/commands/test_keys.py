"""Keys on the command line."""

import re


def test_a_key_is_created_listed_rotated_and_revoked(headroom):
    scopes = ("--scope", "train", "--scope", "read")
    code, key = headroom("keys", "create", "nightly", *scopes, "--days", "90", "--by", "ann")
    assert code == 0
    assert re.fullmatch(r"hdr_[0-9a-f]{8}_[A-Za-z0-9_-]{43}", key["key"])
    assert (key["name"], key["scopes"], key["actor"], key["state"]) == ("nightly", ["read", "train"], "ann", "valid")
    (item,) = headroom("keys", "list")[1]["items"]
    assert item == {name: value for name, value in key.items() if name != "key"}
    _, new = headroom("keys", "rotate", "1", "--by", "ann")
    assert (new["scopes"], new["expires"], new["key"] != key["key"]) == (key["scopes"], key["expires"], True)
    assert headroom("keys", "revoke", "2")[1] == {"id": 2, "revoked": True}
    assert [item["state"] for item in headroom("keys", "list")[1]["items"]] == ["was revoked", "was revoked"]


def test_nothing_that_opens_a_key_is_stored(headroom, tmp_path):
    key = headroom("keys", "create", "one", "--scope", "admin")[1]["key"]
    secret = key.rpartition("_")[2] if key.count("_") == 2 else key[13:]
    stored = b"".join(path.read_bytes() for path in (tmp_path / "var").iterdir() if path.is_file())
    assert secret.encode() not in stored


def test_faults_say_what_is_allowed(headroom):
    code, fault = headroom("keys", "create", "one", "--scope", "fly")
    assert (code, fault["code"]) == (2, "invalid_parameter")
    assert "train" in fault["remedy"]
    assert headroom("keys", "revoke", "7")[0] == 2
    headroom("keys", "create", "one", "--scope", "read")
    headroom("keys", "revoke", "1")
    assert headroom("keys", "rotate", "1")[0] == 2
