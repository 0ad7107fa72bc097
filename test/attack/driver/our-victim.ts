/** Our server with the routes that attacks use: one plain port for everything, one for TLS. */
import { type Exchange, type Handler, rich, serve, utf8 } from 'rsgi';
import { websocket } from 'rsgi/websocket';
import { respondLarge } from '../../support/large-response.ts';
import type { Victim, VictimStart } from './victim-process.ts';

const HELLO = utf8('hello');
const BLOCK = new Uint8Array(16 * 1024);
/** Octets of `/large`. */
export const LARGE: number = 64 * 1024 * 1024;

/** Promises what does not come: a push that is over cannot be reset. */
const pushed = rich(() => ({}));

const echo = websocket(
	{ message: (socket, message) => void socket.send(message) },
	{ compression: true, closing: 1000 },
);

export async function ourVictim({ cert, key, timeouts, handshakeTimeout }: VictimStart): Promise<Victim> {
	let smuggled = 0;
	const routes: Readonly<Record<string, (exchange: Exchange) => Handler | void>> = {
		'/hello': (exchange) => {
			exchange.respond(200);
			exchange.end(HELLO);
		},
		'/sum': (exchange) => {
			let octets = 0;
			return {
				data: (chunk) => {
					octets += chunk.length;
				},
				end: () => {
					exchange.respond(200);
					exchange.end(utf8(String(octets)));
				},
			};
		},
		'/silent': () => ({}),
		'/large': (exchange) => respondLarge(exchange, LARGE, BLOCK),
		'/paused': (exchange) => {
			exchange.pause();
			return { data() {} };
		},
		'/push': (exchange) => {
			for (let count = 0; count < 10; count++) exchange.push?.({ target: `/pushed/${count}` }, pushed);
			exchange.respond(200);
			exchange.end(HELLO);
		},
	};
	const app = rich(
		(exchange) => {
			if (exchange.target.includes('smuggled')) smuggled++;
			if (exchange.protocol === 'websocket') return echo(exchange);
			return (routes[exchange.target] ?? routes['/sum'])?.(exchange);
		},
		{ protocols: ['websocket'] },
	);
	const plain = await serve(app, { timeouts, log: () => {} });
	const tls = await serve(app, { timeouts, handshakeTimeout, tls: { cert, key }, log: () => {} });
	const [port, secure] = [plain, tls].map(({ address }) => (address.family === 'unix' ? 0 : address.port)) as [
		number,
		number,
	];
	return {
		ports: { http1: port, http2: port, websocket: port, tls: secure },
		connections: () => Promise.resolve(plain.connections + tls.connections),
		smuggled: () => smuggled,
	};
}
