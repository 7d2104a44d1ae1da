"""The Python client against a running service: typed answers and frames, with an event loop and without."""

import asyncio
import re
import threading
import time
from datetime import date
from pathlib import Path

import httpx2
import loopback
import polars as pl
import pytest

from headroom_client import AsyncHeadroom, Headroom, NotFound, QuestionRefused, StillComputing

README = Path(__file__).parents[3] / "clients/python/README.md"
BLOCK = re.compile(r"```python\n(.*?)```", re.DOTALL)
ADDRESS = "http://127.0.0.1:8000"


def asking(server, **options):
    # Without the certificates of the system, which cost 40 ms to read.
    return Headroom(server.url, http=httpx2.Client(verify=False), **options)


@pytest.fixture
def headroom(live_server):
    with asking(live_server) as headroom:
        yield headroom


def test_a_gap_is_typed_and_says_what_the_service_says(headroom, live_server):
    gap = headroom.gap("power", "US", from_="2028", to="2029", quantiles=[0.1, 0.5], above=[0, 2.5])
    answer = loopback.get(
        f"{live_server.url}/v1/gaps?region=US&layer=power&from=2028&to=2029&quantiles=0.1,0.5&above=0,2.5"
    ).json()
    assert [point.period for point in gap.points] == [date(2028, 1, 1), date(2029, 1, 1)]
    assert [point.gap for point in gap.points] == [point["gap"] for point in answer["points"]]
    assert gap.points[0].p_above == answer["points"][0]["p_above"]
    assert set(gap.points[0].gap) == {"0.1", "0.5"}


def test_regions_are_added_and_taken_away(headroom):
    whole = headroom.gap("power", sum=["US", "CN"], from_="2028", to="2028")
    assert whole.points[0].demand["0.5"] > headroom.gap("power", "US", from_="2028").points[0].demand["0.5"]
    # The grid of this edition is as large as its country: in some draws more is taken away than there is.
    less = headroom.gap("power", sum="US", minus="US-PJM")
    assert (less.status, less.points) == ("unavailable", [])


def test_gaps_are_a_frame_with_the_numbers_of_the_models(headroom):
    frame = headroom.gaps(["power", "energy"], ["US", "CN"], unit=None)
    power = frame.filter((pl.col("region") == "US") & (pl.col("layer") == "power"))
    assert frame.schema["period"] == pl.Date
    assert set(frame["region"]) == {"US", "CN"}
    assert power["gap_p50"].to_list() == [point.gap["0.5"] for point in headroom.gap("power", "US").points]
    assert headroom.gaps("power", "US", fields=["period", "gap_p50"]).columns == ["period", "gap_p50", "attribution"]


def test_lists_that_are_tables_come_as_frames(headroom):
    figures = headroom.observations(
        ["alphabet.capex_cash", "microsoft.capex_cash"], as_of=date(2026, 3, 31), from_="2024"
    )
    assert set(figures["series_id"]) == {"alphabet.capex_cash", "microsoft.capex_cash"}
    assert figures["period"].min() >= date(2024, 1, 1)
    assert set(headroom.series(region="US")["region"]) == {"US"}
    assert set(headroom.coverage(layer="power", status="available")["status"]) == {"available"}
    forecast = headroom.forecast("derived.world.hyperscaler_capex", quantiles=[0.1, 0.5])
    assert forecast.columns[:4] == ["series_id", "period", "p10", "p50"]
    assert "log_error" in headroom.scoreboard(by="Headroom").columns


def test_a_table_with_more_pages_is_read_whole(headroom, live_server):
    first = loopback.get(f"{live_server.url}/v1/series.csv?limit=1000").text
    assert headroom.series().height >= first.count("\n") - 1
    assert len(headroom.scenarios()) == len(loopback.get(f"{live_server.url}/v1/scenarios").json()["items"])


def test_draws_are_read_lazily_and_give_the_chance_of_the_answer(headroom):
    draws = headroom.draws("US", "power")
    short = draws.select((pl.col("demand_2028") > pl.col("supply_2028")).mean()).collect().item()
    assert isinstance(draws, pl.LazyFrame)
    assert short == pytest.approx(headroom.gap("power", "US", from_="2028").points[0].p_short, rel=1e-5)


def test_an_answer_as_issued_names_the_edition(headroom):
    edition = headroom.editions()[0]
    assert headroom.gap("power", "US", edition=edition.id).edition == edition.id
    assert headroom.gap("power", "US", issued_before=date(2030, 1, 1)).edition == edition.id
    assert set(headroom.gaps("power", "US", edition=edition.id)["edition"]) == {edition.id}
    with pytest.raises(NotFound):
        headroom.draws("US", "power", edition="e-20200101-0000000000")


def test_a_refusal_says_which_parameter_and_what_is_allowed(headroom):
    with pytest.raises(QuestionRefused) as refusal:
        headroom.gap("water", "US", freq="X")
    assert refusal.value.code == "invalid_parameter"
    assert "'water' is not known" in refusal.value.detail
    assert refusal.value.remedy
    assert set(refusal.value.by_parameter) == {"layer", "freq"}
    assert "power" in refusal.value.by_parameter["layer"][0].allowed
    assert refusal.value.request_id


def test_what_takes_longer_is_waited_for(service):
    with asking(service) as headroom:
        evaluated = headroom.evaluate("US", "power", scenario="worst-case", from_="2028", to="2028")
        solved = headroom.solve("US", "power", "2028", "site-slip", p_short=0.9)
        attributed = headroom.attribution("US", "power", "worst-case", period="2030", assumptions=0)
        assert (evaluated.state, solved.state, attributed.state) == ("done", "done", "done")
        assert evaluated.cells[0].points[0].p_short.base >= 0
        with pytest.raises(StillComputing):
            headroom.evaluate("US", "power", levers={"site-slip": 2.0}, patience=0.0)


def test_a_stream_that_breaks_off_is_gone_on_with(service):
    service.happens(1)
    with asking(service) as headroom:
        events = headroom.watch(after=0)
        assert next(events).data == {"edition": "e-1"}
        # The stream ends as it does when a server is ended, and the client comes back to a new one.
        service.app.state.serving.stopping = True
        timer = threading.Timer(
            0.5, lambda: (setattr(service.app.state.serving, "stopping", False), service.happens(2))
        )
        timer.start()
        event = next(events)
        assert (event.id, event.type, event.data) == (2, "edition.published", {"edition": "e-2"})
        timer.join()
        events.close()
        # The connection is given back at once: the stream ends at the service too.
        until = time.monotonic() + 60
        while service.app.state.streams._open and time.monotonic() < until:
            time.sleep(0.05)
        assert service.app.state.streams._open == 0


def test_the_same_questions_can_be_awaited_side_by_side(service):
    async def ask():
        async with AsyncHeadroom(service.url, http=httpx2.AsyncClient(verify=False)) as headroom:
            gaps = await asyncio.gather(*(headroom.gap("power", region) for region in ("US", "CN")))
            frame = await headroom.gaps("power", ["US", "CN"])
            service.happens(1)
            event = await anext(headroom.watch(after=0))
            return [gap.region for gap in gaps], set(frame["region"]), event.data

    assert asyncio.run(ask()) == (["US", "CN"], {"US", "CN"}, {"edition": "e-1"})


def test_the_examples_of_the_readme_run(service):
    service.happens(1)
    examples = BLOCK.findall(README.read_text(encoding="utf-8"))
    assert len(examples) == 3
    for example in examples:
        exec(example.replace(ADDRESS, service.url), {})  # noqa: S102 - the page is ours
