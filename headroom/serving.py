"""Sets the service up from the settings: its figures and editions, host names, and port."""

from typing import TYPE_CHECKING

from data.base.errors import InvalidParameter, StoreUnusable
from data.base.scopes import Scope

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from data.store.store import Store
    from headroom.settings import Settings
    from service.access.rules import AccessRules
    from service.state import ServiceInputs


def context(settings: "Settings", figures: "Store", *, faults: list[str]) -> "ServiceInputs":
    """What the service answers from; ``faults`` are listed by /readyz until a newer edition appears.

    Raises:
        InvalidParameter: private figures would be served beyond this machine, where nobody is asked who they are.
    """
    from data.connectors.proxy import LOOPBACK

    if settings.scope is Scope.PRIVATE and settings.host not in LOOPBACK and not settings.require_keys:
        message = (
            f"{settings.host} is not this machine alone, and without keys (HEADROOM_REQUIRE_KEYS) private figures are "
            "served on loopback only"
        )
        raise InvalidParameter("host", message, allowed=sorted(LOOPBACK))
    from dataclasses import replace
    from importlib.util import find_spec

    from data.store.database import engine
    from headroom import wiring
    from headroom.editions import LedgerEditions, remote
    from headroom.evaluating import EditionBase
    from headroom.following import Following
    from headroom.hindcasting import editions_of_past_days
    from headroom.own_series import OwnSeriesForecaster
    from headroom.readiness import Remembering
    from projection.claims.history import ClaimHistory
    from service.access.rules import networks
    from service.api.models.own_series import BODY_BYTES, POINTS, SERIES
    from service.editions import DirectoryEditions
    from service.state import ServiceInputs

    following = Following(settings)
    database = engine(settings.database_url.get_secret_value(), timeout=settings.database_timeout)

    def of_jobs() -> "Engine":
        # Connecting to a SQLite file that is not there would make one.
        if not wiring.prepared(settings):
            raise StoreUnusable("the database", "is not there", remedy="run: headroom up")
        return database

    def forecaster() -> OwnSeriesForecaster | None:
        """What forecasts series of clients, where the modelling libraries are installed."""
        limits = replace(wiring.input_limits(settings), bytes=BODY_BYTES, rows=POINTS, series=SERIES)
        return OwnSeriesForecaster(limits) if find_spec("statsforecast") else None

    storage = remote(settings)
    directory = DirectoryEditions(settings.editions, records=LedgerEditions(settings), remote=storage)
    editions = Remembering(directory, faults=faults)
    return ServiceInputs(
        data=following.data(figures, mark=following.mark()),
        editions=editions,
        assets=settings.assets,
        claim_history=ClaimHistory(settings.editions, directory.recorded, editions_of_past_days(settings)),
        follow=following,
        jobs=following.jobs,
        access=access_rules(settings),
        database=of_jobs,
        webhook_networks=networks(settings.webhook_networks),
        streams=settings.event_streams,
        evaluation_source=EditionBase(settings),
        forecaster=forecaster(),
        trainings=trainings(settings),
    )


def trainings(settings: "Settings") -> str:
    """Where runs of training are looked at: the address of the server that has them, or the command that opens them.

    Neither a password nor a folder of this machine is in it.
    """
    from headroom.settings import TRACKING, origins, tracked

    address, _ = tracked(settings)
    scheme, _, rest = address.partition("://")
    if scheme in {"http", "https"}:
        place, slash, path = rest.partition("/")
        return f"{scheme}://{place.rpartition('@')[2]}{slash}{path.partition('?')[0]}"
    named = "$HEADROOM_TRACKING_URI" if origins({})["tracking_uri"] != "default" else f"sqlite:///{TRACKING}/mlflow.db"
    return f"mlflow ui --backend-store-uri {named}"


def access_rules(settings: "Settings") -> "AccessRules":
    """Under which names and behind which proxies the service answers."""
    from data.connectors.proxy import LOOPBACK
    from service.access.rules import AccessRules, host_names, networks, origins, path_prefix, public_address

    private = settings.scope is Scope.PRIVATE

    def sites(text: str) -> frozenset[str] | None:
        chosen = origins(text)
        # Any page open in a browser here would be one of all: private figures are for sites that are named.
        return frozenset() if private and chosen is None else chosen

    names = host_names(settings.allowed_hosts)
    # A page elsewhere whose name leads here (DNS rebinding) must not read private figures.
    hosts = names | LOOPBACK if private else names or None
    return AccessRules(
        path_prefix(settings.root_path),
        networks(settings.trusted_proxies),
        hosts,
        private,
        public_address(settings.public_url),
        sites(settings.cors_origins),
        sites(settings.frame_origins),
        require_keys=settings.require_keys,
        open_loopback=settings.open_loopback,
        read_limit=settings.read_limit,
        evaluation_limit=settings.evaluation_limit,
    )


def free_port(host: str, port: int) -> int:
    """The port, once it is known that it can be listened on; port 0 becomes one that is free.

    Raises:
        InvalidParameter: the host is unknown or the port is taken.
    """
    from service.server.serve import listen

    with listen(host, port) as listener:
        return int(listener.getsockname()[1])


def answer(inputs: "ServiceInputs", settings: "Settings", *, port: int) -> None:
    """Serve until stopped; raises :class:`InvalidParameter` when the address cannot be listened on."""
    from service.server.connections import ServerLimits
    from service.server.serve import serve
    from training.artifact.published import Published

    def version(name: str) -> Published:
        folder = settings.models / name
        if not folder.is_dir():
            raise FileNotFoundError(folder)
        return Published.load(folder)

    limits = ServerLimits(
        connections=settings.connections,
        header=settings.header_timeout,
        keep_alive=settings.keep_alive,
        send=settings.send_timeout,
        drain_delay=settings.drain_delay,
        drain=settings.drain_timeout,
        refresh=settings.refresh_interval,
    )
    serve(inputs, host=settings.host, port=port, limits=limits, models=version)


def spelt(host: str) -> str:
    """A host as it stands in a URL."""
    return f"[{host}]" if ":" in host else host
