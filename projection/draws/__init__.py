"""What is done on all draws at once: widening, firm balances, ratios, the width split, and identities."""

__all__ = ["balances", "identities", "ratios", "widening", "width_split"]
