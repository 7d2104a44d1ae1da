"""Readers of two servers lose nothing while editions are published and the servers are restarted in turn."""

import shutil
import signal
import time

import loopback
import pytest

from benchmarks.api_load.readers import PATHS, Readers

OLDER, NEWER = "e-20261122-aaaaaaaaaa", "e-20261123-bbbbbbbbbb"


@pytest.mark.slow
def test_no_reader_sees_a_fault_while_editions_and_servers_change(start_server, editions, edition_writer, tmp_path):
    directory = shutil.copytree(editions, tmp_path / "editions")
    servers = [start_server(directory, drain_delay=0.5) for _ in range(2)]
    addresses = [server.url.removeprefix("http://") for server in servers]
    with Readers(addresses, count=4) as answers:
        await_edition(answers, OLDER)
        edition_writer(directory, edition_id=NEWER, days=1, shift=1.5)
        await_edition(answers, NEWER)
        for server, address in zip(servers, addresses, strict=True):
            server.process.send_signal(signal.SIGTERM)
            assert server.process.wait(600) in {0, -signal.SIGTERM}
            start_server(directory, port=int(address.rpartition(":")[2]), drain_delay=0.5)
        before = answers.count
        while answers.count < before + 50:
            time.sleep(0.1)
    assert answers.faults == []
    assert answers.editions == {OLDER, NEWER}
    for path in PATHS[:3]:
        tags = {loopback.get(f"http://{address}{path.format(number=1)}").headers["etag"] for address in addresses}
        assert len(tags) == 1, "both say the same of the same edition"


def await_edition(answers, name):
    deadline = time.monotonic() + 300
    while name not in answers.editions:
        assert time.monotonic() < deadline
        time.sleep(0.1)
