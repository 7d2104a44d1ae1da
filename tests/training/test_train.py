"""A whole training on a few series, with a real tracking database, through the public function."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from data.base.errors import ArtifactCorrupt, NotFound
from data.base.scopes import Scope
from data.store.database import upgrade
from data.store.ledger import Decision
from data.store.store import Store
from features.view import View
from training import train as training
from training.artifact.published import Published
from training.backtest.member_forecasts import MemberForecasts
from training.champion.gate import Limits
from training.champion.ledger import champion, champion_status, promotions
from training.champion.promotion import ModelStore, by_hand, rollback
from training.options import Options
from training.tracking.tracking import Tracking, align, fetch

AS_OF = date(2026, 11, 23)
FEW = ("nvidia.datacenter.revenue", "cn.electricity.generation.total.owid", "us.electricity.netgen.total.eia")

pytestmark = pytest.mark.slow
DAYS_VIEWED: list[date] = []
"""Days of the views that the first training made; origins are read on earlier days."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    url = f"sqlite:///{home / 'headroom.db'}"
    upgrade(url)
    store = Store.shipped()
    wanted = training.forecastable(View.of(store, as_of=AS_OF))
    patch = pytest.MonkeyPatch()
    make = View.of
    patch.setattr(View, "of", lambda store, **more: DAYS_VIEWED.append(more["as_of"]) or make(store, **more))
    patch.setattr(training, "forecastable", lambda *_args, **_more: {name: wanted[name] for name in FEW})

    place = ModelStore(home / "models", url, Scope.PUBLIC)
    kept = MemberForecasts(home / "casts")

    def again(*, seed=1, tracking="mlruns", as_of=AS_OF, model_store=place, **more):
        return training.train(
            View.of(store, as_of=as_of),
            seed=seed,
            model_store=model_store,
            tracking=Tracking(f"sqlite:///{home / tracking / 'mlflow.db'}", home / "spool"),
            progress=lambda _done, _total: None,
            now=lambda: datetime(2026, 11, 24, tzinfo=UTC),
            kept=kept,
            **more,
        )

    first = again()
    patch.setattr(View, "of", make)
    yield home, url, first, again
    patch.undo()


@pytest.mark.usefixtures("trained")
def test_a_training_makes_one_view_of_its_day() -> None:
    assert DAYS_VIEWED.count(AS_OF) == 1


def test_first_version_is_published_tracked_and_promoted(trained):
    home, url, result, _ = trained
    assert result.tracking_fault is None
    assert result.promoted
    assert champion(url) == result.published.version
    published = Published.load(home / "models" / result.published.version)
    for name in FEW:
        forecast = published.forecast(name)
        assert forecast.periods[0] == forecast.last_observed.shift(1)
        assert (np.diff(forecast.values, axis=1) >= 0).all()
        widths = forecast.values[:, 6] / forecast.values[:, 2]
        assert (np.diff(widths) >= -1e-9).all(), "bands must not narrow with the horizon"


def test_training_the_same_again_changes_nothing(trained):
    home, _, result, again = trained
    before = sorted(path.name for path in (home / "models").iterdir())
    assert again().published.version == result.published.version
    assert sorted(path.name for path in (home / "models").iterdir()) == before


def test_correlation_is_one_and_positive_definite(trained):
    _, _, result, _ = trained
    found = result.published.correlation()
    assert np.allclose(np.diag(found.matrix), 1.0)
    assert np.linalg.eigvalsh(found.matrix).min() > 0
    assert all(0 <= rho < 1 for rho in found.persistence.values())


def test_nothing_is_pickled(trained):
    home, _, _, _ = trained
    files = [path for path in home.rglob("*") if path.is_file()]
    assert any(path.name == "MLmodel" for path in files)
    assert not [path for path in files if path.suffix in {".pkl", ".pickle", ".joblib"}]
    # Every protocol since 2 starts with this byte and its number, and ends with a full stop.
    content = [(path, path.read_bytes()) for path in files]
    assert not [path for path, data in content if data[:1] == b"\x80" and data[1:2] in b"\x02\x03\x04\x05"]


def test_registered_champion_answers_a_long_frame(trained):
    home, _, result, _ = trained
    import mlflow
    import pandas as pd

    mlflow.set_tracking_uri(f"sqlite:///{home / 'mlruns' / 'mlflow.db'}")
    model = mlflow.pyfunc.load_model("models:/headroom-ensemble@champion")
    given = pd.DataFrame({"series_id": [FEW[0]], "period": ["2026-01-01"], "value": [75.2]})
    found = model.predict(given)
    wanted = result.published.forecast(FEW[0])
    assert len(found) == len(wanted.periods) * len(wanted.levels)
    assert found["value"].to_numpy() == pytest.approx(np.ravel(wanted.values))


def test_a_changed_file_is_refused_and_an_unknown_series_named(trained):
    _, _, result, _ = trained
    with pytest.raises(NotFound):
        result.published.forecast("no.such.series")
    path = result.published.directory / "correlation.json"
    text = path.read_text()
    path.write_text(json.dumps({"series": []}))
    try:
        with pytest.raises(ArtifactCorrupt, match="hash"):
            Published.load(result.published.directory)
    finally:
        path.write_text(text)


def aliases(home, *, tracking="mlruns"):
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=f"sqlite:///{home / tracking / 'mlflow.db'}")
    versions = {str(found.version): found.tags["version"] for found in client.search_model_versions("")}
    known = client.get_registered_model("headroom-ensemble").aliases
    return {alias: versions[str(number)] for alias, number in known.items()}


def test_one_run_holds_the_scores_tables_and_plots(trained):
    home, _, result, _ = trained
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=f"sqlite:///{home / 'mlruns' / 'mlflow.db'}")
    runs = client.search_runs([client.get_experiment_by_name("headroom").experiment_id])
    assert [run.info.run_name for run in runs if run.data.params["version"] == result.published.version] == [
        result.published.version
    ]
    run = runs[-1]
    assert run.info.status == "FINISHED"
    assert "coverage_80.pseudo_vintage/A.slow" in run.data.metrics
    history = client.get_metric_history(run.info.run_id, f"crps.pseudo_vintage/{FEW[1]}.A")
    assert [entry.step for entry in history] == [1, 2, 3, 4, 5]
    (vintage,) = run.inputs.dataset_inputs
    assert result.published.manifest["data_sha256"].startswith(vintage.dataset.digest)
    assert {"seed", "code_sha256", "lock_sha256", "data_sha256", "engine"} <= run.data.params.keys()
    files = {Path(item.path).name for item in client.list_artifacts(run.info.run_id, "plots")}
    assert {"coverage.png", "pit.png", "crps_by_horizon_pseudo_vintage.png"} <= files
    assert f"fan_{FEW[1]}.png" in files
    tables = {Path(item.path).name for item in client.list_artifacts(run.info.run_id, "tables")}
    assert tables == {
        "leaderboard.csv", "scores.csv", "drops.csv", "pit.csv", "open_models.csv", "gate.csv", "gate.json",
    }  # fmt: skip
    assert run.data.metrics["open_models.n/router_open.state_space"] == 10
    assert Path(run.info.artifact_uri.removeprefix("file://")).is_relative_to(home / "mlruns" / "artifacts")


def test_a_later_version_is_kept_out_until_a_person_promotes_it(trained):
    home, url, result, again = trained
    place = ModelStore(home / "models", url, Scope.PUBLIC)
    tracking = Tracking(f"sqlite:///{home / 'mlruns' / 'mlflow.db'}", home / "spool")
    first = result.published.version
    later = again(seed=2)
    assert not later.promoted
    assert "20 are needed to compare" in later.reason
    assert champion(url) == first
    assert aliases(home) == {"champion": first, "challenger": later.published.version}
    last = promotions(url)[-1]
    assert (last.kind, last.candidate, last.actor) == (Decision.KEEP, later.published.version, "gate")
    assert {check["name"] for check in last.evidence["gate"]["checks"]} >= {"freshness", "accuracy", "series"}
    again(seed=2)
    assert promotions(url)[-1] == last, "the same decision is not written twice"

    told = by_hand(
        later.published.version, model_store=place, actor="ann", reason="try it", today=AS_OF, limits=Limits()
    )
    assert (told.kind, told.previous_version, told.manifest_sha256) == (
        Decision.PROMOTE, first, later.published.sha256
    )  # fmt: skip
    assert align(champion_status(url), place=tracking) == (
        f"champion -> {later.published.version}",
        "challenger -> nothing",
    )
    assert aliases(home) == {"champion": later.published.version}
    assert align(champion_status(url), place=tracking) == ()

    # The files are gone here: they come back from the registry, to the last byte.
    before = {path.name: path.read_bytes() for path in result.published.directory.iterdir()}
    for path in result.published.directory.iterdir():
        path.unlink()
    back = rollback(
        None,
        model_store=place,
        actor="ann",
        reason="worse",
        fetch=lambda version, target: fetch(version, target, place=tracking),
    )
    assert (back.kind, back.model_version, back.evidence["restored_from"]) == (Decision.ROLLBACK, first, "registry")
    assert {path.name: path.read_bytes() for path in result.published.directory.iterdir()} == before
    assert champion_status(url).turn == 2
    align(champion_status(url), place=tracking)
    assert aliases(home) == {"champion": first}


def test_an_experiment_on_chosen_series_is_tracked_and_never_promoted_by_itself(trained):
    home, url, _, again = trained
    before = champion(url)
    found = again(choice=training.Wanted(series=FEW[:1], members=("naive2", "drift", "theta_log")))
    assert not found.promoted
    assert "experiment" in found.reason
    assert champion(url) == before
    assert set(found.published.meta["series_id"]) == {FEW[0]}
    assert found.tracking_fault is None
    assert aliases(home)["challenger"] == found.published.version


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"as_of": date(2026, 8, 1)}, "a version of a past day"),
        ({"choice": training.Wanted(members=("naive2", "drift"))}, "an experiment on chosen series or members"),
        ({"options": Options(gate=Limits(margin=0.5))}, "other limits than the gate's own"),
    ],
)
def test_an_experiment_is_not_promoted_on_an_empty_home_either(trained, tmp_path, choice, words):
    _, _, _, again = trained
    url = f"sqlite:///{tmp_path / 'headroom.db'}"
    upgrade(url)
    empty = ModelStore(tmp_path / "models", url, Scope.PUBLIC)
    found = again(model_store=empty, **choice)
    assert not found.promoted
    assert words in found.reason
    assert promotions(url) == ()
    assert again(model_store=empty).promoted, "a training of all figures is not kept out by it"


@pytest.mark.parametrize("wanted", [{"series": ("no.such",)}, {"members": ("no_such",)}])
def test_an_unknown_choice_is_told_with_what_is_allowed(trained, wanted):
    _, _, _, again = trained
    with pytest.raises(NotFound):
        again(choice=training.Wanted(**wanted))


def test_a_lost_tracking_store_is_made_again_from_what_is_published(trained):
    home, url, result, again = trained
    before = promotions(url)
    # Another folder stands for the lost one: MLflow keeps the first database open for the life of the process.
    repaired = again(tracking="elsewhere")
    assert repaired.tracking_fault is None
    assert aliases(home, tracking="elsewhere")["champion"] == result.published.version
    assert promotions(url) == before


def test_tracking_that_fails_costs_the_run_not_the_training(trained, monkeypatch):
    home, _, _, again = trained

    def refuse(*_args, **_more):
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(training, "send", refuse)
        result = again(seed=3)
    assert "disk full" in str(result.tracking_fault)
    assert result.published.forecasts.height > 0
    waits = home / "spool" / result.published.version
    assert (waits / "run.json").is_file()
    assert again(seed=3).tracking_fault is None, "the next training sends what waits"
    assert not waits.exists()
    assert aliases(home)["challenger"] == result.published.version
