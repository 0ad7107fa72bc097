"""A worker: loads the application, starts its threads, and ends when the server says so."""

import json
import os
import signal
import socket
import sys
import threading

from .channel import Channel, HostGone
from .error_stream import Control, ErrorStream
from .escapes import Escapes
from .failure import failure_words
from .frames import FAILED, HELLO, LEAVING, LOADED, RECALL, RECALLED, VERSION
from .loading import NoApplication, hint, load
from .orphan import die_with, leave_within
from .publishing import publishes
from .request_thread import RequestThread

# How long a worker whose server has ended waits for its own end, in seconds.
ORPHAN_LIMIT = 10
# How long it then tells what has escaped that it is over, in seconds.
LAST_EVENTS = 2


class Worker:
    """The process of one worker, run by its main thread."""

    def __init__(self, control):
        sock = _inherited(control)
        self._channel = Channel(sock)
        # Re-entrant, for a signal may come while the main thread holds it.
        self._control = Control(sock, threading.RLock())
        self._first = control + 1
        self._threads = []

    def run(self):
        """Gives the exit code."""
        try:
            kind, _, _, payload = self._channel.next()
            hello = json.loads(payload)
        except HostGone:
            return 0
        if kind != HELLO or hello.get('version') != VERSION:
            self._control.send(FAILED, 0, f'this worker speaks version {VERSION} of the channel only')
            return 1
        die_with(hello['pid'])
        # A terminal sends SIGINT to the server and its workers; it is the server's to decide.
        signal.signal(signal.SIGINT, _nothing)
        signal.signal(signal.SIGTERM, self._leave)
        escapes = None
        if 'escapes' in hello:
            # Before the application is loaded, so that it may publish.
            escapes = Escapes(_inherited(hello['escapes']), hello['threads'])
            escapes.start()
            publishes(escapes)
        try:
            app = load(hello['app'])
        except NoApplication as error:
            self._control.send(FAILED, 0, str(error))
            return 1
        except BaseException as error:
            self._control.send(FAILED, 0, failure_words(error)[1].rstrip() + hint(error))
            return 1
        self._start_threads(app, hello['threads'], hello['processes'] > 1, escapes)
        self._control.send(LOADED, 0, json.dumps({'version': VERSION, 'python': sys.version.split()[0], 'pid': os.getpid()}))
        self._wait()
        if escapes is not None:
            escapes.finish(LAST_EVENTS)
        return 0

    def _start_threads(self, app, count, multiprocess, escapes):
        environ = {
            'SERVER_SOFTWARE': 'rsgi',
            'wsgi.version': (1, 0),
            'wsgi.multithread': count > 1,
            'wsgi.multiprocess': multiprocess,
            'wsgi.run_once': False,
            'wsgi.input_terminated': True,
        }
        for number in range(count):
            sock = _inherited(self._first + number)
            thread = RequestThread(app, sock, ErrorStream(self._control), environ, escapes)
            self._threads.append(thread)
            # Daemons: a request that never ends does not keep the process.
            threading.Thread(target=thread.run, name=f'rsgi-{number}', daemon=True).start()

    def _wait(self):
        """Until the server ends, or ends this worker."""
        try:
            while True:
                kind, _, stream, _ = self._channel.next()
                if kind == RECALL:
                    self._recall(stream)
        except HostGone:
            leave_within(ORPHAN_LIMIT)

    def _recall(self, stream):
        for thread in self._threads:
            try:
                if thread.channel.recall(stream):
                    self._control.send(RECALLED, stream, '')
                    return
            except (HostGone, OSError):
                # The thread sees it, too.
                pass

    def _leave(self, _signal, _frame):
        """SIGTERM of somebody: the server is asked to let this worker go, once its requests have been answered."""
        try:
            self._control.send(LEAVING, 0, '')
        except OSError:
            pass


def _inherited(number):
    """A connection that the server has made; processes that the application starts do not inherit it."""
    os.set_inheritable(number, False)
    sock = socket.socket(fileno=number)
    sock.setblocking(True)
    return sock


def _nothing(_signal, _frame):
    pass
