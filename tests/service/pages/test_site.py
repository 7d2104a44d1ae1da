"""The page and the documentation page: nothing from elsewhere, nothing inline, and they can be looked at."""

import json
import re
import shutil
import struct
import subprocess
from pathlib import Path
from urllib.parse import urljoin

import pytest
from starlette.testclient import TestClient

from data.base.layers import DemandConcept
from service.app import create_app
from service.pages.assets import build

STATIC = Path(__file__).parents[3] / "service" / "pages" / "static"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PNG_SIZE = slice(16, 24)


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_pages_allow_only_their_own_scripts(client, path):
    response = client.get(path)
    policy = response.headers["content-security-policy"]
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "script-src 'self';" in policy
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    assert not re.search(r"<script(?![^>]*\bsrc=)", response.text)
    assert not re.search(r"\son[a-z]+=", response.text)


def test_the_page_itself_needs_no_inline_style(client):
    assert "style-src 'self';" in client.get("/").headers["content-security-policy"]
    assert " style=" not in client.get("/").text


@pytest.mark.parametrize("file", sorted(set(STATIC.iterdir()) - {STATIC / "icon.ico"}), ids=lambda file: file.name)
def test_nothing_is_loaded_from_elsewhere(file):
    text = file.read_text().replace("http://www.w3.org/2000/svg", "")
    assert "://" not in text


@pytest.mark.parametrize("path", ["/", "/docs"])
def test_everything_a_page_names_is_served(make_context, editions, tmp_path, path):
    (tmp_path / "vega.js").write_text("window.vegaEmbed = 1;")
    client = TestClient(create_app(make_context(editions, assets=tmp_path)))
    names = re.findall(r'(?:src|href)="([^"#]+)"', client.get(path).text)
    assert len(names) > 4
    for name in names:
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


def test_pickers_have_labels_and_the_answer_is_announced(client):
    text = client.get("/").text
    assert re.findall(r'<label>\w+ <select name="(\w+)"', text) == ["region", "layer", "demand", "scenario", "freq"]
    assert 'aria-live="polite"' in text
    assert '<html lang="en">' in text
    assert "Skip to the answer" in text


def test_the_page_offers_every_reading_of_demand_in_plain_words(client):
    text = client.get("/").text
    picker = re.search(r'<select name="demand">(.*?)</select>', text)[1]
    assert re.findall(r'value="(\w+)"', picker) == list(DemandConcept)
    assert "what buyers want" in picker
    for gone in ("unconstrained", "equipment", "committed", "floor"):
        assert gone not in text + (STATIC / "page.js").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("size", [(1440, 1800), (500, 1800)], ids=str)
@pytest.mark.parametrize(
    "view",
    [
        "region=US&layer=power",
        "region=US&layer=compute",
        "region=US&layer=energy&freq=Q",
        "region=EU&layer=power",
        "region=WORLD&layer=storage",
    ],
)
def test_chromium_draws_the_page_without_complaint(live_server, tmp_path, size, view):
    if CHROMIUM is None:
        pytest.skip("chromium is not installed: the page is not looked at; apt-get install chromium")
    build(live_server.assets)
    shot = tmp_path / "page.png"
    process = subprocess.run(
        [
            CHROMIUM,
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            "--hide-scrollbars",
            "--enable-logging=stderr",
            f"--user-data-dir={tmp_path / 'profile'}",
            f"--window-size={size[0]},{size[1]}",
            "--virtual-time-budget=8000",
            f"--screenshot={shot}",
            f"{live_server.url}/?{view}",
        ],
        capture_output=True,
        text=True,
        timeout=600,
        check=True,
    )
    assert "CONSOLE" not in process.stderr
    assert "Refused" not in process.stderr
    picture = shot.read_bytes()
    assert picture.startswith(b"\x89PNG")
    assert int.from_bytes(picture[PNG_SIZE][:4]) == size[0]
    assert len(picture) > 25_000


def test_the_views_json_link_is_what_the_page_shows(client):
    answer = client.get("/v1/gaps?region=US&layer=power&scenario=base&freq=A")
    assert json.loads(answer.content)["status"] == "available"


def test_the_page_offers_every_answered_region_in_the_order_of_the_cells(client):
    order = re.search(r'name="region" data-order="([^"]+)"', client.get("/").text)[1].split()
    items = client.get("/v1/regions?limit=1000").json()["items"]
    assert sorted(order) == sorted(item["code"] for item in items if item["answered"])
    assert order[:4] == ["US", "CN", "EU", "WORLD"]


def test_the_page_offers_every_layer_the_api_names(client):
    order = re.search(r'name="layer" data-order="([^"]+)"', client.get("/").text)[1].split()
    assert sorted(order) == [item["layer"] for item in client.get("/v1/layers").json()["items"]]


@pytest.mark.parametrize(("path", "kind"), [("/favicon.ico", "image/x-icon"), ("/robots.txt", "text/plain")])
def test_what_browsers_and_robots_look_for_is_there(client, path, kind):
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, kind)


def test_the_icon_of_old_browsers_is_an_icon_file(client):
    kind, count, width, height = struct.unpack("<2xHHBB", client.get("/favicon.ico").content[:8])
    assert (kind, count, width, height) == (1, 1, 32, 32)
