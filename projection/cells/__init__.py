"""Cells, one region and layer each: which the figures carry and in what words, their paths, the table of draws."""

__all__ = ["cells", "day_figures", "draw_table", "paths"]
