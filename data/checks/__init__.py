"""Rules for shipped tables and stored rows, and the report of violations."""

__all__ = ["check", "findings", "identities", "rules", "stages", "stored_rules"]
