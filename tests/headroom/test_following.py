"""A running service follows refreshes and imports of other processes, and shows no private figure."""

from datetime import date
from pathlib import Path

import pytest
from following_client import FollowingClient
from starlette.testclient import TestClient

from data.base.errors import InvalidParameter
from data.store.drift_checks import record_check
from headroom import cli, serving, wiring
from headroom.settings import Settings, load
from service.app import create_app

SERIES = "/v1/series/us.electricity.netgen_annual.wind.eia/observations?limit=1000&as_of=2026-12-31"
ANNUAL = Path(__file__).parents[2].parent / "shared/raw/energy/eia_net_generation_annual_us_2001_2025.csv"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("HEADROOM_HOME", str(tmp_path / "var"))
    return load()


def brought(folder: Path, figure: float) -> None:
    path = folder / "mine.csv"
    path.write_text(
        f"series_id,period,value,unit,freq,region\nprivate.x,2026-01-01,{figure},MW,Q,US\n"
        f"us.datacenter.electricity.lbnl2024,2022-01-01,{figure},,,\n"
    )
    assert cli.run(["data", "import", str(path)]) == 0


def client(settings: Settings) -> TestClient:
    # The private scope answers for this machine's names only.
    app = create_app(serving.context(settings, wiring.store(settings), faults=[]))
    return FollowingClient(app, base_url="http://127.0.0.1")


def test_a_refresh_is_seen_without_a_restart(settings: Settings) -> None:
    if not ANNUAL.exists():
        pytest.skip("the real file is not beside the project")
    with client(settings) as asking:
        before = asking.get(SERIES)
        command = ["data", "refresh", "eia_browser", "--file", str(ANNUAL), "--retrieved", "2026-05-21"]
        assert cli.run(command) == 0
        after = asking.get(SERIES)
        assert after.headers["etag"] != before.headers["etag"]
        sources = {row["source_id"] for row in after.json()["items"]}
        assert "eia_browser" in sources
        assert "eia_browser" not in {row["source_id"] for row in before.json()["items"]}


@pytest.mark.parametrize("name", ["var/headroom.db", "elsewhere.db"])
def test_figures_are_served_on_while_the_database_file_is_gone(name: str, tmp_path: Path) -> None:
    database = tmp_path / name
    settings = load(home=tmp_path / "var", database_url=f"sqlite:///{database}")
    wiring.migrate(settings)
    with client(settings) as asking:
        assert asking.get("/v1/series?limit=1").status_code == 200
        database.rename(tmp_path / "aside.db")
        serving = asking.app.state.serving
        serving.refresh()
        assert f"{database}: is gone" in serving.stale()
        assert asking.get("/v1/series?limit=1").status_code == 200
        (tmp_path / "aside.db").rename(database)
        serving.refresh()
        assert serving.stale() is None


def test_the_public_service_shows_no_private_figure_and_the_private_one_does(
    settings: Settings, tmp_path: Path
) -> None:
    lbnl = "/v1/series/us.datacenter.electricity.lbnl2024/observations"
    with client(settings) as asking:
        before = asking.get(lbnl).json()
        brought(tmp_path, 150.0)
        assert asking.get("/v1/series/private.x").status_code == 404
        assert "private.x" not in asking.get("/v1/series/private.x").text.replace("'private.x'", "")
        assert asking.get(lbnl).json() == before
        assert "private." not in asking.get("/v1/series?limit=1000").text
    with client(load(scope="private")) as asking:
        assert asking.get("/v1/series/private.x").json()["private"] is True
        periods = {row["period"]: row["value"] for row in asking.get(lbnl).json()["items"]}
        assert periods["2022-01-01"] == 150.0


def test_private_figures_are_served_to_this_machine_only_without_keys(settings: Settings) -> None:
    exposed = load(scope="private", host="0.0.0.0")  # noqa: S104 - the address that must be refused
    with pytest.raises(InvalidParameter, match="loopback only"):
        serving.context(exposed, wiring.store(settings), faults=[])


def test_to_others_private_figures_are_served_with_keys(settings: Settings) -> None:
    exposed = load(scope="private", host="0.0.0.0", require_keys=True)  # noqa: S104 - served with keys
    assert serving.context(exposed, wiring.store(settings), faults=[]).access.require_keys


def test_what_is_made_of_private_figures_lies_apart(settings: Settings) -> None:
    private = load(scope="private")
    assert settings.models != private.models
    assert settings.editions != private.editions
    assert wiring.tracking(settings).uri != wiring.tracking(private).uri
    assert settings.database_url == private.database_url


def test_a_check_for_drift_is_shown_without_a_restart(settings: Settings) -> None:
    wiring.migrate(settings)
    with client(settings) as asking:
        assert asking.app.state.serving.snapshot().data.drift is None
        with wiring.ledger(settings) as engine:
            record_check(engine, model_version="", data_as_of=date(2026, 11, 23), advised=True, report={"findings": []})
        asking.get("/v1/series?limit=1")
        assert asking.app.state.serving.snapshot().data.drift.advised


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("https://ann:secret@mlflow.example/x?token=1", "https://mlflow.example/x"),
        ("postgresql+psycopg://ann:secret@db/mlflow", "mlflow ui --backend-store-uri $HEADROOM_TRACKING_URI"),
        ("", "mlflow ui --backend-store-uri sqlite:///mlruns/mlflow.db"),
    ],
)
def test_where_trainings_are_looked_at_holds_no_secret_and_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str, shown: str
) -> None:
    monkeypatch.setenv("HEADROOM_HOME", str(tmp_path / "var"))
    if address:
        monkeypatch.setenv("HEADROOM_TRACKING_URI", address)
    assert serving.trainings(load()) == shown
