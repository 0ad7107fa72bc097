"""What every server of WSGI answers with: a hello, and a page of 10 kB that Jinja2 makes for each request."""

from jinja2 import Environment

_PAGE = Environment(autoescape=True).from_string(
    """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>{{ title }}</title>
  <link rel="stylesheet" href="/static/site.css">
</head>
<body>
<header class="site-header"><nav aria-label="Main"><a href="/">Home</a> <a href="/articles">Articles</a> <a href="/about">About</a></nav></header>
<main class="listing">
<h1>{{ title }}</h1>
{% for article in articles %}<article class="card card--listed" id="article-{{ article.number }}">
  <header class="card__header">
    <h2 class="card__title"><a class="card__link" href="/articles/{{ article.number }}">{{ article.title }}</a></h2>
    <p class="card__byline">By <span class="card__author">{{ article.author }}</span> in <a href="/topics/gateways">Gateways</a></p>
  </header>
  <p class="card__summary">{{ article.summary }}</p>
  <footer class="card__footer"><a class="button button--quiet" href="/articles/{{ article.number }}#comments">Comments</a></footer>
</article>
{% endfor %}</main>
<footer class="site-footer"><p>Made for each request.</p></footer>
</body>
</html>
"""
)
_ARTICLES = [
    {
        'number': number,
        'title': f'Article {number} & what came of it',
        'author': 'A. N. "Other"',
        'summary': 'A summary of some length, as listings have it, <so> that there is something to be escaped.',
    }
    for number in range(16)
]


def application(environ, start_response):
    path = environ['PATH_INFO']
    status = '200 OK'
    if path == '/hello':
        kind = 'text/plain'
        body = b'Hello, world!'
    elif path == '/page':
        kind = 'text/html; charset=utf-8'
        body = _PAGE.render(title='All articles', articles=_ARTICLES).encode()
    else:
        status = '404 Not Found'
        kind = 'text/plain'
        body = b''
    start_response(status, [('Content-Type', kind), ('Content-Length', str(len(body)))])
    return [body]
