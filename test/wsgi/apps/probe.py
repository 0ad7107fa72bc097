"""What the tests of the workers ask for: each path is one behaviour of an application."""

import json
import os
import signal
import sys
import threading
import time

TEXT = [('Content-Type', 'text/plain; charset=utf-8')]
# Files in this folder tell the test what has happened here.
TOLD = os.environ.get('TOLD', '')


def tell(name, text=''):
    with open(os.path.join(TOLD, name), 'a') as file:
        file.write(text)


def wait_for(name):
    while not os.path.exists(os.path.join(TOLD, name)):
        time.sleep(0.005)


class Body:
    """A body that tells when it is closed."""

    def __init__(self, blocks, name='closed'):
        self._blocks = iter(blocks)
        self._name = name

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._blocks)

    def close(self):
        tell(self._name, 'closed\n')


def plain(environ, start_response, text, headers=()):
    start_response('200 OK', TEXT + list(headers))
    return [text.encode('utf-8')]


def environ_of(environ, start_response):
    shown = {key: value for key, value in environ.items() if isinstance(value, (str, bool, int, tuple))}
    shown['type'] = type(environ).__name__
    shown['fields'] = [list(pair) for pair in environ['rsgi.fields']]
    return plain(environ, start_response, json.dumps(shown))


def pid(environ, start_response):
    return plain(environ, start_response, f'{os.getpid()} {threading.current_thread().name}')


def python(environ, start_response):
    return plain(environ, start_response, sys.version)


def echo(environ, start_response):
    return plain(environ, start_response, environ['wsgi.input'].read().decode('latin-1'))


def reads(environ, start_response):
    """The reads that the query names, one by one."""
    source = environ['wsgi.input']
    results = []
    for each in environ['QUERY_STRING'].split(','):
        name, _, size = each.partition(':')
        if name == 'iter':
            results.append([line.decode() for line in source])
            continue
        given = getattr(source, name)(*([int(size)] if size else []))
        results.append([line.decode() for line in given] if isinstance(given, list) else given.decode())
    return plain(environ, start_response, json.dumps(results))


def count(environ, start_response):
    """How much content there is, read as it comes; what has been read is told."""
    size = 0
    while True:
        part = environ['wsgi.input'].read1(65536)
        if not part:
            break
        size += len(part)
    return plain(environ, start_response, str(size))


def unread(environ, start_response):
    return plain(environ, start_response, 'not read')


def slow_reader(environ, start_response):
    part = environ['wsgi.input'].read(10)
    tell('read')
    wait_for('go')
    rest = environ['wsgi.input'].read()
    return plain(environ, start_response, str(len(part) + len(rest)))


def read_gone(environ, start_response):
    """Reads content whose client goes away."""
    tell('reading')
    try:
        environ['wsgi.input'].read()
    except ConnectionError as error:
        tell('gone', type(error).__name__)
        raise


def blocks(environ, start_response):
    start_response('200 OK', TEXT)
    return Body([b'one ', b'', b'two ', b'three'])


def endless(environ, start_response):
    """Blocks for as long as they are taken; how many is told."""
    start_response('200 OK', TEXT)

    def give():
        number = 0
        while True:
            number += 1
            with open(os.path.join(TOLD, 'given'), 'w') as file:
                file.write(str(number))
            yield b'x' * 65536

    return Body(give())


def ticks(environ, start_response):
    start_response('200 OK', TEXT)

    def give():
        yield b'tick\n'
        wait_for('go')
        yield b'tock\n'

    return Body(give())


def writes(environ, start_response):
    write = start_response('200 OK', TEXT)
    write(b'written, ')
    tell('written')
    if environ['QUERY_STRING'] == 'wait':
        wait_for('go')
    return [b'returned']


def late_start(environ, start_response):
    """start_response in the first step of a generator."""
    start_response('200 OK', TEXT)
    yield b'late'


def status(environ, start_response):
    """The status, and the length, that the query names."""
    code, _, length = environ['QUERY_STRING'].partition(',')
    headers = list(TEXT)
    if length:
        headers.append(('Content-Length', length))
    start_response(f'{code} Said So', headers)
    return [b'content'] if 'list' not in environ.get('HTTP_X_KIND', 'list') else [b'con', b'tent']


def one_block(environ, start_response):
    headers = list(TEXT)
    if environ['QUERY_STRING']:
        headers.append(('Content-Length', environ['QUERY_STRING']))
    start_response('200 OK', headers)
    return [b'0123456789']


def stream_of(environ, start_response):
    """Ten octets, in blocks, under the length of the query."""
    start_response('200 OK', TEXT + [('Content-Length', environ['QUERY_STRING'])])
    return Body([b'01234', b'56789'])


def replaced(environ, start_response):
    start_response('200 OK', [('X-First', 'yes')])
    try:
        raise LookupError('inner')
    except LookupError:
        start_response('409 Conflict', TEXT, sys.exc_info())
    return [b'replaced']


def replaced_late(environ, start_response):
    write = start_response('200 OK', TEXT)
    write(b'begun ')
    try:
        raise LookupError('too late for another')
    except LookupError:
        start_response('409 Conflict', TEXT, sys.exc_info())
    return [b'never']


def twice(environ, start_response):
    start_response('200 OK', TEXT)
    start_response('200 OK', TEXT)
    return []


def never(environ, start_response):
    return [b'no head']


def fails(environ, start_response):
    raise RuntimeError('a secret of the application')


def fails_late(environ, start_response):
    start_response('200 OK', TEXT)

    def give():
        yield b'begun '
        raise RuntimeError('a secret after the head')

    return Body(give())


def fails_closing(environ, start_response):
    start_response('200 OK', TEXT)

    class Closing(Body):
        def close(self):
            raise RuntimeError('a secret of close')

    return Closing([b'all of it'])


def exits(environ, start_response):
    sys.exit('leaving')


BAD = {
    'status': lambda start: start('200', TEXT),
    'status-type': lambda start: start(200, TEXT),
    'status-range': lambda start: start('100 Continue', TEXT),
    'headers': lambda start: start('200 OK', tuple(TEXT)),
    'pair': lambda start: start('200 OK', [['X-A', 'b']]),
    'value-type': lambda start: start('200 OK', [('Content-Length', 3)]),
    'name': lambda start: start('200 OK', [('X A', 'b')]),
    'value': lambda start: start('200 OK', [('X-A', 'b\r\nX-C: d')]),
    'unicode': lambda start: start('200 OK', [('X-A', '\u20ac')]),
    'hop': lambda start: start('200 OK', [('Connection', 'close')]),
    'length': lambda start: start('200 OK', [('Content-Length', 'many')]),
    'lengths': lambda start: start('200 OK', [('Content-Length', '2'), ('Content-Length', '2')]),
}


def bad(environ, start_response):
    """What start_response raises."""
    try:
        BAD[environ['QUERY_STRING']](start_response)
    except (TypeError, ValueError) as error:
        return plain(environ, start_response, f'{type(error).__name__}: {error}')
    return plain(environ, start_response, 'taken')


def bad_block(environ, start_response):
    start_response('200 OK', TEXT)
    return ['text'] if environ['QUERY_STRING'] == 'one' else iter(['text'])


def file(environ, start_response):
    path = os.path.join(TOLD, 'file')
    start_response('200 OK', TEXT + [('Content-Length', str(os.path.getsize(path)))])

    class Told:
        def __init__(self):
            self._file = open(path, 'rb')
            self.read = self._file.read

        def close(self):
            self._file.close()
            tell('file-closed')

    return environ['wsgi.file_wrapper'](Told(), 4096)


def errors(environ, start_response):
    stream = environ['wsgi.errors']
    stream.write('a line\nand ')
    stream.writelines(['another\n', 'and a '])
    stream.write('rest')
    return plain(environ, start_response, 'told')


def errors_later(environ, start_response):
    """Tells something when no request is under way."""
    stream = environ['wsgi.errors']

    def later():
        wait_for('go')
        stream.write('from a thread\n')

    threading.Thread(target=later, daemon=True).start()
    return plain(environ, start_response, 'soon')


def waits(environ, start_response):
    """Answers when it may."""
    name = environ['QUERY_STRING'] or 'go'
    tell('waiting', f'{os.getpid()}\n')
    wait_for(name)
    return plain(environ, start_response, str(os.getpid()))


def begun_waits(environ, start_response):
    start_response('200 OK', TEXT)

    def give():
        yield b'begun '
        tell('begun', f'{os.getpid()}\n')
        wait_for('go')
        yield b'done'

    return Body(give())


def crash(environ, start_response):
    os.kill(os.getpid(), signal.SIGKILL)


def crash_later(environ, start_response):
    start_response('200 OK', TEXT)

    def give():
        yield b'begun '
        wait_for('crash')
        os._exit(3)

    return give()


def deaf(environ, start_response):
    """Makes the process not end when it is told to."""
    import atexit

    signal.signal(signal.SIGTERM, signal.SIG_IGN) if threading.current_thread() is threading.main_thread() else None
    atexit.register(lambda: time.sleep(60))
    return plain(environ, start_response, str(os.getpid()))


def inherited(environ, start_response):
    """The sockets that a process of the application has."""
    import subprocess

    code = """
import os, stat
sockets = []
for each in range(3, 64):
    try:
        if stat.S_ISSOCK(os.fstat(each).st_mode):
            sockets.append(each)
    except OSError:
        pass
print(sockets or 'no sockets')
"""
    found = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, close_fds=False)
    return plain(environ, start_response, found.stdout.strip())


PATHS = {
    f'/{name}': value
    for name, value in list(globals().items())
    if callable(value) and not name[0].isupper() and name not in ('tell', 'wait_for', 'plain')
}


def application(environ, start_response):
    path = environ['PATH_INFO']
    found = PATHS.get(path)
    if found is None:
        return plain(environ, start_response, 'hello\n')
    return found(environ, start_response)


def make():
    return application


class Holder:
    app = staticmethod(application)


nothing = 5
