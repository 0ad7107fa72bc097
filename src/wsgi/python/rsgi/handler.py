"""The events of an exchange."""

from .outcome import Outcome


class Handler:
    """
    Receives the events of one exchange. They come one after the other, in threads of the worker that answer no requests;
    those of several exchanges come at the same time. Without `data` of one's own, content of the request is not asked for.
    """

    def data(self, chunk: bytes) -> None:
        """A chunk of request content; in a tunnel, of what the client sends. The next comes when this has returned."""

    def end(self, trailers: 'list[tuple[str, str]]') -> None:
        """The request has ended, or the client's half of the tunnel."""

    def drain(self) -> None:
        """The client has taken all that was written, after `write` had said False."""

    def leave(self) -> None:
        """The worker is to end, because of a reload or a stop: end the exchange soon."""

    def closed(self, outcome: Outcome) -> None:
        """It is over. Always, once, last."""


def wants_data(handler: object) -> bool:
    """Whether it has a `data` of its own."""
    method = getattr(type(handler), 'data', None) or getattr(handler, 'data', None)
    return method is not None and method is not Handler.data
