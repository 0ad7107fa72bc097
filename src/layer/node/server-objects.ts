/** The objects of Node.js's servers, as types: for adapters, which run where there is no `node:`. */
export type { IncomingMessage, ServerResponse } from 'node:http';
export type { Http2Session, ServerHttp2Stream } from 'node:http2';
export type { Server as NetServer, Socket } from 'node:net';
export type { Duplex, Readable, Writable } from 'node:stream';
export type { TLSSocket } from 'node:tls';
