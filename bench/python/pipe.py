"""The other end of servers/python-pipe.ts: answers requests of a fixed size, all that have come by one write."""

import socket
import struct
import sys

from bench_site import application

SIZE = 320
connection = socket.socket(fileno=3)
held = b''
while True:
    more = connection.recv(65536)
    if not more:
        sys.exit()
    held += more
    whole = len(held) - len(held) % SIZE
    answers = []
    for at in range(0, whole, SIZE):
        head = []
        path = '/page' if held[at + 5] == ord('p') else '/hello'
        (body,) = application({'PATH_INFO': path}, lambda status, fields: head.extend((status, fields)))
        status, fields = head
        lines = ''.join(f'{name}: {value}\r\n' for name, value in fields)
        octets = f'HTTP/1.1 {status}\r\n{lines}\r\n'.encode() + body
        answers.append(struct.pack('!I', len(octets)) + octets)
    held = held[whole:]
    connection.sendall(b''.join(answers))
