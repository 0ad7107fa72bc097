"""One connection to the server: frames in, octets out."""

from collections import deque
from socket import MSG_DONTWAIT
from threading import Lock

from .frames import HEADER, REQUEST

READ_SIZE = 64 * 1024
_unpack = HEADER.unpack_from


class HostGone(Exception):
    """The server has closed the connection, or has ended."""


class Channel:
    """
    The frames of a connection, in order. One thread reads it; the main thread takes back from it what that thread has not
    begun (CHANNEL-12), so whoever reads holds the lock.
    """

    __slots__ = ('sock', '_recv', '_data', '_at', '_aside', '_reading')

    def __init__(self, sock):
        self.sock = sock
        self._recv = sock.recv
        # What has been received, and where the next frame begins in it.
        self._data = b''
        self._at = 0
        # Frames that were received before somebody wanted them.
        self._aside = deque()
        self._reading = Lock()

    def next(self):
        """The next frame as (type, flags, stream, payload); waits for it."""
        with self._reading:
            if self._aside:
                return self._aside.popleft()
            return self._wait()

    def next_of(self, stream):
        """The next frame of this stream; those of others are kept for later."""
        with self._reading:
            frame = self._kept(stream)
            while frame is None:
                frame = self._wait()
                if frame[2] != stream:
                    self._aside.append(frame)
                    frame = None
            return frame

    def poll_of(self, stream):
        """The same, or None when none has come."""
        with self._reading:
            frame = self._kept(stream)
            while frame is None:
                frame = self._come()
                if frame is None:
                    return None
                if frame[2] != stream:
                    self._aside.append(frame)
                    frame = None
            return frame

    def recall(self, stream):
        """Takes back a request that has not been begun. Tells whether it has."""
        # Who holds the lock waits for frames, and begins what comes.
        if not self._reading.acquire(False):
            return False
        try:
            frame = self._come()
            while frame is not None:
                self._aside.append(frame)
                frame = self._come()
            kept = [each for each in self._aside if each[2] != stream]
            was_there = any(each[0] == REQUEST and each[2] == stream for each in self._aside)
            if was_there:
                self._aside = deque(kept)
            return was_there
        finally:
            self._reading.release()

    def send(self, octets):
        """Sends all; waits while the server does not take them."""
        try:
            self.sock.sendall(octets)
        except OSError as error:
            raise HostGone from error

    def _kept(self, stream):
        for at, frame in enumerate(self._aside):
            if frame[2] == stream:
                del self._aside[at]
                return frame
        return None

    def _wait(self):
        frame = self._whole()
        while frame is None:
            self._dry()
            try:
                more = self._recv(READ_SIZE)
            except OSError as error:
                raise HostGone from error
            self._add(more)
            frame = self._whole()
        return frame

    def _come(self):
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

    def _dry(self):
        """All that has been received has been taken, and more is waited for."""

    def _add(self, more):
        if not more:
            raise HostGone
        data = self._data
        self._data = data[self._at :] + more if self._at < len(data) else more
        self._at = 0

    def _whole(self):
        """The next frame of what has been received, if all of it is there."""
        data = self._data
        at = self._at
        begin = at + 10
        if len(data) < begin:
            return None
        length, kind, flags, stream = _unpack(data, at)
        end = begin + length
        if len(data) < end:
            return None
        self._at = end
        return kind, flags, stream, data[begin:end]
