"""Writes stderr as one JSON object per line where the settings ask for JSON logs.

Phases, progress, warnings of libraries and final messages are text for people. Under ``HEADROOM_LOG_FORMAT=json`` a log
collector reads stderr and would lose every line that is not JSON; so each such line becomes a JSON event.
"""

import json
from datetime import UTC, datetime
from typing import Any, TextIO

LEVELS = {"error": "error", "warning": "warning", "interrupted": "warning"}
"""Level of a line by the word before its first colon; others are information."""


class LogLines:
    """A stream in front of stderr. What is asked for is read when the first line is written: help writes none."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._rest = ""
        self._json: bool | None = None

    @property
    def as_json(self) -> bool:
        """Whether lines are to be JSON."""
        if self._json is None:
            from headroom.settings import logs_are_json

            self._json = logs_are_json()
        return self._json

    def write(self, text: str) -> int:
        """Write text; under JSON logs whole lines, each when its end has come."""
        if not self.as_json:
            return self._stream.write(text)
        *lines, self._rest = (self._rest + text).split("\n")
        self._stream.writelines(_event(line) + "\n" for line in lines if line.strip())
        return len(text)

    def isatty(self) -> bool:
        """Whether a person looks on: nothing is drawn where a program reads."""
        return not self.as_json and self._stream.isatty()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever else a stream has
        return getattr(self._stream, name)


def _event(line: str) -> str:
    if line.startswith("{") and line.endswith("}"):
        return line
    level = LEVELS.get(line.partition(":")[0].strip().lower(), "info")
    moment = datetime.now(UTC).isoformat().replace("+00:00", "Z")
    return json.dumps({"event": line.strip(), "logger": "headroom", "level": level, "timestamp": moment})
