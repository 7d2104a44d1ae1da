"""What people look at: the pages, the charts, the documentation of the API, and a gap as one sentence.

A page is one module of ``views`` (its view model and route), one template of ``templates`` and an entry in
``frame.navigation``; ``docs/page.md`` says how one is added. Every chart is one specification of ``charts``.
"""

__all__ = ["assets", "charts", "frame", "headline", "outlines", "site", "views", "words"]
