"""Finds the application: `module:callable`, or `module:factory()`."""

import importlib
import inspect
import os
import sys


class NoApplication(Exception):
    """What was named is no application. The message says why."""


def load(name):
    """
    The application of this name. The callable may be an attribute of an attribute, and is `application` when it is left out;
    with `()` behind it, it is called for the application.
    """
    module_name, _, path = name.partition(':')
    path = path or 'application'
    is_factory = path.endswith('()')
    if is_factory:
        path = path[:-2]
    found = _module(module_name)
    for attribute in path.split('.'):
        try:
            found = getattr(found, attribute)
        except AttributeError:
            names = [each for each, value in getattr(found, '__dict__', {}).items() if callable(value) and not each.startswith('_')]
            near = f'; it has {", ".join(names[:8])}' if 0 < len(names) <= 8 else ''
            # A module of the standard library, as `site`, hides one of the application.
            file = getattr(sys.modules[module_name], '__file__', None) or 'Python itself'
            where = '' if file.startswith(os.getcwd() + os.sep) else f', of {file},'
            raise NoApplication(f'{module_name}{where} has no {path}{near}') from None
    if is_factory:
        found = found()
    _require_wsgi(found, name, f'{module_name}:{path}')
    return found


def _module(name):
    if '/' in name or os.sep in name or name.startswith('.') or (name.endswith('.py') and os.path.exists(name)):
        inner = name[:-3] if name.endswith('.py') else name
        module = '.'.join(part for part in inner.replace(os.sep, '/').split('/') if part not in ('', '.', '..'))
        raise NoApplication(f'{name!r} is a path, and a module is wanted, as {module}: chdir says from which folder it is imported')
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        # One that the application imports is told with its traceback.
        if error.name is None or not f'{name}.'.startswith(f'{error.name}.'):
            raise
        raise NoApplication(
            f'No module named {name!r} in {os.getcwd()}, which chdir says, nor in the packages of {sys.executable}'
        ) from None


def _require_wsgi(app, name, path):
    """Refuses what is certainly no WSGI application, before a request finds out."""
    if not callable(app):
        raise NoApplication(f'{name} is no application: it cannot be called, being of type {type(app).__name__}')
    if any(map(inspect.iscoroutinefunction, (app, type(app).__call__))):
        raise NoApplication(
            f'{name} is asynchronous, as applications of ASGI are, and a WSGI application is wanted: with Django mysite.wsgi, not'
            ' mysite.asgi; others by an adapter, as a2wsgi.ASGIMiddleware(app)'
        )
    try:
        signature = inspect.signature(app, follow_wrapped=False)
    except (TypeError, ValueError):
        # Of C, say: it may well be one.
        return
    try:
        signature.bind(None, None)
    except TypeError:
        raise NoApplication(
            f'{name} is no application: it is not called with environ and start_response, but as {path.rpartition(":")[2]}{signature}.'
            f' If it makes the application, name it {path}()'
        ) from None


def hint(error):
    """What may help beside a traceback; empty for nothing."""
    if isinstance(error, ModuleNotFoundError):
        return f' (it is not in the packages of {sys.executable}; those of a virtual environment need its own, as ./venv/bin/python)'
    return ''
