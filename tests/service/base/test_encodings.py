"""Compressed answers: the same bytes for those who take them so, each with a tag of its own."""

import gzip

import brotli
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from service.base.encodings import MINIMUM
from service.cache import ResponseCache
from service.negotiation import Coding, coding_by, variant

GAPS = "/v1/gaps?region=US&layer=power"
UNDO = {Coding.BROTLI: brotli.decompress, Coding.ZSTD: zstd.decompress, Coding.GZIP: gzip.decompress}


def ask(client: TestClient, path: str, accept_encoding: str | None, **headers: str):
    """The bytes as they came over the wire."""
    sent = {"accept-encoding": accept_encoding or "identity", **headers}
    with client.stream("GET", path, headers=sent) as response:
        return response, b"".join(response.iter_raw())


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("", None),
        ("identity", None),
        ("gzip, deflate, br, zstd", Coding.BROTLI),
        ("gzip;q=1.0, br;q=0.5", Coding.GZIP),
        ("br;q=0, *", Coding.ZSTD),
        ("*;q=0", None),
        ("identity;q=1, gzip;q=0.5", None),
        ("deflate", None),
        ("ZSTD", Coding.ZSTD),
    ],
)
def test_accept_encoding_chooses_the_coding(header, coding):
    assert coding_by(header) is coding


@given(st.binary(max_size=40), st.binary(max_size=40))
def test_no_header_is_too_odd(accept, accept_encoding):
    assert variant([(b"accept", accept), (b"accept-encoding", accept_encoding)]).count(b"\x00") in {0, 1, 2}


@pytest.mark.parametrize("coding", Coding)
@pytest.mark.parametrize("path", [GAPS, f"{GAPS}&format=csv", "/v1/series?limit=50", "/openapi.json"])
def test_an_answer_is_compressed_for_those_who_take_it_so(client, path, coding):
    plain, body = ask(client, path, None)
    for _ in range(2):  # the second comes from memory
        response, raw = ask(client, path, coding)
        assert response.headers["content-encoding"] == coding
        assert UNDO[coding](raw) == body
        assert len(raw) < len(body)
        assert int(response.headers["content-length"]) == len(raw)
        assert response.headers["content-type"] == plain.headers["content-type"]
    for one in (plain, response):
        assert "Accept-Encoding" in one.headers["vary"]
    assert response.headers["etag"] != plain.headers["etag"]
    assert not response.headers["etag"].startswith("W/")
    again, nothing = ask(client, path, coding, **{"if-none-match": response.headers["etag"]})
    assert (again.status_code, nothing) == (304, b"")
    other, whole = ask(client, path, None, **{"if-none-match": response.headers["etag"]})
    assert (other.status_code, whole) == (200, body)


@pytest.mark.parametrize("path", ["/v1/layers?limit=1", f"{GAPS}&format=parquet", "/healthz"])
def test_what_is_small_or_compressed_already_goes_out_as_it_is(client, path):
    response, raw = ask(client, path, "br, zstd, gzip")
    assert "content-encoding" not in response.headers
    assert len(raw) < MINIMUM or response.headers["content-type"] == "application/vnd.apache.parquet"


def test_compressed_answers_count_against_the_bound(client):
    cache = client.app.state.cache
    assert isinstance(cache, ResponseCache)
    # A full one would drop others for it.
    cache._lru.clear()
    before = cache._lru.currsize
    ask(client, "/v1/gaps?region=US&layer=power&quantiles=0.21,0.22,0.23", "gzip")
    assert cache._lru.currsize > before + MINIMUM
