"""Editions: which there are, what changed between them, their files and their feed."""

__all__ = [
    "changes",
    "editions",
    "feed",
    "files",
]
