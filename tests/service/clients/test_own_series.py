"""The Python client sends series of its own and waits for their forecasts."""

from datetime import date

import httpx2
import polars as pl
import pytest
from threaded_server import answering

from data.user_files import Limits
from headroom.own_series import OwnSeriesForecaster
from headroom_client import Headroom
from service.api.models import own_series
from service.app import create_app

YEARS = [date(year, 1, 1) for year in range(2010, 2022)]


@pytest.fixture
def headroom(make_context, editions, monkeypatch):
    monkeypatch.setattr("service.base.waiting.PATIENCE", 0.0)
    limits = Limits(bytes=own_series.BODY_BYTES, rows=own_series.POINTS, series=own_series.SERIES)
    app = create_app(make_context(editions, forecaster=OwnSeriesForecaster(limits)))
    with answering(app) as port, Headroom(f"http://127.0.0.1:{port}", http=httpx2.Client(verify=False)) as headroom:
        yield headroom
    app.state.own_series.close()


def test_series_of_a_frame_are_forecast_and_the_others_named(headroom):
    racks = pl.DataFrame({"series_id": "racks", "period": YEARS, "value": [10.0 * 1.2**year for year in range(12)]})
    short = pl.DataFrame({"series_id": "short", "period": YEARS[:1], "value": [1.0]})
    answer = headroom.forecast_own(pl.concat([racks, short]), 2, quantiles=[0.1, 0.5, 0.9], members=["drift"])
    (forecast,) = answer.series
    assert (forecast.series_id, forecast.freq) == ("racks", "A")
    assert [point.period for point in forecast.forecast] == ["2022-01-01", "2023-01-01"]
    assert all(point.quantiles["0.1"] < point.quantiles["0.5"] < point.quantiles["0.9"] for point in forecast.forecast)
    assert [one.series_id for one in answer.refused] == ["short"]


def test_sites_are_a_frame(live_server):
    with Headroom(live_server.url, http=httpx2.Client(verify=False)) as headroom:
        sites = headroom.sites(region="US", min_mw=100)
    assert sites.height > 10
    assert set(sites["region"]) == {"US"}
    assert sites["planned_mw"].min() >= 100
