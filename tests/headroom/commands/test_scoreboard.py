"""``headroom scoreboard --update`` keeps what requests are answered from, once however often it is run."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from data.store.scoreboards import SCOREBOARDS
from headroom import scores, wiring
from headroom.cli import run
from headroom.following import Following
from headroom.settings import Settings, load
from projection.scoreboard.judging import State
from service.jobs.queue import Queue
from service.jobs.tables import State as JobState
from service.state import JobCounts


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load(home=tmp_path)


def boards(settings: Settings) -> tuple[int, int]:
    """How many boards are kept, and the number of the last."""
    with wiring.ledger(settings) as engine, engine.connect() as connection:
        count, last = connection.execute(select(func.count(), func.max(SCOREBOARDS.c.id))).one()
        return count, last


def test_listing_alone_makes_no_database(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["scoreboard", "--home", str(settings.home)]) == 0
    assert "ERCOT" in capsys.readouterr().out
    assert not (settings.home / "headroom.db").exists()
    assert scores.last(settings) is None


def test_a_server_sees_the_queue(settings: Settings) -> None:
    following = Following(settings)
    assert following.jobs() == JobCounts()
    wiring.migrate(settings)
    assert set(following.jobs().depth.values()) == {0}
    with wiring.ledger(settings) as engine:
        Queue(engine).add("score", actor="a person")
    assert following.jobs().depth["score", JobState.QUEUED] == 1


def test_scoring_again_changes_nothing_and_a_server_sees_the_first(settings: Settings) -> None:
    wiring.migrate(settings)
    following = Following(settings)
    before = following.mark()
    assert run(["scoreboard", "--update", "--home", str(settings.home)]) == 0
    first = boards(settings)
    served = following(before)
    assert served is not None
    assert served.board == scores.score(settings)
    assert {outcome.state for outcome in served.board.outcomes} == set(State)
    assert run(["scoreboard", "--update", "--home", str(settings.home)]) == 0
    assert boards(settings) == first == (1, 1)
    assert following(served.mark) is None
