"""Middleware that changes what a view answers, as the query says."""

import gzip

from django.http import HttpResponse


def changing(get_response):
    def changed(request):
        response = get_response(request)
        change = request.GET.get('change')
        if change == '403':
            response.status_code = 403
        elif change == 'replaced':
            return HttpResponse('members only', status=403)
        elif change == 'layout':
            response.content = b'<html>' + response.content + b'</html>'
        elif change == 'gzip':
            response.content = gzip.compress(response.content)
            response['Content-Encoding'] = 'gzip'
        if change is not None and response.has_header('Content-Length'):
            response['Content-Length'] = str(len(response.content))
        return response

    return changed
