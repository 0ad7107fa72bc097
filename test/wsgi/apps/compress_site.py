"""Flask with a session, Flask-Compress, which compresses placeholders too, and what changes responses."""

import gzip

import rsgi
from flask import Flask, Response, request, session
from flask_compress import Compress

from escaped_apps import APPS

app = Flask(__name__)
app.secret_key = 'for the tests'
app.config['COMPRESS_MIMETYPES'] = ['text/plain', 'application/vnd.rsgi.escape']
app.config['COMPRESS_MIN_SIZE'] = 1


@app.after_request
def changed(response):
    """Before it is compressed, for functions are called in the reverse order."""
    response.headers['X-Frame-Options'] = 'DENY'
    response.headers['X-Content-Type-Options'] = 'nosniff'
    change = request.args.get('change')
    if change == '403':
        response.status_code = 403
    elif change == 'replaced':
        return Response('members only', 403, {'X-Frame-Options': 'DENY'})
    elif change == 'layout':
        response.set_data(b'<html>' + response.get_data() + b'</html>')
    elif change == 'gzip':
        response.set_data(gzip.compress(response.get_data()))
        response.headers['Content-Encoding'] = 'gzip'
    return response


Compress(app)


def escaped():
    if 'no' in request.args:
        return Response('log in first', 401)
    session['count'] = session.get('count', 0) + 1
    return rsgi.upgrade(request.environ, APPS[request.args['to']])


app.add_url_rule('/escaped', 'socket', escaped, websocket=True)
app.add_url_rule('/escaped', 'escaped', escaped, methods=['GET', 'POST'])


@app.get('/count')
def count():
    return Response(str(session.get('count', 0)), mimetype='text/plain')
