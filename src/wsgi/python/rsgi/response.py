"""A response on its way to the server: start_response, write, and the blocks of the body (PEP 3333)."""

from .frames import CANCEL, CONTENT, DONE, END, FREE, HEAD, HEADER
from .head import checked_head

_pack = HEADER.pack
# Larger blocks are sent as they are, after their header; to copy smaller ones costs less than to send twice.
_COPIED_MAX = 32 * 1024


class ClientGone(ConnectionResetError):
    """Nobody takes what is written any more."""


class Response:
    """The response to one request."""

    __slots__ = ('_channel', '_stream', '_content', '_is_head', '_head', '_remaining', 'sent', 'ended', 'gone', 'surplus')

    def __init__(self, channel, stream, content, is_head):
        self._channel = channel
        self._stream = stream
        # The request content, while frames of it may come; None when there is none.
        self._content = content
        self._is_head = is_head
        self._head = None
        # Octets still to come under the Content-Length; -1 when none was given.
        self._remaining = -1
        # The head has been sent.
        self.sent = False
        # All content has been sent.
        self.ended = False
        # No more of it is wanted: the client has gone, or it was HEAD.
        self.gone = False
        # The application gave content that cannot be sent.
        self.surplus = False

    # ---- what the application calls ---------------------------------------------------------------------------------

    def start_response(self, status, headers, exc_info=None):
        if exc_info:
            try:
                if self.sent:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None
            self._head = None
        elif self._head is not None:
            raise AssertionError(
                'start_response was called twice: to replace a response because of an error, give exc_info (WSGI-12)'
            )
        self._head = checked_head(status, headers)
        return self.write

    def write(self, data):
        if not self._ready(data) or not data or (self._is_head and self.sent):
            return
        if self.ended:
            raise AssertionError('write() was called after all octets of the Content-Length had been sent (WSGI-14)')
        self.block(data)
        if self.gone and not self._is_head:
            raise ClientGone('the client has gone')

    # ---- what the gateway calls -------------------------------------------------------------------------------------

    def whole(self, block):
        """Sends a response of one block, or of none, and with it that the thread is free."""
        self._ready(block)
        head = self._head
        octets = head.octets
        size = len(block)
        if head.empty or self._is_head:
            self.surplus = head.empty and size > 0
            # What GET would have; of an empty body to HEAD nothing is known.
            if size and head.length < 0 and not head.empty:
                octets = b'%b\0Content-Length\0%d' % (octets, size)
            self._channel.send(_pack(len(octets), HEAD, END | FREE, self._stream) + octets)
        else:
            if head.length < 0:
                octets = b'%b\0Content-Length\0%d' % (octets, size)
            elif head.length != size:
                raise ValueError(f'the body has {size} octets, and Content-Length says {head.length} (WSGI-14)')
            if size:
                parts = (
                    _pack(len(octets), HEAD, 0, self._stream),
                    octets,
                    _pack(size, CONTENT, END | FREE, self._stream),
                    block,
                )
                self._channel.send(b''.join(parts))
            else:
                self._channel.send(_pack(len(octets), HEAD, END | FREE, self._stream) + octets)
        self.sent = self.ended = True

    def block(self, block):
        """Sends a block that is not empty. Nothing more is to be asked for when the response is `gone` then."""
        if not self.sent:
            self._begin(block)
            return
        if self.ended:
            self.surplus = not self._is_head
            return
        self._look()
        if self.gone:
            return
        if self._remaining >= 0:
            block = self._within(block)
        size = len(block)
        flags = END if self.ended else 0
        header = _pack(size, CONTENT, flags, self._stream)
        send = self._send
        if size <= _COPIED_MAX:
            send(header + block)
        else:
            send(header)
            send(block)

    def _begin(self, block):
        """Sends the head, and the first block with it."""
        self._ready(block)
        head = self._head
        self.sent = True
        if head.empty or self._is_head:
            self.surplus = head.empty
            self.gone = self._is_head
            self.ended = True
            self._channel.send(_pack(len(head.octets), HEAD, END, self._stream) + head.octets)
            return
        self._remaining = head.length
        if head.length >= 0:
            block = self._within(block)
        flags = END if self.ended else 0
        octets = head.octets
        size = len(block)
        if size == 0:
            self._send(_pack(len(octets), HEAD, flags, self._stream) + octets)
            return
        parts = (_pack(len(octets), HEAD, 0, self._stream), octets, _pack(size, CONTENT, flags, self._stream), block)
        self._send(b''.join(parts))

    def _within(self, block):
        """As much of a block as the Content-Length has room for."""
        size = len(block)
        if size > self._remaining:
            self.surplus = True
            block = block[: self._remaining]
            size = self._remaining
        self._remaining -= size
        if self._remaining == 0:
            self.ended = True
        return block

    def finish(self, free):
        """
        The body is over; sends the head when it has had no content, and with it, if wanted, that the thread is free. Tells
        whether it has told that.
        """
        if self.gone or self.ended:
            return False
        flags = END | FREE if free else END
        if not self.sent:
            # Also where nobody has called start_response: then it says so.
            self._ready(b'')
            head = self._head
            octets = head.octets
            if not head.empty and not self._is_head:
                if head.length > 0:
                    raise ValueError(f'the body has no octets, and Content-Length says {head.length} (WSGI-14)')
                if head.length < 0:
                    octets += b'\0Content-Length\x000'
            self._channel.send(_pack(len(octets), HEAD, flags, self._stream) + octets)
        elif self._remaining > 0:
            raise ValueError(f'the body ended {self._remaining} octets short of its Content-Length (WSGI-14)')
        else:
            self._channel.send(_pack(0, CONTENT, flags, self._stream))
        self.sent = self.ended = True
        return free

    def free(self):
        """Nothing more comes of this response: the thread is free."""
        self._channel.send(_pack(0, DONE, FREE, self._stream))

    def _send(self, octets):
        """Sends what completes the response, or else what is not to wait for the rest of it (PEP 3333)."""
        if self.ended:
            self._channel.send(octets)
        else:
            self._channel.send_now(octets)

    # ---- inside -----------------------------------------------------------------------------------------------------

    def _ready(self, block):
        if not isinstance(block, bytes):
            raise TypeError(f'a block of a body must be bytes, not {type(block).__name__} (WSGI-13)')
        if self._head is None:
            raise AssertionError('start_response was not called before the first block, or refused the last call (WSGI-12)')
        return True

    def _look(self):
        """Takes what has come meanwhile: that the client has gone, or content that nobody has read yet."""
        given = self._channel.poll_of(self._stream)
        while given is not None:
            if given[0] == CANCEL:
                self.gone = True
            if self._content is not None:
                self._content.take(given)
            given = self._channel.poll_of(self._stream)
