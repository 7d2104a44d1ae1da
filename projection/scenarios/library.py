"""The scenarios that ship, by name, each a file in ``library/``."""

from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

from data.base.errors import InvalidParameter
from data.periods.text import excerpt
from projection.inputs.assumptions import Assumptions
from projection.inputs.overrides import BASE, Scenario
from projection.scenarios.definition import ScenarioDocument
from projection.scenarios.resolution import resolve

FORMER = MappingProxyType(
    {
        "btm_slips": ("on-site-power-late",),
        "sites_on_time": ("plans-on-time",),
        "cn_chips_open": ("chip-exports-open",),
    }
)
"""Names of scenarios in earlier versions, with those that stand for them now."""


@cache
def documents() -> Mapping[str, ScenarioDocument]:
    """Every document by name, base first, then by name."""
    files = (file for file in (resources.files(__package__) / "library").iterdir() if file.name.endswith(".toml"))
    by_name = {file.name.removesuffix(".toml"): ScenarioDocument.parse(file.read_bytes()) for file in files}
    return {name: by_name[name] for name in sorted(by_name, key=lambda name: (name != BASE.name, name))}


def document(name: str) -> ScenarioDocument:
    """One document; raises :class:`InvalidParameter` for an unknown name, which says how a former one is called now."""
    if name in FORMER:
        now = FORMER[name]
        raise InvalidParameter("scenario", f"{excerpt(name)} is called {' or '.join(now)} now", allowed=now)
    if name not in documents():
        raise InvalidParameter("scenario", f"{excerpt(name)} is not known", allowed=list(documents()))
    return documents()[name]


def scenario(name: str, assumptions: Assumptions) -> Scenario:
    """One scenario as overrides; raises :class:`InvalidParameter` for an unknown name."""
    return resolve(document(name), library=documents(), assumptions=assumptions, name=name)


def scenarios(assumptions: Assumptions) -> list[Scenario]:
    """Every scenario, base first."""
    return [scenario(name, assumptions) for name in documents()]
