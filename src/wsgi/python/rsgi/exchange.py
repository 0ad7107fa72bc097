"""The exchange that an application gets when its placeholder has arrived (spec/wsgi.md §6)."""

from typing import TYPE_CHECKING, Any, Callable, Dict, Optional, Tuple

from .errors import Misuse
from .escape_frames import DATA, TAKEN
from .events import Events
from .failure import failure_words
from .field_list import Fields, FieldsInit, field_list
from .flow import Flow
from .frames import PAYLOAD_MAX, U32
from .handler import Handler, wants_data
from .outcome import Outcome
from .remote import Remote
from .tunnel import Tunnel
from .websocket import WebSocket

if TYPE_CHECKING:
    from .escapes import Escapes, Registration

# Content goes in frames of this size at most.
PART_SIZE = 256 * 1024

_FRESH, _RESPONDED, _ENDED, _TUNNEL, _GIVEN = range(5)
_WITHOUT_CONTENT = (204, 205, 304)
_FORBIDDEN_TRAILERS = frozenset(('content-length', 'transfer-encoding', 'host', 'trailer', 'content-type', 'content-encoding', 'set-cookie'))


class Exchange:
    """
    One exchange: the request head, and what may be done with it. All methods may be called from any thread. After its end they do
    nothing, and `write` says False.
    """

    def __init__(self, escapes: 'Escapes', number: int, head: Dict[str, Any], registration: 'Registration') -> None:
        self._escapes = escapes
        self._number = number
        self._app = registration.app
        self.method: str = head['method']
        self.scheme: str = head['scheme']
        self.authority: str = head['authority']
        self.target: str = head['target']
        self.protocol: Optional[str] = head['protocol']
        self.http_version: str = head['httpVersion']
        self.fields = Fields.of(head['fields'])
        # (address, port) of the client, or None.
        self.peer: Optional[Tuple[str, int]] = tuple(head['peer']) if head['peer'] else None
        # What middleware has added to the response; to be changed at will before `respond`.
        self.inherited = Fields.of(head['inherited'])
        self._inherited = list(self.inherited)
        self._can = head['can']
        self._stage = _FRESH
        self._has_trailers: bool = head['trailers']
        self._left = -1
        self._flow = Flow()
        self._handler: Any = None
        self._events = Events(escapes.due, self._tell)
        self.outcome: Optional[Outcome] = None
        self.unread: str = head['unread']
        self._first = self._rest_of(registration)

    def _rest_of(self, registration: 'Registration') -> bytes:
        """Content that came with the request, and that the WSGI application has not read."""
        stream = registration.input
        read = getattr(stream, 'getbuffer', None)
        if read is None or stream.closed or not len(read()):
            return b''
        at = stream.tell()
        rest = stream.read()
        self.unread = 'whole' if at == 0 else 'partial' if rest else 'none'
        return rest

    # ---- the request --------------------------------------------------------------------------------------------------

    @property
    def responded(self) -> bool:
        """Whether a final response has begun, or a tunnel or WebSocket was accepted."""
        return self._stage != _FRESH

    @property
    def trailers(self) -> bool:
        """Whether `end` takes trailer fields."""
        return self._has_trailers and self._stage in (_FRESH, _RESPONDED)

    def attach(self, handler: Any) -> None:
        """Its methods are told the events, from now on. Returning it from the application is the same."""
        if not any(callable(getattr(handler, name, None)) for name in ('data', 'end', 'drain', 'leave', 'closed')):
            raise Misuse(f'a handler has methods data, end, drain, leave or closed, not {type(handler).__name__} (RICH-4)')
        with self._flow.lock:
            if self._handler is not None:
                raise Misuse('a handler is attached already: attach it, or return it, but only once (RICH-4)')
            self._handler = handler
        if self._first and wants_data(handler):
            # The end of the request may have come while the application was called.
            self._events.put_first('data', self._first, 0)
        self._first = b''
        self._command('attach', wants_data(handler))
        self._events.go()

    def pause(self) -> None:
        """No more data is told, and the client is slowed down, until `resume`."""
        self._events.pause()

    def resume(self) -> None:
        self._events.resume()

    def discard(self) -> None:
        """The rest of the request is not wanted."""
        self._events.drop_data()
        self._command('discard')

    # ---- the response -------------------------------------------------------------------------------------------------

    @property
    def inform(self) -> 'Callable[..., None] | None':
        """`inform(status, fields)` sends an informational response, as 103 with Link; None on HTTP/1.0."""
        return self._inform if self._can['inform'] else None

    def _inform(self, status: int, fields: 'FieldsInit | None' = None) -> None:
        if not 100 <= status <= 199 or status == 101:
            raise Misuse(f'an informational status is 100 to 199 and not 101, not {status!r} (RICH-13)')
        if self._stage != _FRESH and self.outcome is None:
            raise Misuse('inform() comes before respond() (RICH-12)')
        self._command('inform', status, field_list(fields))

    def respond(self, status: int, fields: 'FieldsInit | None' = None) -> None:
        """Begins the final response. `fields` are (name, value) pairs, or a mapping."""
        flat = field_list(fields)
        if not isinstance(status, int) or not 200 <= status <= 599:
            raise Misuse(f'a final status is 200 to 599, not {status!r} (RICH-12)')
        with self._flow.lock:
            if self.outcome is not None:
                return
            if self._stage != _FRESH:
                raise Misuse('respond() comes once, and not after accept() (RICH-12)')
            self._stage = _RESPONDED
            lengths = [value for name, value in zip(flat[::2], flat[1::2]) if name.lower() == 'content-length']
            if status in _WITHOUT_CONTENT:
                self._left = 0
            elif lengths:
                if not lengths[0].isdigit():
                    raise Misuse(f'Content-Length is a number, not {lengths[0]!r} (RICH-19)')
                self._left = int(lengths[0])
            if status in _WITHOUT_CONTENT or (lengths and self.http_version != '2'):
                self._has_trailers = False
            self._command('respond', status, flat, self._changed())

    def write(self, chunk: bytes) -> bool:
        """
        Sends content; never waits. False means that the client should be waited for: `drain` comes, or call `drained()`. Raises
        BackpressureError when that was said and 400 KiB wait.
        """
        return self._write(chunk)

    def _write(self, chunk: bytes) -> bool:
        if not isinstance(chunk, (bytes, bytearray, memoryview)):
            raise TypeError(f'write() takes bytes, not {type(chunk).__name__}')
        with self._flow.lock:
            if self.outcome is not None:
                return False
            if self._stage not in (_RESPONDED, _TUNNEL):
                raise Misuse('write() comes after respond() and before end() (RICH-12)')
            size = len(chunk)
            if size > PAYLOAD_MAX:
                raise ValueError(f'a chunk of {size} octets is too long, {PAYLOAD_MAX} at most: write it in parts (WSGI-37)')
            if self._left >= 0 and self._stage == _RESPONDED and self.method != 'HEAD':
                if size > self._left:
                    raise Misuse('the content is longer than its Content-Length, or has a status that has none (RICH-19)')
                self._left -= size
            if not size:
                return True
            more = self._flow.add(size)
            view = memoryview(chunk)
            for at in range(0, size, PART_SIZE):
                self._escapes.send(DATA, 0, self._number, bytes(view[at : at + PART_SIZE]))
            return more

    def drained(self, timeout: Optional[float] = None) -> bool:
        """Waits until more may be written. False when the client has gone, or the time is over (seconds)."""
        return self._flow.drained(timeout)

    def end(self, chunk: bytes = b'', trailers: 'FieldsInit | None' = None) -> None:
        """Ends the response, with a last chunk, and with trailer fields where `trailers` says so."""
        flat = field_list(trailers)
        with self._flow.lock:
            if self.outcome is not None:
                return
            if self._stage != _RESPONDED:
                raise Misuse('end() comes once, after respond() (RICH-12)')
            if flat and not self._has_trailers:
                raise Misuse('this exchange cannot send trailer fields: look at exchange.trailers (RICH-20)')
            for name in flat[::2]:
                if name.lower() in _FORBIDDEN_TRAILERS:
                    raise Misuse(f'{name} may not be a trailer field (RICH-20)')
            if chunk:
                self._write(chunk)
            self._stage = _ENDED
            self._command('end', flat)

    @property
    def push(self) -> 'Callable[..., None] | None':
        """`push(target, app, fields=None)` promises a response that `app` gives; None where the client takes none."""
        return self._push if self._can['push'] else None

    def _push(self, target: str, app: Callable[['Exchange'], Any], fields: 'FieldsInit | None' = None, method: str = 'GET') -> None:
        if not callable(app):
            raise Misuse(f'push() takes a rich application, not {type(app).__name__} (RICH-3)')
        if self.outcome is None:
            flat = field_list(fields)
            self._command('push', self._escapes.add(app), {'method': method, 'target': target, 'fields': flat})

    @property
    def accept(self) -> 'Callable[..., Tunnel] | None':
        """`accept(fields, handler)` opens the tunnel that is asked for; None for other requests. WebSockets: see WebSocket."""
        return self._accept if self._can['accept'] else None

    def _accept(self, fields: 'FieldsInit | None', handler: Any) -> Tunnel:
        flat = field_list(fields)
        with self._flow.lock:
            if self.outcome is None:
                if self._stage != _FRESH or self._handler is not None:
                    raise Misuse('accept() comes before respond(), attach() and what is returned (RICH-12)')
                self._stage = _TUNNEL
                self._handler = handler
                self._command('accept', flat, self._changed())
        self._events.go()
        return Tunnel(self)

    def _end_tunnel(self, chunk: bytes) -> None:
        with self._flow.lock:
            if self.outcome is not None or self._stage != _TUNNEL:
                return
            if chunk:
                self._write(chunk)
            self._stage = _ENDED
            self._command('end', [])

    def abort(self, code: int = 8) -> None:
        """Ends the exchange at once: a reset with this code (RFC 9113 §7), or a closed connection."""
        self._command('abort', code)

    def refuse(self) -> None:
        """Refuses the request before any octet of a response: the client may safely try again."""
        if self._stage != _FRESH and self.outcome is None:
            raise Misuse('refuse() comes before respond() (RICH-38)')
        self._command('refuse')

    def retire(self) -> None:
        """No more exchanges on this connection."""
        self._command('retire')

    # ---- what the worker calls ----------------------------------------------------------------------------------------

    def begin(self) -> None:
        self._escapes.due(self._call)

    def _call(self) -> None:
        try:
            returned = self._app(self)
            if isinstance(returned, WebSocket):
                self._give(returned, 'websocket', returned.options())
            elif returned is not None and returned is not self._handler:
                if isinstance(self._handler, Tunnel):
                    raise Misuse('a tunnel has its handler already (RICH-4)')
                self.attach(returned)
            self._first = b''
            self._command('settled')
        except BaseException as failure:
            self._fail(failure)

    def hand_over(self, remote: Remote) -> None:
        """The rich application of TypeScript has the exchange from now on."""
        with self._flow.lock:
            if self._stage != _FRESH or self._handler is not None:
                raise Misuse('remote() takes over an exchange that nothing has been done with (WSGI-40)')
            self._stage = _GIVEN
            self._command('remote', remote.name, remote.said(), self._changed())

    def _give(self, socket: WebSocket, kind: str, options: Dict[str, Any]) -> None:
        with self._flow.lock:
            if self._stage != _FRESH or self._handler is not None:
                raise Misuse('a WebSocket takes over an exchange that nothing has been done with (WSGI-38)')
            self._stage = _GIVEN
            self._handler = socket
            socket._bind(self._escapes, self._number, self._flow, self._events)
            self._command(kind, options, self._changed())
        self._events.go()

    def came(self, payload: bytes, is_text: bool) -> None:
        size = len(payload)
        self._events.add('data', payload.decode('utf-8', 'replace') if is_text else payload, size)

    def taken(self, size: int) -> None:
        if self._flow.taken(size):
            self._events.add('drain')

    def told(self, event: Any) -> None:
        if event[0] == 'closed':
            self.outcome = Outcome(event[1], event[2])
            if self.outcome.reason != 'complete':
                self._events.drop_data()
            self._flow.end()
            self._escapes.forget(self._number)
        self._events.add(*event)

    def _tell(self, name: str, *words: Any) -> None:
        handler = self._handler
        try:
            if isinstance(handler, WebSocket):
                handler._tell(name, words)
            elif name == 'data':
                _call(handler, 'data', words[0])
            elif name == 'end':
                _call(handler, 'end', Fields.of(words[0]))
            elif name == 'closed':
                _call(handler, 'closed', Outcome(*words))
            elif name in ('drain', 'leave'):
                _call(handler, name)
        except BaseException as failure:
            self._fail(failure)
        finally:
            if name == 'data' and words[1] and self.outcome is None:
                self._escapes.send(TAKEN, 0, self._number, U32.pack(words[1]))

    def _fail(self, failure: BaseException) -> None:
        self._escapes.command(self._number, 'failed', *failure_words(failure))

    def _changed(self) -> 'list[str] | None':
        """The inherited fields, where the application has changed them."""
        if list(self.inherited) == self._inherited:
            return None
        return field_list(self.inherited)

    def _command(self, *words: Any) -> None:
        if self.outcome is None:
            self._escapes.command(self._number, *words)


def _call(handler: Any, name: str, *words: Any) -> None:
    method = getattr(handler, name, None)
    if method is not None:
        method(*words)
