"""The frames of the channel between the server and its workers (spec/wsgi-channel.md §1)."""

import struct

# Length of the payload, type, flags, stream.
HEADER = struct.Struct('!IBBI')
U32 = struct.Struct('!I')
VERSION = 1

# From the server to a thread.
REQUEST = 0x01
CONTENT = 0x02
CANCEL = 0x03
# From a thread to the server; CONTENT goes both ways.
HEAD = 0x11
DONE = 0x13
FAULT = 0x14
WINDOW = 0x15
# On the control connection.
HELLO = 0x20
LOADED = 0x21
FAILED = 0x22
LOG = 0x23
LEAVING = 0x24
RECALL = 0x25
RECALLED = 0x26
ANSWERS = 0x27

# The content is complete with this frame.
END = 0x01
# The thread is free after this frame.
FREE = 0x02
# Values are escaped: they hold NUL or SOH.
ESCAPED = 0x04
# Content follows a request.
FOLLOWS = 0x08
# Its first octets come without being asked for.
EAGER = 0x10

# The request has the escape.
UPGRADE = 0x20
# The server may leave its answer unread until ANSWERS.
HELD = 0x40

# What a frame other than CONTENT has room for (CHANNEL-22).
PAYLOAD_MAX = 15 * 1024 * 1024

# As much content as the server sends on its own.
WINDOW_SIZE = 64 * 1024


def frame(kind, flags, stream, payload=b''):
    """A whole frame."""
    return HEADER.pack(len(payload), kind, flags, stream) + payload
