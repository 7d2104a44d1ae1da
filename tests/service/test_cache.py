"""Strong ETags, 304, HEAD, and caches that never bring back an old edition."""

import pytest

from service.cache import ENTRY_BYTES, Representation, ResponseCache

US_POWER = "/v1/gaps?region=US&layer=power"


def test_an_answer_carries_a_strong_etag_of_its_edition(client):
    response = client.get(US_POWER)
    assert response.headers["etag"].startswith('"e-20261122-aaaaaaaaaa-')
    assert response.headers["cache-control"] == "public, no-cache"
    assert client.get(US_POWER).headers["etag"] == response.headers["etag"]


def test_two_urls_of_one_query_share_body_and_etag(client):
    one, other = client.get(US_POWER), client.get("/v1/gaps?layer=POWER&region=us&freq=A&demand=Wanted")
    assert one.content == other.content
    assert one.headers["etag"] == other.headers["etag"]


@pytest.mark.parametrize("form", ["{}", '"x", {}', "W/{}", "*"])
@pytest.mark.parametrize("path", [US_POWER, "/v1/layers", "/", "/openapi.json", "/static/app.js"])
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
    cache = client.app.state.cache
    before = len(cache)
    client.get("/v1/gaps?region=US&layer=water")
    client.get("/v1/forecasts/unknown.series")
    assert len(cache) == before


def make(body: bytes, generation: str = "g") -> Representation:
    return Representation(body, generation=generation)


def key(name: str) -> tuple[str, bytes]:
    return name, b""


def test_the_least_recently_used_is_dropped_beyond_the_bound():
    cache = ResponseCache(2 * (ENTRY_BYTES + 2))
    cache.put(key("a"), make(b"1"))
    cache.put(key("b"), make(b"2"))
    cache.get(key("a"), "g")
    cache.put(key("c"), make(b"3"))
    assert [cache.get(key(name), "g") is not None for name in "abc"] == [True, False, True]


def test_the_bytes_of_keys_count():
    cache = ResponseCache(2 * ENTRY_BYTES + 100)
    cache.put(("/", b"x" * 90), make(b"1"))
    cache.put(("/", b"y" * 90), make(b"2"))
    assert len(cache) == 1


def test_many_addresses_lead_to_one_answer_that_counts_once():
    cache = ResponseCache(4 * (ENTRY_BYTES + 10) + 1000)
    answer = make(b"1" * 1000)
    cache.put(key("question"), answer)
    for name in "abc":
        cache.put(key(name), key("question"))
    assert [cache.get(key(name), "g") for name in "abc"] == [answer] * 3
    assert cache.get(key("a"), "other") is None
    assert cache.get(key("b"), "g") is None


def test_what_holds_for_good_is_there_in_every_generation():
    cache = ResponseCache()
    cache.put(key("a"), make(b"page", ""))
    assert cache.get(key("a"), "g1").body == cache.get(key("a"), "g2").body == b"page"


def test_what_is_put_again_counts_once():
    cache = ResponseCache(2 * ENTRY_BYTES)
    for size in (ENTRY_BYTES // 2, ENTRY_BYTES // 2 + 1):
        cache.put(key("a"), make(b"1" * size))
        assert cache.get(key("a"), "g") is not None


def test_what_is_larger_than_the_cache_is_not_kept():
    cache = ResponseCache(ENTRY_BYTES)
    cache.put(key("a"), make(b"1"))
    assert cache.get(key("a"), "g") is None


def test_an_entry_of_another_generation_is_absent_and_dropped():
    cache = ResponseCache()
    cache.put(key("a"), make(b"old", "g1"))
    assert cache.get(key("a"), "g2") is None
    assert len(cache) == 0
