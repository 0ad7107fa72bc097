"""What the sites of frameworks escape to."""

import rsgi


class Echo(rsgi.WebSocket):
    def message(self, message):
        self.send(f'echo {message}')


def trailers(exchange):
    exchange.respond(200, [('content-type', 'text/plain'), ('etag', '"own"')])
    exchange.end(b'content', [('x-count', '1')] if exchange.trailers else [])


def events(exchange):
    stream = rsgi.EventStream(exchange)
    stream.send('one', event='number')
    stream.close()


def hints(exchange):
    if exchange.inform:
        exchange.inform(103, [('link', '</style.css>; rel=preload; as=style')])
    exchange.respond(200, [('content-type', 'text/html')])
    exchange.end(b'<link rel=stylesheet href=/style.css>')


class Size(rsgi.Handler):
    """How much of the request content has come to it."""

    def __init__(self, exchange):
        self.exchange = exchange
        self.size = 0

    def data(self, chunk):
        self.size += len(chunk)

    def end(self, trailers):
        self.exchange.respond(200, [('content-type', 'text/plain')])
        self.exchange.end(f'{self.exchange.method} {self.exchange.unread} {self.size}'.encode())


APPS = {'socket': Echo, 'trailers': trailers, 'events': events, 'hints': hints, 'size': Size}
