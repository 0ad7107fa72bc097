"""wsgi.errors: what the application has for the operator, a line each in the server's log."""

import sys

from .frames import LOG, frame

# So much is told at once, in characters.
_PIECE = 1024 * 1024


class Control:
    """The control connection, for whoever has something to say on it: frames of several threads are not mixed."""

    def __init__(self, sock, lock):
        self._sock = sock
        self._lock = lock

    def send(self, kind, stream, text):
        """Raises OSError when the server has gone."""
        octets = frame(kind, 0, stream, text.encode('utf-8', 'backslashreplace'))
        with self._lock:
            self._sock.sendall(octets)


class ErrorStream:
    """A text stream, one for each thread that answers requests. It may be written to by any thread, at any time."""

    encoding = 'utf-8'
    errors = 'backslashreplace'

    def __init__(self, control):
        self._control = control
        # The request that is being answered; 0 for none.
        self.stream = 0
        # What stands behind the last LF.
        self.rest = ''

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f'wsgi.errors takes str, not {type(text).__name__}')
        lines, found, rest = (self.rest + text).rpartition('\n')
        self.rest = rest
        if found:
            self._tell(lines)
        if len(rest) > _PIECE:
            self.flush()
        return len(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self):
        rest = self.rest
        if rest:
            self.rest = ''
            self._tell(rest)

    def isatty(self):
        return False

    def _tell(self, lines):
        try:
            # In pieces where they are without measure (CHANNEL-22).
            for at in range(0, len(lines) or 1, _PIECE):
                self._control.send(LOG, self.stream, lines[at : at + _PIECE])
        except OSError:
            # The server has gone: standard error is what is left.
            print(lines, file=sys.stderr)
