"""The same without a framework, as PEP 3333 has it."""

import email.parser
import email.policy
import hashlib
from urllib.parse import parse_qs

from blocks import blocks, temporary_file

TEXT = [('Content-Type', 'text/plain; charset=utf-8')]


def app(environ, start_response):
    path = environ['PATH_INFO'].encode('latin-1').decode('utf-8')
    if path.startswith('/hello/'):
        start_response('200 OK', TEXT)
        return [f"Hello, {path[len('/hello/'):]}!".encode()]
    if path == '/count':
        number = int(environ.get('HTTP_COOKIE', 'count=0').rpartition('=')[2]) + 1
        start_response('200 OK', TEXT + [('Set-Cookie', f'count={number}')])
        return [str(number).encode()]
    if path == '/upload':
        parts = [b'Content-Type: ' + environ['CONTENT_TYPE'].encode('latin-1') + b'\r\n\r\n']
        while parts[-1]:
            parts.append(environ['wsgi.input'].read(65536))
        (part,) = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(b''.join(parts)).iter_parts()
        content = part.get_payload(decode=True)
        start_response('200 OK', TEXT)
        return [f'{part.get_filename()} {len(content)} {hashlib.sha256(content).hexdigest()}'.encode()]
    if path == '/form':
        size = int(environ['CONTENT_LENGTH'])
        form = parse_qs(environ['wsgi.input'].read(size).decode('ascii'))
        start_response('200 OK', TEXT)
        return [f"{form['name'][0]}|{form['more'][0]}".encode()]
    if path == '/size':
        size = 0
        while True:
            part = environ['wsgi.input'].read(65536)
            if not part:
                break
            size += len(part)
        start_response('200 OK', TEXT)
        return [str(size).encode()]
    if path in ('/download', '/file'):
        mib = int(parse_qs(environ['QUERY_STRING'])['mib'][0])
        start_response('200 OK', [('Content-Type', 'application/octet-stream')])
        return blocks(mib) if path == '/download' else environ['wsgi.file_wrapper'](temporary_file(mib))
    if path == '/fail':
        raise RuntimeError('a secret of the application')
    start_response('404 Not Found', TEXT)
    return [b'Not Found']
