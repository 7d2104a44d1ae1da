"""Pages as answers: rendered once for a query and a state of the service, with what every page carries."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from fastapi.responses import Response

from projection.edition.edition import Edition
from service.base.query import QueryModel
from service.base.routes import Responder
from service.pages.frame.environment import environment
from service.pages.frame.navigation import MENU, Page
from service.state import Snapshot

MEDIA_TYPE = "text/html; charset=utf-8"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""A page runs and shows only what this service sends, nothing inline and nothing evaluated."""
OLD = timedelta(days=40)
"""Age from which an edition is called old, as in deploy/prometheus/alerts.yml: one is made at least monthly."""


@dataclass(frozen=True)
class Head:
    """What a page says of itself.

    Attributes:
        title: of the window and the card.
        description: one sentence for cards and search engines.
        picture: path of the picture of its card, from the root; blank for none.
    """

    title: str
    description: str
    picture: str = ""


def respond_page(
    respond: Responder,
    query: QueryModel,
    page: Page,
    edition: Edition | None,
    view: Callable[[], tuple[Head, Mapping[str, Any]]],
    *,
    policy: str = POLICY,
    up: str = "",
) -> Response:
    """The page of a query.

    Args:
        respond: answers the request.
        query: what was asked for.
        page: whose template is filled.
        edition: it is read off; None where it needs none.
        view: makes what the page says of itself and what its template shows.
        policy: what the browser may do with it.
        up: leads from the path of the page to the root of the service, such as ``../``.
    """

    def build() -> bytes:
        head, shown = view()
        context: dict[str, Any] = {"edition": edition, "public_url": respond.public_url, "here": page.name, "up": up}
        return render(page.name, head, shown, days_old=_days_old(respond.snapshot, edition), **context).encode()

    return respond.answer(query, build, headers={"Content-Security-Policy": policy}, media_type=MEDIA_TYPE)


def _days_old(snapshot: Snapshot, edition: Edition | None) -> int:
    """The age of the edition that answers now, once it is old; 0 of a young one, and of one asked for by name."""
    latest = snapshot.edition
    if latest is None or edition is None or edition.id != latest.id:
        return 0
    age = snapshot.today - latest.issued.date()
    return age.days if age > OLD else 0


def render(
    template: str,
    head: Head,
    shown: Mapping[str, Any] = MappingProxyType({}),
    *,
    edition: Edition | None = None,
    public_url: str = "",
    here: str = "",
    up: str = "",
    days_old: int = 0,
) -> str:
    """A filled template.

    Args:
        template: its name without the ending.
        head: what the page says of itself.
        shown: what the template shows.
        edition: named at the foot.
        public_url: the address the service is reached at from outside; blank where none is known.
        here: the page of the menu that is open.
        up: leads from the path of the page to the root of the service, such as ``../``. Links are relative, so that a
            path prefix of a proxy needs no telling.
        days_old: age of the edition where that is worth a word, else 0.
    """
    root = up or "./"
    context = {"head": head, "root": root, "menu": MENU, "here": here, "edition": edition, "public_url": public_url}
    context |= {"days_old": days_old}
    return environment().get_template(f"{template}.html").render(**context, **shown)
