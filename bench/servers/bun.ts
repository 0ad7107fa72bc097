/** Bun.serve. */
import { answer } from './fetch-handler.ts';
import { listening } from './listening.ts';

interface BunSocket {
	readonly data: { readonly isBroadcast: boolean };
	send(message: string | Uint8Array): number;
	subscribe(topic: string): void;
}
interface BunServer {
	upgrade(request: Request, options: object): boolean;
	publish(topic: string, message: string | Uint8Array): number;
}
interface Bun {
	serve(options: object): BunServer;
}
const bun = (globalThis as unknown as { Bun: Bun }).Bun;
const server = bun.serve({
	port: listening.port,
	hostname: listening.host,
	maxRequestBodySize: 1_073_741_824,
	...(listening.tls ? { tls: listening.tls } : {}),
	fetch(request: Request) {
		if (!request.headers.has('upgrade')) return answer(request);
		const isBroadcast = request.url.endsWith('/broadcast');
		return server.upgrade(request, { data: { isBroadcast } }) ? undefined : new Response(null, { status: 400 });
	},
	websocket: {
		open(socket: BunSocket) {
			if (socket.data.isBroadcast) socket.subscribe('all');
		},
		message(socket: BunSocket, message: string | Uint8Array) {
			if (socket.data.isBroadcast) server.publish('all', message);
			else socket.send(message);
		},
	},
});
