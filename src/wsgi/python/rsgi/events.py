"""The events of one exchange in their order: one at a time, whichever thread tells it."""

from collections import deque
from threading import Lock
from typing import Any, Callable, Deque, Tuple


class Events:
    """What has come and has not been told. Data waits while it is paused; all else does not."""

    def __init__(self, due: Callable[[Callable[[], None]], None], tell: Callable[..., None]) -> None:
        self._due = due
        self._tell = tell
        self._lock = Lock()
        self._waiting: Deque[Tuple[Any, ...]] = deque()
        self._is_due = False
        self._ready = False
        self._paused = False

    def add(self, *event: Any) -> None:
        """The first word is the event's name; `data` and what stands behind it can be paused."""
        with self._lock:
            self._waiting.append(event)
        self._schedule()

    def put_first(self, *event: Any) -> None:
        """The same, before all that has come."""
        with self._lock:
            self._waiting.appendleft(event)
        self._schedule()

    def drop_data(self) -> None:
        """The client has gone: what it has sent is of no use any more."""
        with self._lock:
            self._waiting = deque(each for each in self._waiting if each[0] not in ('data', 'end'))

    def go(self) -> None:
        """From now on there is somebody to tell."""
        with self._lock:
            self._ready = True
        self._schedule()

    def pause(self) -> None:
        with self._lock:
            self._paused = True

    def resume(self) -> None:
        with self._lock:
            self._paused = False
        self._schedule()

    def _schedule(self) -> None:
        with self._lock:
            if self._is_due or not self._ready or not self._waiting:
                return
            self._is_due = True
        self._due(self._one)

    def _one(self) -> None:
        with self._lock:
            event = self._next()
        try:
            if event is not None:
                self._tell(*event)
        finally:
            with self._lock:
                self._is_due = False
                more = event is not None and bool(self._waiting)
            # Others get their turn between two events of one exchange.
            if more:
                self._schedule()

    def _next(self) -> 'Tuple[Any, ...] | None':
        if not self._paused:
            return self._waiting.popleft() if self._waiting else None
        for at, event in enumerate(self._waiting):
            if event[0] not in ('data', 'end'):
                del self._waiting[at]
                return event
        return None
