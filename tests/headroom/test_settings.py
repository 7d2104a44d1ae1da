import json
from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from data.base.errors import InvalidParameter, SettingsError
from headroom import cli, serving
from headroom.settings import Settings, display, load, origins


def test_defaults_are_absolute_and_follow_the_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load()
    assert settings.home == tmp_path / "var"
    assert settings.database_url.get_secret_value() == f"sqlite:///{tmp_path}/var/headroom.db"
    assert settings.tracking_uri.get_secret_value() == f"sqlite:///{tmp_path}/mlruns/mlflow.db"
    private = settings.private_tracking_uri.get_secret_value()
    assert private == f"sqlite:///{tmp_path}/var/private/mlruns/mlflow.db"
    assert (settings.models, settings.editions, settings.assets) == tuple(
        tmp_path / "var" / name for name in ("models", "editions", "assets")
    )
    assert (settings.draws, settings.port) == (10_000, 8000)


def test_the_command_line_wins_over_the_environment_and_that_over_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADROOM_PORT", "9001")
    monkeypatch.setenv("HEADROOM_SEED", "7")
    options = {"port": 9002, "host": None}
    settings = load(**options)
    assert (settings.port, settings.seed, settings.host) == (9002, 7, "127.0.0.1")
    came = origins(options)
    assert (came["port"], came["seed"], came["host"]) == ("command line", "environment HEADROOM_SEED", "default")


def test_a_blank_variable_is_a_variable_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADROOM_PORT", "")
    assert load().port == 8000
    assert origins({})["port"] == "default"


def test_a_misspelt_variable_is_refused_by_name_with_the_near_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADROOM_DRAWZ", "20000")
    with pytest.raises(SettingsError, match=r"HEADROOM_DRAWZ is not a setting \(did you mean HEADROOM_DRAWS\?\)"):
        load()


def test_an_unknown_explicit_name_is_refused() -> None:
    with pytest.raises(SettingsError, match="prot"):
        load(prot=1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("port", "-1", id="port-below-zero"),
        pytest.param("port", "65536", id="port-above-the-last"),
        pytest.param("port", "http", id="port-not-a-number"),
        pytest.param("draws", "9999", id="too-few-draws-for-the-printed-digits"),
        pytest.param("seed", "-1", id="seed-below-zero"),
        pytest.param("log_format", "xml", id="unknown-format"),
        pytest.param("tracking_uri", "mlruns", id="a-path-is-mlflows-refused-file-store"),
        pytest.param("tracking_uri", "file:///tmp/mlruns", id="so-is-a-file-url"),
        pytest.param("tracking_uri", "http://u:s3cret@[team", id="an-address-that-is-none"),
        pytest.param("database_url", "sqlite:///:memory:", id="memory-is-empty-in-the-next-process"),
        pytest.param("database_url", "sqlite://", id="memory-spelt-short"),
    ],
)
def test_a_value_out_of_range_names_its_variable(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"HEADROOM_{name.upper()}", value)
    with pytest.raises(SettingsError, match=f"HEADROOM_{name.upper()}: "):
        load()


@pytest.mark.parametrize(
    "arguments",
    [
        ["serve", "--port", "65536"],
        ["up", "--no-serve", "--port", "-1"],
        ["project", "--draws", "10"],
        ["project", "--draws", "99999999"],
        ["models", "list", "--home", ""],
        ["train", "--home", "  "],
    ],
)
def test_a_wrong_value_of_an_option_is_a_usage_error(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.run(arguments) == 2
    assert f"invalid_parameter: {arguments[-2].lstrip('-')}:" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("value", ["", "  "])
def test_a_blank_home_in_the_environment_is_refused(
    value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HEADROOM_HOME", value)
    assert cli.run(["data", "list"]) == 1
    assert "HEADROOM_HOME: is blank" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load().port = 1  # type: ignore[misc]  # the point of the test


def test_a_password_is_never_printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("HEADROOM_DATABASE_URL", "postgresql+psycopg://anna:s3cr/et@db:5432/headroom?password=s3cret")
    assert cli.run(["config", "show"]) == 0
    assert cli.run(["config", "show", "--json"]) == 0
    printed = capsys.readouterr().out
    assert "s3cr" not in printed
    assert "postgresql+psycopg://anna:***@db:5432/headroom?***" in printed
    assert "s3cr" not in repr(load())


def test_a_rejected_password_is_not_in_the_error_either(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADROOM_DATABASE_URL", "anna:s3cret@db")
    with pytest.raises(SettingsError) as caught:
        load()
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("url", ["sqlite:////srv/headroom.db", "postgresql://db/headroom", "http://127.0.0.1:5000"])
def test_a_url_without_a_secret_is_shown_as_it_is(url: str) -> None:
    assert display(SecretStr(url)) == url


def test_config_show_lists_every_setting_once_with_its_origin(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["config", "show", "--home", str(tmp_path), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [row["setting"] for row in rows] == list(Settings.model_fields)
    assert {row["setting"]: row["origin"] for row in rows}["home"] == "command line"
    assert all(row["meaning"] for row in rows)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("root_path", "headroom"),
        ("root_path", "//host"),
        ("root_path", "/a/../b"),
        ("public_url", "example.org"),
        ("public_url", "https://example.org/?x=1"),
        ("trusted_proxies", "proxy.example.org"),
        ("trusted_proxies", "10.0.0.0/40"),
        ("allowed_hosts", "https://a.example"),
        ("cors_origins", "a.example"),
        ("frame_origins", "https://a.example/path"),
    ],
)
def test_a_place_that_is_none_is_refused_with_the_forms_that_work(name: str, value: str) -> None:
    with pytest.raises(InvalidParameter, match=name) as caught:
        load(**{name: value})
    forms = caught.value.detail.rpartition("(allowed: ")[2].partition(")")[0].split(", ")
    assert [str(getattr(load(**{name: form}), name)) for form in forms] == forms


@pytest.mark.parametrize("scope", ["private", "public"])
def test_private_figures_are_answered_for_under_known_names_only(scope: str) -> None:
    private = scope == "private"
    rules = serving.access_rules(load(scope=scope, allowed_hosts="a.example", root_path="/x/"))
    names = {"a.example", "localhost", "127.0.0.1", "::1"} if private else {"a.example"}
    assert (rules.hosts, rules.private, rules.root_path) == (names, private, "/x")
    assert serving.access_rules(load(scope=scope)).hosts == (names - {"a.example"} or None)


def test_private_figures_are_read_by_scripts_of_sites_that_are_named_only() -> None:
    assert serving.access_rules(load()).origins is None
    assert serving.access_rules(load(scope="private")).origins == frozenset()
    assert serving.access_rules(load(scope="private", cors_origins="https://a.example")).origins == {
        "https://a.example"
    }
    assert serving.access_rules(load(cors_origins="none")).origins == frozenset()


def test_access_follows_the_settings() -> None:
    rules = serving.access_rules(load(require_keys=True, open_loopback=False, read_limit=7, evaluation_limit=3))
    assert (rules.require_keys, rules.open_loopback, rules.read_limit, rules.evaluation_limit) == (True, False, 7, 3)
    assert not serving.access_rules(load()).require_keys
