/** The library ws, on node:http. */
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { listening } from './listening.ts';

interface Client {
	readonly readyState: number;
	on(event: 'message', listener: (data: Buffer, isBinary: boolean) => void): void;
	send(data: Buffer, options: { binary: boolean }): void;
}

// It brings no types with it.
const { WebSocketServer } = createRequire(import.meta.url)('ws') as {
	WebSocketServer: new (
		options: object,
	) => {
		readonly clients: ReadonlySet<Client>;
		on(event: 'connection', listener: (client: Client, request: { url?: string }) => void): void;
	};
};

const server = createServer();
const sockets = new WebSocketServer({ server, perMessageDeflate: false });
sockets.on('connection', (client, { url }) => {
	if (url === '/broadcast') {
		client.on('message', (data, binary) => {
			for (const other of sockets.clients) if (other.readyState === 1) other.send(data, { binary });
		});
	} else {
		client.on('message', (data, binary) => client.send(data, { binary }));
	}
});
server.listen({ port: listening.port, host: listening.host, backlog: 4096 });
