"""Where webhooks may lead: public addresses, and networks that a setting names; nothing else is ever connected to.

The name of a webhook is resolved when it is connected to, each address it has is checked, and the connection is made to
the checked address itself, so that a name cannot lead elsewhere in between. Redirects are not followed.
"""

import socket
import ssl
import time
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any
from urllib.parse import urlsplit

import httpcore2

from data.base.errors import InvalidParameter
from service.access.rules import Network

Address = IPv4Address | IPv6Address
TRANSLATED = IPv6Network("64:ff9b::/96")
"""IPv6 addresses that stand for IPv4 ones (RFC 6052)."""
LONGEST = 2000


def check_url(url: str, *, allowed: Sequence[Network]) -> str:
    """The URL if a webhook may have it; raises :class:`InvalidParameter` saying what is wrong.

    It is https without a user's name; plain http is for the networks a setting allows, where nobody listens in.
    """
    try:
        parts = urlsplit(url)
        no_port = parts.port == 0
    except ValueError:
        raise InvalidParameter("url", "is no URL", allowed=["https://example.org/hook"]) from None
    printable = url.isascii() and url.isprintable() and " " not in url
    if parts.scheme not in {"https", "http"} or no_port or not parts.hostname or len(url) > LONGEST or not printable:
        raise InvalidParameter("url", "is no https URL", allowed=["https://example.org/hook"])
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise InvalidParameter("url", "holds a user's name or a fragment", allowed=["https://example.org/hook"])
    if parts.scheme == "http" and not allowed:
        raise InvalidParameter("url", "is http; https alone is used", allowed=["https://example.org/hook"])
    try:
        literal = ip_address(parts.hostname)
    except ValueError:
        return url
    if not permitted(literal, allowed):
        raise InvalidParameter("url", f"{literal} is no public address; see HEADROOM_WEBHOOK_NETWORKS")
    return url


def permitted(address: Address, allowed: Sequence[Network]) -> bool:
    """Whether an address may be connected to; those that stand for an IPv4 address are judged by that."""
    if isinstance(address, IPv6Address):
        embedded = address.ipv4_mapped or address.sixtofour
        if address in TRANSLATED:
            embedded = IPv4Address(int(address) & 0xFFFFFFFF)
        if embedded is not None:
            return permitted(embedded, allowed)
        if address.teredo is not None or address.scope_id is not None:
            return False
    if any(address in network for network in allowed if network.version == address.version):
        return True
    return address.is_global and not address.is_multicast


class CheckedBackend(httpcore2.NetworkBackend):
    """Connects to permitted addresses only, and gives a whole exchange a limited time.

    Args:
        allowed: networks beyond public addresses.
        seconds: for connecting, sending and reading together.
    """

    def __init__(self, allowed: Sequence[Network], *, seconds: float) -> None:
        self._allowed = allowed
        self._until = time.monotonic() + seconds
        self._backend = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first address of a name, if all of them are permitted; raises ``ConnectError``."""
        del timeout
        try:
            entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore2.ConnectError(f"{host} cannot be resolved: {error}") from None
        addresses = [str(entry[4][0]) for entry in entries]
        refused = [text for text in addresses if not permitted(ip_address(text), self._allowed)]
        if refused or not addresses:
            raise httpcore2.ConnectError(f"{host} leads to {', '.join(refused) or 'nowhere'}, which is not allowed")
        stream = self._backend.connect_tcp(
            addresses[0], port, left(self._until), local_address=local_address, socket_options=socket_options
        )
        return _Limited(stream, self._until)


class _Limited(httpcore2.NetworkStream):
    """A stream whose reads and writes end at a moment of the monotonic clock, however little each of them brings."""

    def __init__(self, stream: httpcore2.NetworkStream, until: float) -> None:
        self._stream = stream
        self._until = until

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        del timeout
        return self._stream.read(max_bytes, left(self._until))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        del timeout
        self._stream.write(buffer, left(self._until))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        del timeout
        return _Limited(self._stream.start_tls(ssl_context, server_hostname, left(self._until)), self._until)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - as httpcore's
        return self._stream.get_extra_info(info)


def left(until: float) -> float:
    """Seconds left; raises ``ReadTimeout`` when none are."""
    seconds = until - time.monotonic()
    if seconds <= 0:
        message = "the receiver took too long"
        raise httpcore2.ReadTimeout(message)
    return seconds
