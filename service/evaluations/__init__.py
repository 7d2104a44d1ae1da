"""What is worked out for requests in other processes: scenarios and forecasts, and the queue in front of them."""

__all__ = [
    "attribution",
    "evaluation",
    "inverse",
    "own_series",
    "pool",
    "process",
    "question",
    "reach",
    "site_dates",
    "site_draws",
    "work",
    "worker",
]
