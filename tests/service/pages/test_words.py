"""Every page speaks plainly: no field of the API, no jargon of statistics, no id where a name exists."""

import re
from datetime import date

import pytest
from claim_editions import write_claim_edition
from rendered_pages import words
from scored_boards import scored
from starlette.testclient import TestClient

from service.app import create_app
from service.pages.frame.navigation import MENU

REFUSED = (
    "P(short)",
    "pseudo_vintage",
    "pseudo-vintage",
    "naive2",
    "CRPS",
    "PIT",
    "quantile",
    "log error",
    "Diebold",
    "one house",
    "stands beside",
    "Beside the published",
    "draw id",
    "None",
    "nan",
)
IN_TEXTS = {"btm_2028", "us_fleet_headroom", "nuclear_restarts", "solar_additions_all", "installed_h100e"}
"""Assumptions and yardsticks that texts of the edition itself name."""
UNPUBLISHED = "cn.ai_compute.exported_share"
"""A series that no claim has a figure of, so that nothing gives it a title."""
LAYERS = ("power", "compute", "energy", "firm", "storage")
PATHS = (
    *(page.path for page in MENU),
    *(f"?layer={layer}" for layer in LAYERS),
    "?region=WORLD&layer=energy",
    "?region=US-VA",
    "?demand=requested",
    "?freq=Q",
    "editions?from=e-20261122-aaaaaaaaaa",
    "editions?on=2026-11-24",
    "track-record?region=US&layer=energy",
    "nowhere",
)


@pytest.fixture(scope="module")
def client(make_context, editions, store):
    context = make_context(editions, {"board": scored(store, editions, date(2026, 11, 24))})
    with TestClient(create_app(context)) as client:
        yield client


def shown(text):
    """What a reader sees without pointing at a word: terms of art stand in its explanation.

    Notes on the figures of others are the projection's own texts.
    """
    for mark in ('(span|div) class="meaning', "(code|textarea|select|pre)", '(td) class="words"', "(head)>"):
        text = re.sub(rf"<{mark}.*?</\1>", " ", text, flags=re.DOTALL)
    return words(text)


@pytest.fixture(scope="module")
def judged(make_context, tmp_path_factory):
    directory = tmp_path_factory.mktemp("judged")
    write_claim_edition(directory)
    with TestClient(create_app(make_context(directory))) as client:
        yield client


def test_claims_call_series_and_sources_by_name(judged):
    text = shown(judged.get("/claims").text)
    assert "holds" in text
    assert set(re.findall(r"(?<![/\w.])[a-z0-9_-]+(?:\.[a-z0-9_-]+){2,}", text)) <= {UNPUBLISHED}
    assert set(re.findall(r"(?<![/\w])[a-z0-9]+(?:_[a-z0-9]+)+\b", text.replace(UNPUBLISHED, ""))) <= IN_TEXTS


@pytest.mark.parametrize("path", PATHS)
def test_no_page_uses_a_word_that_only_its_makers_know(client, path):
    response = client.get(f"/{path}", headers={"accept": "text/html"})
    text = shown(response.text)
    assert len(text) > 200
    assert [word for word in REFUSED if re.search(rf"(?<!\w){re.escape(word)}(?!\w| of )", text)] == []
    # A name behind a slash is that of a repository that figures come from.
    assert set(re.findall(r"(?<![/\w])[a-z0-9]+(?:_[a-z0-9]+)+\b(?!\.csv)", text)) <= IN_TEXTS
