"""Answers that no client may be hurt by, and that may not end the worker: each path is one."""

import os

import rsgi

TEXT = [('Content-Type', 'text/plain; charset=utf-8')]
MIB = 1024 * 1024


def answer(start, *blocks, status='200 OK', headers=()):
    start(status, TEXT + list(headers))
    return list(blocks)


def none(environ, start):
    start('200 OK', TEXT)


def none_block(environ, start):
    return answer(start, b'first', None)


def text(environ, start):
    start('200 OK', TEXT)
    return 'text'


def octets(environ, start):
    start('200 OK', TEXT)
    return b'octets'


def number(environ, start):
    start('200 OK', TEXT)
    return 5


def reflected(environ, start):
    """What a careless application does with what the client has said."""
    return answer(start, b'reflected', headers=[('Location', environ['PATH_INFO'])])


def huge_head(environ, start):
    return answer(start, b'never', headers=[('X-Long', 'x' * (20 * MIB))])


def many_fields(environ, start):
    return answer(start, b'never', headers=[(f'X-{number}', 'x' * 1000) for number in range(20000)])


def huge_failure(environ, start):
    raise RuntimeError('x' * (20 * MIB) + ' the end')


def huge_log(environ, start):
    environ['wsgi.errors'].write('x' * (20 * MIB) + '\n')
    environ['wsgi.errors'].write('y' * (20 * MIB))
    return answer(start, b'told')


def surrogates(environ, start):
    environ['wsgi.errors'].write('lone \ud800\n')
    raise RuntimeError('lone \udfff')


def deep(environ, start):
    return deep(environ, start)


def closing(environ, start):
    """Closes what is not its own."""
    environ['wsgi.input'].close()
    return answer(start, b'closed')


def interrupted(environ, start):
    start('200 OK', TEXT)

    def give():
        yield b'begun'
        raise KeyboardInterrupt

    return give()


def stopping(environ, start):
    start('200 OK', TEXT)

    class Body:
        def __iter__(self):
            return self

        def __next__(self):
            raise GeneratorExit

    return Body()


def huge_publication(environ, start):
    try:
        rsgi.publish('room', b'\xff' * (14 * MIB))
    except ValueError as error:
        return answer(start, str(error).encode())
    return answer(start, b'published')


def huge_message(environ, start):
    try:
        rsgi.publish('room', b'\xff' * (16 * MIB))
    except ValueError as error:
        return answer(start, str(error).encode())
    return answer(start, b'published')


@rsgi.rich
def huge_failure_escaped(exchange):
    raise RuntimeError('x' * (20 * MIB))


@rsgi.rich
def huge_head_escaped(exchange):
    exchange.respond(200, [('x-long', 'x' * (20 * MIB))])
    exchange.end(b'never')


@rsgi.rich
def large_escaped(exchange):
    exchange.respond(200, [('content-type', 'text/plain')])
    try:
        exchange.write(b'x' * (20 * MIB))
    except ValueError as error:
        # In one: into an empty buffer goes a chunk of any length up to that, beside another it does not.
        exchange.write(str(error).encode() + b' ' + b'x' * (14 * MIB))
    exchange.end()


def pid(environ, start):
    return answer(start, str(os.getpid()).encode())


def seen(environ, start):
    shown = {key: value for key, value in environ.items() if isinstance(value, str)}
    shown['fields'] = [list(pair) for pair in environ['rsgi.fields']]
    import json

    return answer(start, json.dumps(shown).encode())


def told(environ, start):
    with open(os.path.join(os.environ['TOLD'], 'asked'), 'a') as file:
        file.write(environ['REQUEST_METHOD'] + '\n')
    size = 0
    while True:
        part = environ['wsgi.input'].read1(65536)
        if not part:
            break
        size += len(part)
    return answer(start, str(size).encode())


HEADS = {
    'status crlf': ('200 OK\r\nX-Evil: yes', []),
    'status lf': ('200 OK\nX-Evil: yes', []),
    'status nul': ('200 O\0K', []),
    'status short': ('20 OK', []),
    'status switching': ('101 Switching Protocols', []),
    'value crlf': ('200 OK', [('X-A', 'a\r\nX-Evil: yes')]),
    'value lf': ('200 OK', [('X-A', 'a\nX-Evil: yes')]),
    'value cr': ('200 OK', [('X-A', 'a\rX-Evil: yes')]),
    'value nul': ('200 OK', [('X-A', 'a\0b')]),
    'name crlf': ('200 OK', [('X-A: b\r\nX-Evil', 'yes')]),
    'name colon': ('200 OK', [('X-Evil:', 'yes')]),
    'name empty': ('200 OK', [('', 'yes')]),
    'name pseudo': ('200 OK', [(':status', '500')]),
    **{
        f'hop {name}': ('200 OK', [(name, value)])
        for name, value in (
            ('Connection', 'close'),
            ('keep-alive', 'timeout=5'),
            ('Transfer-Encoding', 'chunked'),
            ('UPGRADE', 'websocket'),
            ('TE', 'trailers'),
            ('Proxy-Connection', 'close'),
        )
    },
    'length negative': ('200 OK', [('Content-Length', '-1')]),
    'length plus': ('200 OK', [('Content-Length', '+5')]),
    'length list': ('200 OK', [('Content-Length', '5, 5')]),
    'length space': ('200 OK', [('Content-Length', '1 0')]),
    'length unicode': ('200 OK', [('Content-Length', '\u0665')]),
}


def head(environ, start):
    """A head that cannot be sent, and that nobody catches."""
    status, headers = HEADS[environ['QUERY_STRING'].replace('+', ' ')]
    start(status, headers)
    return [b'never']


PATHS = {f'/{name}': each for name, each in list(globals().items()) if callable(each) and name not in ('answer',)}


def application(environ, start_response):
    found = PATHS.get(environ['PATH_INFO'], reflected)
    return found(environ, start_response)
