"""Our World in Data: energy by country, and single charts."""

__all__ = ["owid_chart", "owid_energy"]
