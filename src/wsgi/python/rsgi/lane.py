"""The connection of a thread that answers requests: it tells the server when to read answers (CHANNEL-19)."""

from time import monotonic

from .channel import Channel, HostGone
from .frames import ANSWERS, HELD

# For how long an answer is left unread while the thread goes on, in seconds …
_LONGEST = 0.001
# … and how much of them: so much the connection takes without being read, in octets.
_MOST = 96 * 1024


class Lane(Channel):
    """
    The server need not be woken for each of many short answers: it would take the processor from the thread that is about to send the next
    one. So it may leave them in the connection, and is told when the thread has nothing left, and what is not to wait.
    """

    __slots__ = ('_control', '_stream', '_is_held', '_is_told', '_since', '_size')

    def __init__(self, sock, control):
        super().__init__(sock)
        self._control = control
        # The request that is being answered, or was last.
        self._stream = 0
        # Whether there may be answers that are not read, and since when.
        self._is_held = False
        self._since = 0.0
        # How much of them.
        self._size = 0
        # The server reads all of the present answer as it comes.
        self._is_told = False

    def begin(self, flags, stream):
        """The thread begins this request, and has answered those before."""
        if self._is_held and monotonic() - self._since > _LONGEST:
            self.tell()
        self._stream = stream
        self._is_told = False
        if not self._is_held:
            self._size = 0
            if flags & HELD:
                self._is_held = True
                self._since = monotonic()

    def send(self, octets):
        """Sends all, of which nobody needs to know at once; waits while the server does not take it."""
        self._size += len(octets)
        if self._size > _MOST:
            self.tell()
        super().send(octets)

    def send_now(self, octets):
        """Sends all, and the server takes it at once."""
        self.tell()
        super().send(octets)

    def tell(self):
        """The server is to read what has been sent, and the rest of the present answer as it comes."""
        if self._is_told:
            return
        self._is_told = True
        self._is_held = False
        self._size = 0
        try:
            self._control.send(ANSWERS, self._stream, '')
        except OSError as error:
            raise HostGone from error

    def _dry(self):
        if self._is_held:
            self.tell()
