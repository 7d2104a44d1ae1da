"""The page of editions: which there are, and what moved between two."""

__all__ = ["changes", "page"]
