"""
Python in RSGI: what an application escapes to from WSGI (docs/wsgi.md, Escapes), and the worker that runs it (spec/wsgi-channel.md).
"""

from .errors import BackpressureError, EscapeRefused, Misuse
from .event_stream import EventStream
from .exchange import Exchange
from .field_list import Fields
from .handler import Handler
from .outcome import Outcome
from .publishing import publish
from .remote import Remote, remote
from .tunnel import Tunnel
from .upgrade import Placeholder, rich, upgrade
from .websocket import WebSocket

__all__ = [
    'BackpressureError',
    'EscapeRefused',
    'EventStream',
    'Exchange',
    'Fields',
    'Handler',
    'Misuse',
    'Outcome',
    'Placeholder',
    'Remote',
    'Tunnel',
    'WebSocket',
    'publish',
    'remote',
    'rich',
    'upgrade',
]
