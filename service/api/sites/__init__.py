"""Sites of data centers: which there are, what their trackers said of each and when, and when they are likely to run.

``register`` is the list that the others read, ``filters`` says which of it and in which order.
"""

__all__ = ["filters", "register", "site", "sites"]
