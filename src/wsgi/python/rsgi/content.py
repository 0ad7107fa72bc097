"""wsgi.input: the request content, read from the server as the application reads it."""

import errno
import io

from .frames import CANCEL, CONTENT, END, U32, WINDOW, WINDOW_SIZE, frame

# As much as the server may have sent and the application has not read, once it reads.
READ_AHEAD = 4 * WINDOW_SIZE


class Content(io.RawIOBase):
    """
    The content of one request, as a raw stream; an io.BufferedReader over it stands in the environ. It is told of frames by
    whoever takes them off the channel: by itself while it waits, by the response between two blocks.
    """

    def __init__(self, channel, stream, eager):
        super().__init__()
        self._channel = channel
        self._stream = stream
        # How much the server may still send.
        self._credit = WINDOW_SIZE if eager else 0
        # What has come and has not been read.
        self._chunks = []
        self._ended = False
        # The client has gone, or the request is over: there is nothing more to be read.
        self.cut = False

    def readable(self):
        return True

    def readinto(self, buffer):
        while not self._chunks:
            if self.cut:
                raise ConnectionResetError(errno.ECONNRESET, 'the client has gone, or the request is over')
            if self._ended:
                return 0
            self._ask()
            self.take(self._channel.next_of(self._stream))
        chunk = self._chunks[0]
        size = min(len(chunk), len(buffer))
        buffer[:size] = chunk[:size]
        if size == len(chunk):
            self._chunks.pop(0)
        else:
            self._chunks[0] = chunk[size:]
        return size

    def take(self, given):
        """A frame of this stream has come."""
        kind, flags, _, payload = given
        if kind == CONTENT:
            if payload:
                self._credit -= len(payload)
                # A view: parts of it are taken without copying the rest.
                self._chunks.append(memoryview(payload))
            if flags & END:
                self._ended = True
        elif kind == CANCEL:
            self.cut = True
            self._chunks.clear()

    def _ask(self):
        if self._credit < READ_AHEAD // 2:
            more = READ_AHEAD - self._credit
            self._credit += more
            self._channel.send(frame(WINDOW, 0, self._stream, U32.pack(more)))
