"""What goes wrong in an escape."""


class Misuse(RuntimeError):
    """The application has broken a rule; the message names it, and says what to do."""


class EscapeRefused(RuntimeError):
    """The server, or middleware in it, does not take the registration."""


class BackpressureError(RuntimeError):
    """More was written than may wait for the client, although `write` or `send` had said False."""
