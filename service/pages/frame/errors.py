"""Errors as pages, for those who ask with a browser: what is wrong, what would be right, and where to go on."""

import json
from collections.abc import Callable
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from data.base.errors import HeadroomError
from service.pages.frame.respond import MEDIA_TYPE, POLICY, Head, render

DATA = ("/v1/", "/static/", "/assets/", "/healthz", "/readyz", "/metrics", "/openapi.json")
"""Paths that answer with no page whoever asks."""


def install(app: FastAPI) -> None:
    """Let the handlers that answer with problem documents answer with a page where a browser asks for one."""
    for kind in (HeadroomError, RequestValidationError, HTTPException, Exception):
        app.add_exception_handler(kind, _as_page(app.exception_handlers[kind]))


def wants_page(request: Request) -> bool:
    """Whether the client prefers a page: browsers do, and say so."""
    accepted = request.headers.get("accept", "")
    return "text/html" in accepted and not request.url.path.startswith(DATA)


def _as_page(problem: Any) -> Callable[[Request, Exception], Response]:  # noqa: ANN401 - Starlette's handlers have several forms
    def answer(request: Request, error: Exception) -> Response:
        response: Response = problem(request, error)
        return page(request, response) if wants_page(request) else response

    return answer


def page(request: Request, response: Response) -> Response:
    """The page of a problem document, with its status and headers."""
    problem = json.loads(bytes(response.body))
    up = "../" * (request.url.path.count("/") - 1)
    shown = {"problem": problem, "path": request.url.path}
    text = render("error", Head(f"{problem['title']} · Headroom", problem["detail"]), shown, up=up)
    of_body = {"content-length", "content-type"}
    headers = {name: value for name, value in response.headers.items() if name not in of_body}
    headers |= {"Content-Security-Policy": POLICY}
    return Response(text, status_code=response.status_code, media_type=MEDIA_TYPE, headers=headers)
