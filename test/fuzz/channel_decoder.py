"""
The worker's side of the channel, fuzzed: what `rsgi.channel` makes of any octets, in any split. Python's standard library has no
coverage-guided fuzzer; lines reached are counted by sys.settrace.

    python3 test/fuzz/channel_decoder.py RUNS SEED
"""

import random
import struct
import sys
import traceback
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / 'src/wsgi/python'))

from rsgi.channel import Channel, HostGone  # noqa: E402
from rsgi.content import Content  # noqa: E402
from rsgi.frames import CANCEL, CONTENT, END, REQUEST, frame  # noqa: E402
from rsgi.head import checked_head  # noqa: E402

SOURCES = str(ROOT / 'src/wsgi/python/rsgi')
WORDS = [
    frame(REQUEST, 0, 1, b'abc'),
    frame(CONTENT, END, 1, b'hello'),
    frame(CONTENT, 0, 1, b'part'),
    frame(CONTENT, END, 1),
    frame(CANCEL, 0, 1),
    frame(REQUEST, 0, 2),
    frame(CONTENT, END, 2, b'other'),
    struct.pack('!IBBI', 0xFFFFFFFF, CONTENT, 0, 1),
    b'\0\0\0\1',
]


class Pieces:
    """A socket that gives what it was given, and then ends."""

    def __init__(self, pieces):
        self._pieces = list(pieces)

    def recv(self, size, flags=0):
        if not self._pieces:
            return b''
        first = self._pieces.pop(0)
        if len(first) > size:
            self._pieces.insert(0, first[size:])
        return first[:size]

    def sendall(self, octets):
        pass


def frames_of(pieces):
    channel = Channel(Pieces(pieces))
    found = []
    try:
        while True:
            found.append(channel.next())
    except HostGone:
        return found


def expected(octets):
    """The frames, read by other means."""
    found = []
    while len(octets) >= 10:
        length, kind, flags, stream = struct.unpack('!IBBI', octets[:10])
        if len(octets) < 10 + length:
            break
        found.append((kind, flags, stream, octets[10 : 10 + length]))
        octets = octets[10 + length :]
    return found


def content_of(pieces):
    """What wsgi.input of stream 1 reads, to its end or its cut."""
    content = Content(Channel(Pieces(pieces)), 1, True)
    read = b''
    buffer = bytearray(7)
    try:
        while True:
            size = content.readinto(buffer)
            if size == 0:
                return read, 'end'
            read += bytes(buffer[:size])
    except ConnectionResetError:
        return read, 'cut'
    except HostGone:
        return read, 'gone'


def expected_content(octets):
    read = b''
    for kind, flags, stream, payload in expected(octets):
        if stream != 1:
            continue
        if kind == CANCEL:
            return read, 'cut'
        if kind == CONTENT:
            read += payload
            if flags & END:
                return read, 'end'
    return read, 'gone'


def attempt(octets, rng):
    cuts = sorted(rng.randrange(len(octets) + 1) for _ in range(4))
    pieces = [octets[a:b] for a, b in zip([0, *cuts], [*cuts, len(octets)]) if a < b]
    single = [octets[at : at + 1] for at in range(len(octets))]
    for split in ([octets] if octets else [], pieces, single):
        assert frames_of(split) == expected(octets), 'other frames'
        assert content_of(split) == expected_content(octets), 'other content'
    text = octets.decode('latin-1')
    status, *parts = text.split('\n')
    try:
        head = checked_head(status, list(zip(parts[::2], parts[1::2])))
    except (TypeError, ValueError):
        return
    assert not set(head.octets) & {10, 13}, 'a line break in a head'
    assert head.octets.count(b'\0') == 2 * (len(parts) // 2), 'NUL in a head'


def mutated(rng, one, other):
    out = bytearray(one)
    for _ in range(1 << rng.randrange(4)):
        at = rng.randrange(len(out) + 1)
        what = rng.randrange(6)
        if what <= 1:
            out[at:at] = rng.choice(WORDS + HEADS)
        elif what == 2:
            del out[at : at + rng.randrange(8)]
        elif what == 3:
            out[at:at] = bytes(other[: rng.randrange(64)])
        elif out:
            out[at % len(out)] = rng.randrange(256)
    return bytes(out[:600])


HEADS = [b'200 OK', b'\nContent-Length\n5', b'\nContent-Type\ntext/plain', b'\n', b'\r', b'\0', b'404 ']


def search(runs, seed):
    rng = random.Random(seed)
    lines = set()
    fresh = 0

    def tracer(code_frame, event, _):
        nonlocal fresh
        if not code_frame.f_code.co_filename.startswith(SOURCES):
            return None
        if event == 'line':
            key = (code_frame.f_code.co_name, code_frame.f_lineno)
            if key not in lines:
                lines.add(key)
                fresh += 1
        return tracer

    kept = [b'', *WORDS, *HEADS]
    for run in range(runs):
        octets = mutated(rng, rng.choice(kept), rng.choice(kept))
        fresh = 0
        sys.settrace(tracer)
        try:
            attempt(octets, rng)
        except BaseException:
            sys.settrace(None)
            traceback.print_exc()
            print(f'channel_decoder: a law is broken after {run} inputs of seed {seed}, by {octets!r}')
            return 1
        finally:
            sys.settrace(None)
        if fresh:
            kept.append(octets)
    print(f'channel_decoder: {runs} inputs, seed {seed}, {len(lines)} lines')
    return 0


if __name__ == '__main__':
    sys.exit(search(int(sys.argv[1]), int(sys.argv[2])))
