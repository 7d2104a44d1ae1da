"""A whole training on a few series, with a real tracking database, through the public function."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
import pytest

from data.base.errors import ArtifactCorrupt, NotFound
from data.base.scopes import Scope
from data.periods.period import Frequency
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
def first_training(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    url = f"sqlite:///{home / 'headroom.db'}"
    upgrade(url)
    store = Store.shipped()
    all_series = training.forecastable(View.of(store, as_of=AS_OF))
    patch = pytest.MonkeyPatch()
    make = View.of
    patch.setattr(View, "of", lambda store, **more: DAYS_VIEWED.append(more["as_of"]) or make(store, **more))
    patch.setattr(training, "forecastable", lambda *_args, **_more: {name: all_series[name] for name in FEW})
    patch.setattr(training, "totals", lambda *_args, **_more: {})

    place = ModelStore(home / "models", url, Scope.PUBLIC)
    stored_forecasts = MemberForecasts(home / "casts")

    def again(*, seed=1, tracking="mlruns", as_of=AS_OF, model_store=place, **more):
        return training.train(
            View.of(store, as_of=as_of),
            seed=seed,
            model_store=model_store,
            tracking=Tracking(f"sqlite:///{home / tracking / 'mlflow.db'}", home / "spool"),
            progress=lambda _count, _total: None,
            now=lambda: datetime(2026, 11, 24, tzinfo=UTC),
            stored_forecasts=stored_forecasts,
            **more,
        )

    first = again()
    patch.setattr(View, "of", make)
    yield home, url, first, again
    patch.undo()


@pytest.mark.usefixtures("first_training")
def test_a_training_makes_one_view_of_its_day() -> None:
    assert DAYS_VIEWED.count(AS_OF) == 1


def test_first_version_is_published_tracked_and_promoted(first_training):
    home, url, version, _ = first_training
    assert version.tracking_fault is None
    assert version.promoted
    assert champion(url) == version.published.version
    published = Published.load(home / "models" / version.published.version)
    for name in FEW:
        forecast = published.forecast(name)
        assert forecast.periods[0] == forecast.last_observed.shift(1)
        assert (np.diff(forecast.values, axis=1) >= 0).all()
        widths = forecast.values[:, 6] / forecast.values[:, 2]
        assert (np.diff(widths) >= -1e-9).all(), "bands must not narrow with the horizon"


def test_training_the_same_again_changes_nothing(first_training):
    home, _, version, again = first_training
    before = sorted(path.name for path in (home / "models").iterdir())
    assert again().published.version == version.published.version
    assert sorted(path.name for path in (home / "models").iterdir()) == before


def test_correlation_is_one_and_positive_definite(first_training):
    _, _, version, _ = first_training
    correlation = version.published.correlation()
    assert np.allclose(np.diag(correlation.matrix), 1.0)
    assert np.linalg.eigvalsh(correlation.matrix).min() > 0
    assert all(0 <= rho < 1 for rho in correlation.persistence.values())


def test_nothing_is_pickled(first_training):
    home, _, _, _ = first_training
    files = [path for path in home.rglob("*") if path.is_file()]
    assert any(path.name == "MLmodel" for path in files)
    assert not [path for path in files if path.suffix in {".pkl", ".pickle", ".joblib"}]
    # Every protocol since 2 starts with this byte and its number, and ends with a full stop.
    content = [(path, path.read_bytes()) for path in files]
    assert not [path for path, data in content if data[:1] == b"\x80" and data[1:2] in b"\x02\x03\x04\x05"]


def test_registered_champion_answers_a_long_frame(first_training):
    home, _, version, _ = first_training
    import mlflow
    import pandas as pd

    mlflow.set_tracking_uri(f"sqlite:///{home / 'mlruns' / 'mlflow.db'}")
    model = mlflow.pyfunc.load_model("models:/headroom-ensemble@champion")
    last, value = max(version.published.history(FEW[0], Frequency.QUARTER).items())
    frame = pd.DataFrame({"series_id": [FEW[0]], "period": [last.label], "value": [value]})
    answer = model.predict(frame)
    expected = version.published.forecast(FEW[0])
    assert len(answer) == len(expected.periods) * len(expected.levels)
    assert answer["value"].to_numpy() == pytest.approx(np.ravel(expected.values))


def test_a_changed_file_is_refused_and_an_unknown_series_named(first_training):
    _, _, version, _ = first_training
    with pytest.raises(NotFound):
        version.published.forecast("no.such.series")
    path = version.published.directory / "correlation.json"
    text = path.read_text()
    path.write_text(json.dumps({"series": []}))
    try:
        with pytest.raises(ArtifactCorrupt, match="hash"):
            Published.load(version.published.directory)
    finally:
        path.write_text(text)


def aliases(home, *, tracking="mlruns"):
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=f"sqlite:///{home / tracking / 'mlflow.db'}")
    versions = {
        str(model_version.version): model_version.tags["version"] for model_version in client.search_model_versions("")
    }
    by_alias = client.get_registered_model("headroom-ensemble").aliases
    return {alias: versions[str(number)] for alias, number in by_alias.items()}


def test_one_run_holds_the_scores_tables_and_plots(first_training):
    home, _, version, _ = first_training
    from mlflow import MlflowClient

    client = MlflowClient(tracking_uri=f"sqlite:///{home / 'mlruns' / 'mlflow.db'}")
    runs = client.search_runs([client.get_experiment_by_name("headroom").experiment_id])
    assert [run.info.run_name for run in runs if run.data.params["version"] == version.published.version] == [
        version.published.version
    ]
    run = runs[-1]
    assert run.info.status == "FINISHED"
    assert "coverage_80.pseudo_vintage/A.slow" in run.data.metrics
    history = client.get_metric_history(run.info.run_id, f"crps.pseudo_vintage/{FEW[1]}.A")
    assert [entry.step for entry in history] == [1, 2, 3, 4, 5]
    (vintage,) = run.inputs.dataset_inputs
    assert version.published.manifest["data_sha256"].startswith(vintage.dataset.digest)
    assert {"seed", "code_sha256", "lock_sha256", "data_sha256", "engine"} <= run.data.params.keys()
    files = {Path(item.path).name for item in client.list_artifacts(run.info.run_id, "plots")}
    assert {"coverage.png", "pit.png", "crps_by_horizon_pseudo_vintage.png"} <= files
    assert f"fan_{FEW[1]}.png" in files
    tables = {Path(item.path).name for item in client.list_artifacts(run.info.run_id, "tables")}
    assert tables == {
        "leaderboard.csv", "scores.csv", "drops.csv", "pit.csv", "open_models.csv", "gate.csv", "gate.json",
    }  # fmt: skip
    assert run.data.metrics["open_models.n/router_open.state_space"] == 15
    assert Path(run.info.artifact_uri.removeprefix("file://")).is_relative_to(home / "mlruns" / "artifacts")


def test_a_later_version_is_kept_out_until_a_person_promotes_it(first_training):
    home, url, challenger, again = first_training
    place = ModelStore(home / "models", url, Scope.PUBLIC)
    tracking = Tracking(f"sqlite:///{home / 'mlruns' / 'mlflow.db'}", home / "spool")
    first = challenger.published.version
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

    decision = by_hand(
        later.published.version, model_store=place, actor="ann", reason="try it", today=AS_OF, limits=Limits()
    )
    assert (decision.kind, decision.previous_version, decision.manifest_sha256) == (
        Decision.PROMOTE, first, later.published.sha256
    )  # fmt: skip
    assert align(champion_status(url), place=tracking) == (
        f"champion -> {later.published.version}",
        "challenger -> nothing",
    )
    assert aliases(home) == {"champion": later.published.version}
    assert align(champion_status(url), place=tracking) == ()

    # The files are gone here: they come back from the registry, to the last byte.
    before = {path.name: path.read_bytes() for path in challenger.published.directory.iterdir()}
    for path in challenger.published.directory.iterdir():
        path.unlink()
    back = rollback(
        None,
        model_store=place,
        actor="ann",
        reason="worse",
        fetch=lambda version, target: fetch(version, target, place=tracking),
    )
    assert (back.kind, back.model_version, back.evidence["restored_from"]) == (Decision.ROLLBACK, first, "registry")
    assert {path.name: path.read_bytes() for path in challenger.published.directory.iterdir()} == before
    assert champion_status(url).turn == 2
    align(champion_status(url), place=tracking)
    assert aliases(home) == {"champion": first}


def test_an_experiment_on_chosen_series_is_tracked_and_never_promoted_by_itself(first_training):
    home, url, _, again = first_training
    before = champion(url)
    experiment = again(choice=training.Wanted(series=FEW[:1], members=("naive2", "drift", "theta_log")))
    assert not experiment.promoted
    assert "experiment" in experiment.reason
    assert champion(url) == before
    assert set(experiment.published.meta["series_id"]) == {FEW[0]}
    assert experiment.tracking_fault is None
    assert aliases(home)["challenger"] == experiment.published.version


@pytest.mark.parametrize(
    ("choice", "words"),
    [
        ({"as_of": date(2026, 8, 1)}, "a version of a past day"),
        pytest.param(
            {"choice": training.Wanted(members=("naive2", "drift"))},
            "an experiment on chosen series or members",
            marks=pytest.mark.nightly,
        ),
        pytest.param(
            {"options": Options(gate=Limits(margin=0.5))},
            "other limits than the gate's own",
            marks=pytest.mark.nightly,
        ),
    ],
)
def test_an_experiment_is_not_promoted_on_an_empty_home_either(first_training, tmp_path, choice, words):
    _, _, _, again = first_training
    url = f"sqlite:///{tmp_path / 'headroom.db'}"
    upgrade(url)
    empty = ModelStore(tmp_path / "models", url, Scope.PUBLIC)
    experiment = again(model_store=empty, **choice)
    assert not experiment.promoted
    assert words in experiment.reason
    assert promotions(url) == ()
    assert again(model_store=empty).promoted, "a training of all figures is not kept out by it"


@pytest.mark.parametrize("allowed", [{"series": ("no.such",)}, {"members": ("no_such",)}])
def test_an_unknown_choice_is_told_with_what_is_allowed(first_training, allowed):
    _, _, _, again = first_training
    with pytest.raises(NotFound):
        again(choice=training.Wanted(**allowed))


def test_a_lost_tracking_store_is_made_again_from_what_is_published(first_training):
    home, url, version, again = first_training
    before = promotions(url)
    # Another folder stands for the lost one: MLflow keeps the first database open for the life of the process.
    repaired = again(tracking="elsewhere")
    assert repaired.tracking_fault is None
    assert aliases(home, tracking="elsewhere")["champion"] == version.published.version
    assert promotions(url) == before


def test_tracking_that_fails_costs_the_run_not_the_training(first_training, monkeypatch):
    home, _, _, again = first_training

    def refuse(*_args, **_more):
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(training, "send", refuse)
        version = again(seed=3)
    assert "disk full" in str(version.tracking_fault)
    assert version.published.forecasts.height > 0
    waits = home / "spool" / version.published.version
    assert (waits / "run.json").is_file()
    assert again(seed=3).tracking_fault is None, "the next training sends what waits"
    assert not waits.exists()
    assert aliases(home)["challenger"] == version.published.version
