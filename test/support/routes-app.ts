/** An application with a route for each rich feature, for tests with real clients. */
import { createHash } from 'node:crypto';
import { duplex, type Exchange, Fields, type Handler, type RichApp, rich, utf8 } from 'rsgi';

type Route = (exchange: Exchange, query: URLSearchParams) => Handler | void | Promise<void>;

const TEXT = ['content-type', 'text/plain'];

/** What `data` was told, for tests that look behind the scenes. */
export interface Seen {
	readonly outcomes: string[];
	readonly urgencies: number[];
}

/** A fresh application, with what it saw. */
export function routesApp(): { app: RichApp; seen: Seen } {
	const seen: Seen = { outcomes: [], urgencies: [] };
	const app = rich(
		(exchange) => {
			const [path, query] = split(exchange.target);
			const route = ROUTES[path] ?? (exchange.method === 'CONNECT' ? tunnel : missing);
			seen.urgencies.push(exchange.priority.urgency);
			const handled = route(exchange, query);
			if (handled instanceof Promise) return handled;
			const handler: Handler = handled ?? {};
			const inner = handler.closed;
			handler.closed = (outcome) => {
				seen.outcomes.push(`${path} ${outcome.reason}`);
				inner?.call(handler, outcome);
			};
			return handler;
		},
		{ protocols: ['echo', 'websocket'] },
	);
	return { app, seen };
}

/** Bytes that any part of can be checked: byte at i is i * 7 + (i >> 8). */
export function patterned(length: number, from = 0): Uint8Array {
	const bytes = new Uint8Array(length);
	for (let i = 0; i < length; i++) bytes[i] = (i + from) * 7 + ((i + from) >> 8);
	return bytes;
}

/** The pattern repeats every 64 KiB, so any chunk of it is a view of this: no garbage in tests that measure memory. */
const PATTERN = patterned(65536 + 16384);

function split(target: string): [path: string, query: URLSearchParams] {
	const url = new URL(target, 'http://localhost');
	return [url.pathname, url.searchParams];
}

const missing: Route = (exchange) => {
	exchange.respond(404, TEXT);
	exchange.end(utf8('no such route\n'));
};

const tunnel: Route = (exchange) => {
	if (exchange.accept === null) {
		exchange.respond(426, [...TEXT, 'upgrade', 'echo']);
		exchange.end(utf8('offer a protocol\n'));
		return;
	}
	const echo = exchange.accept([], {
		data: (chunk) => {
			if (!echo.write(chunk)) echo.pause();
		},
		drain: () => echo.resume(),
		end: () => echo.end(),
	});
};

const ROUTES: Readonly<Record<string, Route>> = {
	'/hello': (exchange) => {
		exchange.respond(200, TEXT);
		exchange.end(utf8('hello, world\n'));
	},

	'/async': async (exchange) => {
		await new Promise((resolve) => setTimeout(resolve, 5));
		exchange.respond(200, TEXT);
		exchange.end(utf8('later\n'));
	},

	'/echo': async (exchange) => {
		const { content, write, end } = duplex(exchange);
		exchange.respond(200, ['content-type', 'application/octet-stream']);
		for await (const chunk of content) await write(chunk);
		end();
	},

	'/sum': (exchange) => {
		const hash = createHash('sha256');
		let bytes = 0;
		return {
			data(chunk) {
				hash.update(chunk);
				bytes += chunk.length;
			},
			end(trailers) {
				exchange.respond(200, [...TEXT, 'x-trailer-seen', trailers.first('x-sum') ?? 'none']);
				exchange.end(utf8(`${bytes} ${hash.digest('hex')}\n`));
			},
		};
	},

	'/head': (exchange) => {
		exchange.respond(200, ['content-type', 'application/json']);
		const { method, scheme, authority, target, httpVersion, connection } = exchange;
		const { peer, local, tls } = connection;
		const facts =
			tls === null
				? null
				: {
						version: tls.version,
						alpn: tls.alpn,
						serverName: tls.serverName,
						client: tls.clientCertificate?.subject ?? null,
					};
		exchange.end(
			utf8(
				JSON.stringify({
					method,
					scheme,
					authority,
					target,
					httpVersion,
					fields: exchange.fields.lines,
					peer,
					local,
					tls: facts,
				}),
			),
		);
	},

	'/large': (exchange, query) => {
		let left = Number(query.get('bytes'));
		const length = query.has('chunked') ? [] : ['content-length', String(left)];
		exchange.respond(200, ['content-type', 'application/octet-stream', ...length]);
		let at = 0;
		const pump = (): void => {
			while (left > 0) {
				const chunk = PATTERN.subarray(at % 65536, (at % 65536) + Math.min(left, 16384));
				left -= chunk.length;
				at += chunk.length;
				if (!exchange.write(chunk) && left > 0) return;
			}
			exchange.end();
		};
		pump();
		return { drain: pump };
	},

	'/early': (exchange) => {
		exchange.inform?.(103, ['link', '</style.css>; rel=preload; as=style']);
		exchange.inform?.(103, ['link', '</script.js>; rel=preload; as=script']);
		setTimeout(() => {
			exchange.respond(200, TEXT);
			exchange.end(utf8('after two hints\n'));
		}, 5);
	},

	'/trailers': (exchange) => {
		exchange.respond(200, TEXT);
		exchange.write(utf8('content, '));
		exchange.end(utf8('then trailers\n'), exchange.trailers ? ['x-sum', 'abc', 'x-sum', 'def'] : []);
	},

	'/push': (exchange) => {
		for (const name of ['one', 'two']) {
			exchange.push?.(
				{ target: `/pushed/${name}`, fields: ['accept', 'text/css'] },
				rich((pushed) => {
					pushed.respond(200, ['content-type', 'text/css']);
					pushed.end(utf8(`/* pushed ${name} for ${pushed.target} */\n`));
				}),
			);
		}
		exchange.respond(200, TEXT);
		exchange.end(utf8(exchange.push === null ? 'no push here\n' : 'pushed two\n'));
	},

	'/refuse-content': (exchange) => {
		exchange.respond(413, TEXT);
		exchange.end(utf8('too large\n'));
	},

	'/throw': () => {
		throw new Error('thrown on purpose');
	},

	'/throw-late': async (exchange) => {
		exchange.respond(200, TEXT);
		exchange.write(utf8('begun'));
		await new Promise((resolve) => setTimeout(resolve, 5));
		throw new Error('thrown on purpose, late');
	},

	'/abort': (exchange) => {
		exchange.respond(200, ['content-length', '1000']);
		exchange.write(utf8('begun'));
		setTimeout(() => exchange.abort(), 5);
	},

	'/none': (exchange) => {
		exchange.respond(204);
		exchange.end();
	},

	'/dup': (exchange) => {
		const fields = Fields.of('Set-Cookie', 'a=1', 'X-Order', '1', 'Set-Cookie', 'b=2', 'X-Order', '2').markSensitive(
			'set-cookie',
		);
		exchange.respond(200, fields, 'Very Fine');
		exchange.end();
	},

	'/silent': () => {},

	'/upgrade': tunnel,
};
