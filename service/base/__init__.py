"""What every route is made from.

``query`` reads parameters, ``response`` builds answers, ``paging`` cuts lists into pages, ``window`` says what lies
outside the periods there are, ``routes`` ties them to the snapshot and the cache, and ``documentation`` writes the
OpenAPI document from them.
"""

__all__ = ["documentation", "paging", "query", "response", "routes", "window"]
