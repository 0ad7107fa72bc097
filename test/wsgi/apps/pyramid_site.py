import hashlib

from pyramid.config import Configurator
from pyramid.response import FileIter, Response
from pyramid.session import SignedCookieSessionFactory

from blocks import blocks, temporary_file


def hello(request):
    return Response(f"Hello, {request.matchdict['name']}!", content_type='text/plain', charset='utf-8')


def count(request):
    request.session['count'] = request.session.get('count', 0) + 1
    return Response(str(request.session['count']), content_type='text/plain')


def form(request):
    return Response(f"{request.POST['name']}|{request.POST['more']}", content_type='text/plain', charset='utf-8')


def upload(request):
    field = request.POST['file']
    digest = hashlib.sha256()
    size = 0
    while True:
        chunk = field.file.read(65536)
        if not chunk:
            break
        size += len(chunk)
        digest.update(chunk)
    return Response(f'{field.filename} {size} {digest.hexdigest()}', content_type='text/plain')


def download(request):
    return Response(app_iter=blocks(int(request.params['mib'])), content_type='application/octet-stream')


def file(request):
    return Response(app_iter=FileIter(temporary_file(int(request.params['mib']))), content_type='application/octet-stream')


def fail(request):
    raise RuntimeError('a secret of the application')


with Configurator(session_factory=SignedCookieSessionFactory('for the tests')) as config:
    config.add_route('hello', '/hello/{name}')
    config.add_view(hello, route_name='hello')
    for view in (count, form, upload, download, file, fail):
        config.add_route(view.__name__, f'/{view.__name__}')
        config.add_view(view, route_name=view.__name__)
    app = config.make_wsgi_app()
