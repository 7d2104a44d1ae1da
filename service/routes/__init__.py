"""Routes, one file per noun; each gives a router for a desk."""
