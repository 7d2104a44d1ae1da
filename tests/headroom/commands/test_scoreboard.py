"""``headroom scoreboard --update`` keeps what requests are answered from, once however often it is run."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from data.base.scopes import Scope
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


def test_what_arrives_is_scored_by_one_job_and_what_is_private_at_once(settings: Settings, tmp_path: Path) -> None:
    wiring.migrate(settings)
    for _ in range(2):
        scores.arrived(settings, private=False)
    with wiring.ledger(settings) as engine:
        (job,) = Queue(engine).jobs()
        assert (job.kind, job.state) == ("score", JobState.QUEUED)
    private = load(home=settings.home, scope=Scope.PRIVATE)
    scores.arrived(settings, private=True)
    assert scores.stored(private) is None, "nobody keeps a private scoreboard here"
    scores.update(private)
    file = tmp_path / "own.csv"
    file.write_text("series_id,period,value,unit,freq,region\nprivate.x,2020,1,MW,A,US\n")
    with pytest.MonkeyPatch.context() as patched:
        scored: list[Scope] = []
        patched.setattr(scores, "update", lambda of: scored.append(of.scope))
        assert run(["data", "import", str(file), "--home", str(settings.home)]) == 0
        assert run(["data", "import", str(file), "--home", str(settings.home)]) == 0
        assert run(["data", "withdraw", "own", "--reason", "wrong", "--home", str(settings.home)]) == 0
    assert scored == [Scope.PRIVATE] * 2, "figures that are known already bring nothing to score"
