"""Pages as a browser without scripts gets them, for tests that read their text."""

import re
from html import unescape
from typing import Any

from fastapi.testclient import TestClient

BROWSER = {"accept": "text/html"}


def page(client: TestClient, path: str, **parameters: Any) -> str:
    """The page of a path, which must answer."""
    response = client.get(path, params=parameters, headers=BROWSER)
    assert response.status_code == 200, response.text
    return unescape(response.text)


def words(text: str) -> str:
    """A page without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))
