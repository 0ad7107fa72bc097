"""Escapes of a raw WSGI application."""

import os
import threading
import time

import rsgi


class Chat(rsgi.WebSocket):
    subprotocols = ('chat',)

    def open(self):
        self.subscribe('room')
        self.send(f'welcome {self.subprotocol} {self.exchange.target}')

    def message(self, message):
        if message == 'fail':
            raise RuntimeError('a secret of the application')
        if message == 'crash':
            os._exit(3)
        if isinstance(message, bytes):
            self.send(message[::-1])
        elif message.startswith('all '):
            rsgi.publish('room', message[4:])
        elif message.startswith('later '):
            threading.Thread(target=lambda: self.send(message)).start()
        elif message.startswith('flood '):
            sent = 0
            tell('flooding', 'yes')
            while sent < int(message[6:]):
                if not self.send(b'x' * 32768) and not self.drained():
                    return
                sent += 32768
            tell('flooding', 'done')
        else:
            self.send(f'echo {message}')

    def closed(self, code, reason):
        tell('closed', f'{code} {reason}')


class Echo(rsgi.Handler):
    def __init__(self, exchange):
        self.exchange = exchange
        exchange.respond(200, [('content-type', 'text/plain')])

    def data(self, chunk):
        self.exchange.write(chunk)

    def end(self, trailers):
        self.exchange.end()

    def closed(self, outcome):
        tell('outcome', outcome.reason)


@rsgi.rich
def counted(exchange):
    exchange.respond(200, [('content-type', 'text/plain'), ('trailer', 'x-count')])
    exchange.write(b'one ')
    exchange.end(b'two', [('x-count', '2')] if exchange.trailers else [])


def style(exchange):
    exchange.respond(200, [('content-type', 'text/css')])
    exchange.end(b'body { color: red }')


def page(exchange):
    if exchange.push:
        exchange.push('/style.css', style)
    elif exchange.inform:
        exchange.inform(103, [('link', '</style.css>; rel=preload; as=style')])
    exchange.respond(200, {'content-type': 'text/html'})
    exchange.end(b'<link rel=stylesheet href=/style.css>')


def ticks(exchange):
    stream = rsgi.EventStream(exchange, retry=500)

    def run():
        number = 0
        while stream.send(f'tick {number}', event='tick', id=str(number)) or stream.drained():
            number += 1
            if stream.wait_closed(0.02):
                break
        tell('gone', str(number))

    threading.Thread(target=run, daemon=True).start()


def failing(exchange):
    raise RuntimeError('a secret of the application')


def inherited(exchange):
    exchange.respond(200, [('content-type', 'text/plain')])
    exchange.end(repr(list(exchange.inherited)).encode())


APPS = {
    '/chat': Chat,
    '/echo': Echo,
    '/page': page,
    '/ticks': ticks,
    '/failing': failing,
    '/inherited': inherited,
}


def tell(name, text):
    with open(os.path.join(os.environ['TOLD'], name), 'a') as file:
        file.write(f'{text}\n')


def session(app):
    """Middleware that sets a cookie, and lets nobody in who says so."""

    def wrapped(environ, start_response):
        if 'refused' in environ['QUERY_STRING']:
            start_response('401 Unauthorized', [('Content-Type', 'text/plain')])
            return [b'no']
        return app(environ, lambda status, headers, exc_info=None: start_response(status, headers + [('Set-Cookie', 'seen=1')], exc_info))

    return wrapped


def intercepting(app):
    """Middleware that wraps what escapes below it, and denies some."""

    def wrapped(environ, start_response):
        upgrade = environ.get('rsgi.upgrade')
        query = environ['QUERY_STRING']
        if upgrade is None or 'intercept' not in query:
            return app(environ, start_response)

        def replaced(inner, start_response, **options):
            if 'intercept=deny' in query:
                raise PermissionError('not for you')

            def outer(exchange):
                exchange.inherited.append(('x-intercepted', 'python'))
                return inner(exchange)

            return upgrade(outer, start_response, **options)

        return app({**environ, 'rsgi.upgrade': replaced}, start_response)

    return wrapped


def refusals():
    """What publish() raises for what names no topic."""
    said = []
    for topic in ('', 'x' * 1025, '\U0001f600' * 513, 'lone \ud800', 5, None):
        try:
            rsgi.publish(topic, 'never')
            said.append('taken')
        except (TypeError, ValueError) as error:
            said.append(f'{type(error).__name__} {str(error).rpartition("(")[2]}')
    try:
        rsgi.publish('room', 5)
    except TypeError as error:
        said.append(str(error))
    rsgi.publish('x' * 1024, 'taken')
    rsgi.publish('\U0001f600' * 512, 'taken')
    return '\n'.join(said)


kept = []


def plain(environ, start_response):
    path = environ['PATH_INFO']
    if path == '/counted':
        return counted(environ, start_response)
    if path == '/remote':
        return environ['rsgi.upgrade'](rsgi.remote('chat', {'user': 'ann'}), start_response)
    if path == '/remote-octets':
        return environ['rsgi.upgrade'](rsgi.remote('octets', b'\0\xff'), start_response)
    if path == '/remote-plain':
        return environ['rsgi.upgrade'](rsgi.remote('plain', *filter(None, [environ['QUERY_STRING']])), start_response)
    if path == '/topics':
        start_response('200 OK', [('Content-Type', 'text/plain')])
        return [refusals().encode()]
    if path == '/remote-missing':
        return environ['rsgi.upgrade'](rsgi.remote('nobody'), start_response)
    if path == '/steal':
        # The placeholder of another exchange, and the escape of one that is over.
        if not kept:
            kept.append((rsgi.upgrade(environ, Echo), environ['rsgi.upgrade']))
            start_response('200 OK', [])
            return [b'kept']
        if 'late' in environ['QUERY_STRING']:
            return kept[0][1](Echo, start_response)
        return kept[0][0](environ, start_response)
    if path == '/discarded':
        rsgi.upgrade(environ, Echo, discarded=lambda reason: tell('discarded', reason))
        start_response('200 OK', [])
        return [b'another response']
    if path == '/threads':
        start_response('200 OK', [])
        return [str(time.monotonic()).encode()]
    if path == '/has':
        start_response('200 OK', [])
        return [b'yes' if 'rsgi.upgrade' in environ else b'no']
    if path == '/read':
        environ['wsgi.input'].read(2)
    return rsgi.upgrade(environ, APPS.get(path, Echo), content='whole' if 'whole' in environ['QUERY_STRING'] else 'any')(environ, start_response)


app = session(intercepting(plain))
