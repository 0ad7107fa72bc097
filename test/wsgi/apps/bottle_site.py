import hashlib

import bottle

from blocks import blocks, temporary_file

app = bottle.Bottle()
SECRET = 'for the tests'


@app.get('/hello/<name>')
def hello(name):
    bottle.response.content_type = 'text/plain; charset=utf-8'
    return f'Hello, {name}!'


@app.get('/count')
def count():
    number = int(bottle.request.get_cookie('count', secret=SECRET) or 0) + 1
    bottle.response.set_cookie('count', str(number), secret=SECRET)
    bottle.response.content_type = 'text/plain'
    return str(number)


@app.post('/form')
def form():
    bottle.response.content_type = 'text/plain; charset=utf-8'
    return f'{bottle.request.forms.name}|{bottle.request.forms.more}'


@app.post('/upload')
def upload():
    file = bottle.request.files['file']
    digest = hashlib.sha256()
    size = 0
    while True:
        chunk = file.file.read(65536)
        if not chunk:
            break
        size += len(chunk)
        digest.update(chunk)
    bottle.response.content_type = 'text/plain'
    return f'{file.raw_filename} {size} {digest.hexdigest()}'


@app.get('/download')
def download():
    bottle.response.content_type = 'application/octet-stream'
    return blocks(int(bottle.request.query['mib']))


@app.get('/file')
def file():
    bottle.response.content_type = 'application/octet-stream'
    return temporary_file(int(bottle.request.query['mib']))


@app.get('/fail')
def fail():
    raise RuntimeError('a secret of the application')
