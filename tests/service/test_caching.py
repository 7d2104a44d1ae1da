"""Strong ETags, 304, HEAD, and caches that never bring back an old edition."""

import pytest

from service.representations import Representation, Shelf

US_POWER = "/v1/gaps?region=US&layer=power"


def test_an_answer_carries_a_strong_etag_of_its_edition(client):
    response = client.get(US_POWER)
    assert response.headers["etag"].startswith('"e-20261122-aaaaaaaaaa-')
    assert response.headers["cache-control"] == "public, no-cache"
    assert client.get(US_POWER).headers["etag"] == response.headers["etag"]


def test_two_urls_of_one_query_share_body_and_etag(client):
    one, other = client.get(US_POWER), client.get("/v1/gaps?layer=POWER&region=us&freq=A&to=2035")
    assert one.content == other.content
    assert one.headers["etag"] == other.headers["etag"]


@pytest.mark.parametrize("form", ["{}", '"x", {}', "W/{}", "*"])
@pytest.mark.parametrize("path", [US_POWER, "/v1/layers", "/", "/openapi.json", "/static/page.js"])
def test_a_copy_that_is_still_true_is_304_without_a_body(client, path, form):
    tag = client.get(path).headers["etag"]
    response = client.get(path, headers={"If-None-Match": form.format(tag)})
    assert response.status_code == 304
    assert response.content == b""
    assert response.headers["etag"] == tag


def test_another_tag_gets_the_body(client):
    assert client.get(US_POWER, headers={"If-None-Match": '"x"'}).status_code == 200


@pytest.mark.parametrize("path", [US_POWER, "/v1/gaps?region=CN&layer=power", "/healthz", "/nope"])
def test_head_is_get_without_a_body(client, path):
    head = client.head(path)
    get = client.get(path)
    again = client.head(path)
    assert head.status_code == get.status_code == again.status_code
    assert head.content == again.content == b""
    assert head.headers["content-length"] == get.headers["content-length"] == again.headers["content-length"]


def test_errors_do_not_enter_the_cache(client):
    desk = client.app.desk
    before = len(desk.by_query), len(desk.by_url)
    client.get("/v1/gaps?region=US&layer=water")
    client.get("/v1/forecasts/unknown.series")
    assert (len(desk.by_query), len(desk.by_url)) == before


def make(body: bytes, generation: str = "g") -> Representation:
    return Representation.make(body, generation=generation)


def test_a_shelf_drops_the_least_recently_used_beyond_its_entries():
    shelf: Shelf[str] = Shelf(entries=2)
    shelf.put("a", make(b"1"))
    shelf.put("b", make(b"2"))
    shelf.get("a", "g")
    shelf.put("c", make(b"3"))
    assert [shelf.get(key, "g") is not None for key in "abc"] == [True, False, True]


def test_a_shelf_keeps_within_its_bytes():
    shelf: Shelf[str] = Shelf(size=10)
    shelf.put("a", make(b"123456"))
    shelf.put("a", make(b"1234567"))
    shelf.put("b", make(b"123456"))
    assert shelf.get("a", "g") is None
    assert len(shelf) == 1


def test_an_entry_of_another_generation_is_absent_and_dropped():
    shelf: Shelf[str] = Shelf()
    shelf.put("a", make(b"old", "g1"))
    assert shelf.get("a", "g2") is None
    assert len(shelf) == 0
