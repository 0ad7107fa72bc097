"""What was sent and the client has not taken."""

from threading import Condition

from .errors import BackpressureError

# From so many octets on `write` says False.
HIGH_MARK = 64 * 1024
# Nothing is taken beyond so many.
HARD_MARK = 400 * 1024


class Flow:
    """Counts octets on their way to the client. Its condition's lock is that of the exchange."""

    def __init__(self) -> None:
        self.lock = Condition()
        self.waiting = 0
        self._blocked = False
        self._over = False

    def add(self, size: int) -> bool:
        """So much is going to be sent; the lock is held. Tells whether there may be more."""
        if self.waiting and self.waiting + size > HARD_MARK:
            raise BackpressureError(
                f'{self.waiting} octets wait for the client, and {size} more would be too many: when write() or send() says False,'
                ' wait for drain, or call drained() (WSGI-37)'
            )
        self.waiting += size
        if self.waiting >= HIGH_MARK:
            self._blocked = True
        return not self._blocked

    def taken(self, size: int) -> bool:
        """So much has been taken. Tells whether `drain` is due."""
        with self.lock:
            self.waiting = max(0, self.waiting - size)
            if self.waiting or not self._blocked:
                return False
            self._blocked = False
            self.lock.notify_all()
            return True

    def end(self) -> None:
        """Nothing is waited for any more."""
        with self.lock:
            self._over = True
            self.lock.notify_all()

    def drained(self, timeout: 'float | None') -> bool:
        """Waits until there may be more. False when the client has gone, or has not taken it in time."""
        with self.lock:
            self.lock.wait_for(lambda: self._over or not self._blocked, timeout)
            return not self._over and not self._blocked
