import io
import logging
import threading
import zipfile
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from data.base.errors import (
    InvalidParameter,
    PayloadTooLarge,
    PayloadTruncated,
    SourceChanged,
    SourceRefused,
    SourceUnreachable,
)
from data.connectors.fetch import NotModified, Validators
from data.connectors.payload import Form, Payload, Request

PATH = "/source.example/figures.csv"
URL = "https://source.example/figures.csv"
CSV = "period,value\n2026-01,1\n"
REQUEST = Request(URL, Form.CSV)
SECRET = "sé cret/+key"  # noqa: S105 - written for the test


def test_a_body_comes_whole_with_its_validators(fetcher, source_server):
    source_server.answer(PATH, CSV, etag='"a1"', last_modified="Mon, 23 Nov 2026 00:00:00 GMT")
    before = datetime.now(UTC)
    payload = fetcher.get(REQUEST)
    assert isinstance(payload, Payload)
    assert payload.text() == CSV
    assert (payload.etag, payload.last_modified) == ('"a1"', "Mon, 23 Nov 2026 00:00:00 GMT")
    assert before <= payload.retrieved <= datetime.now(UTC)
    assert payload.retrieved.tzinfo is UTC


@pytest.mark.parametrize(
    ("validators", "header"),
    [
        (Validators(etag='"a1"'), "if-none-match"),
        (Validators(last_modified="Mon, 23 Nov 2026 00:00:00 GMT"), "if-modified-since"),
    ],
)
def test_what_did_not_change_is_not_sent_again(fetcher, source_server, validators, header):
    source_server.answer(PATH, CSV, etag='"a1"', last_modified="Mon, 23 Nov 2026 00:00:00 GMT")
    answer = fetcher.get(REQUEST, validators=validators)
    assert isinstance(answer, NotModified)
    assert answer.request == REQUEST
    assert header in source_server.requests[0].headers


def test_a_changed_file_is_sent_in_spite_of_validators(fetcher, source_server):
    source_server.answer(PATH, CSV, etag='"a2"')
    assert fetcher.get(REQUEST, validators=Validators(etag='"a1"')).etag == '"a2"'


def test_not_modified_without_a_condition_is_refused(fetcher, source_server):
    source_server.answer(PATH, status=304)
    with pytest.raises(SourceRefused, match="HTTP 304"):
        fetcher.get(REQUEST)


def test_the_query_reaches_the_source_with_brackets_and_blanks(fetcher, source_server):
    source_server.answer("/api.example/v2", CSV)
    parameters = {"facets[stateid][]": "TX", "units": "thousand megawatthours", "plus": "a+b&c"}
    fetcher.get(Request("https://api.example/v2", Form.CSV, parameters=parameters, headers={"X-Asked": "yes"}))
    assert source_server.requests[0].query == parameters
    assert source_server.requests[0].headers["x-asked"] == "yes"


def test_too_many_requests_waits_as_long_as_it_is_told(fetcher, source_server, waits):
    source_server.answer(PATH, status=429, retry_after=7)
    source_server.answer(PATH, CSV)
    assert fetcher.get(REQUEST).text() == CSV
    assert waits == [7.0]


def test_retry_after_may_be_a_date(make_fetcher, source_server, waits):
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    source_server.answer(PATH, status=503, retry_after=format_datetime(now + timedelta(seconds=42), usegmt=True))
    source_server.answer(PATH, CSV)
    assert make_fetcher(clock=lambda: now).get(REQUEST).retrieved == now
    assert waits == [42.0]


def test_a_longer_wait_than_ours_says_when_to_come_back(make_fetcher, source_server, waits):
    source_server.answer(PATH, status=429, retry_after=86400)
    fetcher = make_fetcher(clock=lambda: datetime(2026, 11, 24, 12, tzinfo=UTC))
    with pytest.raises(SourceUnreachable, match="after 2026-11-25 12:00 UTC"):
        fetcher.get(REQUEST)
    assert waits == []
    assert len(source_server.requests) == 1


@pytest.mark.parametrize("stated", ["soon", "-3", "9" * 400])
def test_nonsense_in_retry_after_never_waits_for_ever(fetcher, source_server, waits, stated):
    source_server.answer(PATH, status=503, retry_after=stated)
    with pytest.raises(SourceUnreachable):
        fetcher.get(REQUEST)
    assert all(wait <= 2 for wait in waits)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_passing_error_is_tried_again(fetcher, source_server, status):
    source_server.answer(PATH, status=status)
    source_server.answer(PATH, CSV)
    assert fetcher.get(REQUEST).text() == CSV


def test_a_lasting_error_is_unreachable_after_growing_waits(make_fetcher, source_server, waits):
    source_server.answer(PATH, status=500)
    with pytest.raises(SourceUnreachable, match="HTTP 500 in 4 attempts"):
        make_fetcher(attempts=4).get(REQUEST)
    assert len(source_server.requests) == 4
    assert [0.5 <= waits[0] <= 1, 1 <= waits[1] <= 2, 2 <= waits[2] <= 4, len(waits)] == [True, True, True, 3]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 501])
def test_a_refusal_is_final(fetcher, source_server, status):
    source_server.answer(PATH, status=status, body="no")
    with pytest.raises(SourceRefused) as caught:
        fetcher.get(REQUEST)
    assert caught.value.status == status
    assert len(source_server.requests) == 1


def test_a_dropped_connection_is_tried_again(fetcher, source_server):
    source_server.answer(PATH, drop=True)
    source_server.answer(PATH, CSV)
    assert fetcher.get(REQUEST).text() == CSV


def test_nobody_there_is_unreachable(make_fetcher, source_server):
    source_server.answer(PATH, drop=True)
    with pytest.raises(SourceUnreachable, match=r"source\.example"):
        make_fetcher(attempts=2).get(REQUEST)
    assert len(source_server.requests) == 2


def test_silence_is_a_fault_that_passes(make_fetcher, source_server):
    source_server.answer(PATH, CSV, stall=2.0)
    source_server.answer(PATH, CSV)
    assert make_fetcher(timeout=0.2).get(REQUEST).text() == CSV


def test_silence_that_lasts_is_unreachable(make_fetcher, source_server):
    source_server.answer(PATH, CSV, stall=1.0)
    with pytest.raises(SourceUnreachable, match="no answer in time"):
        make_fetcher(timeout=0.1, attempts=2).get(REQUEST)


def test_a_body_that_drips_ends_at_the_deadline(make_fetcher, source_server):
    source_server.answer(PATH, CSV, stall=0.3)
    with pytest.raises(SourceUnreachable, match=r"not there after 0\.1 s"):
        make_fetcher(deadline=0.1, attempts=1).get(REQUEST)


def test_a_cut_body_is_truncated_after_all_attempts(fetcher, source_server):
    source_server.answer(PATH, CSV, cut=9)
    with pytest.raises(PayloadTruncated, match="source"):
        fetcher.get(REQUEST)
    assert len(source_server.requests) == 3


def test_a_cut_body_that_comes_whole_the_second_time_is_taken(fetcher, source_server):
    source_server.answer(PATH, CSV, length=500)
    source_server.answer(PATH, CSV)
    assert fetcher.get(REQUEST).text() == CSV


@pytest.mark.parametrize("body", ["", " \r\n"])
def test_an_empty_body_is_truncated(fetcher, source_server, body):
    source_server.answer(PATH, body)
    with pytest.raises(PayloadTruncated, match="empty"):
        fetcher.get(REQUEST)


def test_gzip_is_undone(fetcher, source_server):
    source_server.answer(PATH, CSV * 1000, compress=True)
    assert fetcher.get(REQUEST).text() == CSV * 1000
    assert source_server.requests[0].headers["accept-encoding"] == "gzip"


def test_gzip_that_ends_early_is_truncated_even_where_no_length_is_told(fetcher, source_server):
    source_server.answer(PATH, CSV * 1000, compress=True, cut=60, no_length=True)
    with pytest.raises(PayloadTruncated, match="compressed body ends"):
        fetcher.get(REQUEST)


def test_what_says_gzip_and_is_not_is_damaged(fetcher, source_server):
    source_server.answer(PATH, CSV, headers={"Content-Encoding": "gzip"})
    with pytest.raises(PayloadTruncated, match="damaged"):
        fetcher.get(REQUEST)


def test_an_encoding_nobody_asked_for_is_a_change(fetcher, source_server):
    source_server.answer(PATH, CSV, headers={"Content-Encoding": "br"})
    with pytest.raises(SourceChanged, match="encoded as br"):
        fetcher.get(REQUEST)


def test_a_huge_file_is_not_read_to_its_end(make_fetcher, source_server):
    source_server.answer(PATH, b"0123456789abcdef" * 4096, repeat=4096)
    with pytest.raises(PayloadTooLarge, match="1000000 bytes"):
        make_fetcher(limit=1_000_000).get(REQUEST)
    assert len(source_server.requests) == 1


def test_a_small_file_that_inflates_beyond_the_limit_is_too_large(make_fetcher, source_server):
    source_server.answer(PATH, b"0" * 20_000_000, compress=True)
    with pytest.raises(PayloadTooLarge):
        make_fetcher(limit=1_000_000).get(REQUEST)


def test_a_body_of_just_the_limit_is_taken(make_fetcher, source_server):
    source_server.answer(PATH, b"1" * 1000)
    assert len(make_fetcher(limit=1000).get(REQUEST).body) == 1000


@pytest.mark.parametrize("form", [Form.CSV, Form.JSON, Form.XLSX])
@pytest.mark.parametrize("page", ["<!DOCTYPE html>\n<html><head>", "\ufeff <HTML>", "<!-- a --><html lang='en'>"])
def test_a_page_instead_of_figures_is_a_change_and_says_its_title(fetcher, source_server, form, page):
    source_server.answer(PATH, f"{page}<title>\n We moved &amp; closed </title></html>")
    with pytest.raises(SourceChanged, match=f"HTML page titled 'We moved & closed' where {form.value} was expected"):
        fetcher.get(Request(URL, form))
    assert len(source_server.requests) == 1


def test_a_page_is_welcome_where_one_was_asked_for(fetcher, source_server):
    source_server.answer(PATH, "<!doctype html><table></table>")
    assert fetcher.get(Request(URL, Form.HTML)).text().startswith("<!doctype")


@pytest.mark.parametrize("body", ['{"data": [1, 2', '{"data": "abc', '[{"a": 1}', '{"a": {"b": 1}'])
def test_json_that_ends_in_the_middle_is_truncated(fetcher, source_server, body):
    source_server.answer(PATH, body, no_length=True)
    with pytest.raises(PayloadTruncated, match="ends in the middle"):
        fetcher.get(Request(URL, Form.JSON))


@pytest.mark.parametrize("body", ["<?xml version='1.0'?><error/>", "period,value", '{"a": nan, "b": 1}'])
def test_what_is_not_json_is_a_change(fetcher, source_server, body):
    source_server.answer(PATH, body)
    with pytest.raises(SourceChanged, match="is not JSON"):
        fetcher.get(Request(URL, Form.JSON))


def test_workbooks_are_whole_or_refused(make_fetcher, source_server):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    whole = buffer.getvalue()
    source_server.answer("/source.example/whole", whole)
    source_server.answer("/source.example/cut", whole[:-30])
    source_server.answer("/source.example/old", b"\xd0\xcf\x11\xe0 an older form")
    fetcher = make_fetcher(attempts=1)
    assert fetcher.get(Request("https://source.example/whole", Form.XLSX)).body == whole
    with pytest.raises(PayloadTruncated, match="workbook ends"):
        fetcher.get(Request("https://source.example/cut", Form.XLSX))
    with pytest.raises(SourceChanged, match="not an Office Open XML workbook"):
        fetcher.get(Request("https://source.example/old", Form.XLSX))


@pytest.mark.parametrize(
    "location", ["https://source.example/new.csv", "/new.csv", "new.csv", "MIRROR/source.example/new.csv"]
)
def test_a_redirection_is_followed(fetcher, source_server, location):
    source_server.answer(PATH, status=302, location=location.replace("MIRROR", source_server.url))
    source_server.answer("/source.example/new.csv", CSV)
    assert fetcher.get(REQUEST).text() == CSV


def test_a_circle_of_redirections_ends(fetcher, source_server):
    source_server.answer(PATH, status=301, location=URL)
    with pytest.raises(SourceChanged, match="redirected more than 5 times"):
        fetcher.get(REQUEST)
    assert len(source_server.requests) == 6


@pytest.mark.parametrize("location", ["http://source.example/new.csv", "ftp://source.example/x", "http://127.0.0.1:9/"])
def test_a_redirection_never_leaves_https(fetcher, source_server, location):
    source_server.answer(PATH, status=302, location=location)
    with pytest.raises(SourceChanged, match="not https"):
        fetcher.get(REQUEST)


def test_secrets_reach_the_source_and_no_other_host(fetcher, source_server):
    request = Request(URL, Form.CSV, {"page": "1"}, {"api_key": SECRET}, secret_headers={"X-Key": "header-secret"})
    source_server.answer(
        PATH, status=302, location="/again.csv?page=1&api_key=s%C3%A9+cret%2F%2Bkey&token=header-secret"
    )
    source_server.answer(
        "/source.example/again.csv",
        status=302,
        location="https://other.example/f.csv?copy=s%C3%A9%20cret%2F%2Bkey&page=1",
    )
    source_server.answer("/other.example/f.csv", CSV)
    fetcher.get(request)
    first, again, other = source_server.requests
    assert first.query == {"page": "1", "api_key": SECRET}
    assert again.query["api_key"] == SECRET
    assert [first.headers["x-key"], again.headers["x-key"]] == ["header-secret"] * 2
    assert other.query == {"page": "1"}
    assert "x-key" not in other.headers


@pytest.mark.parametrize(
    "answer",
    [
        {"status": 403},
        {"status": 500},
        {"status": 302, "location": "http://elsewhere.example/?api_key=s%C3%A9%20cret%2F%2Bkey&x=header-secret"},
        {"body": f"<html><title>wrong key {SECRET} header-secret</title></html>"},
        {"body": CSV, "cut": 5},
        {"body": CSV, "headers": {"Content-Encoding": "header-secret"}},
        {"drop": True},
    ],
)
def test_no_secret_is_in_an_error_a_log_or_a_repr(make_fetcher, source_server, caplog, answer):
    caplog.set_level(logging.DEBUG)
    source_server.answer(PATH, **answer)
    request = Request(URL, Form.CSV, {}, {"api_key": SECRET}, secret_headers={"X-Key": "header-secret"})
    with pytest.raises((SourceRefused, SourceUnreachable, SourceChanged, PayloadTruncated)) as caught:
        make_fetcher(attempts=1).get(request)
    assert source_server.requests[0].query["api_key"] == SECRET
    chain = []
    error = caught.value
    while error is not None:
        chain += [str(error), repr(error)]
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("httpx2")]
    text = "\n".join([*chain, *ours, repr(request)])
    assert not [form for form in (SECRET, "cret%2F", "cret/", "header-secret") if form in text]
    assert answer.get("drop") or any("source.example" in line for line in ours)


def test_cookies_are_not_carried_on(fetcher, source_server):
    source_server.answer(PATH, CSV, headers={"Set-Cookie": "who=me; Path=/"})
    fetcher.get(REQUEST)
    fetcher.get(REQUEST)
    assert "cookie" not in source_server.requests[1].headers


@pytest.mark.parametrize("mirror", ["http://mirror.example", "ftp://127.0.0.1", "mirror"])
def test_a_mirror_is_https_or_on_loopback(make_fetcher, mirror):
    with pytest.raises(InvalidParameter, match="mirror"):
        make_fetcher(mirror=mirror)


@pytest.mark.parametrize("url", ["http://source.example/x", "http://127.0.0.1/x", "file:///etc/passwd"])
def test_only_https_addresses_are_asked(fetcher, source_server, url):
    with pytest.raises(InvalidParameter, match="https"):
        fetcher.get(Request(url, Form.CSV))
    assert source_server.requests == []


def test_the_user_agent_is_ours_or_the_requests_own(make_fetcher, source_server):
    source_server.answer(PATH, CSV)
    fetcher = make_fetcher(user_agent="headroom/0.1 someone@example.org")
    fetcher.get(REQUEST)
    fetcher.get(Request(URL, Form.CSV, headers={"User-Agent": "mine"}))
    assert [request.headers["user-agent"] for request in source_server.requests] == [
        "headroom/0.1 someone@example.org",
        "mine",
    ]


def test_threads_with_a_fetcher_each_do_not_meet(make_fetcher, source_server):
    names = [f"f{number}" for number in range(8)]
    for name in names:
        source_server.answer(f"/source.example/{name}", name * 5000)
    bodies = {}

    def read(name, thread_fetcher):
        bodies[name] = thread_fetcher.get(Request(f"https://source.example/{name}", Form.CSV)).text()

    threads = [threading.Thread(target=read, args=(name, make_fetcher())) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=600)
    assert bodies == {name: name * 5000 for name in names}
