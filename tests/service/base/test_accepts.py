"""Whatever a client takes and asks for: an answer in a form that it takes, or a problem; never a crash."""

from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from queries import NAMES

from service.negotiation import MEDIA_TYPES, TABLES, Form
from service.problems import MEDIA_TYPE, Problem

KINDS = [name for names in MEDIA_TYPES.values() for name in names]
RANGES = [*KINDS, "TEXT/CSV", "text/*", "application/*", "*/*", "text/html", "image/png", "text", "*", ""]
WEIGHTS = ["", ";q=0", ";q=0.5", "; q=1", ";q=2", ";q=x", ";q=", ";version=1;q=0.1"]
ACCEPT = st.lists(
    st.tuples(st.sampled_from(RANGES), st.sampled_from(WEIGHTS)), max_size=4, unique_by=lambda part: part[0].lower()
).map(lambda parts: ", ".join(kind + weight for kind, weight in parts))
ANY_HEADER = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40)
CODINGS = st.sampled_from(["", "gzip", "br;q=0.5, zstd", "*;q=0", "identity;q=0, *", "gzip;q=x"])
FORMATS = st.sampled_from([*Form, "CSV", "xml", ""])
FIELDS = st.sampled_from(["region", "period,value", "none", ",", "attribution"])
QUIET = settings(
    max_examples=settings.default.max_examples // 4,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
FORMED = [path for path, names in NAMES.items() if "format" in names]


def weight_of(kind, accept):
    """How much a header likes a media type: the weight of the most exact range that holds it (RFC 9110, 12.5.1)."""
    weights = {}
    for part in filter(None, map(str.strip, accept.lower().split(","))):
        name, *parameters = map(str.strip, part.split(";"))
        text = next((one[2:] for one in parameters if one.startswith("q=")), "1")
        weights[name] = min(float(text), 1.0) if text.replace(".", "", 1).isdigit() else 1.0
    holding = [kind, f"{kind.partition('/')[0]}/*", "*/*"]
    return next((weights[name] for name in holding if name in weights), 0.0 if weights else 1.0)


def check(response, accept, *, named):
    assert response.status_code < 500, response.text
    kind = response.headers["content-type"].partition(";")[0]
    if response.status_code >= 400:
        assert kind == MEDIA_TYPE
        Problem.model_validate(response.json())
    else:
        form = next(form for form, names in MEDIA_TYPES.items() if names[0] == kind)
        if named is not None:
            assert form == named
        else:
            assert any(weight_of(name, accept) > 0 for name in MEDIA_TYPES[form])
    if response.status_code == 406:
        assert named is None
        assert all(weight_of(kind, accept) == 0 for kind in KINDS)


@pytest.mark.parametrize("path", FORMED)
@QUIET
@given(accept=ACCEPT | ANY_HEADER, coding=CODINGS, format_=st.none() | FORMATS, fields=st.none() | FIELDS)
def test_the_form_of_an_answer_is_one_that_its_client_takes(client, path, accept, coding, format_, fields):
    parameters = {"format": format_, "fields": fields}
    query = "&".join(f"{name}={quote(value)}" for name, value in parameters.items() if value is not None)
    headers = {"accept": accept, "accept-encoding": coding}
    response = client.get(f"{path}&{query}".replace("?&", "?"), headers=headers)
    check(response, accept, named=format_.lower() if format_ else None)


@pytest.mark.parametrize("path", FORMED)
@QUIET
@given(accept=ACCEPT, ending=st.sampled_from(TABLES), format_=st.none() | FORMATS)
def test_the_end_of_a_path_names_the_form_before_accept_does(client, path, accept, ending, format_):
    place, _, query = path.partition("?")
    query += "" if format_ is None else f"&format={format_}"
    response = client.get(f"{place}.{ending}?{query.lstrip('&')}", headers={"accept": accept})
    check(response, accept, named=ending)
    if format_ and response.status_code < 400:
        assert format_.lower() == ending


@pytest.mark.parametrize("path", [path for path in NAMES if path not in FORMED] + ["/", "/claims", "/openapi.json"])
@QUIET
@given(accept=ACCEPT | ANY_HEADER, coding=CODINGS)
def test_what_has_one_form_keeps_it(client, path, accept, coding):
    response = client.get(path, headers={"accept": accept, "accept-encoding": coding})
    plain = client.get(path)
    assert (response.status_code, response.headers["content-type"]) == (200, plain.headers["content-type"])
    assert response.content == plain.content
