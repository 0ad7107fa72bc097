import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

const server = createServer((_req, res) => res.end('hello from a server'));
new WebSocketServer({ server }).on('connection', (socket) => {
	socket.on('message', (text) => socket.send(`hello, ${text}`));
});
export default server;
