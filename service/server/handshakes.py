"""Ending to listen without a reset: new handshakes are left unanswered before the listening socket is closed.

Between taking the last connection and closing the socket the system would complete further handshakes, and their
clients would be reset. Once the system drops what begins a handshake, none can come in between: the client tries again
after a second and is refused, or reaches the server that listens by then.
"""

import ctypes
import socket
import struct
import sys
from contextlib import suppress

SO_ATTACH_FILTER = 26
"""Linux; Python does not name it."""
FLAGS, ACK_AND_SYN, SYN = 13, 0x12, 0x02
"""Place of the flags in a TCP header, and two of them."""
INSTRUCTIONS = (
    (0x30, 0, 0, FLAGS),  # load the flags
    (0x54, 0, 0, ACK_AND_SYN),  # keep these two
    (0x15, 0, 1, SYN),  # the first segment of a handshake?
    (0x06, 0, 0, 0),  # drop it
    (0x06, 0, 0, 0xFFFFFFFF),  # let all else pass
)


def refuse_new(listener: socket.socket) -> None:
    """Let a listening socket complete the handshakes under way and begin none; on Linux, elsewhere nothing happens."""
    if sys.platform != "linux":
        return
    program = b"".join(struct.pack("HBBI", *instruction) for instruction in INSTRUCTIONS)
    code = ctypes.create_string_buffer(program)
    # A system that forbids filters leaves a gap of microseconds, which is no reason not to stop.
    with suppress(OSError):
        listener.setsockopt(
            socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HP", len(INSTRUCTIONS), ctypes.addressof(code))
        )
