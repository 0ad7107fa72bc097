"""What has gone wrong in the application, as it is told to the server."""

import importlib
import os
import traceback
from typing import Tuple

_HERE = os.path.dirname(os.path.abspath(__file__)) + os.sep
# What is told of one failure, in characters: its message may hold all that a client has sent.
_SUMMARY_MAX = 8 * 1024
_TRACEBACK_MAX = 256 * 1024


def own_frames(trace):
    """A traceback without the frames that lead to the application: those of this package, and of imports."""
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if not (name.startswith(_HERE) or name.startswith('<frozen importlib') or name == importlib.__file__):
            break
        trace = trace.tb_next
    return trace


def failure_words(failure: BaseException) -> Tuple[str, str]:
    """Its last line and its traceback, cut where they are without measure (CHANNEL-22)."""
    kind = type(failure)
    summary = ''.join(traceback.format_exception_only(kind, failure)).strip()
    text = ''.join(traceback.format_exception(kind, failure, own_frames(failure.__traceback__)))
    return _cut(summary, _SUMMARY_MAX), _cut(text, _TRACEBACK_MAX)


def _cut(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    half = most // 2
    return f'{text[:half]} … {len(text) - 2 * half} characters … {text[-half:]}'
