"""Which version is champion: the gate, promotions and their ledger, and drift since."""

__all__ = ["comparison", "drift", "gate", "ledger", "promotion"]
