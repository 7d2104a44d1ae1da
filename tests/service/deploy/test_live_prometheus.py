"""A real Prometheus scrapes a real server by deploy/prometheus, and answers what the dashboards ask it."""

import json
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

import httpx2
import loopback
import pytest

DEPLOY = Path(__file__).parents[3] / "deploy"
SILENT = {
    "headroom_source_age_seconds",
    "headroom_job_success_age_seconds",
    "headroom_jobs",
    "headroom_not_ready",
    "headroom_driver_stale == 1",
    "headroom_coverage_ratio",
}
"""Expressions of which a server that reads no database, has no fault and no scored step has no sample."""


@pytest.fixture
def prometheus(live_server, tmp_path):
    """The address of a Prometheus that has scraped the server."""
    binary = shutil.which("prometheus")
    if binary is None:
        pytest.skip("Prometheus is not installed: apt-get install prometheus")
    folder = shutil.copytree(DEPLOY / "prometheus", tmp_path / "prometheus")
    config = folder / "prometheus.yml"
    text = config.read_text().replace("serve:8000", live_server.url.removeprefix("http://"))
    config.write_text(re.sub(r"_interval: \w+", "_interval: 1s", text))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    arguments = [f"--config.file={config}", f"--storage.tsdb.path={tmp_path / 'data'}"]
    with (tmp_path / "log").open("w") as log:
        process = subprocess.Popen(
            [binary, *arguments, f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log
        )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=60)


def ask(address, path):
    """The data of an answer of Prometheus; None while it does not answer yet."""
    try:
        answer = loopback.get(f"{address}{path}", timeout=30)
    except httpx2.TransportError:
        return None
    return answer.json()["data"] if answer.status_code == 200 else None


def wait_for(condition):
    for _ in range(600):
        if (value := condition()) is not None:
            return value
        time.sleep(0.1)
    raise AssertionError


@pytest.mark.slow
def test_prometheus_answers_every_panel_and_judges_every_rule(live_server, prometheus):
    def rules():
        data = ask(prometheus, "/api/v1/rules")
        judged = [rule for group in data["groups"] for rule in group["rules"]] if data else []
        return judged if judged and all(rule["health"] != "unknown" for rule in judged) else None

    def rated():
        data = ask(prometheus, "/api/v1/query?query=rate(headroom_request_duration_seconds_count[5m])")
        loopback.get(f"{live_server.url}/v1/regions")
        return (data or {}).get("result") or None

    assert {rule["health"] for rule in wait_for(rules)} == {"ok"}
    wait_for(rated)
    board = json.loads((DEPLOY / "grafana/dashboards/operation.json").read_text())
    for expression in (target["expr"] for panel in board["panels"] for target in panel["targets"]):
        data = ask(prometheus, f"/api/v1/query?query={quote(expression)}")
        assert data is not None, expression
        assert data["result"] or expression in SILENT, expression
