"""All that can be asked, each question a method.

Parameters are named as in docs/api.md of the service, but for ``from_``. Lists are returned whole. Every
method raises :class:`headroom_client.errors.HeadroomError`; see there for its kinds.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from headroom_client.computed import Computed
from headroom_client.events import Event
from headroom_client.published import Published

BEGIN = "events.begin"
"""Type of the message that says after which event a stream begins: the connection goes on from it."""


class Api(Published, Computed):
    """The questions, as coroutines."""

    async def watch(self, *, after: int | None = None) -> AsyncGenerator[Event]:
        """What happens, as it happens and without an end; a stream that breaks off is gone on with.

        Args:
            after: begin with the events after this id, 0 for all there are; None begins with new ones.
        """
        async with aclosing(self.connection.events("/v1/events", after=after)) as messages:
            async for message in messages:
                if message.event != BEGIN:
                    yield Event.read(message)

    async def close(self) -> None:
        """Close the connections."""
        await self.connection.transport.close()
