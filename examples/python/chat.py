"""
A chat in Flask: who has said a name gets a WebSocket, by an escape from the view. A socket holds no thread, and a message reaches the
sockets of all workers.

    pip install flask
    npx rsgi serve --wsgi chat:app --chdir examples/python --tls
"""

import json
import os

import rsgi
from flask import Flask, redirect, request, session, url_for

app = Flask(__name__)
# One for all workers, and for their successors: set it in the environment.
app.secret_key = os.environ.get('SECRET_KEY', 'for development only')


class Chat(rsgi.WebSocket):
    """One instance is one socket. `user` is set where it is made."""

    user = ''

    def open(self):
        self.subscribe('chat')
        rsgi.publish('chat', json.dumps({'said': f'{self.user} is here'}))

    def message(self, message):
        if isinstance(message, bytes):
            self.close(1003, 'text, please')
        else:
            rsgi.publish('chat', json.dumps({'user': self.user, 'said': message[:1000]}))

    def closed(self, code, reason):
        rsgi.publish('chat', json.dumps({'said': f'{self.user} has left'}))


@app.get('/socket', websocket=True)
def socket():
    # The session is as in any view, and so is what is returned in place of an escape.
    if 'user' not in session:
        return 'Say who you are first.', 401

    def chat(exchange):
        one = Chat(exchange)
        one.user = user
        return one

    user = session['user']
    return rsgi.upgrade(request.environ, chat)


@app.post('/')
def enter():
    name = request.form['user'].strip()
    if name:
        session['user'] = name[:40]
    return redirect(url_for('page'))


@app.get('/')
def page():
    return ROOM if 'user' in session else DOOR


HEAD = '<!doctype html><meta charset=utf-8><meta name=viewport content="width=device-width"><title>Chat</title>'
DOOR = HEAD + '<form method=post><label>Your name <input name=user required autofocus></label> <button>Enter</button></form>'
ROOM = (
    HEAD
    + """<ul id=lines></ul><form id=form><input id=text aria-label=Message autofocus><button>Say</button></form>
<script>
    const connect = () => {
        const socket = new WebSocket(new URL('socket', location.href.replace(/^http/, 'ws')));
        socket.onmessage = ({ data }) => {
            const { user, said } = JSON.parse(data);
            const line = document.createElement('li');
            line.textContent = user ? `${user}: ${said}` : said;
            lines.append(line);
        };
        // Also when the worker is replaced: then it is connected to the next.
        socket.onclose = () => setTimeout(connect, 1000);
        form.onsubmit = (event) => {
            event.preventDefault();
            socket.send(text.value);
            text.value = '';
        };
    };
    connect();
</script>"""
)
