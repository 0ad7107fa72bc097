/** The application of the contract suite: a route for each thing that a host may or may not be able to do. Runs on every host. */
import { type Exchange, Fields, type Handler, type Outcome, type RichApp, rich, utf8 } from 'rsgi';

type Route = (exchange: Exchange, query: URLSearchParams) => Handler | undefined | void | Promise<void>;

const TEXT = ['content-type', 'text/plain'];

/** What has become of exchanges, by the id that the client gave them. */
interface Note {
	outcome: Outcome | null;
	bytes: number;
	done: boolean;
	exchange: Exchange | null;
}
const notes = new Map<string, Note>();

function note(query: URLSearchParams): Note {
	const id = query.get('id') ?? '';
	let found = notes.get(id);
	if (found === undefined) {
		found = { outcome: null, bytes: 0, done: false, exchange: null };
		notes.set(id, found);
	}
	return found;
}

/** Bytes that any part of can be checked: byte at i is i * 7 + (i >> 8), which repeats every 64 KiB. */
export function pattern(length: number, from: number = 0): Uint8Array {
	const bytes = new Uint8Array(length);
	for (let i = 0; i < length; i++) bytes[i] = (i + from) * 7 + ((i + from) >> 8);
	return bytes;
}

const CHUNK = 16 * 1024;
const PATTERN = pattern(65536 + CHUNK);

/** Writes that many bytes of the pattern as the client takes them. */
function produce(exchange: Exchange, length: number, wrote: (bytes: number) => void, end: () => void): () => void {
	let at = 0;
	return () => {
		while (at < length) {
			const size = Math.min(CHUNK, length - at);
			const chunk = PATTERN.subarray(at % 65536, (at % 65536) + size);
			at += size;
			wrote(size);
			if (!exchange.write(chunk) && at < length) return;
		}
		end();
	};
}

function text(exchange: Exchange, content: string, status: number = 200): void {
	exchange.respond(status, TEXT);
	exchange.end(utf8(content));
}

function tunnel(exchange: Exchange): void {
	if (exchange.accept === null || exchange.target.includes('refuse')) {
		const refused = exchange.accept !== null;
		text(exchange, refused ? 'refused\n' : 'no tunnel here\n', refused ? 403 : 501);
		return;
	}
	const echo = exchange.accept(['x-tunnel', 'open'], {
		data(chunk) {
			if (!echo.write(chunk)) echo.pause();
		},
		drain: () => echo.resume(),
		end: () => echo.end(utf8('bye')),
	});
}

const ROUTES: Readonly<Record<string, Route>> = {
	'/hello': (exchange) => text(exchange, 'hello, world\n'),

	'/head': (exchange) => {
		const { method, scheme, authority, target, httpVersion, protocol, fields, priority, connection } = exchange;
		const { peer, tls } = connection;
		exchange.respond(200, ['content-type', 'application/json']);
		exchange.end(
			utf8(
				JSON.stringify({
					...{ method, scheme, authority, target, httpVersion, protocol, priority },
					fields: fields.lines,
					sensitive: fields.sensitive,
					peer: peer?.family === 'unix' ? 'unix' : (peer?.address ?? null),
					tls: tls === null ? null : { version: tls.version, alpn: tls.alpn },
				}),
			),
		);
	},

	'/lines': (exchange) => {
		exchange.respond(200, ['X-One', '1', 'X-Two', '2', 'X-One', '3', ...TEXT]);
		exchange.end(utf8('lines\n'));
	},
	'/cookies': (exchange) => {
		exchange.respond(200, ['set-cookie', 'a=1', 'set-cookie', 'b=2; Path=/']);
		exchange.end();
	},
	'/reason': (exchange) => {
		exchange.respond(200, TEXT, 'Very Fine');
		exchange.end();
	},
	'/sensitive': (exchange) => {
		exchange.respond(200, Fields.of('x-secret', 'hush', 'x-plain', 'loud').markSensitive('x-secret'));
		exchange.end();
	},
	'/latin1': (exchange) => {
		exchange.respond(200, ['x-name', 'caf\xe9']);
		exchange.end();
	},
	'/status': (exchange, query) => {
		exchange.respond(Number(query.get('is')), ['x-kept', 'yes']);
		exchange.end();
	},
	'/later': async (exchange) => {
		await new Promise((resolve) => setTimeout(resolve, 5));
		text(exchange, 'later\n');
	},

	'/echo': (exchange) => {
		exchange.respond(200, ['content-type', 'application/octet-stream']);
		return {
			data(chunk) {
				if (!exchange.write(chunk)) exchange.pause();
			},
			drain: () => exchange.resume(),
			end: () => exchange.end(),
		};
	},

	/** How many bytes came, whether they are those of the pattern, and the trailer fields. */
	'/count': (exchange) => {
		let at = 0;
		let good = true;
		return {
			data(chunk) {
				for (let i = 0; i < chunk.length; i++) good &&= chunk[i] === PATTERN[(at + i) % 65536];
				at += chunk.length;
			},
			end(trailers) {
				text(exchange, JSON.stringify({ bytes: at, good, trailers: trailers.lines }));
			},
		};
	},

	'/large': (exchange, query) => {
		const length = Number(query.get('bytes'));
		exchange.respond(200, query.has('measured') ? ['content-length', String(length)] : []);
		const pump = produce(
			exchange,
			length,
			() => {},
			() => exchange.end(),
		);
		pump();
		return { drain: pump };
	},

	/** As much as the client takes, of far more than it will. */
	'/flood': (exchange, query) => {
		const kept = note(query);
		exchange.respond(200);
		const pump = produce(
			exchange,
			96 * 1024 * 1024,
			(bytes) => {
				kept.bytes += bytes;
			},
			() => {
				kept.done = true;
				exchange.end();
			},
		);
		pump();
		return {
			drain: pump,
			closed(outcome) {
				kept.outcome = outcome;
			},
		};
	},

	/** Takes nothing until it is told to. */
	'/paused': (exchange, query) => {
		const kept = note(query);
		kept.exchange = exchange;
		exchange.pause();
		return {
			data(chunk) {
				kept.bytes += chunk.length;
			},
			end: () => text(exchange, String(kept.bytes)),
			closed(outcome) {
				kept.outcome = outcome;
			},
		};
	},
	'/resume': (exchange, query) => {
		note(query).exchange?.resume();
		text(exchange, 'resumed\n');
	},

	/** Begins a response and goes on for ever. */
	'/hang': (exchange, query) => {
		const kept = note(query);
		exchange.respond(200, TEXT);
		exchange.write(utf8('begun'));
		return {
			closed(outcome) {
				kept.outcome = outcome;
			},
		};
	},
	'/noted': (exchange, query) => {
		const kept = note(query);
		text(exchange, 'noted\n');
		return {
			closed(outcome) {
				kept.outcome = outcome;
			},
		};
	},
	'/note': (exchange, query) => {
		const { outcome, bytes, done } = note(query);
		text(exchange, JSON.stringify({ outcome, bytes, done }));
	},

	'/early': (exchange) => {
		exchange.inform?.(103, ['link', '</style.css>; rel=preload', 'x-order', '1', 'x-order', '2']);
		exchange.inform?.(102);
		text(exchange, 'after two\n');
	},
	'/trailers': (exchange) => {
		exchange.respond(200, [...TEXT, 'trailer', 'x-sum']);
		exchange.write(utf8('content, '));
		exchange.end(utf8('then trailers\n'), exchange.trailers ? ['x-sum', 'abc', 'x-sum', 'def'] : []);
	},
	'/push': (exchange) => {
		exchange.push?.(
			{ target: '/pushed', fields: ['accept', 'text/css'] },
			rich((pushed) => {
				pushed.respond(200, ['content-type', 'text/css']);
				pushed.end(utf8(`/* ${pushed.target} */`));
			}),
		);
		text(exchange, 'pushing\n');
	},
	'/unwanted': (exchange) => {
		exchange.discard();
		text(exchange, 'too large\n', 413);
	},

	'/throw': () => {
		throw new Error('thrown on purpose');
	},
	'/reject': () => Promise.reject(new Error('rejected on purpose')),
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
	'/short': (exchange) => {
		exchange.respond(200, ['content-length', '1000']);
		exchange.end(utf8('begun'));
	},
	'/refuse': (exchange) => exchange.refuse(),
	'/retire': (exchange) => {
		exchange.retire();
		text(exchange, 'the last\n');
	},
	'/split': (exchange) => {
		try {
			exchange.respond(200, ['x-split', 'a\r\nx-evil: 1']);
		} catch (error) {
			text(exchange, String(error));
		}
	},
	'/tunnel': tunnel,
	'/tunnel-refuse': tunnel,
};

/** The application. */
export const fixture: RichApp = rich(
	(exchange) => {
		// What is shown as GET is a CONNECT all the same, and has a path where it is an extended one.
		const url = exchange.target.startsWith('/') ? exchange.target : exchange.target.replace(/^[a-z]+:\/\/[^/]*/, '');
		const [path = '', query = ''] = url.split('?', 2);
		if (exchange.method === 'CONNECT' && exchange.protocol === null) return tunnel(exchange);
		const route = ROUTES[path];
		if (route === undefined) return text(exchange, `no route ${path}\n`, 404);
		return route(exchange, new URLSearchParams(query));
	},
	{ protocols: ['echo'] },
);
