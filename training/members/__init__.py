"""The members: forecasting models under one contract. :mod:`training.members.registry` has them by name."""

__all__ = [
    "additive",
    "classical",
    "member",
    "naive",
    "nixtla",
    "peers",
    "registry",
    "saturation",
    "sparse",
    "structural",
]
