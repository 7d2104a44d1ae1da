"""The claims that ship: one file each, named as the claim."""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

from data.base.errors import TableCorrupt
from data.base.toml_tables import read_toml
from projection.claims.definition import Claim

FOLDER = "library"
SUFFIX = ".toml"


@cache
def shipped() -> Mapping[str, Claim]:
    """Claims by name, in their order.

    Raises :class:`TableCorrupt` for a file that is no claim, or two with one place.
    """
    files = (resources.files("projection.claims") / FOLDER).iterdir()
    claims = {
        file.name.removesuffix(SUFFIX): read_toml(Claim, file.read_text(encoding="utf-8"), file=file.name)
        for file in files
        if file.name.endswith(SUFFIX)
    }
    ordered = sorted(claims, key=lambda name: claims[name].order)
    if len({claim.order for claim in claims.values()}) < len(claims):
        raise TableCorrupt(FOLDER, "two claims have one place")
    return MappingProxyType({name: claims[name] for name in ordered})
