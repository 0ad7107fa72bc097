import hashlib

from flask import Flask, Response, request, send_file, session

from blocks import blocks, temporary_file

app = Flask(__name__)
app.secret_key = 'for the tests'


@app.get('/hello/<name>')
def hello(name):
    return Response(f'Hello, {name}!', mimetype='text/plain')


@app.get('/count')
def count():
    session['count'] = session.get('count', 0) + 1
    return Response(str(session['count']), mimetype='text/plain')


@app.post('/upload')
def upload():
    file = request.files['file']
    digest = hashlib.sha256()
    size = 0
    while True:
        chunk = file.stream.read(65536)
        if not chunk:
            break
        size += len(chunk)
        digest.update(chunk)
    return Response(f'{file.filename} {size} {digest.hexdigest()}', mimetype='text/plain')


@app.get('/download')
def download():
    return Response(blocks(int(request.args['mib'])), mimetype='application/octet-stream')


@app.get('/file')
def file():
    return send_file(temporary_file(int(request.args['mib'])), mimetype='application/octet-stream')


@app.get('/fail')
def fail():
    raise RuntimeError('a secret of the application')
