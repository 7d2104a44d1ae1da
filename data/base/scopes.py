"""Who a figure is for: everybody, or only a caller who asks for private figures by name."""

from enum import StrEnum


class Scope(StrEnum):
    """Which figures a reader sees.

    Public figures are those shipped or read from public sources. Private ones a user imported; they are seen only
    under the private scope, which sees both, and nothing made under it is stored among what is public.
    """

    PUBLIC = "public"
    PRIVATE = "private"
