"""What people look at: the page, the documentation of the API, charts, and the answer as one sentence."""
