"""Charts: one declarative specification each, for the pages, the API, images, embeds and the documents."""

__all__ = [
    "annotations", "comparison", "drawing", "gap", "gap_panels", "history", "images", "leads", "marks", "picture",
    "series", "site_days", "site_steps", "style", "track_record", "vintages", "what_if",
]  # fmt: skip
