"""Revisions of the database schema, numbered from the oldest."""
