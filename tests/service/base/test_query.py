"""What an error names as allowed is accepted when it is asked, at every parameter of every path."""

from urllib.parse import parse_qsl, urlencode

import pytest
from queries import NAMES

WRONG = [
    "", " ", "nonsense", "0", "-1", "1.5", "nan", "inf", "1e999", "0.5,0.5", "0.5,,0.6", "0,1", "1,x",
    ",".join(f"0.{n:03d}" for n in range(1, 60)), "2028-02-30", "2028Q5", "2028-13", "2028H3", "0000", "2028/07/01",
    "31/12/2027", "2028.07", "202807", "Q3 2028", "2028-W54", "2028-01-01T24:00:00Z", "2028-01-01T25:00:00Z",
    "2028-02-30T00:00:00Z", "2028-07-01T00:00:00+99:00", "tomorrow", "20280230", "2028-00-10", "9" * 5000, "\x00",
]  # fmt: skip
CASES = [(path, name) for path, names in NAMES.items() for name in names]


def by_day(cases):
    """Each parameter on the first path that takes it; at night on every path."""
    begun = set()
    for path, name in cases:
        marks = [pytest.mark.nightly] if name in begun else []
        yield pytest.param(path, name, marks=marks, id=f"{path.partition('?')[0]} {name}")
        begun.add(name)


def ask(client, path, changes):
    base, _, query = path.partition("?")
    return client.get(f"{base}?{urlencode(dict(parse_qsl(query)) | changes)}")


@pytest.mark.parametrize(("path", "name"), list(by_day(CASES)))
def test_every_value_an_error_allows_is_accepted(client, path, name):
    tried = set()
    for text in WRONG:
        answer = ask(client, path, {name: text})
        if answer.status_code == 200:
            continue
        assert answer.status_code == 422, (text, answer.text)
        (error,) = answer.json()["errors"]
        assert error["parameter"] == name
        for value in set(error["allowed"]) - tried:
            tried.add(value)
            assert ask(client, path, {name: value}).status_code == 200, (text, value)


@pytest.mark.parametrize("path", NAMES)
def test_names_an_error_allows_are_parameters(client, path):
    (error,) = ask(client, path, {"nope": "1"}).json()["errors"]
    assert error["parameter"] == "nope"
    assert error["allowed"] == NAMES[path]


def test_a_path_without_parameters_allows_none(client):
    (error,) = client.get("/v1/editions/latest?nope=1").json()["errors"]
    assert (error["message"], error["allowed"]) == ("is not a parameter of this path, which takes none", [])


@pytest.mark.parametrize("path", ["/v1/gaps", "/v1/open-models", "/v1/comparisons"])
def test_an_end_before_the_beginning_allows_the_end(client, path):
    query = {"region": "US", "layer": "power"} if path != "/v1/open-models" else {}
    (error,) = ask(client, path, query | {"from": "2029", "to": "2028-H1"}).json()["errors"]
    assert (error["parameter"], error["allowed"]) == ("from", ["2028-H1"])
    assert ask(client, path, query | {"from": error["allowed"][0], "to": "2028-H1"}).status_code == 200


SERIES_PATHS = ["/v1/series/{}", "/v1/series/{}/observations", "/v1/forecasts/{}"]
MISSING = [
    *((path, name) for path in SERIES_PATHS for name in ("alphabet.capex_cahs", "US.datacenter.electricity", "capex")),
    ("/problems/{}", "not_there"),
    ("/static/{}", "page.jss"),
    ("/docs/{}", "swagger.js"),
]


@pytest.mark.parametrize(("path", "name"), MISSING)
def test_what_is_not_there_names_some_that_is(client, path, name):
    (error,) = client.get(path.format(name)).json()["errors"]
    assert error["allowed"]
    assert {client.get(path.format(close)).status_code for close in error["allowed"]} == {200}
