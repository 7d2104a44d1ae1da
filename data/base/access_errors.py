"""Errors of access: a branch of the tree in ``errors.py``."""

from data.base.errors import InputError


class AccessError(InputError):
    """Who asks may not have what is asked for, or not now."""

    code = "access_error"
    title = "Access is refused"


class KeyRequired(AccessError):  # noqa: N818 - the tree reads as nouns
    """A key is needed, and the request brings none."""

    code = "key_required"
    title = "Key is required"

    def __init__(self, scope: str) -> None:
        remedy = "send it as Authorization: Bearer KEY; who runs the service makes one with headroom keys create"
        super().__init__(f"this needs a key of the scope {scope}", remedy=remedy)
        self.scope = scope


class KeyInvalid(AccessError):  # noqa: N818 - the tree reads as nouns
    """The key of a request is none of this service, or has ended."""

    code = "key_invalid"
    title = "Key is not valid"

    def __init__(self, reason: str) -> None:
        super().__init__(f"the key is refused: {reason}", remedy="send a key that is valid, or none")


class ScopeMissing(AccessError):  # noqa: N818 - the tree reads as nouns
    """The key of a request is valid, and not for what is asked."""

    code = "scope_missing"
    title = "Key is for other things"

    def __init__(self, scope: str) -> None:
        super().__init__(f"the key has not the scope {scope}", remedy="ask with another key")
        self.scope = scope


class LimitReached(AccessError):  # noqa: N818 - the tree reads as nouns
    """A caller asked as often as it may in a minute."""

    code = "limit_reached"
    title = "Limit is reached"

    def __init__(self, limit: int, seconds: int) -> None:
        super().__init__(f"{limit} requests a minute are answered", remedy=f"ask again in {seconds} s, or with a key")
        self.seconds = seconds
