"""What we tell others, and how: API, page, problems."""
