"""From a WSGI application to the exchange: `environ['rsgi.upgrade']`, and what makes it handy."""

import io
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterable, Iterator, List, Optional, Tuple

from .errors import EscapeRefused, Misuse
from .remote import Remote

if TYPE_CHECKING:
    from .escapes import Escapes

Headers = List[Tuple[str, str]]
KEY = 'rsgi.upgrade'


class Upgrade:
    """`environ['rsgi.upgrade']` of one request. It holds no tag: the server has those."""

    __slots__ = ('_escapes', '_request', '_input')

    def __init__(self, escapes: 'Escapes', request: int, input: Any) -> None:
        self._escapes = escapes
        self._request = request
        self._input = input

    def __call__(
        self,
        app: Callable[..., Any],
        start_response: Callable[..., Any],
        *,
        content: str = 'any',
        discarded: Optional[Callable[[str], None]] = None,
    ) -> Iterable[bytes]:
        """
        Registers a rich application, begins the placeholder by start_response, and gives its body. `content='whole'` where the
        application needs all of the request content; `discarded(reason)` is called when it is not going to be run.
        """
        from .escapes import Registration

        app = getattr(app, 'rich', app)
        if not callable(app):
            raise Misuse(f'a rich application is called with an exchange: {type(app).__name__} cannot be (RICH-3)')
        if content not in ('any', 'whole') or not (discarded is None or callable(discarded)):
            raise Misuse("content is 'any' or 'whole', and discarded a function (ESC-6)")
        said: Dict[str, Any] = {'content': content}
        # Content that came with the request is in this process: what of it was read is known here.
        if isinstance(self._input, io.BytesIO) and len(self._input.getbuffer()):
            said['content'] = 'any'
            if content == 'whole':
                app = _whole(app, self._input)
        if isinstance(app, Remote):
            said['remote'] = [app.name, app.said()]
        registration = Registration(app, content, self._input, discarded)
        status, headers, body = self._escapes.register(self._request, app, said, registration)
        start_response(status, headers)
        return [body]


def _whole(app: Callable[..., Any], input: io.BytesIO) -> Callable[..., Any]:
    """Refuses to run where some of the content has been read."""

    def checked(exchange):
        if exchange.unread != 'whole':
            raise Misuse('the application was registered to get all of the request content, and some has been read (ESC-21)')
        return app(exchange)

    return checked


class Placeholder:
    """
    A response that stands for a rich application, in any form that a framework takes: a WSGI application, which Flask takes as the
    result of a view, or status, headers and content.
    """

    def __init__(self, status: str, headers: Headers, content: bytes) -> None:
        self.status = status
        self.headers = headers
        self.content = content

    @property
    def status_code(self) -> int:
        return int(self.status[:3])

    def __call__(self, environ: Dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response(self.status, list(self.headers))
        return [self.content]

    def __iter__(self) -> Iterator[Any]:
        """status, headers, content."""
        return iter((self.status, self.headers, self.content))


def upgrade(environ: Dict[str, Any], app: Callable[..., Any], **options: Any) -> Placeholder:
    """
    Registers a rich application by `environ['rsgi.upgrade']`, so that middleware is asked, and gives its placeholder.

        return rsgi.upgrade(request.environ, chat)                                     # Flask
        status, headers, content = rsgi.upgrade(request.META, chat)                    # Django
        return HttpResponse(content, headers=dict(headers))

    Raises EscapeRefused where there is no escape, or it was denied.
    """
    register = environ.get(KEY)
    if register is None:
        raise EscapeRefused(
            "there is no escape here: the environ has no 'rsgi.upgrade', since the server is not RSGI's, or middleware has taken it away"
            ' (ESC-40)'
        )
    head: List[Any] = []

    def start_response(status: str, headers: Headers, exc_info: Any = None) -> Callable[[bytes], None]:
        head[:] = (status, headers)
        return _no_write

    body = register(app, start_response, **options)
    try:
        content = b''.join(body)
    finally:
        close = getattr(body, 'close', None)
        if close is not None:
            close()
    if not head:
        raise Misuse("environ['rsgi.upgrade'] gave a body without start_response (GATE-10)")
    return Placeholder(head[0], head[1], content)


def rich(app: Callable[..., Any]) -> Callable[[Dict[str, Any], Callable[..., Any]], Iterable[bytes]]:
    """A rich application as a WSGI application: its response is a placeholder. The letter's `http2_under_wsgi`."""

    def under_wsgi(environ: Dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        return upgrade(environ, app)(environ, start_response)

    under_wsgi.rich = app  # type: ignore[attr-defined]
    under_wsgi.__doc__ = app.__doc__
    under_wsgi.__name__ = getattr(app, '__name__', 'rich')
    return under_wsgi


def _no_write(_: bytes) -> None:
    raise Misuse('a placeholder has no write(): its content is its body (GATE-10)')
