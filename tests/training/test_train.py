"""A whole training on a few series, with a real tracking database, through the public function."""

import json
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from data.database import upgrade
from data.errors import ArtifactCorrupt, NotFound
from data.store import Store
from training import train as training
from training.ledger import champion, promotions
from training.published import Published

AS_OF = date(2026, 11, 23)
FEW = ("nvidia.datacenter.revenue", "cn.electricity.generation.total.owid", "us.electricity.netgen.total.eia")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    url = f"sqlite:///{home / 'headroom.db'}"
    upgrade(url)
    store = Store.shipped()
    wanted = training.forecastable(store, as_of=AS_OF)
    patch = pytest.MonkeyPatch()
    patch.setattr(training, "forecastable", lambda *_args, **_more: {name: wanted[name] for name in FEW})

    def again(*, seed=1, promote=False, tracking="mlruns"):
        return training.train(
            store,
            as_of=AS_OF,
            seed=seed,
            promote_anyway=promote,
            models=home / "models",
            tracking_uri=f"sqlite:///{home / tracking / 'mlflow.db'}",
            database_url=url,
            progress=lambda _done, _total: None,
        )

    yield home, url, again(), again
    patch.undo()


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
    assert not [path for path in home.rglob("*") if path.suffix in {".pkl", ".pickle", ".joblib"}]


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
    assert any(name.startswith("coverage_80/") for name in run.data.metrics)
    files = {Path(item.path).name for item in client.list_artifacts(run.info.run_id, "plots")}
    assert {"coverage.png", "pit.png", "error_by_step.png"} <= files
    assert Path(run.info.artifact_uri.removeprefix("file://")).is_relative_to(home / "mlruns" / "artifacts")


def test_a_later_version_is_a_challenger_until_promoted_and_the_alias_follows_the_ledger(trained):
    home, url, result, again = trained
    first = result.published.version
    later = again(seed=2)
    assert not later.promoted
    assert champion(url) == first
    assert aliases(home) == {"champion": first, "challenger": later.published.version}
    by_hand = again(seed=2, promote=True)
    assert by_hand.promoted
    assert champion(url) == later.published.version
    assert aliases(home)["champion"] == later.published.version
    again(seed=1, promote=True)
    assert [row.model_version for row in promotions(url)] == [first, later.published.version, first]
    assert aliases(home)["champion"] == first


def test_a_lost_tracking_store_is_made_again_from_what_is_published(trained):
    home, url, result, again = trained
    before = promotions(url)
    # Another folder stands for the lost one: MLflow keeps the first database open for the life of the process.
    repaired = again(tracking="elsewhere")
    assert repaired.tracking_fault is None
    assert aliases(home, tracking="elsewhere") == {"champion": result.published.version}
    assert promotions(url) == before


def test_tracking_that_fails_costs_the_run_not_the_training(trained, monkeypatch):
    _, _, _, again = trained

    def refuse(*_args, **_more):
        raise OSError("disk full")

    monkeypatch.setattr(training.tracking, "record", refuse)
    result = again()
    assert "disk full" in str(result.tracking_fault)
    assert result.published.forecasts.height > 0
