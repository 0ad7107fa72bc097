"""The head of a response: what start_response is given, checked and encoded (WSGI-13)."""

import re

_STATUS = re.compile(r'[2-5][0-9]{2} [\t\x20-\x7e\x80-\xff]*', re.DOTALL)
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
# What no value may hold: controls but for tabs, and what is no octet.
_BAD_VALUE = re.compile(r'[^\t\x20-\x7e\x80-\xff]')
_HOP_BY_HOP = frozenset(
    ('connection', 'keep-alive', 'proxy-connection', 'te', 'transfer-encoding', 'upgrade')
)

# No client takes as much.
_HEAD_MAX = 1024 * 1024
# Applications repeat themselves: what was found good is not looked at again. Bounded, for some values are never the same.
_KNOWN_MAX = 512
_statuses = {}
_lines = {}


class Head:
    """A head that can be sent."""

    __slots__ = ('octets', 'length', 'empty')

    def __init__(self, octets, length, empty):
        # Status and field lines, with NUL between all parts.
        self.octets = octets
        # The Content-Length that was given, or -1.
        self.length = length
        # Whether a response of this status never has content.
        self.empty = empty


def checked_head(status, headers):
    """
    The head of these. Raises TypeError for what is not of the type that PEP 3333 wants, and ValueError for what cannot be
    sent; both say which part it is.
    """
    known = _statuses.get(status)
    if known is None:
        known = _checked_status(status)
    if type(headers) is not list:
        raise TypeError(f'headers must be a list of (name, value) tuples, not {_type(headers)} (WSGI-13)')
    parts = [known[0]]
    announced = -1
    for pair in headers:
        try:
            line = _lines[pair]
        except (KeyError, TypeError):
            line = _checked_line(pair)
        parts.append(line[0])
        if line[1] >= 0:
            if announced >= 0:
                raise ValueError('Content-Length is given twice (WSGI-13)')
            announced = line[1]
    octets = b'\0'.join(parts)
    if len(octets) > _HEAD_MAX:
        raise ValueError(f'the headers are {len(octets)} octets, and {_HEAD_MAX} at most can be sent (WSGI-13)')
    return Head(octets, announced, known[1])


def _checked_status(status):
    if not isinstance(status, str):
        raise TypeError(f"the status must be a str, as '200 OK', not {_type(status)} (WSGI-13)")
    if _STATUS.fullmatch(status) is None:
        raise ValueError(f'the status must be 200 to 599, a space and a reason, not {status!r} (WSGI-13)')
    known = (status.encode('latin-1'), int(status[:3]) in (204, 205, 304))
    if len(_statuses) >= _KNOWN_MAX:
        _statuses.clear()
    _statuses[status] = known
    return known


def _checked_line(pair):
    if not isinstance(pair, tuple) or len(pair) != 2:
        raise TypeError(f'a header must be a (name, value) tuple, not {pair!r} (WSGI-13)')
    name, value = pair
    for part in pair:
        if not isinstance(part, str):
            raise TypeError(f'the header {name!r} must be of two str, not {_type(part)} (WSGI-13)')
    if _NAME.fullmatch(name) is None:
        raise ValueError(f'{name!r} is not the name of a header (WSGI-13)')
    lower = name.lower()
    if lower in _HOP_BY_HOP:
        raise ValueError(f"{name} belongs to the connection, which is the server's: leave it out (WSGI-13)")
    if _BAD_VALUE.search(value) is not None:
        raise ValueError(f'the value of {name} holds what cannot be sent: {value!r} (WSGI-13)')
    value = value.strip(' \t')
    length = -1
    if lower == 'content-length':
        if re.fullmatch('[0-9]{1,15}', value) is None:
            raise ValueError(f'Content-Length must be a decimal number, not {value!r} (WSGI-13)')
        length = int(value)
    line = (f'{name}\0{value}'.encode('latin-1'), length)
    if len(_lines) >= _KNOWN_MAX:
        _lines.clear()
    _lines[pair] = line
    return line


def _type(value):
    return type(value).__name__
