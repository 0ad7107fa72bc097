"""How an exchange ended."""

from typing import NamedTuple


class Outcome(NamedTuple):
    """`reason` is complete, reset, lost, aborted, timeout, shutdown, or 'handed over'; `code` that of a reset (RFC 9113 §7)."""

    reason: str
    code: int = 0
