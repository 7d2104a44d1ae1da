"""How a path of ``/v1/charts`` answers: with its specification, or with a picture of it where the path says so."""

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.convertors import Convertor, register_url_convertor

from service.base.query import QueryModel
from service.base.routes import Responder
from service.pages.charts.drawing import MEDIA_TYPES, ChartDrawer, Form
from service.pages.charts.style import VegaLite

# A picture that is opened by itself runs nothing and loads nothing; its own style attributes are all it has.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


class PictureConvertor(Convertor[Form]):
    """The end of a path that names the form of a picture."""

    regex = "|".join(Form)

    def convert(self, value: str) -> Form:
        """The form of a name."""
        return Form(value)

    def to_string(self, value: Form) -> str:
        """The name of a form."""
        return value.value


register_url_convertor("picture", PictureConvertor())


def get_chart(router: APIRouter, path: str, **about: Any) -> Callable[[Endpoint], Endpoint]:  # noqa: ANN401 - FastAPI's
    """Serve GET of a chart's path, and its picture, with edition and day burnt in, as ``/v1/charts/gap.svg``."""

    def register(endpoint: Endpoint) -> Endpoint:
        router.get(f"{path}.{{form:picture}}", include_in_schema=False)(endpoint)
        return router.get(path, response_model=VegaLite, **about)(endpoint)

    return register


class ChartAnswers:
    """Answers one request for a chart in the form its path names.

    Attributes:
        form: of the picture; None where the specification itself is asked for.

    Args:
        form: the same.
        drawer: draws pictures for this process.
    """

    def __init__(self, form: Form | None, drawer: ChartDrawer) -> None:
        self.form, self._drawer = form, drawer

    def answer(self, respond: Responder, query: QueryModel, spec: Callable[[], dict[str, Any]]) -> Response:
        """The specification, or its picture, drawn where there is none in memory or among the assets."""
        form = self.form
        if form is None:
            return respond.answer(query, spec)
        return respond.answer(
            query,
            lambda: self._drawer.picture(spec(), form),
            headers={"Content-Security-Policy": POLICY},
            media_type=MEDIA_TYPES[form],
        )


async def chart_answers(request: Request) -> ChartAnswers:
    """A dependency: answers this request for a chart."""
    return ChartAnswers(request.path_params.get("form"), request.app.state.drawer)


Charts = Annotated[ChartAnswers, Depends(chart_answers)]
