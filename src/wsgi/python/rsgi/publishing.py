"""Messages to the sockets of all workers."""

from typing import TYPE_CHECKING

from .errors import EscapeRefused
from .websocket import Message, checked_topic, published

if TYPE_CHECKING:
    from .escapes import Escapes

_worker: 'list[Escapes]' = []


def publishes(escapes: 'Escapes') -> None:
    """By this connection the process publishes."""
    _worker[:] = [escapes]


def publish(topic: str, message: Message) -> None:
    """
    To all sockets that are subscribed to the topic, of all workers and of TypeScript. From any thread. Raises ValueError for what names no
    topic, and for a message that is too long.
    """
    if not _worker:
        raise EscapeRefused('publish() works in a worker of RSGI only')
    _worker[0].command(0, 'publish', checked_topic(topic), *published(message))
