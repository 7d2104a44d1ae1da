"""The registered model as analysts use it: loaded from the registry of a real training, asked with pandas frames."""

import json
import warnings
from datetime import UTC, date, datetime

import mlflow
import numpy as np
import pandas as pd
import pytest

from data.base.errors import InvalidParameter, NotFound
from data.base.scopes import Scope
from data.store.database import upgrade
from data.store.store import Store
from features.view import View
from training import train as training
from training.champion.promotion import ModelStore
from training.options import parse_options
from training.tracking.tracking import Tracking

pytestmark = pytest.mark.slow
QUARTERS = "nvidia.datacenter.revenue"
MONTHS = "us.electricity.netgen.total.eia"
YEARS = "cn.electricity.generation.total.owid"


@pytest.fixture(scope="module")
def trained_home(tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    upgrade(f"sqlite:///{home / 'headroom.db'}")
    training_result = training.train(
        View.of(Store.shipped(), as_of=date(2026, 11, 23)),
        seed=1,
        model_store=ModelStore(home / "models", f"sqlite:///{home / 'headroom.db'}", Scope.PUBLIC),
        tracking=Tracking(f"sqlite:///{home / 'mlruns' / 'mlflow.db'}", home / "spool"),
        progress=lambda _count, _total: None,
        now=lambda: datetime(2026, 11, 24, tzinfo=UTC),
        choice=training.Wanted(series=(QUARTERS, MONTHS, YEARS), members=("naive2", "drift", "theta_log")),
        options=parse_options(["workers=1"]),
    )
    assert training_result.tracking_fault is None
    return home, training_result.published


@pytest.fixture(scope="module")
def model(trained_home):
    home, _ = trained_home
    mlflow.set_tracking_uri(f"sqlite:///{home / 'mlruns' / 'mlflow.db'}")
    yield mlflow.pyfunc.load_model("models:/headroom-ensemble/1")
    mlflow.set_tracking_uri(None)


@pytest.fixture
def figures(trained_home):
    """The last figures of a series as a frame, with periods written by ``write`` and values as ``dtype``."""
    _, published = trained_home

    def make(series_id, *, write=lambda period: period.label, count=6):
        (freq,) = published.frequencies(series_id)
        rows = sorted(published.history(series_id, freq).items())[-count:]
        return pd.DataFrame(
            {
                "series_id": series_id,
                "period": [write(period) for period, _ in rows],
                "value": [value for _, value in rows],
            }
        )

    return make


def bands(published, series_id):
    return np.ravel(published.forecast(series_id).values)


@pytest.mark.parametrize(
    "write",
    [
        lambda period: period.label,
        lambda period: period.start.isoformat(),
        lambda period: period.end.isoformat(),
        lambda period: period.start,
        lambda period: pd.Timestamp(period.start),
        lambda period: pd.Timestamp(period.start, tz="Europe/Berlin"),
        lambda period: pd.Timestamp(period.start, tz="Europe/Berlin").tz_convert("UTC"),
        lambda period: pd.Timestamp(period.start).isoformat() + "Z",
        lambda period: pd.Period(period.start, freq={"M": "M", "Q": "Q", "A": "Y"}[period.freq.value]),
        lambda period: int(period.start.strftime("%Y%m%d")),
    ],
    ids=["label", "first", "last", "date", "naive", "zone", "utc", "text", "period", "whole"],
)
@pytest.mark.parametrize("series_id", [QUARTERS, MONTHS, YEARS])
def test_periods_as_pandas_people_have_them_are_read(trained_home, model, figures, series_id, write):
    _, published = trained_home
    answer = model.predict(figures(series_id, write=write))
    assert answer["value"].to_numpy() == pytest.approx(bands(published, series_id))
    forecast = published.forecast(series_id)
    assert answer["period"].iloc[0] == forecast.last_observed.shift(1).start.isoformat()
    assert (answer.groupby("period")["value"].diff().dropna() >= 0).all()


@pytest.mark.parametrize("dtype", ["float64", "float32", "Float64", "object", "string"])
def test_values_of_any_numeric_type_are_read(trained_home, model, figures, dtype):
    frame = figures(QUARTERS)
    frame["value"] = frame["value"].round(6).astype(dtype)
    if dtype == "float32":
        with pytest.raises(InvalidParameter, match="in training"):
            model.predict(frame.assign(value=frame["value"] * np.float32(1.01)))
    assert len(model.predict(frame)) == len(bands(trained_home[1], QUARTERS))


def test_whole_numbers_are_compared_as_numbers(model, figures):
    frame = figures(MONTHS, count=1)
    with pytest.raises(InvalidParameter, match="in training"):
        model.predict(frame.assign(value=np.array([1], dtype="int64")))
    whole = frame.assign(series_id=frame["series_id"].astype("category"))
    assert len(model.predict(whole)) > 0


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda frame: frame.assign(value=1000 * frame["value"]), "in training"),
        (lambda frame: frame.assign(value=-frame["value"]), "in training"),
        (lambda frame: frame.assign(value=np.nan), "no finite number"),
        (lambda frame: frame.assign(value="much"), "no finite number"),
        (lambda frame: frame.assign(value=None), "no finite number"),
        (lambda frame: pd.concat([frame, frame.tail(1)]), "stands twice"),
        (lambda frame: frame.head(3), "the rows end with"),
        (lambda frame: frame.assign(period="garbage"), "is not a period"),
        (lambda frame: frame.assign(period=pd.NaT), "is not a period"),
        (lambda frame: frame.assign(period="01.03.2026"), "is not a period"),
        (lambda frame: frame.tail(1).assign(period="2035-01-01"), "after"),
        (lambda frame: frame.tail(1).assign(period="1901-01-01"), "was not among the figures"),
        (lambda frame: frame.head(0), "no row"),
        (lambda frame: frame.assign(series_id="my.series"), "my.series"),
        (lambda frame: frame.assign(series_id=None), "name no series"),
    ],
)
@pytest.mark.parametrize("series_id", [QUARTERS, MONTHS])
def test_rows_that_are_not_those_trained_on_are_refused(model, figures, series_id, change, message):
    with pytest.raises((InvalidParameter, NotFound), match=message):
        model.predict(change(figures(series_id)))


def test_a_refusal_names_series_period_and_both_values(trained_home, model, figures):
    last = trained_home[1].forecast(MONTHS).last_observed
    frame = figures(MONTHS)
    value = float(frame["value"].iloc[-1])
    frame.loc[frame.index[-1], "value"] = 1000 * value
    with pytest.raises(InvalidParameter) as error:
        model.predict(frame)
    for part in (MONTHS, last.label, f"{1000 * value:.10g}", f"{value:.10g}"):
        assert part in str(error.value)


def test_a_quarter_is_no_period_of_a_monthly_series(model, figures):
    with pytest.raises(InvalidParameter, match="longer than a period"):
        model.predict(figures(MONTHS, count=1).assign(period="2026Q1"))


def test_a_series_that_cannot_be_answered_leaves_the_others_answered(trained_home, model, figures):
    mixed = pd.concat(
        [figures(MONTHS), figures(QUARTERS).assign(series_id="my.series"), figures(YEARS).assign(value=-1.0)]
    )
    with pytest.warns(UserWarning, match="not answered") as warnings:
        answer = model.predict(mixed)
    assert answer["value"].to_numpy() == pytest.approx(bands(trained_home[1], MONTHS))
    words = [str(one.message) for one in warnings if issubclass(one.category, UserWarning)]
    assert any("my.series" in text for text in words)
    assert any(YEARS in text for text in words)
    with pytest.raises((InvalidParameter, NotFound)):
        model.predict(mixed, params={"on_error": "raise"})
    with pytest.raises(InvalidParameter, match="on_error"):
        model.predict(mixed, params={"on_error": "hope"})


def test_several_series_are_answered_without_a_warning(model, figures):
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        answer = model.predict(pd.concat([figures(MONTHS), figures(QUARTERS), figures(YEARS)]))
    assert list(answer["series_id"].unique()) == sorted([MONTHS, QUARTERS, YEARS])


def test_signature_and_example_in_the_registry_are_answered(model):
    assert model.metadata.signature.inputs.input_names() == ["series_id", "period", "value"]
    assert {param.name for param in model.metadata.signature.params} == {"on_error"}
    example = model.input_example
    assert not example.empty
    answer = model.predict(example)
    assert [str(one) for one in answer.columns] == model.metadata.signature.outputs.input_names()
    assert json.loads(model.metadata.signature.inputs.to_json())[2]["name"] == "value"


def test_a_frame_without_its_columns_is_refused(model, figures):
    with pytest.raises(mlflow.exceptions.MlflowException, match="missing inputs"):
        model.predict(figures(MONTHS).drop(columns="value"))
