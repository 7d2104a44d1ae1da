"""A whole training on a few series, with a real tracking database, through the public function."""

import json
from datetime import date

import numpy as np
import pytest

from data.database import upgrade
from data.errors import ArtifactCorrupt, NotFound
from data.store import Store
from training import train as training
from training.ledger import champion
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

    def again():
        return training.train(
            store,
            as_of=AS_OF,
            seed=1,
            models=home / "models",
            tracking_uri=f"sqlite:///{home / 'mlruns' / 'mlflow.db'}",
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
