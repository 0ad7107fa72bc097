import hashlib

import cherrypy
from cherrypy.lib import file_generator

from blocks import blocks, temporary_file

cherrypy.config.update({'environment': 'embedded', 'log.screen': False, 'server.max_request_body_size': 0})


class Site:
    @cherrypy.expose
    def hello(self, name):
        cherrypy.response.headers['Content-Type'] = 'text/plain; charset=utf-8'
        return f'Hello, {name}!'.encode()

    @cherrypy.expose
    def count(self):
        cherrypy.session['count'] = cherrypy.session.get('count', 0) + 1
        cherrypy.response.headers['Content-Type'] = 'text/plain'
        return str(cherrypy.session['count']).encode()

    @cherrypy.expose
    def form(self, name, more):
        cherrypy.response.headers['Content-Type'] = 'text/plain; charset=utf-8'
        return f'{name}|{more}'.encode()

    @cherrypy.expose
    def upload(self, file):
        digest = hashlib.sha256()
        size = 0
        while True:
            chunk = file.file.read(65536)
            if not chunk:
                break
            size += len(chunk)
            digest.update(chunk)
        cherrypy.response.headers['Content-Type'] = 'text/plain'
        return f'{file.filename} {size} {digest.hexdigest()}'.encode()

    @cherrypy.expose
    @cherrypy.config(**{'response.stream': True})
    def download(self, mib):
        cherrypy.response.headers['Content-Type'] = 'application/octet-stream'
        return blocks(int(mib))

    @cherrypy.expose
    @cherrypy.config(**{'response.stream': True})
    def file(self, mib):
        cherrypy.response.headers['Content-Type'] = 'application/octet-stream'
        return file_generator(temporary_file(int(mib)))

    @cherrypy.expose
    def fail(self):
        raise RuntimeError('a secret of the application')


app = cherrypy.Application(Site(), '', {'/': {'tools.sessions.on': True, 'tools.encode.on': False}})
