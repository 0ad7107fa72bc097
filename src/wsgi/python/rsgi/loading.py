"""Finds the application: `module:callable`, or `module:factory()`."""

import importlib
import os

_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep


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
    found = importlib.import_module(module_name)
    for attribute in path.split('.'):
        try:
            found = getattr(found, attribute)
        except AttributeError:
            names = [each for each, value in vars(found).items() if callable(value) and not each.startswith('_')]
            near = f'; it has {", ".join(names[:8])}' if 0 < len(names) <= 8 else ''
            raise NoApplication(f'{module_name} has no {path}{near}') from None
    if is_factory:
        found = found()
    if not callable(found):
        raise NoApplication(f'{name} is no application: it cannot be called, being of type {type(found).__name__}')
    return found


def own_frames(trace):
    """A traceback without the frames that lead to the application: those of this package, and of imports."""
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if not (name.startswith(_HERE) or name.startswith('<frozen importlib') or name == importlib.__file__):
            break
        trace = trace.tb_next
    return trace
