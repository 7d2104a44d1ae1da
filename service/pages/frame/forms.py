"""What pages read that a form sends."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ModelWrapValidatorHandler, model_validator


class FormFields(BaseModel):
    """A query that a form sends, fields that were left blank included: they count as not sent."""

    @model_validator(mode="wrap")
    @classmethod
    def _filled_in(cls, values: Mapping[str, Any], read: ModelWrapValidatorHandler[Self]) -> Self:
        return read({name: value for name, value in values.items() if not isinstance(value, str) or value.strip()})
