"""The connection for escapes: what is registered, what runs, and the threads that tell it events."""

import json
import queue
import struct
import sys
import threading
import time
import traceback
from typing import Any, Dict

from .channel import Channel, HostGone
from .errors import EscapeRefused
from .escape_frames import COMMAND, DATA, DISCARDED, EVENT, PLACED, REFUSED, REGISTER, RUN, TAKEN, TEXT
from .exchange import Exchange
from .frames import HEADER, PAYLOAD_MAX, U32

_pack = HEADER.pack


class Registration:
    """An application that waits for its placeholder."""

    __slots__ = ('app', 'content', 'input', 'discarded', 'answered', 'answer', 'refusal')

    def __init__(self, app, content, input, discarded):
        self.app = app
        self.content = content
        # The request content as the WSGI application has it: what it leaves is for who takes over.
        self.input = input
        self.discarded = discarded
        self.answered = threading.Event()
        self.answer = None
        self.refusal = 'the server has gone'


class Escapes:
    """
    All escapes of a worker. One thread reads the connection and never waits for anything else; events are told in threads of
    their own, those of one exchange one after the other.
    """

    def __init__(self, sock, threads: int) -> None:
        self._channel = Channel(sock)
        self._sending = threading.Lock()
        self._lock = threading.Lock()
        self._number = 0
        self._registered: Dict[int, Registration] = {}
        self._running: Dict[int, Exchange] = {}
        self._due: 'queue.SimpleQueue[Any]' = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, name='rsgi-escapes', daemon=True)
        # How many are due, or being told.
        self._pending = 0
        self._threads = threads
        self._started = False
        self._over = False

    def start(self) -> None:
        self._reader.start()

    def finish(self, seconds: float) -> None:
        """
        The worker is to end: waits until all that has come has been told, also that exchanges are over. For so long: an application that
        does something else in an event is left.
        """
        limit = time.monotonic() + seconds
        self._reader.join(seconds)
        while self._pending and time.monotonic() < limit:
            time.sleep(0.005)

    # ---- what exchanges call ------------------------------------------------------------------------------------------

    def send(self, kind: int, flags: int, number: int, payload: bytes = b'') -> None:
        """From any thread. Where the server has gone there is nobody to tell."""
        octets = _pack(len(payload), kind, flags, number) + payload
        try:
            with self._sending:
                self._channel.send(octets)
        except HostGone:
            pass

    def command(self, number: int, *words: Any) -> None:
        """Raises ValueError for one that a frame has no room for (CHANNEL-22)."""
        payload = json.dumps(words).encode()
        if len(payload) > PAYLOAD_MAX:
            raise ValueError(f'{words[0]} is too long: {len(payload)} octets, and {PAYLOAD_MAX} at most can be sent (CHANNEL-22)')
        self.send(COMMAND, 0, number, payload)

    def due(self, act) -> None:
        """Has something done by a thread for events."""
        with self._lock:
            self._pending += 1
        self._due.put(act)

    def add(self, app) -> int:
        """An application that the server may run without a placeholder: for a promised request."""
        with self._lock:
            self._number += 1
            self._registered[self._number] = Registration(app, 'any', None, None)
            return self._number

    def forget(self, number: int) -> None:
        self._running.pop(number, None)

    # ---- registration -------------------------------------------------------------------------------------------------

    def register(self, request: int, app, said: Dict[str, Any], registration: Registration):
        """
        Registers with the server, and waits for what it says: the placeholder, or what middleware there has answered.
        Gives (status, headers, body).
        """
        with self._lock:
            if self._over:
                raise EscapeRefused('the server has gone')
            self._number += 1
            number = self._number
            self._registered[number] = registration
        self.send(REGISTER, 0, number, json.dumps({'request': request, **said}).encode())
        registration.answered.wait()
        if registration.answer is None:
            self._registered.pop(number, None)
            raise EscapeRefused(registration.refusal)
        return registration.answer

    # ---- what comes ---------------------------------------------------------------------------------------------------

    def _read(self) -> None:
        try:
            while True:
                self._take(*self._channel.next())
        except HostGone:
            with self._lock:
                self._over = True
            for registration in list(self._registered.values()):
                registration.answered.set()
            for exchange in list(self._running.values()):
                exchange.told(['closed', 'lost', 0])

    def _take(self, kind: int, flags: int, number: int, payload: bytes) -> None:
        if kind == RUN:
            self._run(number, json.loads(payload))
        elif kind in (DATA, EVENT, TAKEN):
            exchange = self._running.get(number)
            if exchange is None:
                return
            if kind == DATA:
                exchange.came(payload, flags & TEXT != 0)
            elif kind == TAKEN:
                exchange.taken(U32.unpack(payload)[0])
            else:
                exchange.told(json.loads(payload))
        elif kind == DISCARDED:
            registration = self._registered.pop(number, None)
            if registration is not None and registration.discarded is not None:
                self._start_threads()
                self.due(lambda: registration.discarded(json.loads(payload)['reason']))
        else:
            registration = self._registered.get(number)
            if registration is None:
                return
            if kind == PLACED:
                registration.answer = _answer(payload)
            elif kind == REFUSED:
                registration.refusal = payload.decode()
            registration.answered.set()

    def _run(self, number: int, head: Dict[str, Any]) -> None:
        registration = self._registered.pop(number, None)
        if registration is None:
            self.command(number, 'failed', 'this worker has no such application', '')
            return
        self._start_threads()
        exchange = Exchange(self, number, head, registration)
        self._running[number] = exchange
        exchange.begin()

    def _start_threads(self) -> None:
        if self._started:
            return
        self._started = True
        for number in range(self._threads):
            threading.Thread(target=self._work, name=f'rsgi-events-{number}', daemon=True).start()

    def _work(self) -> None:
        while True:
            act = self._due.get()
            try:
                act()
            except BaseException:
                traceback.print_exc(file=sys.stderr)
            # Not to be held until the next one.
            act = None
            with self._lock:
                self._pending -= 1


def _answer(payload: bytes):
    (size,) = struct.unpack_from('!I', payload)
    status, *parts = payload[4 : 4 + size].decode('latin-1').split('\0')
    names = iter(parts)
    return status, list(zip(names, names)), payload[4 + size :]
