"""Secrets planted in every setting are found nowhere: not in what commands print, nor in what they store."""

import json
import logging

import pytest
import structlog
from versions import trials, version

from data.base.errors import DataError
from data.base.redaction import of_address, protect, redacted
from headroom import cli, wiring
from headroom.console import logging as lines
from headroom.settings import SECRET, Settings, load

MARK = "pl4nted"
ADDRESSES = {
    "database_url": f"postgresql://bob:{MARK}-db/1@127.0.0.1:9/x?sslmode=disable&password={MARK}-db2",
    "tracking_uri": f"http://alice:{MARK}-mlflow@127.0.0.1:9?token={MARK}-mlflow2",
    "private_tracking_uri": f"http://{MARK}-token@127.0.0.1:9",
    "mirror": f"https://carl:{MARK}-mirror@127.0.0.1:9/x",
    "proxy": f"http://dora:{MARK}-proxy@127.0.0.1:9",
}


@pytest.fixture
def planted(tmp_path, monkeypatch):
    """A home with a champion, and a marked secret in every setting that may hold one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(wiring, "obstacle", lambda *_: None)
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    monkeypatch.setenv("HEADROOM_FETCH_ATTEMPTS", "1")
    for scope in ("var", "var/private"):
        version(tmp_path / scope / "models", "m-1", trials())
    for name in SECRET:
        monkeypatch.setenv(f"HEADROOM_{name.upper()}", ADDRESSES.get(name, f"{MARK}-{name}"))
    yield tmp_path
    protect(())


def stored(folder):
    return [path for path in folder.rglob("*") if path.is_file() and MARK.encode() in path.read_bytes()]


def failing(words):
    raise RuntimeError(words)


def test_every_setting_that_holds_a_secret_is_planted() -> None:
    hidden = {name for name, field in Settings.model_fields.items() if "SecretStr" in str(field.annotation)}
    assert hidden | {"mirror"} == SECRET
    assert {name for name in SECRET if name.endswith(("url", "uri"))} <= ADDRESSES.keys()


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_no_command_prints_or_stores_a_secret(planted, monkeypatch, capsys, form):
    for command in (["config", "show"], ["models", "list"], ["db", "upgrade"], ["data", "list"], ["up", "--no-serve"]):
        cli.run([*command, *form])
    monkeypatch.delenv("HEADROOM_DATABASE_URL")
    report = planted / "report.json"
    for scope in ([], ["--private"]):
        assert cli.run(["models", "promote", "m-1", "--reason", "x", *scope, *form]) == 0
        assert cli.run(["--report", str(report), "models", "sync", *scope, *form]) == 1
        assert "127.0.0.1" in report.read_text(), "the place is told"
    cli.run(["data", "refresh", "census_owid", "ember", *form])
    cli.run(["models", "list", "--home", f"{MARK[:0]}", *form])
    output, err = capsys.readouterr()
    assert "127.0.0.1:9" in output + err
    assert MARK not in output + err
    assert stored(planted) == []


@pytest.mark.usefixtures("planted")
@pytest.mark.parametrize("form", ["json", "console"])
def test_log_lines_and_their_tracebacks_hold_no_secret(form, capsys):
    settings = load(log_format=form)
    lines.configure(settings)
    try:
        failing(f"cannot open {settings.tracking_uri.get_secret_value()}")
    except RuntimeError:
        logging.getLogger("library").exception("failed with %s", settings.eia_key.get_secret_value())
        structlog.get_logger("ours").error("failed", key=settings.ember_key.get_secret_value(), exc_info=True)
    err = capsys.readouterr().err
    assert "RuntimeError" in err
    assert MARK not in err


def test_an_error_nobody_expected_is_told_and_kept_without_secrets(planted, monkeypatch, capsys):
    monkeypatch.setattr("tempfile.tempdir", str(planted))

    monkeypatch.setattr(wiring, "migrate", lambda _settings: failing(f"lost {ADDRESSES['mirror']}"))
    assert cli.run(["models", "list"]) == 1
    assert MARK not in capsys.readouterr().err
    assert list(planted.glob("*.traceback"))
    assert stored(planted) == []


@pytest.mark.parametrize("secret", ["p@ss/w:rd", 'quo"te', "ümlaut-key", "with space", "per%cent", "short"])
def test_a_secret_is_masked_however_it_is_written(secret):
    from urllib.parse import quote, quote_plus

    protect([secret])
    try:
        for text in (secret, quote(secret), quote(secret, safe=""), quote_plus(secret), json.dumps(secret)):
            assert secret not in redacted(f"said: {text}.")
            assert "***" in redacted(f"said: {text}.")
        assert str(DataError(f"no {secret}", remedy="none")) == "no *** (none)"
        assert redacted("a shortage of words") == "a shortage of words"
    finally:
        protect(())


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("http://eve:hidden@example.org/x?y=1", "http://eve:***@example.org/x?y=1"),
        ("postgresql://eve:hid@den:x@db:5432/y", "postgresql://eve:***@db:5432/y"),
        ("ftp://token@h", "ftp://***@h"),
        ("http://:hidden@h", "http://:***@h"),
        ("http://eve:***@h", "http://eve:***@h"),
        ("http://h:80/who@where?who=a@b", "http://h:80/who@where?who=a@b"),
    ],
)
def test_the_password_of_an_address_is_masked_and_its_user_and_host_stay(address, masked):
    assert redacted(f"at {address}, no answer") == f"at {masked}, no answer"


@pytest.mark.parametrize(
    ("address", "secrets"),
    [
        ("http://eve:hidden@h/x", {"hidden"}),
        ("postgresql://eve:hid/de@n@h/x?sslmode=disable&password=other", {"hid/de@n", "other"}),
        ("postgresql://eve:hidden@h/x?options=a@b", {"hidden", "a@b"}),
        ("postgresql://eve:hid?den@h", {"hid?den"}),
        ("http://token@h", {"token"}),
        ("eve:hidden@h", {"hidden"}),
        ("postgresql://headroom:headroom@h/headroom", set()),
        ("https://h:80/x", set()),
    ],
)
def test_of_an_address_the_password_alone_is_secret(address, secrets):
    assert of_address(address) - {"den@h"} == secrets


VARIABLES = [
    *(f"HEADROOM_{name.upper()}" for name in sorted(SECRET)),
    *("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy"),
    *("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN"),
    *("PGPASSWORD", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
    *("AZURE_STORAGE_ACCESS_KEY", "AZURE_STORAGE_CONNECTION_STRING"),
]


def test_every_variable_that_holds_a_secret_is_masked(monkeypatch):
    for place, variable in enumerate(VARIABLES):
        secret = f"{MARK}@{place:02d}"
        address = variable.upper().endswith(("URL", "URI", "PROXY", "MIRROR"))
        monkeypatch.setenv(variable, f"http://eve:{secret}@127.0.0.1:9" if address else secret)
    try:
        # What the command line says goes first, but the library underneath may still read the variable.
        load(proxy=f"http://eve:{MARK}@own@127.0.0.1:9")
        for name in ("own", *(f"{place:02d}" for place in range(len(VARIABLES)))):
            assert redacted(f"said: {MARK}@{name}.") == "said: ***."
    finally:
        protect(())
