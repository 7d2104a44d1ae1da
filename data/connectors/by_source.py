"""Finds the connector of a source: the module with the source's name, in any folder of connectors."""

from functools import cache
from importlib import import_module
from pkgutil import walk_packages

from data import connectors
from data.base.errors import NotFound
from data.catalogue.registry import Source
from data.connectors.contract import Connector


def connector(source: Source) -> Connector:
    """The connector that reads it, over HTTP or (``manual``) from a file; raises :class:`NotFound` without one."""
    module = _modules().get(source.name)
    if module is None:
        raise NotFound("connector", source.name, hint=f"{source.status.value}: {source.note}")
    reader: Connector = import_module(module).CONNECTOR
    return reader


@cache
def _modules() -> dict[str, str]:
    names = [module.name for module in walk_packages(connectors.__path__, f"{connectors.__name__}.")]
    return {name.rpartition(".")[2]: name for name in names}
