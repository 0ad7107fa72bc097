"""A worker does not outlive its server, whatever becomes of that (WSGI-25)."""

import faulthandler
import os
import signal

_PR_SET_PDEATHSIG = 1
# Open as long as the process: where the traceback goes that nobody wants.
_nowhere = open(os.devnull, 'w')


def die_with(parent):
    """On Linux, the kernel kills this process when the server ends, even while it is stuck in code that holds the GIL."""
    try:
        import ctypes

        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    except (ImportError, OSError, AttributeError):
        # Elsewhere the end of the control connection tells, and `leave_within` sees to the rest.
        return
    if os.getppid() != parent:
        os._exit(1)


def leave_within(seconds):
    """Ends this process then at the latest, without the GIL and whatever its threads do."""
    faulthandler.dump_traceback_later(seconds, exit=True, file=_nowhere)
