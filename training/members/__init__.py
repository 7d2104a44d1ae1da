"""The members, one module a library. Import :mod:`training.registry` to reach them by name."""
