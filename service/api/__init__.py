"""The resources of the API, one module each: its query, its answer and its routes; a folder holds those of one subject.

Shapes and computations that would make a module too long stand beside it under the name of its answer or points.
"""

__all__ = [
    "beside",
    "editions",
    "figures",
    "gaps",
    "models",
    "open_models",
    "operation",
    "scenarios",
    "scores",
    "sites",
]
