"""Facts about series and sources: definitions, bounds, the registry of sources, and the shipped observations."""

__all__ = [
    "bounds",
    "catalogue",
    "citations",
    "definitions",
    "forms",
    "jumps",
    "observations",
    "reasons",
    "registry",
    "schema",
    "stages",
    "support",
]
