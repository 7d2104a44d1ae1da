"""The first page: one question answered in futures of a hundred, and what stands behind the answer."""

__all__ = ["answer", "comparison_table", "embed", "explanations", "first_pictures", "numbers", "page", "trust"]
