"""wsgi.file_wrapper: a file as the body of a response."""

# Files are read in parts of this size where nothing stands between this wrapper and the server.
PART_SIZE = 256 * 1024


class FileWrapper:
    """Iterates the blocks of a file-like object, and closes it."""

    def __init__(self, filelike, blksize=8192):
        self.filelike = filelike
        self.blksize = blksize
        if hasattr(filelike, 'close'):
            self.close = filelike.close

    def __iter__(self):
        return self._blocks(self.blksize)

    def parts(self):
        """The same octets in parts as large as is good for the channel."""
        return self._blocks(max(self.blksize, PART_SIZE))

    def _blocks(self, size):
        read = self.filelike.read
        while True:
            block = read(size)
            if not block:
                return
            yield block
