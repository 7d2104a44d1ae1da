"""The database: vintages of figures, quarantine, withdrawals, the ledger, and the store that reads them as of a day."""

__all__ = [
    "backup",
    "citations",
    "database",
    "database_errors",
    "drift_checks",
    "ledger",
    "metadata",
    "postgres",
    "quarantine",
    "recalls",
    "refreshes",
    "relations",
    "scoreboards",
    "store",
    "vintages",
    "withdrawals",
]
