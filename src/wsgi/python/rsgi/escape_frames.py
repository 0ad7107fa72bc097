"""The frames of the connection for escapes (spec/wsgi-channel.md §6)."""

# From the worker.
REGISTER = 0x30
COMMAND = 0x35
# From the server.
PLACED = 0x31
REFUSED = 0x32
DISCARDED = 0x33
RUN = 0x34
EVENT = 0x37
# Both ways.
DATA = 0x36
TAKEN = 0x38

# The data is a message of text.
TEXT = 0x40
