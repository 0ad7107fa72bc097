"""Field lines that an application gives, checked before they leave (WSGI-36)."""

import re
from typing import Iterable, List, Mapping, Tuple, Union

from .errors import Misuse

FieldsInit = Union[Mapping[str, str], Iterable[Tuple[str, str]]]

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_BAD_VALUE = re.compile(r'[^\t\x20-\x7e\x80-\xff]')
_HOP_BY_HOP = frozenset(('connection', 'keep-alive', 'proxy-connection', 'transfer-encoding'))


def field_list(fields: 'FieldsInit | None') -> List[str]:
    """Names and values, flat."""
    flat: List[str] = []
    pairs = fields.items() if isinstance(fields, Mapping) else fields or ()
    for name, value in pairs:
        if not isinstance(name, str) or _NAME.fullmatch(name) is None:
            raise Misuse(f'{name!r} is not the name of a field (RICH-14)')
        if name.lower() in _HOP_BY_HOP:
            raise Misuse(f"{name} belongs to the connection, which is the server's: leave it out (RICH-15)")
        if not isinstance(value, str) or _BAD_VALUE.search(value) is not None or value != value.strip(' \t'):
            raise Misuse(f'the value of {name} cannot be sent: {value!r} (RICH-14)')
        flat += (name, value)
    return flat


class Fields(List[Tuple[str, str]]):
    """(name, value) in order, duplicates kept; str of one character per octet."""

    def first(self, name: str, otherwise: 'str | None' = None) -> 'str | None':
        """The value of the first field of this name, in whatever case."""
        return next(iter(self.all(name)), otherwise)

    def all(self, name: str) -> List[str]:
        """The values of all fields of this name."""
        wanted = name.lower()
        return [value for each, value in self if each.lower() == wanted]

    @classmethod
    def of(cls, flat: List[str]) -> 'Fields':
        parts = iter(flat)
        return cls(zip(parts, parts))
