"""The US Census Bureau: construction put in place."""

__all__ = ["census_owid", "census_vip"]
