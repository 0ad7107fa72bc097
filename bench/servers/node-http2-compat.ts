/** node:http2 by its compatibility API. */
import { createSecureServer, createServer } from 'node:http2';
import { listening } from './listening.ts';
import { answer } from './node-listener.ts';

const server = listening.tls ? createSecureServer(listening.tls, answer) : createServer(answer);
server.listen({ port: listening.port, host: listening.host, backlog: 4096 });
