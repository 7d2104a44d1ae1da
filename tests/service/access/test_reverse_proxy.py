"""Behind a real nginx: the page, its files, the documentation and the answers under a path prefix."""

import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx2
import pytest

from service.pages.assets import build

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
CONFIGURATION = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen 127.0.0.1:{port};
    location /headroom/ {{
      proxy_pass {target};
      proxy_set_header Host $http_host;
      {header}
    }}
  }}
}}
"""
PROXIES = {
    "strips the prefix, service told by setting": ("/headroom", "{url}/", ""),
    "keeps the prefix, service told by setting": ("/headroom", "{url}", ""),
    "strips the prefix, service told by header": ("", "{url}/", "proxy_set_header X-Forwarded-Prefix /headroom;"),
    "keeps the prefix, service told by header": ("", "{url}", "proxy_set_header X-Forwarded-Prefix /headroom;"),
    "strips the prefix and tells nobody": ("", "{url}/", ""),
}
CROSSED = {"keeps the prefix, service told by setting", "strips the prefix, service told by header"}
"""Each half of these is in one of the others too, so they run with the slow tests."""
LINKS = re.compile(r'(?:src|href)="([^"#]+)"|from "([^"]+)"')


@contextmanager
def nginx(folder: Path, *, target: str, header: str) -> Iterator[str]:
    """The address of an nginx that shows ``target`` under /headroom/."""
    if NGINX is None:
        pytest.skip("nginx is not installed: no real proxy stands in front; apt-get install nginx-light")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    file = folder / "nginx.conf"
    file.write_text(CONFIGURATION.format(folder=folder, port=port, target=target, header=header))
    process = subprocess.Popen([NGINX, "-e", str(folder / "error.log"), "-p", str(folder), "-c", str(file)])
    try:
        for _ in range(600):
            with socket.socket() as attempt:
                if attempt.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=600)


@pytest.fixture(
    params=[
        pytest.param(proxy, id=name, marks=[pytest.mark.slow] if name in CROSSED else [])
        for name, proxy in PROXIES.items()
    ]
)
def proxied_service(request, server_behind, tmp_path):
    """Where the proxy shows a running service, and whether that was told of the prefix."""
    root_path, target, header = request.param
    (tmp_path / "vega.js").write_text("window.vegaEmbed = 1;")
    with (
        server_behind(root_path) as server,
        nginx(tmp_path, target=target.format(url=server.url), header=header) as url,
    ):
        yield f"{url}/headroom/", bool(root_path or header)


def test_everything_a_page_leads_to_comes_through_the_proxy(proxied_service):
    root, has_prefix = proxied_service
    with httpx2.Client(timeout=600) as client:
        visited, waiting = {}, [root, urljoin(root, "docs"), urljoin(root, "assets/vega.js")]
        while waiting:
            address = waiting.pop()
            answer = client.get(address)
            visited[address] = answer.status_code
            if "html" in answer.headers["content-type"] or "/static/" in address:
                names = ["".join(groups).replace("&amp;", "&") for groups in LINKS.findall(answer.text)]
                addresses = sorted({urljoin(address, name) for name in names} - set(visited))
                # Publishers, whom pages link to, are elsewhere.
                addresses = [one for one in addresses if urlsplit(one).netloc == urlsplit(root).netloc]
                # Choices of a page are the same page again; a few of them stand for all.
                waiting += [one for one in addresses if "?" not in one]
                waiting += [one for one in addresses if "?" in one and "." not in one][:2] if address == root else []
        assert [address for address, status in visited.items() if status != 200] == []
        assert all(address.startswith(root) for address in visited)
        assert len(visited) > 15
        problem = client.get(urljoin(root, "v1/gaps?region=XX&layer=power")).json()
        document = client.get(urljoin(root, "openapi.json")).json()
        prefix = "/headroom" if has_prefix else ""
        assert problem["type"] == f"{prefix}/problems/invalid_parameter"
        assert document["servers"] == [{"url": prefix or "/"}]


@pytest.mark.slow
@pytest.mark.parametrize("page", ["?region=US&layer=power", "docs"])
def test_chromium_draws_the_pages_behind_the_prefix(server_behind, tmp_path, page):
    if CHROMIUM is None:
        pytest.skip("chromium is not installed: the page is not looked at; apt-get install chromium")
    with server_behind("") as server, nginx(tmp_path, target=f"{server.url}/", header="") as url:
        build(server.assets)
        shot = tmp_path / "page.png"
        command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
        command += ["--disable-background-networking", "--enable-logging=stderr", "--virtual-time-budget=8000"]
        command += [f"--user-data-dir={tmp_path / 'profile'}", "--window-size=1400,1800", f"--screenshot={shot}"]
        process = subprocess.run(
            [*command, f"{url}/headroom/{page}"], capture_output=True, text=True, timeout=600, check=True
        )
    assert "CONSOLE" not in process.stderr
    assert "Refused" not in process.stderr
    assert shot.stat().st_size > 25_000


def test_two_prefixes_of_one_service_stay_apart(server_behind, tmp_path):
    with server_behind("") as server, httpx2.Client(timeout=600) as client:
        pages = {}
        for prefix in ("/a", "/b", "/a"):
            folder = tmp_path / f"{prefix[1:]}{len(pages)}"
            folder.mkdir(exist_ok=True)
            header = f"proxy_set_header X-Forwarded-Prefix {prefix};"
            with nginx(folder, target=f"{server.url}/", header=header) as url:
                document = client.get(f"{url}/headroom/openapi.json")
                assert document.json()["servers"] == [{"url": prefix}]
                page = client.get(f"{url}/headroom/").text
            assert pages.setdefault(prefix, page) == page
