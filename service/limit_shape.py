"""The shape of what limits a region, beside an answer about power."""

from pydantic import Field

from service.shape import Shape


class Limit(Shape):
    """Whether power is what limits the region in a period, read off the joint draws of its cells."""

    period: str
    p_power_not_limit: float = Field(
        description="Chance that facility power, electricity and firm power all suffice, as far as supply is carried.",
        ge=0,
        le=1,
    )
    p_short: dict[str, float] = Field(description="Chance of being short by layer of power that carries a supply.")
    binding: dict[str, float] = Field(
        description="Chance that power, or chips, is what limits deliverable compute of the region."
    )
