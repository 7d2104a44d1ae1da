"""Files of the pages: nothing from elsewhere, nothing inline, and everything that is named is there."""

import re
import struct
from pathlib import Path
from urllib.parse import urljoin

import pytest
from starlette.testclient import TestClient

from service.app import create_app
from service.pages.frame.navigation import MENU

PAGES = Path(__file__).parents[3] / "service" / "pages"
FILES = sorted({*(PAGES / "static").iterdir(), *(PAGES / "templates").iterdir()} - {PAGES / "static" / "icon.ico"})
PATHS = [f"/{page.path}" for page in MENU] + ["/docs"]


@pytest.mark.parametrize("path", PATHS)
def test_pages_allow_only_their_own_scripts(client, path):
    response = client.get(path)
    policy = response.headers["content-security-policy"]
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "script-src 'self';" in policy
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    assert not re.search(r"<script(?![^>]*\bsrc=)", response.text)
    assert not re.search(r"\son[a-z]+=", response.text)


@pytest.mark.parametrize("path", [path for path in PATHS if path != "/docs"])
def test_a_page_needs_no_inline_style(client, path):
    assert "style-src 'self';" in client.get(path).headers["content-security-policy"]
    assert " style=" not in client.get(path).text


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_nothing_is_loaded_from_elsewhere(file):
    text = file.read_text().replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"(?:src|href|url)\W{1,3}\w*://", text)


@pytest.mark.parametrize("path", PATHS)
def test_everything_a_page_names_is_served(make_context, editions, tmp_path, path):
    (tmp_path / "vega.js").write_text("window.vegaEmbed = 1;")
    client = TestClient(create_app(make_context(editions, assets=tmp_path)))
    names = re.findall(r'(?:src|href)="([^"#]+)"', client.get(path).text)
    files = {name for name in names if "?" not in name and "v1/" not in name and "://" not in name}
    assert len(files) > 4
    for name in files:
        assert client.get(urljoin(path, name.replace("&amp;", "&"))).status_code == 200, name
    assert client.get("/assets/vega.js").text == "window.vegaEmbed = 1;"


def test_large_files_go_out_compressed_to_those_who_can_read_it(make_context, editions, tmp_path):
    (tmp_path / "vega.js").write_text("x" * 100_000)
    client = TestClient(create_app(make_context(editions, assets=tmp_path)))
    packed = client.get("/assets/vega.js", headers={"accept-encoding": "gzip"})
    plain = client.get("/assets/vega.js", headers={"accept-encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.headers["vary"] == plain.headers["vary"] == "accept-encoding"
    assert int(packed.headers["content-length"]) < 1000
    assert packed.text == plain.text
    assert packed.headers["etag"] != plain.headers["etag"]


def test_a_missing_chart_library_is_a_problem_with_the_remedy(client):
    response = client.get("/assets/vega.js")
    assert response.status_code == 404
    assert "headroom project" in response.json()["detail"]


@pytest.mark.parametrize(("path", "kind"), [("/favicon.ico", "image/x-icon"), ("/robots.txt", "text/plain")])
def test_what_browsers_and_robots_look_for_is_there(client, path, kind):
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, kind)


def test_the_icon_of_old_browsers_is_an_icon_file(client):
    kind, count, width, height = struct.unpack("<2xHHBB", client.get("/favicon.ico").content[:8])
    assert (kind, count, width, height) == (1, 1, 32, 32)
