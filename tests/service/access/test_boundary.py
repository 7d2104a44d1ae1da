"""Behind a path prefix all links stand under it, and one prefix never sees another's."""

import re
from urllib.parse import urljoin

import pytest
from starlette.testclient import TestClient

from service.access.rules import AccessRules, networks, path_prefix
from service.app import create_app

PREFIX = "/tools/headroom"
LOCAL = ("127.0.0.1", 50_000)
LINKS = re.compile(r'(?:src|href)="([^"#]+)"')


@pytest.fixture
def asking(make_context, editions, tmp_path):
    """Clients of a service by its root path and the address they come from."""
    (tmp_path / "vega.js").write_text("window.vegaEmbed = 1;")

    def make(root_path="", *, peer=LOCAL, trusted="127.0.0.1,::1", hosts=None):
        context = make_context(editions, assets=tmp_path, access=AccessRules(root_path, networks(trusted), hosts))
        return TestClient(create_app(context), client=peer, follow_redirects=False, raise_server_exceptions=False)

    return make


def links(client, page, *, stripped, headers):
    """Status of everything a page links to, asked as the proxy would ask."""
    page_url = f"{PREFIX}{page}"
    text = client.get(page if stripped else page_url, headers=headers).text
    urls = {urljoin(page_url, name.replace("&amp;", "&")) for name in LINKS.findall(text)}
    # Sources stand elsewhere.
    urls = {url for url in urls if not url.startswith("https://")}
    assert len(urls) > 4
    assert [name for name in urls if not name.startswith(f"{PREFIX}/")] == []
    paths = (name.removeprefix(PREFIX) if stripped else name for name in urls)
    return {name: client.get(name, headers=headers).status_code for name in paths}


@pytest.mark.parametrize("page", ["/", "/docs"])
@pytest.mark.parametrize(
    ("root_path", "headers", "stripped"),
    [
        (PREFIX, {}, True),
        (PREFIX, {}, False),
        ("", {"x-forwarded-prefix": PREFIX}, True),
        ("", {"x-forwarded-prefix": f"{PREFIX}/"}, False),
        ("", {}, True),
        ("/other", {"x-forwarded-prefix": PREFIX}, True),
    ],
)
def test_all_that_pages_link_to_is_served_under_the_prefix(asking, page, root_path, headers, stripped):
    assert set(links(asking(root_path), page, stripped=stripped, headers=headers).values()) == {200}


@pytest.mark.parametrize(("root_path", "headers"), [(PREFIX, {}), ("", {"x-forwarded-prefix": PREFIX})])
@pytest.mark.parametrize("before", ["", PREFIX])
def test_problems_and_documents_name_places_under_it(asking, root_path, headers, before):
    client = asking(root_path)
    problem = client.get(f"{before}/v1/gaps?region=XX&layer=power", headers=headers).json()
    assert problem["type"] == f"{PREFIX}/problems/invalid_parameter"
    assert client.get(problem["type"], headers=headers).json()["type"] == problem["type"]
    assert client.get(f"{before}/openapi.json", headers=headers).json()["servers"] == [{"url": PREFIX}]
    assert client.get(f"{before}/nope", headers=headers).json()["type"] == f"{PREFIX}/problems/no_such_path"


@pytest.mark.parametrize(("root_path", "headers"), [(PREFIX, {}), ("", {"x-forwarded-prefix": PREFIX})])
@pytest.mark.parametrize(("host", "code"), [("elsewhere", "misdirected_request"), ("a b", "bad_request")])
def test_a_refused_host_is_a_problem_under_the_prefix(asking, root_path, headers, host, code):
    client = asking(root_path, hosts=frozenset({"testserver"}))
    assert client.get("/", headers=headers | {"host": host}).json()["type"] == f"{PREFIX}/problems/{code}"


def test_a_refused_prefix_is_a_problem_under_that_of_the_settings(asking):
    answer = asking(PREFIX).get("/", headers={"x-forwarded-prefix": "//evil.example"})
    assert answer.json()["type"] == f"{PREFIX}/problems/bad_request"


def test_the_prefix_alone_leads_to_its_folder(asking):
    answer = asking(PREFIX).get(f"{PREFIX}?region=EU")
    assert (answer.status_code, answer.headers["location"]) == (308, f"{PREFIX}/?region=EU")


def test_answers_kept_for_one_prefix_do_not_reach_another(asking):
    client = asking()
    etags = {}
    for prefix in ("", "/a", "/b", "", "/a"):
        headers = {"x-forwarded-prefix": prefix} if prefix else {}
        for path in ("/", "/docs", "/openapi.json", "/problems/not_found", "/v1/gaps?region=US&layer=power"):
            answer = client.get(path, headers=headers)
            assert answer.status_code == 200
            assert etags.setdefault((prefix, path), answer.content) == answer.content
            for other in {"/a", "/b"} - {prefix}:
                assert f'"{other}'.encode() not in answer.content
    assert len({etags[prefix, "/openapi.json"] for prefix in ("", "/a", "/b")}) == 3


def test_a_path_under_no_known_prefix_stays_unknown_after_one(asking):
    client = asking()
    path = "/a/v1/layers"
    assert client.get(path, headers={"x-forwarded-prefix": "/a"}).status_code == 200
    assert client.get(path).status_code == 404


@pytest.mark.parametrize("peer", [("203.0.113.9", 1), ("testclient", 1), ("::ffff:203.0.113.9", 1)])
def test_a_stranger_cannot_set_the_prefix(asking, peer):
    client = asking(peer=peer)
    assert b"/evil" not in client.get("/openapi.json", headers={"x-forwarded-prefix": "/evil"}).content


@pytest.mark.parametrize("peer", [("10.1.2.3", 1), ("::ffff:10.1.2.3", 1)])
@pytest.mark.parametrize("trusted", ["10.0.0.0/8", "*"])
def test_a_trusted_network_can_set_it(asking, peer, trusted):
    client = asking(peer=peer, trusted=trusted)
    document = client.get("/openapi.json", headers={"x-forwarded-prefix": "/mine"}).json()
    assert document["servers"] == [{"url": "/mine"}]


@pytest.mark.parametrize(
    "text",
    [
        "//evil.example",
        "/a//b",
        "/a/../b",
        "/.",
        "https://evil.example",
        "/a b",
        '/"><script>',
        "a",
        "/a,/b",
        "/a" * 150,
    ],
)
def test_a_prefix_that_is_no_path_is_a_problem(asking, text):
    answer = asking().get("/", headers={"x-forwarded-prefix": text})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
    assert "X-Forwarded-Prefix" in answer.json()["detail"]


def test_a_prefix_named_like_a_path_of_ours_needs_a_stripping_proxy(asking):
    client = asking("/docs")
    assert client.get("/openapi.json").json()["servers"] == [{"url": "/docs"}]
    assert b"static/docs.js" in client.get("/docs").content
    assert client.get("/v1/layers").status_code == 200


@pytest.mark.parametrize(("text", "prefix"), [("", ""), ("/", ""), ("/a/", "/a"), ("/a/b.c~d_e-1", "/a/b.c~d_e-1")])
def test_prefixes_are_read_without_their_last_slash(text, prefix):
    assert path_prefix(text) == prefix
