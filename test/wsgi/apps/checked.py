"""The raw application under wsgiref.validate, and under WebTest's lint where that is installed."""

import warnings
from wsgiref.validate import WSGIWarning, validator

import raw_site

warnings.simplefilter('error', WSGIWarning)
validated = validator(raw_site.app)


def linted():
    from webtest import lint

    warnings.simplefilter('error', lint.WSGIWarning)
    return lint.middleware(raw_site.app)
