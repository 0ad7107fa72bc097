import hashlib

import rsgi
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


@app.post('/form')
def form():
    return Response(f"{request.form['name']}|{request.form['more']}", mimetype='text/plain')


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


class Chat(rsgi.WebSocket):
    def open(self):
        self.subscribe('chat')

    def message(self, message):
        rsgi.publish('chat', f'{self.user}: {message}')


@app.get('/chat')
def chat():
    return Response(CHAT_PAGE, mimetype='text/html')


@app.get('/chat/socket', websocket=True)
def chat_socket():
    if 'no' in request.args:
        return Response('log in first', 401)
    session['count'] = session.get('count', 0) + 1
    user = request.args.get('user', 'somebody')

    def named(exchange):
        socket = Chat(exchange)
        socket.user = user
        return socket

    return rsgi.upgrade(request.environ, named)


CHAT_PAGE = '''<!doctype html><title>Chat</title><ul id=said></ul><form><input id=say><button>Say</button></form><script>
const socket = new WebSocket(location.href.replace(/^http/, 'ws').replace('/chat', '/chat/socket'));
socket.onopen = () => document.body.dataset.open = 'yes';
socket.onmessage = ({ data }) => { const line = document.createElement('li'); line.textContent = data; said.append(line); };
document.forms[0].onsubmit = (event) => { event.preventDefault(); socket.send(say.value); say.value = ''; };
</script>'''
