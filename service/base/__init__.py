"""What every route is made from.

``query`` reads parameters and ``lists`` those that stand several times, ``response`` builds answers, ``paging`` cuts
lists into pages, ``window`` says what lies outside the periods there are, ``routes`` ties them to the snapshot and the
cache, ``documentation`` and ``contract`` write the OpenAPI document from them, ``deprecation`` says what is to be
removed, ``body`` reads what a request carries, ``work`` bounds the threads they run in, and ``database`` is asked
about jobs.
"""

__all__ = [
    "body",
    "contract",
    "database",
    "deprecation",
    "documentation",
    "lists",
    "paging",
    "query",
    "response",
    "routes",
    "window",
    "work",
]
