/**
 * The same application under node:http and on our server, the same client in front: what the client gets, and what the
 * application is told, in which order, is the same. What differs, and is meant to, is in spec/node.md.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { nodeToRich } from 'rsgi/adapters';
import { node } from 'rsgi/node';
import { describe, expect, onTestFinished, test } from 'vitest';
import { served } from '../support/served.ts';

type Listener = (req: IncomingMessage, res: ServerResponse, log: (line: string) => void) => unknown;

/** One application, what the client sends, and when the client goes. */
interface Case {
	readonly name: string;
	readonly app: Listener;
	readonly request: string;
	/** The client breaks the connection off when it has got this. */
	readonly leaves?: RegExp;
	/** When the events of the request come among those of the response is a matter of chance: both are compared apart. */
	readonly apart?: boolean;
	/** The first line of Node that says writableFinished when it is so, and not as soon as the response is ended. */
	readonly from?: number;
}

const GET = 'GET /a?b HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nx-a: 2\r\nConnection: close\r\n\r\n';
const HEAD = GET.replace('GET', 'HEAD');
const POST = 'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello';
const CHUNKED =
	'POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n';

const CASES: readonly Case[] = [
	{ name: 'one end', request: GET, app: (_req, res) => res.end('hello') },
	{ name: 'nothing but a head', request: GET, app: (_req, res) => res.writeHead(404).end() },
	{ name: 'writes and an end', request: GET, app: (_req, res) => [res.write('a'), res.write('b'), res.end('c')] },
	{
		name: 'callbacks',
		request: GET,
		app: (_req, res, log) => {
			res.write('a', () => log('written'));
			res.end('b', () => log('ended'));
		},
	},
	{
		name: 'fields of all kinds',
		request: GET,
		app: (req, res, log) => {
			log(JSON.stringify([req.method, req.url, req.httpVersion, req.rawHeaders, req.headers, req.headersDistinct]));
			res.setHeader('X-B', ['1', '2']);
			res.setHeader('set-cookie', ['a=1', 'b=2']);
			res.appendHeader('x-c', '3');
			log(JSON.stringify([res.getHeaders(), res.getHeaderNames(), res.hasHeader('x-b')]));
			res.writeHead(201, 'Made', { 'X-D': 4 });
			res.end('x');
		},
	},
	{
		name: 'a body that is read',
		request: POST,
		apart: true,
		app: (req, res) => {
			let text = '';
			req.setEncoding('utf8').on('data', (chunk) => {
				text += chunk;
			});
			req.on('end', () => res.end(text.toUpperCase()));
		},
	},
	{ name: 'a body that is piped', request: CHUNKED, apart: true, app: (req, res) => req.pipe(res) },
	{
		name: 'a body by iteration, with trailers',
		request: CHUNKED,
		apart: true,
		app: async (req, res, log) => {
			let text = '';
			for await (const chunk of req) text += chunk;
			log(JSON.stringify([req.complete, req.trailers, req.rawTrailers]));
			res.end(text);
		},
	},
	{ name: 'a body that nobody reads', request: POST, apart: true, app: (_req, res) => res.end('bye') },
	{ name: 'HEAD', request: HEAD, app: (_req, res) => [res.setHeader('content-length', 5), res.end('hello')] },
	{ name: '204 with content', request: GET, app: (_req, res) => res.writeHead(204).end('hello') },
	{ name: '304', request: GET, app: (_req, res) => res.writeHead(304, { etag: '"a"' }).end() },
	{
		name: 'states on the way',
		request: GET,
		from: 24,
		app: (_req, res, log) => {
			const state = (): void =>
				log(JSON.stringify([res.headersSent, res.writableEnded, res.writableFinished, res.finished, res.destroyed]));
			res.on('finish', state).on('close', state);
			state();
			res.writeHead(200);
			state();
			res.end('a');
			state();
		},
	},
	{
		name: 'a write behind the end',
		request: GET,
		app: (_req, res, log) => {
			res.end('a');
			log(String(res.write('b', (error) => log(`written ${(error as NodeJS.ErrnoException).code}`))));
		},
	},
	{
		name: 'an end behind the end',
		request: GET,
		from: 24,
		app: (_req, res, log) => {
			res.end('a');
			res.end(() => log('again'));
			res.on('close', () => res.end((error?: NodeJS.ErrnoException) => log(`after close ${error?.code}`)));
		},
	},
	{
		name: 'early hints',
		request: GET,
		app: (_req, res) => [res.writeEarlyHints({ link: '</a>; rel=preload' }), res.end('a')],
	},
	{
		name: 'trailer fields',
		request: GET,
		app: (_req, res) => {
			res.setHeader('trailer', 'X-Sum');
			res.write('a');
			res.addTrailers({ 'X-Sum': '1' });
			res.end();
		},
	},
	{ name: 'a client that goes away', request: GET, leaves: /first/, app: (_req, res) => res.write('first') },
	{
		name: 'a client that goes away behind its body',
		request: POST,
		leaves: /first/,
		app: (req, res) => req.on('end', () => res.write('first')).resume(),
	},
	{
		name: 'a client that goes away within its body',
		request: POST.slice(0, -2),
		leaves: /first/,
		app: (req, res) => [req.resume(), res.write('first')],
	},
	{ name: 'destroy of the response', request: GET, app: (_req, res) => res.destroy() },
	{
		name: 'destroy of the request',
		request: GET,
		app: (req) => req.destroy(Object.assign(new Error('a'), { code: 'A' })),
	},
	{
		name: 'a wrapped response',
		request: GET,
		app: (_req, res, log) => {
			const { write, end, writeHead } = res;
			res.writeHead = ((...args: [number]) => [log('writeHead'), writeHead.apply(res, args)][1]) as never;
			res.write = ((...args: [string, 'utf8']) => [log('write'), write.apply(res, args)][1]) as never;
			res.end = ((...args: [string, 'utf8']) => [log('end'), end.apply(res, args)][1]) as never;
			res.write('a');
			res.end('b');
		},
	},
];

/** What came of a case: what the client got, and what the application was told. */
async function outcome(
	port: number,
	{ request, leaves }: Case,
	events: string[],
	over: Promise<unknown>,
): Promise<string> {
	const socket = connect(port, '127.0.0.1');
	socket.on('error', () => {});
	socket.write(request);
	let text = '';
	socket.setEncoding('latin1').on('data', (chunk) => {
		text += chunk;
		if (leaves?.test(text)) socket.resetAndDestroy();
	});
	await once(socket, 'close');
	await over;
	expect(events.length).toBeGreaterThan(0);
	return text;
}

/** The application, its events written down, and when it has been told that all is over. */
function watched({ app }: Case): {
	listener: (req: IncomingMessage, res: ServerResponse) => void;
	events: string[];
	over: Promise<unknown>;
} {
	const events: string[] = [];
	let end!: () => void;
	const over = new Promise<void>((resolve) => {
		end = resolve;
	});
	const listener = (req: IncomingMessage, res: ServerResponse): void => {
		for (const event of ['aborted', 'end', 'close', 'error']) {
			req.on(event, (error) => events.push(`req ${event} ${error?.code ?? ''}`));
		}
		for (const event of ['prefinish', 'finish', 'close', 'error', 'drain', 'pipe', 'unpipe']) {
			res.on(event, (error) => events.push(`res ${event} ${error?.code ?? ''}`));
		}
		void Promise.all([once(res, 'close'), once(req, 'close')]).then(() => setImmediate(end), end);
		app(req, res, (line) => events.push(line));
	};
	return { listener, events, over };
}

/** Without what differs by right: the date, what a server says of the connection, and how it frames content whose length it knows. */
function comparable(text: string): string[] {
	const parts = text.split('\r\n\r\n');
	const heads: string[] = [];
	while (/^HTTP\//.test(parts[0] ?? '')) heads.push(parts.shift() as string);
	const content = parts.join('\r\n\r\n');
	const chunked = /^transfer-encoding: chunked$/im.test(heads.at(-1) ?? '');
	const lines = heads.map((head) =>
		head.replace(/\r\n(?:date|connection|keep-alive|content-length|transfer-encoding):[^\r]*/gi, ''),
	);
	return [...lines, chunked ? content.replace(/[0-9a-f]+\r\n([^\r]*)\r\n/gi, '$1').replace(/^0\r\n/, '') : content];
}

describe('NODE-17, NODE-9, NODE-10: as under node:http', () => {
	const line = Number.parseInt(process.versions.node, 10);
	test.each(CASES.filter(({ from = 0 }) => line >= from))('$name', async (one) => {
		const theirs = watched(one);
		const server = createServer(theirs.listener).listen(0, '127.0.0.1');
		onTestFinished(() => void server.close());
		await once(server, 'listening');
		const expected = await outcome((server.address() as AddressInfo).port, one, theirs.events, theirs.over);
		const ours = watched(one);
		const { port } = await served(nodeToRich(node(ours.listener)));
		const got = await outcome(port, one, ours.events, ours.over);
		expect(comparable(got)).toEqual(comparable(expected));
		if (one.apart !== true) expect(ours.events).toEqual(theirs.events);
		for (const who of ['req', 'res']) {
			const of = (events: string[]): string[] => events.filter((event) => event.startsWith(who));
			expect(of(ours.events)).toEqual(of(theirs.events));
		}
	});
});
