"""What every page shares: templates and their surroundings, the list of pages, words explained, and errors."""

__all__ = ["environment", "errors", "forms", "glossary", "names", "navigation", "respond"]
