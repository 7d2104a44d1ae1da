"""The database and the readings of it: vintages, quarantine, withdrawals, the ledger, and the store above them."""

__all__ = [
    "database",
    "database_errors",
    "drift_checks",
    "ledger",
    "metadata",
    "postgres",
    "quarantine",
    "refreshes",
    "relations",
    "store",
    "vintages",
    "withdrawals",
]
