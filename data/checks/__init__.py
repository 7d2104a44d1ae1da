"""Rules that tables and stored rows must obey, and the report of those that do not."""

__all__ = ["check", "findings", "identities", "rules", "stored_rules"]
