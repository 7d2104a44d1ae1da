"""Storage: disks shipped and their markets, stored data, and how tight supply is."""

__all__ = ["disks", "market", "stored_data", "tightness"]
