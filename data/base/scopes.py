"""Who may see a figure: everybody, or only callers who explicitly ask for private figures."""

from enum import StrEnum


class Scope(StrEnum):
    """Which figures a reader sees.

    Public figures are those shipped or read from public sources. Private ones a user imported; they are seen only
    under the private scope, which sees both, and nothing made under it is stored among what is public.
    """

    PUBLIC = "public"
    PRIVATE = "private"
