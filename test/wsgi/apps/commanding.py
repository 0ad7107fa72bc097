"""Escapes of a raw WSGI application that use what an exchange can do, and misuse it."""

import json
import os

import rsgi

TEXT = [('content-type', 'text/plain')]


def tell(name, text):
    with open(os.path.join(os.environ['TOLD'], name), 'a') as file:
        file.write(f'{text}\n')


class Rooms(rsgi.WebSocket):
    def open(self):
        self.send(f'open {self.exchange.http_version}')

    def message(self, message):
        command, _, topic = message.partition(' ')
        if command == 'join':
            self.subscribe(topic)
        elif command == 'leave':
            self.unsubscribe(topic)
        elif command == 'others':
            self.publish(topic, f'others of {topic}')
        else:
            try:
                rsgi.publish(topic, f'all of {topic}')
            except ValueError as error:
                self.send(str(error))
        self.send(f'done {message}')


class Overflowing(rsgi.WebSocket):
    """Sends without looking at what send() says; how far it came is told."""

    def message(self, message):
        said = []
        size = int(message)
        try:
            while True:
                said.append(self.send(b'x' * size))
        except rsgi.BackpressureError as error:
            tell('marks', json.dumps([said.count(True), len(said), str(error)]))
        self.drained()
        self.send('still here')


class Tunnelled(rsgi.Handler):
    """A tunnel that gives back what comes, in capitals."""

    def __init__(self, exchange):
        self.tunnel = exchange.accept([('x-tunnel', 'yes')], self)

    def data(self, chunk):
        self.tunnel.write(chunk.upper())

    def end(self, trailers):
        self.tunnel.end(b'!')

    def closed(self, outcome):
        tell('tunnel', outcome.reason)


class Waiting(rsgi.Handler):
    """Responds when the worker is to end."""

    def __init__(self, exchange):
        self.exchange = exchange
        tell('waiting', 'yes')

    def leave(self):
        self.exchange.respond(200, TEXT)
        self.exchange.end(b'told to leave')


def hello(exchange):
    exchange.respond(200, [*TEXT, ('etag', '"one"')])
    exchange.end(b'hello')


class Size(rsgi.Handler):
    """How much content came, and what was said of it."""

    def __init__(self, exchange):
        self.exchange = exchange
        self.size = 0
        self.last = b''

    def data(self, chunk):
        self.size += len(chunk)
        self.last = chunk[-3:]

    def end(self, trailers):
        self.exchange.respond(200, TEXT)
        self.exchange.end(f'{self.exchange.unread} {self.size} {self.last.decode()}'.encode())


def bad_push(exchange):
    exchange.push('no target', hello)
    exchange.respond(200, TEXT)
    exchange.end(b'never')


class BadOrigins(rsgi.WebSocket):
    origins = 'sometimes'


class Late(rsgi.Handler):
    """What goes wrong in an event, when the application has returned."""

    def __init__(self, exchange):
        self.exchange = exchange

    def end(self, trailers):
        self.exchange.push('no target', hello)


def twice(exchange):
    exchange.respond(200, TEXT)
    exchange.respond(200, TEXT)


def at_once(exchange):
    """Much at once, without a handler."""
    exchange.respond(200, TEXT)
    exchange.write(b'x' * 3_000_000)
    exchange.end()


def in_turn(exchange):
    """Much in parts, each when the client has taken the one before, without a handler, and in the call."""
    exchange.respond(200, TEXT)
    told = 0
    while told < 10_000_000:
        if not exchange.write(b'x' * 50_000) and not exchange.drained(20):
            tell('gone', exchange.outcome.reason if exchange.outcome else 'never drained')
            raise LookupError('nobody takes it')
        told += 50_000
    exchange.end()


class Answering(rsgi.Handler):
    """Responds at once, much, and gives back what comes."""

    def __init__(self, exchange):
        self.exchange = exchange
        exchange.respond(200, TEXT)
        if not exchange.write(b'x' * 200_000):
            exchange.drained()

    def data(self, chunk):
        self.exchange.write(chunk)

    def end(self, trailers):
        self.exchange.end(b'.')


APPS = {
    '/at-once': at_once,
    '/in-turn': in_turn,
    '/answering': Answering,
    '/rooms': Rooms,
    '/overflowing': Overflowing,
    '/tunnel': Tunnelled,
    '/waiting': Waiting,
    '/hello': hello,
    '/size': Size,
    '/bad-push': bad_push,
    '/bad-origins': BadOrigins,
    '/late': Late,
    '/twice': twice,
}


def denying(app):
    """Middleware that denies with a status of its own, changes that of the response, or lays out its content."""

    def wrapped(environ, start_response):
        query = environ['QUERY_STRING']
        if query == 'denied':

            def denied(inner, start_response, **options):
                start_response('403 Forbidden', [('Content-Type', 'text/plain')])
                return [b'members only']

            return app({**environ, 'rsgi.upgrade': denied}, start_response)
        if query == 'status':
            return app(environ, lambda status, headers, exc_info=None: start_response('404 Not Found', headers, exc_info))
        if query == 'layout':
            head = []
            body = b''.join(app(environ, lambda *given: head.extend(given)))
            headers = [(name, value) for name, value in head[1] if name.lower() != 'content-length']
            start_response(head[0], headers)
            return [b'<html>' + body + b'</html>']
        return app(environ, start_response)

    return wrapped


def plain(environ, start_response):
    whole = environ['QUERY_STRING'] == 'whole'
    return rsgi.upgrade(environ, APPS[environ['PATH_INFO']], content='whole' if whole else 'any')(environ, start_response)


app = denying(plain)
