"""The serving process: what it imports, how it starts, how it ends, and how fast cached answers leave."""

import json
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx2
import loopback
import pytest

from data.base.errors import InvalidParameter
from service.server.serve import listen

FORBIDDEN = {
    "mlflow", "pandas", "statsmodels", "prophet", "statsforecast", "matplotlib", "sklearn", "vl_convert",
    "numba", "llvmlite", "mcp",
}  # fmt: skip


def test_serving_imports_no_modelling_library():
    code = "import sys, json, service.server.serve, service.app; print(json.dumps(sorted(sys.modules)))"
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in json.loads(process.stdout)}
    assert not loaded & FORBIDDEN
    modules = {name for name in json.loads(process.stdout) if name.startswith("training.")}
    allowed = {
        "artifact.past_calibration",
        "artifact.past_scores",
        "artifact.published",
        "core.scores",
        "open_models.state",
        "plans.realisation",
    }
    assert modules <= {f"training.{name}" for name in allowed | {name.split(".")[0] for name in allowed}}


def test_answering_imports_no_modelling_library_either(live_server):
    maps = Path(f"/proc/{live_server.process.pid}/maps")
    if not maps.exists():
        pytest.skip("no /proc here: what another process has loaded cannot be seen")
    for path in ("/v1/gaps?region=US&layer=power", "/v1/charts/gap?region=US&layer=power", "/", "/docs"):
        assert loopback.get(f"{live_server.url}{path}").status_code == 200
    mapped = maps.read_text()
    assert not [name for name in ("vl_convert", "pandas", "scipy/stats") if f"/{name}" in mapped]


def test_the_server_answers_keeps_connections_and_ends_cleanly(start_server, editions):
    live_server = start_server(editions)
    with httpx2.Client(base_url=live_server.url) as client:
        first = client.get("/v1/gaps?region=US&layer=power")
        again = client.get("/v1/gaps?region=US&layer=power", headers={"If-None-Match": first.headers["etag"]})
        assert (first.status_code, again.status_code) == (200, 304)
        assert client.head("/v1/gaps?region=US&layer=power").content == b""
        assert "server" not in first.headers
    live_server.process.send_signal(signal.SIGTERM)
    assert live_server.process.wait(timeout=600) in {0, -signal.SIGTERM}


def test_a_port_in_use_is_named():
    with listen("127.0.0.1", 0) as socket:
        port = socket.getsockname()[1]
        with pytest.raises(InvalidParameter) as caught:
            listen("127.0.0.1", port)
    assert caught.value.parameter == "port"
    assert "in use" in caught.value.detail


@pytest.mark.parametrize(
    ("host", "port", "parameter"), [("127.0.0.1", 70_000, "port"), ("no.such.host.invalid", 0, "host")]
)
def test_an_impossible_address_is_named(host, port, parameter):
    with pytest.raises(InvalidParameter) as caught:
        listen(host, port)
    assert caught.value.parameter == parameter


@pytest.mark.skipif(not socket.has_ipv6 or not Path("/proc/net/if_inet6").exists(), reason="no IPv6 here")
def test_ipv6_can_be_listened_on():
    with listen("::1", 0) as listener:
        assert listener.family is socket.AF_INET6
