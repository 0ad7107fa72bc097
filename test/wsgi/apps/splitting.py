"""Puts what it is told, in hexadecimal, into its response: /field, /status."""


def app(environ, start_response):
    name, value = (
        bytes.fromhex(part).decode('latin-1')
        for part in environ['QUERY_STRING'].split('&')
    )
    if environ['PATH_INFO'] == '/status':
        start_response('200 ' + name + value, [])
    else:
        start_response('200 OK', [(name, value)])
    return [b'x']


application = app
