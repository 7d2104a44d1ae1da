"""Charts: one declarative specification each, for the pages, the API, images, embeds and the documents."""

__all__ = [
    "annotations", "comparison", "drawing", "gap", "gap_panels", "history", "images", "leads", "marks", "picture",
    "style", "track_record",
]  # fmt: skip
