"""Under which names and behind which proxies the service answers, as the settings say it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from data.base.errors import InvalidParameter

Network = IPv4Network | IPv6Network
PREFIX_LENGTH = 200
# A segment of dots alone would be resolved away by the browser.
_PREFIX = re.compile(r"(/(?!\.{1,2}(/|\Z))[A-Za-z0-9._~-]+)+\Z")
_ADDRESS = re.compile(r"https?://[A-Za-z0-9.\[\]:-]{1,255}(/[A-Za-z0-9._~-]+)*\Z")
_ORIGIN = re.compile(r"https?://[A-Za-z0-9.\[\]:-]{1,255}\Z")
_HOST = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<name>[^\s:@/?#\[\],]+))(?::[0-9]{0,5})?\Z")


def path_prefix(text: str) -> str:
    """A path prefix without its last slash, blank for none; raises :class:`InvalidParameter` for what is no path.

    >>> path_prefix("/tools/headroom/")
    '/tools/headroom'
    """
    prefix = text.strip().rstrip("/")
    if prefix and (len(prefix) > PREFIX_LENGTH or not _PREFIX.match(prefix)):
        message = f"{text[:PREFIX_LENGTH]!r} is no path prefix: /, then letters, digits and . _ ~ - in each part"
        raise InvalidParameter("root_path", message, allowed=["/headroom"])
    return prefix


@lru_cache(maxsize=64)
def host_name(text: str) -> str | None:
    """The name in a ``Host`` header or a setting, in lower case and without port; None for what is no host.

    >>> host_name("LOCALHOST.:8000"), host_name("[::1]:8000")
    ('localhost', '::1')
    """
    match = _HOST.match(text.strip())
    return None if match is None else (match["v6"] or match["name"]).lower().removesuffix(".")


def networks(text: str) -> tuple[Network, ...]:
    """Networks from addresses and networks separated by commas, ``*`` for all; raises :class:`InvalidParameter`."""
    addresses: list[Network] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        if part == "*":
            addresses += [ip_network("0.0.0.0/0"), ip_network("::/0")]
            continue
        try:
            addresses.append(ip_network(part, strict=False))
        except ValueError:
            message = f"{part!r} is neither an IP address nor a network"
            raise InvalidParameter("trusted_proxies", message, allowed=["127.0.0.1", "10.0.0.0/8", "*"]) from None
    return tuple(addresses)


def host_names(text: str) -> frozenset[str]:
    """Host names separated by commas; raises :class:`InvalidParameter` for what is none."""
    names = set()
    for part in filter(None, (part.strip() for part in text.split(","))):
        name = part.lower() if part.count(":") > 1 and "[" not in part else host_name(part)
        if name is None:
            raise InvalidParameter("allowed_hosts", f"{part!r} is no host name", allowed=["headroom.example.org"])
        names.add(name)
    return frozenset(names)


def public_address(text: str) -> str:
    """The address a service is reached at from outside, without its last slash; blank for none.

    Raises :class:`InvalidParameter` for what is no such address.

    >>> public_address("https://example.org/headroom/")
    'https://example.org/headroom'
    """
    address = text.strip().rstrip("/")
    if address and not _ADDRESS.match(address):
        message = f"{text[:PREFIX_LENGTH]!r} is no address of a service: http or https, a host, and a path at most"
        raise InvalidParameter("public_url", message, allowed=["https://example.org/headroom"])
    return address


def origins(text: str) -> frozenset[str] | None:
    """Origins separated by commas, None for ``*``, which is all; raises :class:`InvalidParameter` for what is none.

    >>> origins("none"), origins("*")
    (frozenset(), None)
    """
    parts = {part.strip().rstrip("/") for part in text.split(",") if part.strip()} - {"none"}
    if parts == {"*"}:
        return None
    for part in parts:
        if not _ORIGIN.match(part):
            message = f"{part[:PREFIX_LENGTH]!r} is no origin: http or https, a host, and a port at most"
            raise InvalidParameter("origins", message, allowed=["https://example.org", "*", "none"])
    return frozenset(parts)


@dataclass(frozen=True, slots=True)
class AccessRules:
    """How the service may be reached.

    Attributes:
        root_path: the path prefix it stands behind, such as ``/headroom``; blank for none.
        trusted_proxies: networks whose ``X-Forwarded-Prefix`` is believed, before ``root_path``.
        hosts: names that ``Host`` may carry; None for any.
        private: whether answers hold private figures, which no cache may keep.
        public_url: the address it is reached at from outside, which permalinks begin with; blank where none is known.
        origins: sites whose scripts may read answers; None for any.
        framing: sites whose pages may show those of ``/embed/`` in a frame; None for any.
        require_keys: whether reading needs a key too.
        open_loopback: whether programs on this machine may ask for work without a key.
        read_limit: requests an address may make in a minute; None for any number.
        evaluation_limit: of them, those that ask for something to be worked out.
    """

    root_path: str = ""
    trusted_proxies: Sequence[Network] = ()
    hosts: frozenset[str] | None = None
    private: bool = False
    public_url: str = ""
    origins: frozenset[str] | None = None
    framing: frozenset[str] | None = None
    require_keys: bool = False
    open_loopback: bool = True
    read_limit: int | None = None
    evaluation_limit: int | None = None

    def trusts(self, peer: str) -> bool:
        """Whether the address a connection comes from is that of a trusted proxy."""
        return _inside(peer, tuple(self.trusted_proxies))


@lru_cache(maxsize=256)
def _inside(peer: str, networks: tuple[Network, ...]) -> bool:
    try:
        address = ip_address(peer)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return any(address in network for network in networks)
