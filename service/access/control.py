"""What a request may do: the key it brings is verified, what needs one is refused without, and requests are counted.

It stands behind the recorder and before the cache. None of it waits for the database, but a key that is new.
"""

from collections.abc import Callable

import structlog
from fastapi import Request
from sqlalchemy import Engine
from sqlalchemy.exc import DatabaseError
from starlette.types import ASGIApp, Receive, Scope, Send

from data.base.access_errors import KeyRequired, LimitReached, ScopeMissing
from data.base.errors import HeadroomError
from service import problems
from service.access.budgets import Budgets
from service.access.callers import Caller, KeyRing, address, credentials
from service.access.keys import KeyScope
from service.access.local import require_local
from service.access.rules import AccessRules

PROBES = frozenset({"/healthz", "/readyz", "/metrics"})
"""Asked by programs that watch the service, neither counted nor closed."""
OPEN = PROBES | {"/favicon.ico", "/robots.txt", "/openapi.json"}
"""What is answered without a key also where reading needs one."""
MANAGED = ("/v1/jobs", "/v1/schedules", "/v1/webhooks")
"""What is written to with a key."""
READ_BY_POST = (":batch", "/mcp")
"""How paths end that are read by POST, since the question is long; what a tool asks is counted by itself."""
WORKED = frozenset(
    {
        "/v1/attribution",
        "/v1/levers/reach",
        "/v1/requirements",
        "/v1/solve",
        "/v1/what-if",
    }
)
"""What is read by GET and yet worked out by the processes that evaluate, without the endings of tables.

The page ``/what-if`` and its chart are not: a lever that moves asks several times a second.
"""
KEY_FACTOR = 10
"""How much more a verified key may ask for than an address."""

log = structlog.get_logger(__name__)


class AccessControl:
    """ASGI middleware; inside, ``scope["caller"]`` is who asks.

    Args:
        app: what is inside.
        rules: what needs a key, and the limits.
        engine: of the database; raises :class:`data.base.errors.StoreUnusable` while there is none.
    """

    def __init__(self, app: ASGIApp, rules: AccessRules, engine: Callable[[], Engine]) -> None:
        self._app, self._rules, self._engine = app, rules, engine
        self._ring, self._budgets = KeyRing(engine), Budgets()
        self._fault: str | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "http":
            try:
                caller = await self._caller(scope)
                self._admit(scope, caller)
                self._count(scope, caller)
            except HeadroomError as error:
                await problems.of_error(error, prefix=scope.get("prefix", ""))(scope, receive, send)
                return
            scope = {**scope, "caller": caller}
        await self._app(scope, receive, send)

    def admit_open(self, scope: Scope) -> bool:
        """Admit and count a request that brings no key and needs none; False where it is to be looked at properly."""
        try:
            if credentials(scope) is not None:
                return False
            caller = Caller(address(scope, self._rules))
            self._admit(scope, caller)
            self._count(scope, caller)
        except HeadroomError:
            return False
        return True

    def refresh(self) -> None:
        """Look at the keys again, and settle with the other servers what was counted; it may wait for the database."""
        fault = None
        try:
            self._ring.refresh()
            self._budgets.settle(self._engine())
        except (HeadroomError, DatabaseError) as error:
            fault = str(error)
        if fault != self._fault:
            log.warning("keys_unreadable" if fault else "keys_readable_again", detail=fault)
        self._fault = fault

    async def _caller(self, scope: Scope) -> Caller:
        text = credentials(scope)
        if text is None:
            return Caller(address(scope, self._rules))
        key = await self._ring.key(text)
        return Caller(f"key {key.id}", key)

    def _admit(self, scope: Scope, caller: Caller) -> None:
        rules = self._rules
        if not rules.require_keys or scope["method"] == "OPTIONS" or scope["path"] in OPEN:
            return
        needed = KeyScope.PRIVATE if rules.private else KeyScope.EVALUATE if _is_work(scope) else KeyScope.READ
        if caller.key is None:
            raise KeyRequired(needed)
        if scope["path"].startswith(MANAGED) and scope["method"] == "POST":
            return
        if not caller.key.allows(needed):
            raise ScopeMissing(needed)

    def _count(self, scope: Scope, caller: Caller) -> None:
        if scope["path"] in PROBES:
            return
        work = _is_work(scope)
        limit = self._rules.evaluation_limit if work else self._rules.read_limit
        if limit is None:
            return
        trusted = caller.key is not None and (not work or caller.key.allows(KeyScope.EVALUATE))
        remaining = self._budgets.take(
            caller.name, budget="evaluations" if work else "reads", limit=limit * KEY_FACTOR if trusted else limit
        )
        scope["answer_headers"].extend(remaining.headers)
        if remaining.over:
            raise LimitReached(remaining.limit, remaining.seconds)


def _is_work(scope: Scope) -> bool:
    """Whether a request asks for something to be worked out that is in no edition."""
    path = scope["path"]
    return path.partition(".")[0] in WORKED or (
        scope["method"] == "POST" and not path.startswith(MANAGED) and not path.endswith(READ_BY_POST)
    )


def require(request: Request, scope: KeyScope, *, local: bool = True) -> str:
    """Who asks for something that needs a key of a scope, in words.

    With ``local`` programs on this machine may ask without one, unless the settings close that.

    Raises:
        KeyRequired: no key was brought.
        ScopeMissing: the key is for other things.
        LocalOnly: none was brought, and the request does not come straight from a program on this machine.
    """
    caller: Caller = request.scope["caller"]
    if caller.key is not None:
        if not caller.key.allows(scope):
            raise ScopeMissing(scope)
        return f"key {caller.key.name} ({caller.key.label})"
    if not local or not request.app.state.serving.inputs.access.open_loopback:
        raise KeyRequired(scope)
    require_local(request.scope)
    return "api"
