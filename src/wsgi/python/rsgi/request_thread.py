"""A thread that answers requests, one after the other, over a connection of its own."""

import io
import struct

from .channel import Channel, HostGone
from .content import Content
from .field_lines import FieldLines
from .failure import failure_words
from .file_wrapper import FileWrapper
from .frames import CONTENT, EAGER, END, ESCAPED, FAULT, FOLLOWS, FREE, REQUEST, UPGRADE, frame
from .response import Response
from .upgrade import KEY, Upgrade

# Octets of the environ, and how many keys and values it has.
_sizes_at = struct.Struct('!II').unpack_from


class RequestThread:
    """Runs an application for the requests that come over a connection."""

    def __init__(self, app, sock, errors, environ, escapes=None):
        self._app = app
        self._channel = Channel(sock)
        self._errors = errors
        # What is the same in every environ.
        self._base = {**environ, 'wsgi.errors': errors, 'wsgi.file_wrapper': FileWrapper}
        self._told_surplus = False
        # None where the server has no connection for escapes.
        self._escapes = escapes

    @property
    def channel(self):
        return self._channel

    def run(self):
        """Answers until the server closes the connection."""
        channel = self._channel
        errors = self._errors
        try:
            while True:
                kind, flags, stream, payload = channel.next()
                # What else comes between two requests belongs to the one before, which is over (CHANNEL-8).
                if kind == REQUEST:
                    errors.stream = stream
                    self._answer(flags, stream, payload)
                    # Not to be held until the next request has come.
                    payload = None
        except HostGone:
            pass

    def _answer(self, flags, stream, payload):
        try:
            environ, content = self._environ(flags, stream, payload)
        except ValueError as error:
            self._fail(error, stream)
            return
        if flags & UPGRADE and self._escapes is not None:
            environ[KEY] = Upgrade(self._escapes, stream, environ['wsgi.input'])
        response = Response(self._channel, stream, content, environ['REQUEST_METHOD'] == 'HEAD')
        body = failure = None
        is_free = False
        try:
            body = self._app(environ, response.start_response)
            if (type(body) is list or type(body) is tuple) and len(body) == 1 and not response.sent:
                response.whole(body[0])
                is_free = True
            else:
                is_free = self._send(body, response)
        except HostGone:
            _close(body)
            raise
        except BaseException as error:
            # SystemExit too: a view that calls exit() has failed, and its worker goes on.
            failure = error
        if content is not None:
            content.cut = True
        if not is_free:
            failure = _close(body) or failure
            if failure is None:
                response.free()
            else:
                self._fail(failure, stream)
                # Its traceback holds this frame.
                failure = None
        if self._errors.rest:
            self._errors.flush()
        if response.surplus:
            self._tell_surplus()

    def _send(self, body, response):
        """Sends a body block by block. Tells whether it has told the server that the thread is free."""
        if body is None:
            raise TypeError('the application returned None, and a body is wanted, as [b"..."] (WSGI-13)')
        send = response.block
        for block in body.parts() if type(body) is FileWrapper else body:
            if block:
                send(block)
                if response.gone or response.surplus:
                    return False
            elif not isinstance(block, bytes):
                # It says what is wrong.
                send(block)
        return response.finish(not hasattr(body, 'close'))

    def _environ(self, flags, stream, payload):
        """The environ of a request, and its content where frames of it may still come."""
        size, count = _sizes_at(payload)
        parts = str(payload[8 : 8 + size], 'latin-1').split('\0')
        if len(parts) != count:
            raise ValueError('a value of the environ holds NUL (CHANNEL-5)')
        if flags & ESCAPED:
            parts = [part.replace('\x012', '\0').replace('\x011', '\x01') for part in parts]
        parts = iter(parts)
        environ = self._base.copy()
        environ.update(zip(parts, parts))
        environ['rsgi.fields'] = FieldLines(payload[8 + size :])
        if not flags & FOLLOWS:
            environ['wsgi.input'] = io.BytesIO()
            return environ, None
        content = Content(self._channel, stream, flags & EAGER != 0)
        given = self._channel.poll_of(stream) if flags & EAGER else None
        if given is not None:
            if given[0] == CONTENT and given[1] & END:
                # All of it has come with the request.
                environ['wsgi.input'] = io.BytesIO(given[3])
                return environ, None
            content.take(given)
        environ['wsgi.input'] = io.BufferedReader(content, 64 * 1024)
        return environ, content

    def _fail(self, failure, stream):
        """Tells the server what has gone wrong, and that the thread is free."""
        summary, text = failure_words(failure)
        octets = f'{summary}\0{text}'.encode('utf-8', 'backslashreplace')
        self._channel.send(frame(FAULT, FREE, stream, octets))

    def _tell_surplus(self):
        """Once: an application that does it once does it often."""
        if not self._told_surplus:
            self._told_surplus = True
            self._errors.write(
                'rsgi: the application gave content that cannot be sent, beyond its Content-Length or with a status'
                ' that has none: it was dropped. This is told once for each thread.\n'
            )


def _close(body):
    """close() of a body. Gives what it raised."""
    try:
        close = getattr(body, 'close', None)
        if close is not None:
            close()
    except BaseException as error:
        return error
    return None
