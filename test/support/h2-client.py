"""A client on hyper-h2, for what other clients do not show. Prints one JSON object.

usage: h2-client.py never-indexed|flow|trailers|websocket HOST PORT [PATH]
"""
import json
import socket
import sys

import h2.config
import h2.connection
import h2.events
from hpack import NeverIndexedHeaderTuple


def connect(host, port):
    sock = socket.create_connection((host, int(port)), timeout=20)
    conn = h2.connection.H2Connection(h2.config.H2Configuration(client_side=True, header_encoding=None))
    conn.initiate_connection()
    sock.sendall(conn.data_to_send())
    return sock, conn


def request(conn, path, method=b"GET", end=True, more=()):
    stream = conn.get_next_available_stream_id()
    head = [(b":method", method), (b":scheme", b"http"), (b":authority", b"a"), (b":path", path.encode()), *more]
    conn.send_headers(stream, head, end_stream=end)
    return stream


def events(sock, conn):
    while True:
        sent = conn.data_to_send()
        if sent:
            sock.sendall(sent)
        received = sock.recv(65536)
        if not received:
            return
        for event in conn.receive_data(received):
            yield event


def never_indexed(sock, conn):
    """Which fields of two responses were sent as never-indexed literals."""
    marked, left = [], {request(conn, "/dup"), request(conn, "/dup")}
    for event in events(sock, conn):
        if isinstance(event, h2.events.ResponseReceived):
            marked.append(sorted({h[0].decode() for h in event.headers if isinstance(h, NeverIndexedHeaderTuple)}))
        if isinstance(event, h2.events.StreamEnded):
            left.discard(event.stream_id)
            if not left:
                return {"neverIndexed": marked}


def flow(sock, conn):
    """A download through the smallest windows: every byte arrives, and never more than was credited."""
    conn.update_settings({0x4: 1})
    stream, total, largest = request(conn, "/large?bytes=400"), 0, 0
    for event in events(sock, conn):
        if isinstance(event, h2.events.DataReceived):
            total += len(event.data)
            largest = max(largest, len(event.data))
            # Credit by hand: hyper-h2 would wait for half of the window.
            if event.flow_controlled_length and event.stream_ended is None:
                conn.increment_flow_control_window(event.flow_controlled_length, stream)
                conn.increment_flow_control_window(event.flow_controlled_length)
        if isinstance(event, h2.events.StreamEnded):
            return {"total": total, "largest": largest}


def trailers(sock, conn):
    """A request with trailer fields, and a response with them."""
    stream, result = request(conn, "/sum", b"POST", end=False), {}
    conn.send_data(stream, b"content")
    conn.send_headers(stream, [(b"x-sum", b"from python")], end_stream=True)
    other = request(conn, "/trailers")
    for event in events(sock, conn):
        if isinstance(event, h2.events.ResponseReceived) and event.stream_id == stream:
            result["seen"] = dict(event.headers)[b"x-trailer-seen"].decode()
        if isinstance(event, h2.events.TrailersReceived):
            result["trailers"] = [[n.decode(), v.decode()] for n, v in event.headers]
        if isinstance(event, h2.events.StreamEnded) and {"seen", "trailers"} <= result.keys():
            return result


def websocket(sock, conn, path):
    """A WebSocket by extended CONNECT (RFC 8441): sends one message, and gives what came back, frame by frame."""
    result, content, stream = {"messages": []}, b"", None
    for event in events(sock, conn):
        if isinstance(event, h2.events.RemoteSettingsChanged) and stream is None:
            result["extended connect"] = conn.remote_settings.enable_connect_protocol
            stream = request(conn, path, b"CONNECT", end=False, more=[(b":protocol", b"websocket"), (b"sec-websocket-version", b"13")])
        if isinstance(event, h2.events.ResponseReceived):
            result["fields"] = sorted(name.decode() for name, _ in event.headers if name != b"date")
            result["status"] = dict(event.headers)[b":status"].decode()
            if result["status"] != "200":
                return result
            text, mask = b"hello", b"\1\2\3\4"
            masked = bytes(octet ^ mask[at % 4] for at, octet in enumerate(text))
            conn.send_data(stream, bytes((0x81, 0x80 | len(text))) + mask + masked)
        if isinstance(event, h2.events.DataReceived):
            content += event.data
            if len(content) >= 2 and len(content) >= 2 + content[1]:
                result["messages"].append(content[2 : 2 + content[1]].decode())
                return result


COMMANDS = {"never-indexed": never_indexed, "flow": flow, "trailers": trailers, "websocket": websocket}
print(json.dumps(COMMANDS[sys.argv[1]](*connect(*sys.argv[2:4]), *sys.argv[4:])))
