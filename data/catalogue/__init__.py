"""What is known about series and sources themselves: definitions, bounds, registry, and the shipped observations."""

__all__ = [
    "bounds",
    "catalogue",
    "citations",
    "definitions",
    "jumps",
    "observations",
    "reasons",
    "registry",
    "schema",
    "support",
]
