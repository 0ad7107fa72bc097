"""Answers with PATH_INFO and SCRIPT_NAME, what is not ASCII as in JSON."""


def application(environ, start_response):
    shown = f"{environ['PATH_INFO']}|{environ['SCRIPT_NAME']}"
    text = ''.join(each if ord(each) < 128 else f'\\u{ord(each):04x}' for each in shown)
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [text.encode('ascii')]
