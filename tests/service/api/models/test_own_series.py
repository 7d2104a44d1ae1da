"""Forecasts of a client's own series over HTTP: what ``headroom forecast`` says of the same file, and its bounds."""

import csv
import io
import json
import time

import polars as pl
import pytest
from starlette.testclient import TestClient

from data.user_files import Limits
from headroom import cli
from headroom.own_series import OwnSeriesForecaster
from service.api.models import own_series
from service.api.models.own_series import OwnForecastsAnswer
from service.app import create_app
from service.base import waiting
from service.evaluations import own_series as evaluations
from service.evaluations import pool
from service.problems import Problem

PATH = "/v1/forecasts"
CSV = {"content-type": "text/csv"}
WAIT = 300
QUARTERS = [f"{year}-{month:02d}-01" for year in range(2018, 2023) for month in (1, 4, 7, 10)]
YEARS = [str(year) for year in range(2010, 2020)]
DAYS = {"q": QUARTERS, "y": YEARS}
VALUES = {name: [10.0 + place + place % 3 for place in range(len(days))] for name, days in DAYS.items()}
FILE = "series_id,period,value\n" + "".join(
    f"{name},{day},{value}\n" for name, days in DAYS.items() for day, value in zip(days, VALUES[name], strict=True)
)
ONE = '{"series": [{"series_id": "a", %s}]}'
POINT = '"points": [{"period": "2020", "value": %s}]'
TWICE = f'{{"series": [{{"series_id": "a", {POINT % 1}}}, {{"series_id": "a ", {POINT % 2}}}]}}'
BAD = "bad,2020-01-01,1\nbad,2021-01-01,x\n"
DRIFT = "horizon=4&members=drift"


def slow(question, progress):
    """A forecaster that takes for ever."""
    del question, progress
    time.sleep(600)


def stubborn(question, progress):
    """A forecaster that never comes to an end with a horizon of one."""
    while question.horizon == 1:
        progress(0, 1)
        time.sleep(0.01)
    return {}


def greedy(question, progress):
    """A forecaster that takes more memory than there is for it."""
    del progress
    return {"series": [bytearray(2**40)], "content": question.content}


@pytest.fixture(scope="module")
def client(make_context, editions):
    """A service that forecasts."""
    limits = Limits(bytes=own_series.BODY_BYTES, rows=own_series.POINTS, series=own_series.SERIES)
    app = create_app(make_context(editions, forecaster=OwnSeriesForecaster(limits)))
    with TestClient(app) as client:
        yield client
    app.state.own_series.close()


@pytest.fixture
def serving(make_context, editions):
    """Starts services with other forecasters."""
    apps = []

    def start(forecaster, **inputs):
        apps.append(create_app(make_context(editions, forecaster=forecaster, **inputs)))
        return TestClient(apps[-1])

    yield start
    for app in apps:
        app.state.own_series.close()


def finished(client, response):
    """The answer that a response or the place it names has in the end."""
    until = time.monotonic() + WAIT
    while response.status_code == 202 and time.monotonic() < until:
        time.sleep(0.05)
        response = client.get(response.headers["location"], headers={"accept": response.request.headers["accept"]})
    return response


def ask(client, content, query=DRIFT, headers=CSV):
    return finished(client, client.post(f"{PATH}?{query}", content=content, headers=headers))


def test_numbers_and_facts_are_those_of_the_command_on_the_same_file(client, tmp_path, capsys):
    source, target = tmp_path / "in.csv", tmp_path / "out.csv"
    source.write_text(FILE + BAD)
    options = ["--horizon", "4", "--members", "drift", "--workers", "1", "--json"]
    assert cli.run(["forecast", "--input", str(source), "--output", str(target), *options]) == 3
    facts = json.loads(capsys.readouterr().out)

    answer = ask(client, FILE + BAD).json()
    assert (answer["refused"], answer["notices"]) == (facts["refused"], facts["notices"])
    assert [{name: one[name] for name in facts["series"][0]} for one in answer["series"]] == facts["series"]

    file_rows = list(csv.reader(io.StringIO(target.read_text())))[1:]
    answer_rows = [
        [one["series_id"], point["period"], level, repr(value)]
        for one in answer["series"]
        for point in one["forecast"]
        for level, value in point["quantiles"].items()
    ]
    assert answer_rows == file_rows
    table = ask(client, FILE + BAD, headers=CSV | {"accept": "text/csv"})
    assert table.headers["content-type"].startswith("text/csv")
    assert pl.read_csv(table.content).equals(pl.read_csv(target))
    parquet = ask(client, FILE + BAD, headers=CSV | {"accept": "application/vnd.apache.parquet"})
    assert pl.read_parquet(parquet.content).equals(pl.read_csv(target))


def test_series_as_json_are_forecast_as_the_file_of_the_same(client):
    points = [{"period": day, "value": value} for day, value in zip(YEARS, VALUES["y"], strict=True)]
    series = [
        {"series_id": "q", "periods": QUARTERS, "values": VALUES["q"]},
        {"series_id": "y", "points": points},
    ]
    of_json = ask(client, json.dumps({"series": series}), headers={}).json()
    of_file = ask(client, FILE).json()
    OwnForecastsAnswer.model_validate(of_json)
    assert (of_json["series"], of_json["refused"]) == (of_file["series"], [])


def test_who_asks_again_has_the_answer_at_once_and_by_its_name(client):
    first = ask(client, FILE)
    name = first.json()["name"]
    again = client.post(f"{PATH}?{DRIFT}", content=FILE, headers=CSV)
    assert (again.status_code, again.json()) == (200, first.json())
    assert client.get(f"{PATH}/own/{name}").json() == first.json()
    assert client.get(f"{PATH}/own/{name}.csv").headers["content-type"].startswith("text/csv")
    assert again.headers["cache-control"] == "no-store"
    assert client.get(f"{PATH}/own/none-such").status_code == 404


def test_where_no_series_can_be_forecast_the_problem_says_why_of_each(client):
    response = ask(client, "series_id,period,value\n" + BAD + "short,2020,1\n")
    assert response.status_code == 422
    problem = Problem.model_validate(response.json())
    assert [(one.parameter, one.message.partition(":")[0]) for one in problem.errors] == [
        ("value", "'bad', line 3"),
        ("body", "'short', line 4"),
    ]


@pytest.mark.parametrize(
    ("query", "content", "headers", "parameter"),
    [
        ("members=drift", FILE, CSV, "horizon"),
        ("horizon=601", FILE, CSV, "horizon"),
        ("horizon=600&members=drift&quantiles=" + ",".join(f"0.{n}" for n in range(10, 60)), FILE, CSV, "horizon"),
        ("horizon=4&quantiles=0.5,1", FILE, CSV, "quantiles"),
        ("horizon=4&members=crystal_ball", FILE, CSV, "members"),
        ("horizon=4&freq=W", FILE, CSV, "freq"),
        ("horizon=4&fields=value", FILE, CSV, "fields"),
        (DRIFT, "a,b\n1,2\n", CSV, "body"),
        (DRIFT, FILE, {}, "body"),
        (DRIFT, "series_id,period,value\n" + "a,2020,1\n" * (own_series.POINTS + 1), CSV, "body"),
        (DRIFT, '{"series": []}', {}, "series"),
        (DRIFT, ONE % '"periods": ["2020"]', {}, "series.0"),
        (DRIFT, ONE % '"periods": ["2020"], "values": [1, 2]', {}, "series.0"),
        (DRIFT, ONE % '"points": []', {}, "series.0.points"),
        (DRIFT, TWICE, {}, "series.1.series_id"),
        (DRIFT, ONE % (POINT % '"1"'), {}, "series.0.points.0.value"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named(client, query, content, headers, parameter):
    response = ask(client, content, query, headers)
    assert response.status_code == 422, response.text
    assert parameter in [one.parameter for one in Problem.model_validate(response.json()).errors]


def test_a_longer_body_is_not_read(client):
    assert ask(client, " " * (own_series.BODY_BYTES + 1)).status_code == 413


def test_a_service_without_modelling_libraries_says_what_to_install(serving):
    response = serving(None).post(f"{PATH}?{DRIFT}", content=FILE, headers=CSV)
    assert (response.status_code, response.json()["code"]) == (501, "not_implemented")
    assert "the extra train" in response.json()["detail"]


def test_too_many_are_refused_and_one_that_takes_too_long_ends(serving, monkeypatch):
    monkeypatch.setattr(waiting, "PATIENCE", 0.05)
    monkeypatch.setattr(pool, "WAITING", 2)
    monkeypatch.setattr(pool, "STARTING", 1.0)
    client = serving(slow, evaluation_limit=1.0)
    answers = [client.post(f"{PATH}?horizon={number}", content=FILE, headers=CSV) for number in range(1, 5)]
    assert [one.status_code for one in answers[:2]] == [202, 202]
    refused = answers[3]
    assert (refused.status_code, refused.json()["code"]) == (503, "evaluation_unavailable")
    assert "waiting already" in refused.json()["detail"]
    assert refused.headers["retry-after"]
    late = finished(client, answers[0])
    assert late.status_code == 503
    assert "no series can be forecast: it took longer than 1 seconds" in late.json()["detail"]


def test_a_table_that_is_waited_for_has_no_body_yet(serving, monkeypatch):
    monkeypatch.setattr(waiting, "PATIENCE", 0.05)
    response = serving(slow).post(f"{PATH}?horizon=1&format=csv", content=FILE, headers=CSV)
    assert (response.status_code, response.content) == (202, b"")
    assert response.headers["location"].endswith("?format=csv")
    assert "content-type" not in response.headers


def test_what_nobody_waits_for_gives_way_to_the_next():
    running = evaluations.pool(stubborn, limit=WAIT)
    abandoned, awaited = (evaluations.OwnSeriesQuestion(FILE.encode(), horizon, "0.5") for horizon in (1, 2))
    running.release(running.submit(abandoned))
    assert running.submit(awaited).finished.wait(WAIT)
    running.close()


@pytest.mark.slow
def test_a_forecast_that_takes_too_much_memory_ends(serving):
    late = ask(serving(greedy), FILE)
    assert late.status_code == 503
    assert "more memory" in late.json()["detail"]
