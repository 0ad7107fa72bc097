"""One connection to the server: frames in, octets out."""

from socket import MSG_DONTWAIT

from .frames import HEADER

READ_SIZE = 64 * 1024
_unpack = HEADER.unpack_from


class HostGone(Exception):
    """The server has closed the connection, or has ended."""


class Channel:
    """The frames of a connection, in order. Used by one thread at a time."""

    __slots__ = ('sock', '_recv', '_data')

    def __init__(self, sock):
        self.sock = sock
        self._recv = sock.recv
        # What has been received and belongs to frames that come next.
        self._data = b''

    def next(self):
        """The next frame as (type, flags, stream, payload); waits for it."""
        while True:
            frame = self._whole()
            if frame is not None:
                return frame
            try:
                more = self._recv(READ_SIZE)
            except OSError as error:
                raise HostGone from error
            self._add(more)

    def poll(self):
        """The next frame, or None when none has come."""
        frame = self._whole()
        while frame is None:
            try:
                more = self._recv(READ_SIZE, MSG_DONTWAIT)
            except BlockingIOError:
                return None
            except OSError as error:
                raise HostGone from error
            self._add(more)
            frame = self._whole()
        return frame

    def send(self, octets):
        """Sends all; waits while the server does not take them."""
        try:
            self.sock.sendall(octets)
        except OSError as error:
            raise HostGone from error

    def _add(self, more):
        if not more:
            raise HostGone
        self._data = self._data + more if self._data else more

    def _whole(self):
        data = self._data
        size = len(data)
        if size < 10:
            return None
        length, kind, flags, stream = _unpack(data)
        end = 10 + length
        if size < end:
            return None
        # Nearly always what was read is one frame.
        self._data = data[end:] if size > end else b''
        return kind, flags, stream, data[10:end]
