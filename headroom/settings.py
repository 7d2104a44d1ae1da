"""One frozen settings object, built once by the command and passed down.

Precedence: what was given on the command line, then ``HEADROOM_*`` in the environment, then the default. An unknown
``HEADROOM_*`` name is an error, so that a typo never silently becomes a default.
"""

import os
import re
from collections.abc import Mapping
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from data.base.errors import InvalidParameter, SettingsError
from data.base.redaction import HIDDEN, of_address, protect
from data.base.scopes import Scope

PREFIX = "HEADROOM_"
# Sources are https, so HTTP_PROXY, which is for http alone, says nothing about them.
PROXY_VARIABLES = ("HTTPS_PROXY", "ALL_PROXY")
NO_PROXY_VARIABLES = ("NO_PROXY",)
HOME = "var"
TRACKING = "mlruns"
MLFLOW_DEFAULT = "sqlite:///mlflow.db"
"""Where MLflow tracks by default."""
_REMEDY = "headroom config show prints every setting, its value and where it came from"


class LogFormat(StrEnum):
    """How log lines are written."""

    AUTO = "auto"
    CONSOLE = "console"
    JSON = "json"


class LogLevel(StrEnum):
    """The least severe event that is written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


BLANK_HOME = "is blank; name a directory, or leave it out for var in the working directory"


class Settings(BaseSettings):
    """Everything that may be configured. Build it with :func:`load`, which also guards against misspelt names."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True, validate_default=True
    )

    home: Path = Field(default=Path(HOME), description="directory of the database, models, editions and assets")
    database_url: SecretStr = Field(
        default=SecretStr(""), description="SQLAlchemy URL of the ledger; blank means headroom.db in the home"
    )
    tracking_uri: SecretStr = Field(
        default=SecretStr(""), description="MLflow tracking database or server; blank means mlruns/mlflow.db, see home"
    )
    private_tracking_uri: SecretStr = Field(
        default=SecretStr(""),
        description="the same for private trainings, which use no other; blank: private/mlruns/mlflow.db in the home",
    )
    editions_url: str = Field(
        default="",
        description="fsspec URL editions are published to and fetched from, as s3://BUCKET/FOLDER; blank: the home",
    )
    editions_cache: int = Field(
        default=4 * 2**30, ge=2**20, description="bytes of fetched draws that stay in the home, with editions_url"
    )
    draws_days: int = Field(default=90, ge=1, description="days that an edition keeps its draws: editions prune")
    draws_monthly: bool = Field(default=True, description="whether the last edition of every month keeps its draws")
    seed: int = Field(default=20261123, ge=0, lt=2**63, description="root of every named random stream")
    # At 10,000 draws the standard error of a probability near one half is 0.005, less than what the API prints.
    draws: int = Field(default=10_000, ge=10_000, le=1_000_000, description="joint draws in an edition")
    host: str = Field(default="127.0.0.1", min_length=1, description="address the server listens on")
    port: int = Field(default=8000, ge=0, le=65535, description="port the server listens on; 0 takes a free one")
    root_path: str = Field(default="", description="path prefix a reverse proxy shows the service under, as /headroom")
    public_url: str = Field(
        default="", description="address others reach the service at, which permalinks of editions begin with"
    )
    trusted_proxies: str = Field(
        default="127.0.0.1,::1",
        description="addresses and networks whose X-Forwarded-Prefix is believed, comma-separated; * for all",
    )
    allowed_hosts: str = Field(
        default="",
        description="host names that are answered for, comma-separated; blank: any, in the private scope this machine",
    )
    cors_origins: str = Field(
        default="*",
        description="sites whose scripts may read answers, comma-separated; none; * for all, but not of private ones",
    )
    frame_origins: str = Field(
        default="*", description="sites that may show what is below /embed/ in a frame, in the same forms"
    )
    require_keys: bool = Field(
        default=False, description="whether reading needs a key too: of the scope read, of private figures private"
    )
    open_loopback: bool = Field(
        default=True, description="whether programs on this machine may ask for jobs without a key"
    )
    read_limit: int = Field(
        default=1_000_000, ge=1, le=2**31 - 1, description="requests an address may make in a minute; a key ten times"
    )
    evaluation_limit: int = Field(
        default=60, ge=1, le=2**31 - 1, description="evaluations an address may ask for in a minute; a key ten times"
    )
    scope: Scope = Field(
        default=Scope.PUBLIC, description="public, or private: imported figures too, and what is made of them"
    )
    eia_key: SecretStr = Field(default=SecretStr(""), description="key of the US EIA's API, free at eia.gov/opendata")
    ember_key: SecretStr = Field(default=SecretStr(""), description="key of Ember's API, free at ember-energy.org")
    census_key: SecretStr = Field(default=SecretStr(""), description="key of the US Census Bureau's API")
    service_key: SecretStr = Field(
        default=SecretStr(""), description="key that headroom mcp asks a service with; blank: none"
    )
    contact: str = Field(default="", description="name and mail address the SEC asks programs to give")
    mirror: str = Field(
        default="", description="where https://HOST/PATH is asked as MIRROR/HOST/PATH; blank: at the sources"
    )
    proxy: SecretStr = Field(
        default=SecretStr(""), description="HTTP proxy that sources are asked through; blank: HTTPS_PROXY or ALL_PROXY"
    )
    no_proxy: str = Field(
        default="", description="hosts asked without the proxy, comma-separated, * for all; blank: NO_PROXY"
    )
    payload_limit: int = Field(
        default=256 * 2**20, ge=2**10, le=2**32, description="bytes of one answer of a source; larger ones are refused"
    )
    input_bytes: int = Field(
        default=256 * 2**20, ge=2**10, le=2**36, description="bytes of a user's file, once decompressed, that are read"
    )
    input_rows: int = Field(default=1_000_000, ge=1, description="rows of a user's file that are read")
    input_series: int = Field(default=100_000, ge=1, description="series of a user's file that are read")
    input_id_length: int = Field(default=200, ge=1, le=200, description="characters of a user's series id")
    fetch_timeout: float = Field(default=30.0, gt=0, le=600, description="seconds a source may stay silent")
    fetch_attempts: int = Field(default=4, ge=1, le=10, description="how often one request to a source is tried")
    database_timeout: float = Field(
        default=10.0, gt=0, le=600, description="seconds a database server may take to connect or stay silent"
    )
    refresh_interval: float = Field(
        default=3.0, gt=0, le=3600, description="seconds between two looks of a server at editions and database"
    )
    connections: int = Field(default=1000, ge=8, le=100_000, description="connections a server keeps open at once")
    header_timeout: float = Field(
        default=10.0, gt=0, le=600, description="seconds a client may take for the headers of a request"
    )
    keep_alive: float = Field(
        default=75.0, gt=0, le=3600, description="seconds a connection stays open without a request"
    )
    send_timeout: float = Field(
        default=30.0, gt=0, le=600, description="seconds a client may take nothing of an answer"
    )
    drain_delay: float = Field(
        default=2.0, ge=0, le=300, description="seconds a server told to end (SIGTERM) still listens, not ready"
    )
    drain_timeout: float = Field(
        default=10.0, gt=0, le=600, description="seconds requests may take after that before they are cut off"
    )
    start_attempts: int = Field(
        default=3, ge=1, le=100, description="how often headroom up tries training and projecting before it gives up"
    )
    start_delay: float = Field(
        default=5.0, gt=0, le=3600, description="seconds before the second try; each further wait is twice as long"
    )
    scheduler: bool = Field(
        default=True, description="whether headroom up keeps a scheduler and a worker, which run jobs on schedule"
    )
    job_lease: float = Field(
        default=30.0, gt=1, le=3600, description="seconds without a sign of its worker after which a run is lost"
    )
    job_days: int = Field(default=90, ge=1, description="days that jobs stay after their end; dead ones stay for ever")
    event_days: int = Field(default=90, ge=1, description="days that events stay once every webhook has taken them")
    webhook_networks: str = Field(
        default="", description="networks webhooks may lead to beyond public addresses, comma-separated; blank: none"
    )
    event_streams: int = Field(default=100, ge=1, le=100_000, description="streams of events open at once in a server")
    log_format: LogFormat = Field(
        default=LogFormat.AUTO, description="console or json lines; auto is console on a terminal, else json"
    )
    log_level: LogLevel = Field(default=LogLevel.INFO, description="least severe event that is logged")

    @field_validator("home", mode="before")
    @classmethod
    def _home_is_set(cls, home: object) -> object:
        # As from an unset variable in --home "$VAR": Path would take it for the working directory.
        if not str(home).strip():
            raise ValueError(BLANK_HOME)
        return home

    @field_validator("home", mode="after")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        return home.expanduser().absolute()

    @field_validator(
        "root_path",
        "public_url",
        "trusted_proxies",
        "allowed_hosts",
        "webhook_networks",
        "cors_origins",
        "frame_origins",
        mode="after",
    )
    @classmethod
    def _reachable(cls, text: str, about: ValidationInfo) -> str:
        if not text:
            return text
        from service.access.rules import host_names, networks, origins, path_prefix, public_address

        readers = {
            "root_path": path_prefix,
            "public_url": public_address,
            "trusted_proxies": networks,
            "allowed_hosts": host_names,
            "webhook_networks": networks,
            "cors_origins": origins,
            "frame_origins": origins,
        }
        try:
            readers[str(about.field_name)](text)
        except InvalidParameter as error:
            message = f"{error.message} (allowed: {', '.join(error.allowed)})"
            raise ValueError(message) from None
        return text

    @field_validator("database_url", "tracking_uri", "private_tracking_uri", mode="after")
    @classmethod
    def _explicit(cls, uri: SecretStr) -> SecretStr:
        text = uri.get_secret_value()
        try:
            urlsplit(text)
        except ValueError:
            # What it says may repeat a password.
            message = "is not a URL"
            raise ValueError(message) from None
        scheme = text.partition("://")[0] if "://" in text else ""
        # MLflow refuses its file store, and an in-memory database is empty again in the next process.
        if text and (not scheme or scheme == "file"):
            message = "must be a URL with a database or server scheme, such as sqlite:////srv/headroom.db"
            raise ValueError(message)
        if scheme.startswith("sqlite") and text.rstrip("/").endswith((":memory:", ":")):
            message = "an in-memory database does not outlive the process"
            raise ValueError(message)
        return uri

    @model_validator(mode="after")
    def _located(self) -> "Settings":
        # Blank URLs are filled here and not by a default, since they follow the home.
        defaults = {
            "database_url": self.home / "headroom.db",
            "tracking_uri": _tracking_folder(self.home) / "mlflow.db",
            "private_tracking_uri": self.home / "private" / TRACKING / "mlflow.db",
        }
        for name, path in defaults.items():
            if not getattr(self, name).get_secret_value():
                object.__setattr__(self, name, SecretStr(f"sqlite:///{path}"))
        return self

    @model_validator(mode="after")
    def _proxied(self) -> "Settings":
        proxy, exempt = self.proxy.get_secret_value(), self.no_proxy
        if not proxy and (variable := _variable(PROXY_VARIABLES)):
            proxy = os.environ[variable]
        if not exempt and (variable := _variable(NO_PROXY_VARIABLES)):
            exempt = os.environ[variable]
        # With its scheme a password in it is distinguished from a port when it is shown.
        proxy = proxy if not proxy or "://" in proxy else f"http://{proxy}"
        object.__setattr__(self, "proxy", SecretStr(proxy))
        object.__setattr__(self, "no_proxy", exempt)
        return self

    @property
    def _outputs(self) -> Path:
        # What is made of private figures never lies where public things are served from.
        return self.home / "private" if self.scope is Scope.PRIVATE else self.home

    @property
    def models(self) -> Path:
        """Directory of published models of the scope, one folder per version."""
        return self._outputs / "models"

    @property
    def member_forecasts(self) -> Path:
        """Directory of the fits an interrupted backtest left, to go on from."""
        return self._outputs / "casts"

    @property
    def editions(self) -> Path:
        """Directory of editions of the scope, one folder per id."""
        return self._outputs / "editions"

    @property
    def mapping(self) -> Path:
        """File that says which own series stand in for drivers and assumptions; read under the private scope only."""
        return self.home / "private" / "series.toml"

    @property
    def assets(self) -> Path:
        """Directory of the built page assets."""
        return self.home / "assets"


def _tracking_folder(home: Path) -> Path:
    """Where a home's tracking store lies, wherever a command runs.

    Beside ``var``, as MLflow's own tools expect it in a project's folder; inside a home of another name, which may have
    other homes beside it.
    """
    return home.with_name(TRACKING) if home.name == HOME else home / TRACKING


def _variable(names: tuple[str, ...]) -> str | None:
    """The first variable that is set and not blank; small letters go first, as everywhere."""
    spellings = (spelling for name in names for spelling in (name.lower(), name))
    return next((name for name in spellings if os.environ.get(name)), None)


SECRET = frozenset(
    {name for name, field in Settings.model_fields.items() if field.annotation is SecretStr} | {"mirror"}
)
OF_LIBRARIES = frozenset(
    {
        "HTTP_PROXY",
        "PGPASSWORD",
        "MLFLOW_TRACKING_URI",
        "MLFLOW_REGISTRY_URI",
        "MLFLOW_TRACKING_PASSWORD",
        "MLFLOW_TRACKING_TOKEN",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        "AZURE_STORAGE_ACCESS_KEY",
        "AZURE_STORAGE_CONNECTION_STRING",
    }
)
"""Variables from which the libraries underneath take a secret: database driver, MLflow and its stores of artifacts."""
ADDRESSES = ("URL", "URI", "PROXY", "MIRROR")
"""How the names of variables end that hold an address, of which the password alone is secret."""


def load(**values: object) -> Settings:
    """Build the settings from explicit values (None means not given) and the environment.

    Raises:
        SettingsError: an unknown ``HEADROOM_*`` variable, an unknown explicit name, or a value out of range.
        InvalidParameter: a value given on the command line is out of range.
    """
    explicit: dict[str, Any] = {name: value for name, value in values.items() if value is not None}
    protect(_secrets(os.environ, explicit))
    _refuse_unknown(os.environ)
    if "home" not in explicit and os.environ.get(f"{PREFIX}HOME") == "":
        # Every other blank variable counts as left out; a home in the wrong place would be made and filled.
        raise SettingsError(f"{PREFIX}HOME: {BLANK_HOME}", remedy=_REMEDY)
    try:
        return Settings(**explicit)
    except ValidationError as error:
        # The rejected value is left out on purpose: it may hold a password.
        faults = [(_spelt(e["loc"], explicit), _plain(e["msg"])) for e in error.errors(include_input=False)]
        for name, message in faults:
            if name in explicit and name in Settings.model_fields:
                raise InvalidParameter(name, message) from None
        raise SettingsError("; ".join(f"{name}: {message}" for name, message in faults), remedy=_REMEDY) from None


def logs_are_json() -> bool:
    """Whether JSON logs are asked for, read without building the settings, which may be what is wrong."""
    return os.environ.get(f"{PREFIX}LOG_FORMAT", "").lower() == LogFormat.JSON


def origins(options: Mapping[str, object]) -> dict[str, str]:
    """Where each setting came from: ``command line``, ``environment`` with the variable's name, or ``default``."""
    present = {key.upper() for key, value in os.environ.items() if value}
    by_name = dict.fromkeys(Settings.model_fields, "default")
    for name, variables in (("proxy", PROXY_VARIABLES), ("no_proxy", NO_PROXY_VARIABLES)):
        if variable := _variable(variables):
            by_name[name] = f"environment {variable}"
    by_name |= {name: f"environment {PREFIX}{name.upper()}" for name in by_name if f"{PREFIX}{name.upper()}" in present}
    by_name |= {name: "command line" for name, value in options.items() if value is not None}
    return by_name


def display(value: object) -> str:
    """A setting as text fit for a screen: an address keeps its place, secrets are masked."""
    text = _plain_text(value)
    if "://" not in text:
        return HIDDEN if text and isinstance(value, SecretStr) else text
    # Edited as text, since urlunsplit turns sqlite:////a into sqlite://a. Parameters may carry a password too.
    text = re.sub(r"(?<=://)([^:/?#]*):.*@", r"\1:***@", text)
    text = re.sub(r"(?<=://)(?![^/?#@]*:\*\*\*@)[^/?#]*@", "***@", text)
    return re.sub(r"\?.*", "?***", text)


def tracked(settings: Settings) -> tuple[str, str | None]:
    """Address of the tracking store, and the run ``mlflow run`` opened for this process, if it did so in that store.

    Under ``mlflow run`` its store is ours too, unless HEADROOM_TRACKING_URI names another one, or nobody named any and
    MLflow took the file it takes then: what Headroom records stays in one place. Private trainings go where the setting
    of their own says, whatever anybody named for public ones.
    """
    private = settings.scope is Scope.PRIVATE
    address = (settings.private_tracking_uri if private else settings.tracking_uri).get_secret_value()
    run, uri = os.environ.get("MLFLOW_RUN_ID"), os.environ.get("MLFLOW_TRACKING_URI")
    if not run or not uri:
        return address, None
    if _placed(uri) == _placed(address):
        return address, run
    explicit = private or origins({})["tracking_uri"] != "default"
    return (address, None) if explicit or _placed(uri) == _placed(MLFLOW_DEFAULT) else (_placed(uri), run)


def _placed(uri: str) -> str:
    """A SQLite address with its path made absolute; others as they are."""
    scheme, separator, path = uri.partition(":///")
    return f"{scheme}{separator}{Path(path).absolute()}" if separator and scheme.startswith("sqlite") else uri


def _secrets(environ: Mapping[str, str], explicit: Mapping[str, object]) -> set[str]:
    """What must not be shown of what configures this process, before it is known whether it is valid."""
    variables = {f"{PREFIX}{name.upper()}" for name in SECRET} | {*PROXY_VARIABLES, *OF_LIBRARIES}
    # A variable may stand in small and in capital letters, and beside what the command line says in its place.
    pairs = {(key.upper(), value) for key, value in environ.items() if key.upper() in variables}
    pairs |= {(name.upper(), _plain_text(value)) for name, value in explicit.items() if name in SECRET}
    return {part for name, value in pairs for part in (of_address(value) if name.endswith(ADDRESSES) else {value})}


def _plain_text(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    variables = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    for key in sorted(environ):
        if key.upper().startswith(PREFIX) and key.upper() not in variables:
            close = get_close_matches(key.upper(), variables, n=1)
            remedy = f"did you mean {close[0]}?" if close else f"known: {', '.join(sorted(variables))}"
            raise SettingsError(f"the environment variable {key} is not a setting", remedy=remedy)


def _spelt(location: tuple[int | str, ...], explicit: Mapping[str, object]) -> str:
    name = str(location[0]) if location else "settings"
    return name if name in explicit else f"{PREFIX}{name.upper()}"


def _plain(message: str) -> str:
    return message.removeprefix("Value error, ")
