"""Server-sent events: a response that stays open (HTML standard, §9.2)."""

from threading import Event
from typing import Optional

from .errors import BackpressureError
from .exchange import Exchange
from .field_list import FieldsInit
from .handler import Handler
from .outcome import Outcome


class EventStream(Handler):
    """
    Responds with `text/event-stream`, and attaches itself. `send` may be called from any thread. When the worker is to end the
    response ends, and the client connects again.
    """

    def __init__(self, exchange: Exchange, fields: 'FieldsInit | None' = None, retry: Optional[int] = None) -> None:
        self.exchange = exchange
        # What the client has received last, before it connected again.
        self.last_event_id = exchange.fields.first('last-event-id')
        self._gone = Event()
        pairs = list(fields.items() if hasattr(fields, 'items') else fields or ())
        head = [('content-type', 'text/event-stream')]
        if not any(name.lower() == 'cache-control' for name, _ in pairs):
            head.append(('cache-control', 'no-store'))
        exchange.respond(200, head + pairs)
        exchange.attach(self)
        if retry is not None:
            exchange.write(b'retry: %d\n\n' % retry)

    @property
    def is_open(self) -> bool:
        return not self._gone.is_set()

    def send(self, data: str, event: Optional[str] = None, id: Optional[str] = None) -> bool:
        """
        Sends an event. False means that the client should be waited for (`drained()`), or has gone. A client that 400 KiB wait
        for is cut off, and may connect again.
        """
        text = ''
        for name, value in (('event', event), ('id', id)):
            if value is None:
                continue
            if any(each in value for each in '\r\n\0'):
                raise ValueError(f'the {name} of an event is one line (WSGI-39)')
            text += f'{name}: {value}\n'
        lines = data.replace('\r\n', '\n').replace('\r', '\n').split('\n')
        text += ''.join(f'data: {line}\n' for line in lines)
        return self._write(f'{text}\n')

    def comment(self, text: str = '') -> bool:
        """Sends a comment, which clients ignore: to find out whether they are there."""
        return self._write(''.join(f': {line}\n' for line in text.splitlines() or ['']) + '\n')

    def drained(self, timeout: Optional[float] = None) -> bool:
        """Waits until more may be sent. False when the client has gone, or the time is over (seconds)."""
        return self.exchange.drained(timeout)

    def wait_closed(self, timeout: Optional[float] = None) -> bool:
        """Waits until the client has gone, or `close` was called. Tells whether it has."""
        return self._gone.wait(timeout)

    def close(self) -> None:
        """Ends the response. The client connects again, unless it was told otherwise."""
        if self._gone.is_set():
            return
        self._gone.set()
        self.exchange.end()

    def leave(self) -> None:
        self.close()

    def closed(self, outcome: Outcome) -> None:
        self._gone.set()

    def _write(self, text: str) -> bool:
        if self._gone.is_set():
            return False
        try:
            return self.exchange.write(text.encode('utf-8', 'replace'))
        except BackpressureError:
            self._gone.set()
            self.exchange.abort()
            return False
