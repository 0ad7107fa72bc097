/**
 * RPC on the rich layer: gRPC, gRPC-Web and Connect, from a router of `@connectrpc/connect`, which is an optional peer. gRPC ends
 * in trailer fields, which no layer above this one has: mount it beside other applications, or escape to it.
 */
import { brotliCompress, brotliDecompress, gunzip, gzip } from 'node:zlib';
import {
	Code,
	ConnectError,
	type ConnectRouter,
	type ConnectRouterOptions,
	createConnectRouter,
} from '@connectrpc/connect';
import type { Compression, UniversalHandler, UniversalServerResponse } from '@connectrpc/connect/protocol';
import { type RichApp, rich } from '../rich/app.ts';
import { described } from '../rich/described.ts';
import { duplex } from '../rich/duplex.ts';
import type { Exchange } from '../rich/exchange.ts';
import { Misuse } from '../wire/fault.ts';
import { utf8 } from '../wire/utf8.ts';

/** How routes are served: the options of a router, and where they stand. */
export interface ConnectOptions extends Omit<ConnectRouterOptions, 'shutdownSignal'> {
	/** What stands before the path of each procedure, as `/api`; nothing by default. */
	readonly prefix?: string | undefined;
	/** Answers what is no procedure; 404 by default. */
	readonly otherwise?: RichApp | undefined;
}

/**
 * A rich application of Connect routes: all four kinds of streams, in gRPC, gRPC-Web and Connect, with deadlines, and with
 * the signal of a procedure's context aborted when the client cancels. gRPC needs HTTP/2, and is answered 505 on HTTP/1.
 *
 * @param routes registers services, as for every server of Connect
 * @throws Misuse for what is no function, or a prefix that is none (APP-5)
 * @example
 * const app = connect((router) => router.service(ElizaService, { say: (request) => ({ sentence: request.sentence }) }));
 */
export function connect(routes: (router: ConnectRouter) => unknown, options: ConnectOptions = {}): RichApp {
	if (typeof routes !== 'function') {
		throw new Misuse('APP-5', `connect() takes a function (router) => router.service(…), not ${described(routes)}.`);
	}
	const { prefix = '', otherwise = notFound, ...given } = options;
	if (!/^(?:\/[^/?#]+)*$/.test(prefix)) {
		throw new Misuse(
			'APP-5',
			`The prefix is a path without a slash at its end, as '/api', not ${JSON.stringify(prefix)}.`,
		);
	}
	const stopping = new AbortController();
	const router = createConnectRouter({ acceptCompression: [GZIP, BROTLI], ...given, shutdownSignal: stopping.signal });
	routes(router);
	const handlers = new Map(router.handlers.map((handler) => [prefix + handler.requestPath, handler]));
	return rich(
		(exchange) => {
			const query = exchange.target.indexOf('?');
			const handler = handlers.get(query < 0 ? exchange.target : exchange.target.slice(0, query));
			return handler === undefined ? otherwise(exchange) : run(handler, exchange);
		},
		{
			start: otherwise.start,
			stop: async () => {
				stopping.abort(new ConnectError('the server stops', Code.Unavailable));
				await otherwise.stop?.();
			},
			protocols: otherwise.protocols,
		},
	);
}

/** Answers 404. */
const notFound: RichApp = rich((exchange) => {
	exchange.respond(404, ['content-type', 'text/plain; charset=utf-8']);
	exchange.end(utf8('Not Found\n'));
});

async function run(handler: UniversalHandler, exchange: Exchange): Promise<void> {
	if (exchange.unread !== 'whole') {
		throw new Misuse(
			'APP-5',
			'Some of the content of this call was read before connect() was given it: leave out the middleware that parses bodies on this route, as express.json().',
		);
	}
	const type = exchange.fields.first('content-type') ?? '';
	if (exchange.httpVersion !== '2' && /^application\/grpc(?!-web)/i.test(type)) {
		exchange.respond(505, ['content-type', 'text/plain; charset=utf-8']);
		exchange.end(utf8('HTTP Version Not Supported: gRPC needs HTTP/2; gRPC-Web and Connect do not\n'));
		return;
	}
	const { content, write, end, closed } = duplex(exchange);
	const ended = new AbortController();
	void closed.then(({ reason }) => {
		if (reason !== 'complete') ended.abort(new ConnectError(`the exchange ended: ${reason}`, Code.Canceled));
	});
	const response = await handler({
		httpVersion: exchange.httpVersion === '2' ? '2.0' : exchange.httpVersion,
		url: urlOf(exchange),
		method: exchange.method,
		header: headersOf(exchange),
		body: content,
		signal: ended.signal,
	});
	exchange.respond(response.status, linesOf(response.header));
	for await (const chunk of bodyOf(response)) await write(chunk);
	end(null, exchange.trailers ? linesOf(response.trailer) : []);
}

async function* bodyOf({ body }: UniversalServerResponse): AsyncIterable<Uint8Array> {
	if (body !== undefined) yield* body;
}

function urlOf({ scheme, authority, target }: Exchange): string {
	return `${scheme === '' ? 'http' : scheme}://${authority === '' ? 'localhost' : authority}${target}`;
}

function headersOf({ fields }: Exchange): Headers {
	const headers = new Headers();
	for (const [name, value] of fields) headers.append(name, value);
	return headers;
}

function linesOf(headers: Headers | undefined): string[] {
	const lines: string[] = [];
	headers?.forEach((value, name) => void lines.push(name, value));
	return lines;
}

const GZIP: Compression = {
	name: 'gzip',
	compress: (bytes) => coded((done) => gzip(bytes, done)),
	decompress: (bytes, limit) => decoded(bytes, limit, (options, done) => gunzip(bytes, options, done)),
};

const BROTLI: Compression = {
	name: 'br',
	compress: (bytes) => coded((done) => brotliCompress(bytes, done)),
	decompress: (bytes, limit) => decoded(bytes, limit, (options, done) => brotliDecompress(bytes, options, done)),
};

type Done = (error: Error | null, result: Uint8Array<ArrayBuffer>) => void;

function coded(act: (done: Done) => void): Promise<Uint8Array<ArrayBuffer>> {
	return new Promise((resolve, reject) => {
		act((error, result) => (error === null ? resolve(result) : reject(error)));
	});
}

/** Bounded: what a client has compressed may be a bomb. */
async function decoded(
	bytes: Uint8Array,
	limit: number,
	act: (options: { maxOutputLength: number }, done: Done) => void,
): Promise<Uint8Array<ArrayBuffer>> {
	if (bytes.length === 0) return new Uint8Array(0);
	try {
		return await coded((done) => act({ maxOutputLength: Math.min(limit, 2 ** 31 - 1) }, done));
	} catch (error) {
		const tooLong = (error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE';
		throw tooLong
			? new ConnectError(`a message is longer than ${limit} octets when decompressed`, Code.ResourceExhausted)
			: new ConnectError('a message could not be decompressed', Code.InvalidArgument, undefined, undefined, error);
	}
}
