"""docs/clients.md, executed against a server: what its Python reads is what the service answers."""

import re
import shutil
import subprocess
from pathlib import Path

import httpx2
import loopback
import polars as pl
import pyarrow.parquet as pq
import pytest

PAGE = Path(__file__).parents[3] / "docs/clients.md"
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)
FOOTER = 65_536
"""Bytes that pyarrow reads of the end of a file, whatever it wants of it."""
ADDRESS = "http://127.0.0.1:8000"
SHELL = re.compile(r"```sh\n(.*?)```", re.DOTALL)


@pytest.fixture(scope="module")
def names(live_server):
    """What the blocks of the page leave behind."""
    local: dict = {}
    for block in BLOCK.findall(PAGE.read_text(encoding="utf-8")):
        exec(block.replace(ADDRESS, live_server.url), local)  # noqa: S102 - the page is ours
    return local


def test_the_page_reads_the_numbers_of_the_service(names, live_server):
    points = httpx2.get(f"{live_server.url}/v1/gaps?region=US&layer=power").json()["points"]
    mine = names["gap"].filter(pl.col("region") == "US")
    assert mine["gap_p50"].to_list() == [point["gap"]["0.5"] for point in points]
    assert mine.schema["period"] == pl.Date
    assert names["wide"]["gap_p50"].to_list() == mine["gap_p50"].to_list()
    assert str(names["wide"]["period"].dtype).startswith("datetime64")
    assert names["bands"][0.5].to_list() == mine["gap_p50"].to_list()
    assert names["short"] == pytest.approx(points[2]["p_short"], rel=1e-5)
    assert names["typed"].points[0].gap["0.5"] == points[2]["gap"]["0.5"]
    assert set(names["table"]["region"]) == {"US", "CN"}
    assert set(names["figures"]["series_id"]) == {"alphabet.capex_cash", "microsoft.capex_cash"}


TABLES = {
    ".csv": "text/csv", ".parquet": "application/vnd.apache.parquet", ".arrow": "application/vnd.apache.arrow.file",
}  # fmt: skip
"""Forms of an answer, by the end of the path."""


def test_every_address_of_the_page_is_answered(live_server):
    text = PAGE.read_text(encoding="utf-8").replace("https://headroom.example", ADDRESS)
    # What curl sends is sent by curl below.
    addresses = set(re.findall(rf"{ADDRESS}(/[^\s'\"`)]+)", SHELL.sub("", text)))
    assert len(addresses) >= 8
    edition = loopback.get(f"{live_server.url}/v1/editions/latest").json()["id"]
    for address in addresses:
        answer = loopback.get(live_server.url + re.sub(r"\{edition\}|e-20\d{6}-\w{10}", edition, address))
        assert answer.status_code == 200, (address, answer.text)
        assert answer.headers["content-type"].startswith(TABLES[Path(httpx2.URL(ADDRESS + address).path).suffix])
        assert len(answer.content) > 200


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed: its lines on the page are not run")
def test_the_lines_of_curl_are_answered(live_server):
    # This service forecasts no series of others: tests/service/api/models does.
    blocks = [block for block in SHELL.findall(PAGE.read_text(encoding="utf-8")) if "in.csv" not in block]
    commands = "\n".join(blocks).replace(ADDRESS, live_server.url).replace("curl ", "curl -sS --fail ")
    process = subprocess.run(
        ["/bin/sh", "-e", "-c", commands], capture_output=True, text=True, check=False, timeout=600
    )
    assert process.returncode == 0, process.stderr
    assert process.stdout.startswith("period,gap_p05,gap_p50,gap_p95,attribution")
    assert '{"series_id":' in process.stdout
    assert "US + CN,compute" in process.stdout


class PartsOfFile:
    """A file that is read by Range, as remote readers do; counts the bytes."""

    closed = False

    def __init__(self, url: str) -> None:
        self._url, self._place, self.bytes = url, 0, 0
        self._size = int(httpx2.head(url).headers["content-length"])

    def seek(self, place: int, whence: int = 0) -> int:
        self._place = place + (0, self._place, self._size)[whence]
        return self._place

    def tell(self) -> int:
        return self._place

    def read(self, size: int = -1) -> bytes:
        end = self._size if size < 0 else self._place + size
        response = httpx2.get(self._url, headers={"Range": f"bytes={self._place}-{end - 1}"})
        assert response.status_code == 206
        self._place += len(response.content)
        self.bytes += len(response.content)
        return response.content

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def close(self) -> None:
        self.closed = True


def test_a_column_is_read_without_the_file(live_server):
    edition = httpx2.get(f"{live_server.url}/v1/editions/latest").json()["id"]
    url = f"{live_server.url}/v1/editions/{edition}/draws/US.power.wanted.parquet"
    parts = PartsOfFile(url)
    column = pq.read_table(parts, columns=["demand_2028"], pre_buffer=False)
    whole = pl.read_parquet(httpx2.get(url).content)
    assert column["demand_2028"].to_pylist() == whole["demand_2028"].to_list()
    assert parts.bytes - FOOTER < int(httpx2.head(url).headers["content-length"]) / 10
