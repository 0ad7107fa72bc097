"""A rich application of TypeScript, by its name."""

import base64
import json
from typing import TYPE_CHECKING, Any, Dict

if TYPE_CHECKING:
    from .exchange import Exchange

# What it may be given is this long at most, as it is sent.
DATA_MAX = 64 * 1024


class Remote:
    """What `remote()` gives: it can be registered, and wrapped, as an application of Python can."""

    def __init__(self, name: str, data: Any = None) -> None:
        if not isinstance(name, str) or not name:
            raise TypeError('remote() takes the name of an application, as the option remotes of wsgi() has it (WSGI-40)')
        self.name = name
        self.data = data
        self._said: Dict[str, Any]
        if isinstance(data, (bytes, bytearray, memoryview)):
            self._said = {'octets': base64.b64encode(data).decode('ascii')}
        else:
            self._said = {'data': data}
        size = len(json.dumps(self._said))
        if size > DATA_MAX:
            raise ValueError(f'the data of remote() are {size} octets, and {DATA_MAX} at most can be sent (WSGI-40)')

    def said(self) -> Dict[str, Any]:
        return self._said

    def __call__(self, exchange: 'Exchange') -> None:
        exchange.hand_over(self)


def remote(name: str, data: Any = None) -> Remote:
    """
    The rich application that `wsgi(..., { remotes: { name: (data) => app } })` has under this name. The exchange costs no thread of
    Python from then on. `data` is JSON, or bytes, which arrive as a Uint8Array; 64 KiB at most.
    """
    return Remote(name, data)
