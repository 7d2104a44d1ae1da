"""Who may ask for work: programs on this machine, until there are keys to know others by.

A page of another site that is open in a browser here comes from this machine too, and so does whoever asks through a
proxy on it. A browser says which page a POST is of (``Origin``), a proxy that it passed something on.
"""

from ipaddress import ip_address

from starlette.datastructures import Headers
from starlette.types import Scope

from data.base.errors import LocalOnly
from data.connectors.proxy import LOOPBACK
from service.access.rules import host_name

PASSED_ON = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-prefix", "x-real-ip")


def require_local(scope: Scope) -> None:
    """Raise :class:`LocalOnly` for a request that does not come straight from a program on this machine."""
    headers, (peer, *_) = Headers(scope=scope), scope.get("client") or ("",)
    host = headers.get("host", "")
    if not _is_loopback(peer) or host_name(host) not in LOOPBACK:
        raise LocalOnly("it comes from another machine, or was sent to another name than localhost")
    passed_on = [name for name in PASSED_ON if name in headers]
    if passed_on:
        raise LocalOnly(f"a proxy passed it on ({passed_on[0]})")
    if headers.get("origin", f"http://{host}") != f"http://{host}":
        raise LocalOnly("a page of another site sent it")


def _is_loopback(peer: str) -> bool:
    try:
        return ip_address(peer).is_loopback
    except ValueError:
        return False
