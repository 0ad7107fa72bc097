# Begins a worker. Any Python can read this file, so that one that is too old can say so (spec/wsgi-channel.md, CHANNEL-4).
import os
import struct
import sys

CONTROL = 3


def main():
    if sys.version_info < (3, 9):
        told = 'Python 3.9 or later is needed, and %s is %s.' % (sys.executable, sys.version.split()[0])
        octets = told.encode('utf-8')
        # A frame FAILED (CHANNEL-1).
        os.write(CONTROL, struct.pack('!IBBI', len(octets), 0x22, 0, 0) + octets)
        return 1
    from rsgi.worker import Worker

    # What the application imports is looked for in its own folder, and not beside this file (WSGI-3).
    sys.path[0] = os.getcwd()
    return Worker(CONTROL).run()


sys.exit(main())
