"""The scoreboard of a home: scored from the ledger's editions and the figures, kept in the database for requests."""

from typing import TYPE_CHECKING

from data.base.scopes import Scope
from headroom import days, wiring
from headroom.editions import records, remote

if TYPE_CHECKING:
    from data.store.scoreboards import StoredBoard
    from headroom.settings import Settings
    from projection.scoreboard.board import Board
    from projection.scoreboard.entries import Entry


def score(settings: "Settings") -> "Board":
    """Every projection of others and of our editions, held against the figures of today.

    Raises:
        TableCorrupt: a shipped table breaks its schema.
        DataError: the database is there and cannot be read.
    """
    from features.view import View
    from projection.scoreboard.board import Board
    from projection.scoreboard.judging import scoreboard
    from projection.scoreboard.own_entries import own_entries

    figures = wiring.store(settings)
    scored = _of_editions(last(settings))
    ours = own_entries(settings.editions, records(settings), scored=scored, remote=remote(settings))
    # A clock that runs behind leaves out neither the newest figures nor an edition issued after them.
    as_of = max([days.today(), figures.newest, *(entry.published for entry in ours.entries)])
    return Board(as_of, scoreboard(View.of(figures, as_of=as_of), ours=ours.entries), ours.skipped)


def update(settings: "Settings") -> "Board":
    """Score, and keep the result in the place of the last; with the same figures and editions nothing changes.

    Raises:
        StoreLocked: another writer is not done.
        DataError: the database cannot be read or written.
    """
    from data.store.scoreboards import record_board

    wiring.migrate(settings)
    board = score(settings)
    with wiring.ledger(settings) as engine:
        record_board(
            engine,
            as_of=board.as_of,
            sha256=board.sha256,
            skipped=board.skipped,
            outcomes=board.content,
            scope=settings.scope,
        )
    return board


def arrived(settings: "Settings", *, private: bool) -> None:
    """A figure or an edition arrived: have it scored.

    What is public is scored by a job, which a worker runs. Jobs work in the public scope, so a private scoreboard is
    brought up to date here, where there is one.
    """
    from service.jobs.queue import Queue

    if private:
        private_settings = settings.model_copy(update={"scope": Scope.PRIVATE})
        if stored(private_settings) is not None:
            update(private_settings)
        return
    with wiring.ledger(settings) as engine:
        Queue(engine).add_unless_waiting("score", actor=wiring.person())


def stored(settings: "Settings") -> "StoredBoard | None":
    """The scoreboard as it was last kept; None before the first scoring, and while there is no database."""
    from data.store.scoreboards import last_board

    if not wiring.prepared(settings):
        return None
    with wiring.ledger(settings) as engine:
        return last_board(engine, scope=settings.scope)


def last(settings: "Settings") -> "Board | None":
    """The scoreboard that was last kept, read."""
    from projection.scoreboard.board import Board

    board = stored(settings)
    return None if board is None else Board.read(board.outcomes, as_of=board.as_of, skipped=board.skipped)


def _of_editions(board: "Board | None") -> "dict[str, list[Entry]]":
    """Entries of our editions on a board, by edition."""
    from projection.scoreboard.own_entries import BY

    by_edition: dict[str, list[Entry]] = {}
    for outcome in board.outcomes if board else ():
        if outcome.entry.by == BY:
            by_edition.setdefault(outcome.entry.source_id, []).append(outcome.entry)
    return by_edition
