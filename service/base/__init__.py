"""What every route is made from.

``query`` reads parameters, ``lists`` those that stand several times, and ``body`` what a request carries. ``response``
builds answers, ``tables`` makes rows of them, ``paging`` cuts lists into pages, ``window`` says what lies outside the
periods there are. ``routes`` ties them to the snapshot and the cache, ``encodings`` compresses them, ``ranges`` gives a
part of a file, ``work`` bounds the threads they run in, ``waiting`` waits for processes. ``documentation`` and
``contract`` write the OpenAPI document from them, ``deprecation`` says what is to be removed, and ``database`` is asked
about jobs.
"""

__all__ = [
    "body",
    "contract",
    "database",
    "deprecation",
    "documentation",
    "encodings",
    "lists",
    "paging",
    "query",
    "ranges",
    "response",
    "routes",
    "tables",
    "waiting",
    "window",
    "work",
]
