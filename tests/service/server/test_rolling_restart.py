"""Two servers behind nginx, each restarted in turn under load, with the settings of deploy/nginx.conf."""

import http.client
import shutil
import signal
import socket
import subprocess
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import loopback
import pytest

CONFIGURATION = Path(__file__).parents[3] / "deploy" / "nginx.conf"
CLIENTS = 8


@pytest.fixture
def nginx(tmp_path):
    """The proxy's URL and the ports it expects its two servers on."""
    program = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin:/opt/homebrew/bin")
    if program is None:
        pytest.skip("nginx is not installed: apt-get install nginx-light")
    front, first, second = free_ports(3)
    text = CONFIGURATION.read_text().replace("127.0.0.1:8000", f"127.0.0.1:{front}")
    text = text.replace("127.0.0.1:8001", f"127.0.0.1:{first}").replace("127.0.0.1:8002", f"127.0.0.1:{second}")
    (tmp_path / "nginx.conf").write_text(f"daemon off;\n{text}")
    with (tmp_path / "nginx.log").open("w") as log:
        process = subprocess.Popen(
            [program, "-p", str(tmp_path), "-c", str(tmp_path / "nginx.conf"), "-e", "stderr"], stdout=log, stderr=log
        )
    try:
        yield f"http://127.0.0.1:{front}", (first, second)
    finally:
        process.terminate()
        process.wait(600)


class Client(threading.Thread):
    """Asks through the proxy until told to end; keeps every answer that is no 200."""

    def __init__(self, url, ended):
        super().__init__()
        self.address, self.ended = urlsplit(url).netloc, ended
        self.answers, self.failed = 0, []

    def run(self):
        connection = http.client.HTTPConnection(self.address, timeout=600)
        while not self.ended.is_set():
            path = "/v1/gaps?region=US&layer=power" if self.answers % 2 else "/v1/layers"
            try:
                connection.request("GET", path)
                answer = connection.getresponse()
                text = answer.read()
                if answer.status != 200:
                    self.failed.append((answer.status, text[:200]))
            except (OSError, http.client.HTTPException) as error:
                self.failed.append(repr(error))
                connection.close()
            self.answers += 1
            time.sleep(0.01)
        connection.close()


def free_ports(number):
    """Ports nobody listens on."""
    with ExitStack() as stack:
        return [stack.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _ in range(number)]


@pytest.mark.nightly
def test_restarting_both_servers_in_turn_loses_no_request(nginx, start_server, editions):
    url, ports = nginx
    ended = threading.Event()
    clients = [Client(url, ended) for _ in range(CLIENTS)]
    servers = [start_server(editions, port=port, drain_delay=2.0) for port in ports]
    assert loopback.get(f"{url}/readyz").status_code == 200
    with ExitStack() as stack:
        stack.callback(finish, clients, ended)
        for client in clients:
            client.start()
        for server, port in zip(servers, ports, strict=True):
            time.sleep(1)
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(600) in {0, -signal.SIGTERM}
            # Gone for a moment, with the other one alone; then it is back.
            time.sleep(1)
            start_server(editions, port=port, drain_delay=2.0)
            time.sleep(2)
    assert sum(client.answers for client in clients) > 100
    assert [failure for client in clients for failure in client.failed] == []


def finish(clients, ended):
    ended.set()
    for client in clients:
        client.join(600)
