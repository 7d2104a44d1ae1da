"""Every time stamp of an answer has one form, whatever form the files behind it carry."""

import json
import re
import shutil
from datetime import UTC, datetime
from types import MappingProxyType

import pytest
from starlette.testclient import TestClient

from data.base.scopes import Scope
from data.store.ledger import Decision, Promotion
from service.app import create_app
from training.artifact.published import Published

STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
FORM = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
FORMS = ["2026-11-29T22:21:03Z", "2026-11-29T22:21:03+00:00", "2026-11-29T22:21:03.775324+00:00",
         "2026-11-29T23:21:03.775324+01:00"]  # fmt: skip
PATHS = [
    "/v1/editions/latest",
    "/v1/gaps?region=US&layer=power",
    "/v1/headlines?region=US&layer=power",
    "/v1/comparisons?region=US&layer=power",
    "/v1/open-models",
    "/v1/forecasts/derived.world.hyperscaler_capex",
    "/v1/models/promotions",
    "/v1/scoreboard?by=Headroom",
    "/v1/series/alphabet.capex_cash/observations?limit=5",
]


def stamps(node):
    match node:
        case dict():
            return [text for value in node.values() for text in stamps(value)]
        case list():
            return [text for value in node for text in stamps(value)]
        case str() if STAMP.match(node):
            return [node]
    return []


@pytest.fixture(params=FORMS)
def asking(request, make_context, edition_writer, published, tmp_path):
    """A service over an edition and a champion whose files carry the form of the parameter."""
    folder = edition_writer(tmp_path / "editions", edition_id="e-20261129-aaaaaaaaaa", days=5, shift=1.0).directory
    manifest = json.loads((folder / "manifest.json").read_text())
    since = {"champion": {"version": "m-1", "since": request.param}}
    (folder / "manifest.json").write_text(json.dumps(manifest | since | {"issued": request.param}))
    line = Promotion(
        id=1,
        created=datetime(2026, 11, 29, 22, 21, 3, 775324, tzinfo=UTC),
        model_version="m-1",
        previous_version=None,
        evidence=MappingProxyType({"checked": request.param}),
        actor="ann",
        reason="first",
        kind=Decision.PROMOTE,
        scope=Scope.PUBLIC,
    )
    model = shutil.copytree(published.directory, tmp_path / "m-1")
    (model / "manifest.json").write_text(json.dumps(dict(published.manifest) | {"created": request.param}))
    context = make_context(tmp_path / "editions", data={"published": Published.load(model), "promotions": (line,)})
    with TestClient(create_app(context)) as client:
        yield client


def test_stamps_have_one_form_whatever_the_files_carry(asking):
    stamps_by_path = {path: stamps(asking.get(path).json()) for path in PATHS}
    assert not [(path, text) for path, texts in stamps_by_path.items() for text in texts if not FORM.fullmatch(text)]
    paths = {path for path, texts in stamps_by_path.items() if texts == ["2026-11-29T22:21:03Z"] * len(texts) and texts}
    assert paths == set(PATHS) - {PATHS[-1], PATHS[-2]}
