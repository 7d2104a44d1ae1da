"""The base of every answer: it never changes, and what a later service adds to it is left out."""

from pydantic import BaseModel, ConfigDict


class Answer(BaseModel):
    """An answer of the service, or a part of one."""

    model_config = ConfigDict(frozen=True)
