"""What happens at the service."""

import json
from datetime import datetime
from typing import Any, Self

from httpx2 import ServerSentEvent

from headroom_client.answer import Answer


class Event(Answer):
    """One event.

    Attributes:
        id: where to go on after it; None of ``events.missing``, which stands for events that the service has removed.
        type: such as ``edition.published``; docs/events.md of the service lists them.
        timestamp: when it happened; None of ``events.missing``.
        data: about it, such as the id of the edition.
    """

    id: int | None
    type: str
    timestamp: datetime | None = None
    data: dict[str, Any]

    @classmethod
    def read(cls, message: ServerSentEvent) -> Self:
        """From a message of the stream."""
        content = json.loads(message.data)
        # The id of a message without one is that of the message before.
        number = int(message.id) if "timestamp" in content else None
        return cls.model_validate({**content, "id": number})
