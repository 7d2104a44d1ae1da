"""Schema migrations of the database, run by :func:`data.database.upgrade`."""
