"""Whatever stands in a query or a path, the answer is an answer or a problem, never a crash."""

from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from queries import NAMES

from service.problems import Problem

TEXT = st.one_of(
    st.text(max_size=12),
    st.from_regex(r"[0-9]{1,5}([QH-][0-9]{0,2}(-[0-9]{0,2})?)?", fullmatch=True),
    st.from_regex(r"-?[0-9.,eE]{1,9}", fullmatch=True),
    st.sampled_from(
        ["US", "power", "A", "Q", "base", "0.1", "2028", "true", "\x00", "nan", "1e-400", "0." + "0" * 400 + "1"]
    ),
)


def beside_the_cell(path):
    return [name for name in NAMES[path] if name not in {"region", "layer"}]


PATHS = {
    "/v1/gaps?region=US&layer=power": beside_the_cell("/v1/gaps?region=US&layer=power"),
    "/v1/headlines?region=WORLD&layer=energy": beside_the_cell("/v1/headlines?region=US&layer=power"),
    "/v1/charts/gap?region=CN&layer=compute": beside_the_cell("/v1/charts/gap?region=US&layer=power"),
    **{path: names for path, names in NAMES.items() if path.endswith("?")},
}
QUIET = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def check(response):
    assert response.status_code in {200, 404, 422}, response.text
    if response.status_code != 200:
        Problem.model_validate(response.json())


@pytest.mark.parametrize("path", PATHS)
@QUIET
@given(data=st.data())
def test_no_query_crashes(client, path, data):
    names = data.draw(st.lists(st.sampled_from(PATHS[path] + ["other"]), max_size=3))
    query = "&".join(f"{name}={quote(data.draw(TEXT))}" for name in names)
    check(client.get(f"{path}&{query}" if not path.endswith("?") else f"{path}{query}"))


@pytest.mark.parametrize("path", ["/v1/series/{}", "/v1/series/{}/observations", "/v1/forecasts/{}", "/problems/{}"])
@QUIET
# A client takes segments of dots for steps along the path.
@given(name=st.text(min_size=1, max_size=20).filter(lambda name: name not in {".", ".."}))
def test_no_name_crashes(client, path, name):
    check(client.get(path.format(quote(name, safe=""))))
