/** node:http and node:https. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { listening } from './listening.ts';
import { answer } from './node-listener.ts';

const listener = (request: IncomingMessage, response: ServerResponse): void => answer(request, response);
const server = listening.tls ? createSecureServer(listening.tls, listener) : createServer(listener);
server.listen({ port: listening.port, host: listening.host, backlog: 4096 });
