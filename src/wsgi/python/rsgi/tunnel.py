"""An accepted tunnel."""

from typing import TYPE_CHECKING, Optional

if TYPE_CHECKING:
    from .exchange import Exchange


class Tunnel:
    """Octets both ways, until both halves have ended. From any thread."""

    def __init__(self, exchange: 'Exchange') -> None:
        self._exchange = exchange
        self.pause = exchange.pause
        self.resume = exchange.resume
        self.abort = exchange.abort

    def write(self, chunk: bytes) -> bool:
        """As that of the exchange."""
        return self._exchange._write(chunk)

    def drained(self, timeout: Optional[float] = None) -> bool:
        return self._exchange.drained(timeout)

    def end(self, chunk: bytes = b'') -> None:
        """Ends our half; the client may go on."""
        self._exchange._end_tunnel(chunk)
