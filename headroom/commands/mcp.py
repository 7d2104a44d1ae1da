"""``headroom mcp``: tools for agents over standard input and output, on this home or on a service that runs."""

from typing import TYPE_CHECKING, Annotated

import typer

from data.base.errors import InvalidParameter, SettingsError
from headroom.console.options import Home, Private, scope

if TYPE_CHECKING:
    import httpx2

    from headroom.settings import Settings

HERE = "http://127.0.0.1"
app = typer.Typer()


@app.command(help="Answer agents over standard input and output (Model Context Protocol).")
def mcp(
    *,
    url: Annotated[
        str | None, typer.Option("--url", help="A running service to ask, as http://127.0.0.1:8000; else this home.")
    ] = None,
    home: Home = None,
    private: Private = False,
) -> None:
    """Offer the tools until standard input ends; what is answered is read from editions, and nothing is changed."""
    from importlib.util import find_spec

    import httpx2

    from headroom.console import logging
    from headroom.settings import load

    if find_spec("mcp") is None:
        raise SettingsError("the tools are not installed", remedy="in the repository: pip install '.[mcp]'")
    settings = load(home=home, scope=scope(private=private))
    logging.configure(settings)
    if url is None:
        _answer_here(settings)
        return
    client = httpx2.AsyncClient(base_url=_address(url), timeout=settings.fetch_timeout, headers=_credentials(settings))
    _answer(client)


def _address(text: str) -> "httpx2.URL":
    """The address of a service; raises :class:`InvalidParameter`."""
    import httpx2

    try:
        address = httpx2.URL(text)
    except httpx2.InvalidURL:
        address = httpx2.URL()
    if address.scheme not in {"http", "https"} or not address.host:
        raise InvalidParameter("url", f"{text!r} is no address of a service", allowed=["http://127.0.0.1:8000"])
    return address


def _answer_here(settings: "Settings") -> None:
    """Answer by the service's own application, in this process, and follow what is published meanwhile."""
    import httpx2

    from headroom import serving, wiring
    from service.app import create_app
    from service.server.refresher import Refresher

    service = create_app(serving.context(settings, wiring.store(settings), faults=[]))
    with Refresher(service.state.serving, service.state.control, interval=settings.refresh_interval):
        transport = httpx2.ASGITransport(service)
        # Asked in this process, whatever proxy the environment names.
        _answer(httpx2.AsyncClient(base_url=HERE, transport=transport, headers=_credentials(settings), trust_env=False))


def _credentials(settings: "Settings") -> dict[str, str]:
    """The headers that say who asks."""
    key = settings.service_key.get_secret_value()
    return {"Authorization": f"Bearer {key}"} if key else {}


def _answer(client: "httpx2.AsyncClient") -> None:
    from service.mcp.tools import server

    server(client).run("stdio")
