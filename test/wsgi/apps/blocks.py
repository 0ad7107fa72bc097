"""What the applications of the tests send and get."""

import tempfile

BLOCK = bytes(range(256)) * 256


def blocks(mib):
    """So many MiB, in blocks of 64 KiB."""
    for _ in range(mib * 16):
        yield BLOCK


def temporary_file(mib):
    """The same, as a file."""
    file = tempfile.TemporaryFile()
    for block in blocks(mib):
        file.write(block)
    file.seek(0)
    return file
