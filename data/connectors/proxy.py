"""The HTTP proxy for requests to sources, if one is configured."""

from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import urlsplit

from data.base.errors import InvalidParameter

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
"""Hosts only this machine reaches."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy and the hosts that are asked without it.

    Attributes:
        url: its address, which may hold a password; blank for no proxy.
        exempt: hosts, with or without port, each with the names below it; ``*`` for all.
    """

    url: str = field(default="", repr=False)
    exempt: tuple[str, ...] = ()

    @classmethod
    def parse(cls, url: str, exempt: str = "") -> Self:
        """Read an address and a list of hosts; raises :class:`InvalidParameter`, which does not repeat the address.

        >>> Proxy.parse("http://proxy.example.org:3128", ".example.com, *.example.net").exempt
        ('example.com', 'example.net')
        """
        if not url:
            return cls()
        try:
            parts = urlsplit(url)
            right = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
        except ValueError:
            right = False
        if not right:
            message = "is not the address of an HTTP proxy (HEADROOM_PROXY, else HTTPS_PROXY or ALL_PROXY)"
            raise InvalidParameter("proxy", message, allowed=["http://proxy.example.org:3128"])
        names = (part.strip().lower().removeprefix("*.").lstrip(".") for part in exempt.split(","))
        return cls(url, tuple(name for name in names if name))

    def serves(self, host: str, port: int | None) -> bool:
        """Whether a host is asked through it; this machine never is."""
        if not self.url or host in LOOPBACK:
            return False
        listed = {"*", host, f"{host}:{port or 443}"}
        return not any(name in listed or host.endswith(f".{name}") for name in self.exempt)

    def __str__(self) -> str:
        """Where it is, without its password."""
        parts = urlsplit(self.url)
        return f"through the proxy {parts.hostname}" + (f":{parts.port}" if parts.port else "")


NO_PROXY: Final = Proxy()
