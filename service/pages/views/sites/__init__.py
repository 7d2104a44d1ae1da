"""The pages of sites: all of a region by stage, on a map and in a list, and one by one."""

__all__ = ["map", "page", "rows", "site"]
