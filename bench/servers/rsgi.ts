/** RSGI's own server. */
import { type Exchange, type Handler, rich, serve, utf8 } from 'rsgi';
import { topics, websocket } from 'rsgi/websocket';
import { BLOCK_SIZE, HELLO, octets, WHOLE_LIMIT, wanted } from './content.ts';
import { listening } from './listening.ts';

class Download implements Handler {
	readonly #exchange: Exchange;
	#left: number;
	constructor(exchange: Exchange, length: number) {
		this.#exchange = exchange;
		this.#left = length;
	}
	drain(): void {
		for (;;) {
			const block = octets(Math.min(this.#left, BLOCK_SIZE));
			this.#left -= block.length;
			if (this.#left === 0) {
				this.#exchange.end(block);
				return;
			}
			if (!this.#exchange.write(block)) return;
		}
	}
}

class Upload implements Handler {
	readonly #exchange: Exchange;
	#octets = 0;
	constructor(exchange: Exchange) {
		this.#exchange = exchange;
	}
	data(chunk: Uint8Array): void {
		this.#octets += chunk.length;
	}
	end(): void {
		this.#exchange.respond(200, ['content-type', 'text/plain']);
		this.#exchange.end(utf8(String(this.#octets)));
	}
}

class Echo implements Handler {
	readonly #exchange: Exchange;
	constructor(exchange: Exchange) {
		this.#exchange = exchange;
		exchange.respond(200, ['content-type', 'application/octet-stream']);
	}
	data(chunk: Uint8Array): void {
		if (!this.#exchange.write(chunk)) this.#exchange.pause();
	}
	drain(): void {
		this.#exchange.resume();
	}
	end(): void {
		this.#exchange.end();
	}
}

function hello(exchange: Exchange): void {
	exchange.respond(200, ['content-type', 'text/plain']);
	exchange.end(HELLO);
}

const all = topics();
const sockets = websocket(
	{
		open(socket) {
			if (socket.exchange.target === '/broadcast') socket.subscribe('all');
		},
		message(socket, message) {
			if (socket.exchange.target === '/broadcast') all.publish('all', message);
			else socket.send(message);
		},
	},
	{ topics: all },
);

const app = rich((exchange) => {
	const { target } = exchange;
	if (target === '/hello') return hello(exchange);
	if (target.startsWith('/bytes/')) {
		const length = wanted(target);
		exchange.respond(200, ['content-type', 'application/octet-stream', 'content-length', String(length)]);
		if (length <= WHOLE_LIMIT) return exchange.end(octets(length));
		const download = new Download(exchange, length);
		download.drain();
		return download;
	}
	if (target === '/upload') return new Upload(exchange);
	if (target === '/echo' && exchange.protocol === null) return new Echo(exchange);
	if (target === '/push') {
		exchange.push?.({ target: '/pushed' }, rich(hello));
		return hello(exchange);
	}
	if (target === '/hold') {
		exchange.respond(200, ['content-type', 'text/plain']);
		return exchange.write(HELLO) ? {} : undefined;
	}
	if (exchange.protocol !== null) return sockets(exchange);
	exchange.respond(404, []);
	exchange.end();
}, sockets);

await serve(app, { port: listening.port, host: listening.host, ...(listening.tls ? { tls: listening.tls } : {}) });
