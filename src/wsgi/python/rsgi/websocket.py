"""A WebSocket: messages, not frames. The server does the rest (RFC 6455, RFC 8441)."""

from typing import TYPE_CHECKING, Any, Dict, Optional, Sequence, Tuple, Union

from .escape_frames import DATA, TEXT
from .frames import PAYLOAD_MAX

if TYPE_CHECKING:
    from .escapes import Escapes
    from .events import Events
    from .exchange import Exchange
    from .flow import Flow

Message = Union[str, bytes]
# A frame of the channel has room for no more.
MESSAGE_MAX = PAYLOAD_MAX
TOPIC_MAX = 1024


class WebSocket:
    """
    The class is a rich application; an instance is one socket. Override `open`, `message`, `drain` and `closed`, which come one
    after the other; the commands may be called from any thread, and do nothing once it has closed.
    """

    # The subprotocols spoken, the best first.
    subprotocols: Sequence[str] = ()
    # Which pages may connect: 'same' host, 'any', or a list of origins.
    origins: Union[str, Sequence[str]] = 'same'
    # permessage-deflate.
    compression: bool = False
    # The longest message of a client, in octets.
    message_size: int = 1024 * 1024

    def __init__(self, exchange: 'Exchange') -> None:
        self.exchange = exchange
        # The subprotocol agreed on, once it is open.
        self.subprotocol: Optional[str] = None
        self.is_open = False
        self._escapes: 'Escapes | None' = None
        self._number = 0

    # ---- events -------------------------------------------------------------------------------------------------------

    def open(self) -> None:
        """It is open. Before any other event."""

    def message(self, message: Message) -> None:
        """A message: text is str, binary is bytes. The next comes when this has returned."""

    def drain(self) -> None:
        """The client has taken all that was sent, after `send` had said False."""

    def closed(self, code: int, reason: str) -> None:
        """It is over. Once, last, if it was open. 1006 where there was no Close frame, 1012 when the worker was replaced."""

    # ---- commands -----------------------------------------------------------------------------------------------------

    def send(self, message: Message) -> bool:
        """
        Sends a message; never waits. False means that the client should be waited for, or has gone: `drain` comes, or call
        `drained()`. Raises BackpressureError when that was said and 400 KiB wait.
        """
        octets, flags = encoded(message)
        escapes = self._escapes
        if escapes is None or not self.is_open:
            return False
        with self._flow.lock:
            # An empty one counts, too: it is something that waits.
            more = self._flow.add(len(octets) or 1)
            escapes.send(DATA, flags, self._number, octets)
        return more

    def drained(self, timeout: Optional[float] = None) -> bool:
        """Waits until more may be sent. False when the client has gone, or the time is over (seconds)."""
        return self._escapes is not None and self._flow.drained(timeout)

    def close(self, code: int = 1000, reason: str = '') -> None:
        """Begins the closing handshake; `closed` comes when it has ended."""
        self._command('close', code, reason)

    def terminate(self) -> None:
        """Ends it at once, without a Close frame."""
        self._command('terminate')

    def pause(self) -> None:
        """No more messages are told, and the client is slowed down, until `resume`."""
        if self._escapes is not None:
            self._events.pause()

    def resume(self) -> None:
        if self._escapes is not None:
            self._events.resume()

    def subscribe(self, topic: str) -> None:
        """Gets what is published to the topic, in whichever worker, or in TypeScript, that is."""
        self._command('subscribe', checked_topic(topic))

    def unsubscribe(self, topic: str) -> None:
        self._command('unsubscribe', checked_topic(topic))

    def publish(self, topic: str, message: Message) -> None:
        """To all subscribers of the topic but this one. `rsgi.publish` is for all."""
        self._command('publish', checked_topic(topic), *published(message))

    # ---- what the worker calls ----------------------------------------------------------------------------------------

    def options(self) -> Dict[str, Any]:
        origins = self.origins
        return {
            'subprotocols': list(self.subprotocols),
            'origins': origins if isinstance(origins, str) else list(origins),
            'compression': bool(self.compression),
            'messageSize': self.message_size,
        }

    def _bind(self, escapes: 'Escapes', number: int, flow: 'Flow', events: 'Events') -> None:
        self._number = number
        self._flow = flow
        self._events = events
        self._escapes = escapes

    def _tell(self, name: str, words: Tuple[Any, ...]) -> None:
        if name == 'data':
            self.message(words[0])
        elif name == 'open':
            self.subprotocol = words[0]
            self.is_open = True
            self.open()
        elif name == 'drain':
            self.drain()
        elif name == 'socketClosed':
            if self.is_open:
                self.is_open = False
                self.closed(words[0], words[1])

    def _command(self, *words: Any) -> None:
        if self._escapes is not None and self.exchange.outcome is None:
            self._escapes.command(self._number, *words)


def encoded(message: Message) -> Tuple[bytes, int]:
    """The octets of a message and its flags."""
    if isinstance(message, str):
        octets, flags = message.encode('utf-8', 'replace'), TEXT
    elif isinstance(message, (bytes, bytearray, memoryview)):
        octets, flags = bytes(message), 0
    else:
        raise TypeError(f'a message is str or bytes, not {type(message).__name__}')
    if len(octets) > MESSAGE_MAX:
        raise ValueError(f'a message of {len(octets)} octets is too long: {MESSAGE_MAX} at most (WSGI-38)')
    return octets, flags


def checked_topic(topic: str) -> str:
    """The same. Raises TypeError and ValueError for what names no topic; the server counts as UTF-16 does."""
    if not isinstance(topic, str):
        raise TypeError(f'a topic is named by a str, not {type(topic).__name__} (WS-25)')
    size = len(topic.encode('utf-16-le', 'surrogatepass')) // 2
    if not 1 <= size <= TOPIC_MAX or any('\ud800' <= each <= '\udfff' for each in topic):
        raise ValueError(f'a topic is named by a text of 1 to {TOPIC_MAX} characters, without lone surrogates, not {topic[:40]!r} (WS-25)')
    return topic


def published(message: Message) -> Tuple[str, bool]:
    """A message as a command has it: text, or octets of one character each."""
    octets, flags = encoded(message)
    return (octets.decode('utf-8') if flags else octets.decode('latin-1')), bool(flags)
