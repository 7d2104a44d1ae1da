"""The scoreboard: projections of others and of our editions, held against what was published later."""

__all__ = ["board", "entries", "judging", "matches", "own_calibration", "own_entries", "summary"]
