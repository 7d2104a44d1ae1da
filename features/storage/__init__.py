"""Storage: disk shipments, the market for disks, the growth of stored data, and the tightness of supply."""

__all__ = ["disks", "market", "stored_data", "tightness"]
