"""Schema migrations of the database, run by :func:`data.store.database.upgrade`."""

__all__ = ["env", "versions"]
