import hashlib

from django.contrib import admin
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.middleware.csrf import get_token
from django.urls import path
from django.views.decorators.csrf import csrf_exempt

import rsgi

from blocks import blocks, temporary_file
from escaped_apps import APPS


def hello(request, name):
    return HttpResponse(f'Hello, {name}!', content_type='text/plain; charset=utf-8')


def count(request):
    request.session['count'] = request.session.get('count', 0) + 1
    return HttpResponse(str(request.session['count']), content_type='text/plain')


@csrf_exempt
def upload(request):
    file = request.FILES['file']
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    return HttpResponse(f'{file.name} {file.size} {digest.hexdigest()}', content_type='text/plain')


@csrf_exempt
def posted(request):
    return HttpResponse(f"{request.POST['name']}|{request.POST['more']}", content_type='text/plain; charset=utf-8')


def download(request):
    return StreamingHttpResponse(blocks(int(request.GET['mib'])), content_type='application/octet-stream')


def file(request):
    return FileResponse(temporary_file(int(request.GET['mib'])), content_type='application/octet-stream')


def fail(request):
    raise RuntimeError('a secret of the application')


def escaped(request):
    if 'no' in request.GET:
        return HttpResponse('log in first', status=401)
    request.session['count'] = request.session.get('count', 0) + 1
    status, headers, content = rsgi.upgrade(request.META, APPS[request.GET['to']])
    return HttpResponse(content, headers=dict(headers))


def form(request):
    """A form as Django makes them, with its token."""
    return HttpResponse(get_token(request), content_type='text/plain')


def counted(request):
    return HttpResponse(str(request.session.get('count', 0)), content_type='text/plain')


urlpatterns = [
    path('escaped', escaped),
    path('form', form),
    path('counted', counted),
    path('hello/<str:name>', hello),
    path('count', count),
    # `form` is one with a token.
    path('posted', posted),
    path('upload', upload),
    path('download', download),
    path('file', file),
    path('fail', fail),
    path('admin/', admin.site.urls),
]
