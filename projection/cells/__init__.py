"""Cells, one region and layer each: which ones the figures carry, their paths, and the table of draws."""

__all__ = ["cells", "draw_table", "paths"]
