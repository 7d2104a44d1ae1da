"""Scoreboards as the score job keeps them, for tests that show one."""

from datetime import date
from pathlib import Path

from issued_editions import Recorded

from data.store.store import Store
from features.view import View
from projection.scoreboard.board import Board
from projection.scoreboard.judging import scoreboard
from projection.scoreboard.own_entries import own_entries


def scored(figures: Store, editions: Path, day: date) -> Board:
    """The board of a day, with the editions of a folder on it."""
    ours = own_entries(editions, Recorded(editions)())
    return Board(day, scoreboard(View.of(figures, as_of=day), ours=ours.entries), ours.skipped)
