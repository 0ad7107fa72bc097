"""rsgi.fields: the field lines of a request in order, duplicates kept."""

from collections.abc import Sequence


class FieldLines(Sequence):
    """(name, value) tuples of str, as they came on the wire. Nothing is decoded before somebody looks."""

    __slots__ = ('_octets', '_lines')

    def __init__(self, octets):
        self._octets = octets
        self._lines = None

    def _all(self):
        if self._lines is None:
            parts = iter(str(self._octets, 'latin-1').split('\0')) if self._octets else iter(())
            self._lines = list(zip(parts, parts))
        return self._lines

    def __getitem__(self, index):
        return self._all()[index]

    def __len__(self):
        return len(self._all())

    def __repr__(self):
        return repr(self._all())
