"""The Python side of RSGI: a worker that runs one WSGI application for the server (spec/wsgi-channel.md)."""
