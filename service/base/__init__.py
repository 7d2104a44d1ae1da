"""What every route is made from.

``query`` reads parameters, ``response`` builds answers, ``paging`` cuts lists into pages, ``window`` says what lies
outside the periods there are, ``routes`` ties them to the snapshot and the cache, ``documentation`` writes the
OpenAPI document from them, ``body`` reads what a request carries, ``work`` bounds the threads they run in, and
``database`` is asked about jobs.
"""

__all__ = ["body", "database", "documentation", "paging", "query", "response", "routes", "window", "work"]
