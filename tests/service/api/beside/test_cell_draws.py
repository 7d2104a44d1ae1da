"""Draws of a cell as Parquet: what was published, whole or in the parts that a reader asks for."""

import io

import polars as pl
import pytest

from data.base.layers import Layer
from data.periods.period import Frequency
from projection.edition.edition import Edition


@pytest.fixture(scope="module")
def edition(editions):
    (folder,) = editions.iterdir()
    return Edition.load(folder)


@pytest.fixture(scope="module")
def path(edition):
    return f"/v1/editions/{edition.id}/draws/US.power.wanted.parquet"


def test_draws_are_those_that_were_published(client, edition, path):
    frame = pl.read_parquet(client.get(path).content)
    cell = edition.cell("US", Layer.POWER)
    for freq in (Frequency.YEAR, Frequency.QUARTER):
        periods = edition.periods(cell, freq)
        for quantity in ("demand", "supply"):
            columns = [f"{quantity}_{period.label}" for period in periods]
            assert (frame.select(columns).to_numpy() == edition.draws(cell, quantity, periods)).all()
    gap = client.get("/v1/gaps?region=US&layer=power&from=2028&to=2028").json()["points"][0]
    short = (frame["demand_2028"] > frame["supply_2028"]).mean()
    assert gap["p_short"] == pytest.approx(short, rel=1e-5)


@pytest.mark.parametrize("which", ["draws", "files"])
def test_a_part_is_given_by_its_bytes(client, edition, path, which):
    where = path if which == "draws" else f"/v1/editions/{edition.id}/files/draws/base/US.power.wanted.parquet"
    whole = client.get(where)
    body, tag = whole.content, whole.headers["etag"]
    assert whole.headers["accept-ranges"] == "bytes"
    for text, part in (("0-9", body[:10]), ("10-", body[10:]), ("-8", body[-8:]), (f"5-{len(body) + 9}", body[5:])):
        response = client.get(where, headers={"Range": f"bytes={text}"})
        assert (response.status_code, response.content) == (206, part)
        assert response.headers["content-range"].endswith(f"/{len(body)}")
        assert (response.headers["etag"], int(response.headers["content-length"])) == (tag, len(part))
    assert client.get(where, headers={"Range": "bytes=0-9", "If-Range": tag}).status_code == 206
    assert client.get(where, headers={"Range": "bytes=0-9", "If-Range": '"other"'}).content == body
    beyond = client.get(where, headers={"Range": f"bytes={len(body)}-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{len(body)}")
    for odd in ("bytes=-", "bytes=9-2-3", "lines=1-2", "bytes=0-1,5-6"):
        assert client.get(where, headers={"Range": odd}).status_code == 200
    head = client.head(where, headers={"Range": "bytes=0-9"})
    assert (head.status_code, head.content, int(head.headers["content-length"])) == (200, b"", len(body))


@pytest.mark.parametrize(
    "name", ["US.power", "US.power.wanted.more", "XX.power.wanted", "IE.firm.bought", "us.water.wanted"]
)
def test_a_cell_without_draws_is_404(client, edition, name):
    response = client.get(f"/v1/editions/{edition.id}/draws/{name}.parquet")
    assert (response.status_code, "/v1/coverage" in response.text) == (404, True)


def test_metadata_says_what_to_print_beside_draws(client, path):
    metadata = pl.read_parquet_metadata(io.BytesIO(client.get(path).content))
    assert metadata["attribution"].startswith("Epoch")
