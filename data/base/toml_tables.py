"""Facts that are tables in TOML: read into models without unknown fields, with a clear error for a slip."""

import tomllib
from importlib import resources
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from data.base.errors import TableCorrupt


class Entry(BaseModel):
    """A table or an entry of it: frozen, and with the fields that are declared alone."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Table = TypeVar("Table", bound=Entry)


def read_toml(model: type[Table], text: str, *, file: str) -> Table:
    """The whole file as a model; raises :class:`TableCorrupt` naming the file and the first thing that is wrong."""
    try:
        return model.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise TableCorrupt(file, str(error)) from error
    except ValidationError as error:
        fault = error.errors()[0]
        raise TableCorrupt(file, f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}") from error


def read_shipped(model: type[Table], package: str, file: str) -> Table:
    """A table that ships beside the modules of a package; raises as :func:`read_toml` does."""
    return read_toml(model, (resources.files(package) / file).read_text(encoding="utf-8"), file=file)
