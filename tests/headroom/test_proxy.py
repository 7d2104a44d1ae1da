"""``headroom data refresh`` on a machine that reaches the web through an HTTP proxy only."""

import json
import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from loopback_proxy import LoopbackProxy, certificate

from data.base.errors import InvalidParameter
from data.connectors.payload import Form, Payload, Request
from data.connectors.proxy import Proxy
from headroom import wiring
from headroom.settings import display, load, origins

VARIABLES = [name for word in ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY") for name in (word, word.lower())]
REQUEST = Request("https://source.example/figures.csv", Form.CSV)


@pytest.fixture(autouse=True)
def no_proxy_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def start() -> Iterator[Callable[..., LoopbackProxy]]:
    proxies: list[LoopbackProxy] = []

    def build(**how: Any) -> LoopbackProxy:
        proxies.append(LoopbackProxy(**how))
        return proxies[-1]

    yield build
    for proxy in proxies:
        proxy.close()


@pytest.fixture
def source(start: Callable[..., LoopbackProxy], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LoopbackProxy:
    """A proxy behind which source.example and mirror.invalid answer over TLS."""
    path = certificate(tmp_path, "source.example", "mirror.invalid")
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    return start(body=b"period,value\n2026-01-01,1\n", certificate=path)


def refresh(tmp_path: Path, **variables: str) -> tuple[int, dict[str, Any], str]:
    command = [sys.executable, "-m", "headroom", "data", "refresh", "cso_mec02", "--dry-run", "--json"]
    process = subprocess.run(
        [*command, "--home", str(tmp_path / "home")],
        env={**os.environ, "HEADROOM_FETCH_ATTEMPTS": "1", **variables},
        capture_output=True,
        text=True,
        check=False,
    )
    return process.returncode, json.loads(process.stdout), process.stderr


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "HEADROOM_PROXY"])
@pytest.mark.parametrize("scheme", ["http://", ""])
def test_figures_come_through_the_proxy_the_environment_names(
    source: LoopbackProxy, monkeypatch: pytest.MonkeyPatch, variable: str, scheme: str
) -> None:
    monkeypatch.setenv(variable, f"{scheme}{source.address}")
    with wiring.fetcher(load()) as fetcher:
        payload = fetcher.get(REQUEST)
    assert isinstance(payload, Payload)
    assert payload.text().startswith("period,value")
    assert source.requests == ["source.example:443", "GET /figures.csv HTTP/1.1"]
    assert origins({})["proxy"] == f"environment {variable}"


def test_a_mirror_is_asked_through_the_proxy_too(source: LoopbackProxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", f"http://ann:se%3Acret@{source.address}")
    monkeypatch.setenv("HEADROOM_MIRROR", "https://mirror.invalid/of")
    with wiring.fetcher(load()) as fetcher:
        fetcher.get(REQUEST)
    assert source.requests == ["mirror.invalid:443", "GET /of/source.example/figures.csv HTTP/1.1"]
    assert source.credentials == [f"Basic {b64encode(b'ann:se:cret').decode()}"]


@pytest.mark.parametrize(
    ("variables", "target"),
    [
        ({"HEADROOM_MIRROR": "https://mirror.invalid"}, "https://mirror.invalid/ws.cso.ie/"),
        ({"HEADROOM_MIRROR": "https://me:hidden@mirror.invalid/x/"}, "https://mirror.invalid/x/ws.cso.ie/"),
        ({}, "https://ws.cso.ie/"),
    ],
)
def test_a_failure_names_the_address_that_was_asked_and_the_proxy(
    start: Callable[..., LoopbackProxy], tmp_path: Path, variables: dict[str, str], target: str
) -> None:
    proxy = start(refusal=502)
    code, document, errors = refresh(tmp_path, HTTPS_PROXY=f"http://ann:secret@{proxy.address}", **variables)
    host = target.split("/")[2]
    assert (code, proxy.requests) == (1, [f"{host}:443"])
    text = json.dumps(document) + errors
    assert target in text
    assert f"through the proxy {proxy.address}" in text
    assert "Traceback" not in text
    assert not [word for word in ("secret", "hidden") if word in text]
    assert ("https://ws.cso.ie" in text) == (host == "ws.cso.ie")


@pytest.mark.parametrize(
    "exempt", ["mirror.invalid", ".invalid", "*.invalid", "a.example, mirror.invalid:443", "*", "INVALID"]
)
@pytest.mark.parametrize("variable", ["NO_PROXY", "no_proxy", "HEADROOM_NO_PROXY"])
def test_an_exempt_host_is_asked_without_it(monkeypatch: pytest.MonkeyPatch, exempt: str, variable: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv(variable, exempt)
    settings = load()
    proxy = Proxy.parse(settings.proxy.get_secret_value(), settings.no_proxy)
    assert not proxy.serves("mirror.invalid", None)
    assert proxy.serves("mirror.example.org", None) == (exempt != "*")


def test_an_exempt_host_never_reaches_the_proxy(start: Callable[..., LoopbackProxy], tmp_path: Path) -> None:
    proxy = start()
    mirror = "https://mirror.invalid"
    code, document, errors = refresh(
        tmp_path, HTTPS_PROXY=proxy.address, NO_PROXY="mirror.invalid", HEADROOM_MIRROR=mirror
    )
    assert (code, proxy.requests) == (1, [])
    assert "https://mirror.invalid/ws.cso.ie/" in json.dumps(document) + errors
    assert "proxy" not in json.dumps(document)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_this_machine_is_never_asked_through_it(host: str) -> None:
    assert not Proxy.parse("http://proxy.example:3128").serves(host, 8080)


@pytest.mark.parametrize(
    "url", ["socks5://ann:secret@proxy.example:1080", "http://", "http://host:port", "ftp://secret"]
)
def test_what_is_no_http_proxy_is_refused_without_its_password(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("HTTPS_PROXY", url)
    with pytest.raises(InvalidParameter, match="HTTPS_PROXY") as caught:
        wiring.fetcher(load())
    assert "secret" not in str(caught.value)


def test_the_setting_goes_before_the_environment_and_shows_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://other.example")
    monkeypatch.setenv("HEADROOM_PROXY", "ann:secret@proxy.example:3128")
    settings = load()
    assert settings.proxy.get_secret_value() == "http://ann:secret@proxy.example:3128"
    assert "secret" not in display(settings.proxy)
    assert origins({})["proxy"] == "environment HEADROOM_PROXY"
