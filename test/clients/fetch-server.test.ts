/** Fetch Server API applications, to clients of others: node:http2, undici and curl. */
import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import type { Duplex } from 'node:stream';
import { type RichApp, rich, utf8 } from 'rsgi';
import { fetchServerToRich, richToFetchServer } from 'rsgi/adapters';
import { FALL_THROUGH, fetchServer, protocolError, withTrailers } from 'rsgi/fetch-server';
import { Client } from 'undici';
import { describe, expect, onTestFinished, test } from 'vitest';
import { capsuleBytes } from '../../src/wire/capsule.ts';
import { succeed } from '../support/command.ts';
import { type Served, served, servedTls } from '../support/served.ts';

const QUIET = ['--silent', '--show-error', '--max-time', '20'];

/** What all clients ask. */
const app = fetchServer(
	{
		async fetch(ctx) {
			const { pathname } = new URL(ctx.request.url);
			switch (pathname) {
				case '/hints':
					ctx.sendInformational(103, { link: '</a.css>' });
					return new Response('hinted');
				case '/facts':
					return Response.json({
						alpn: ctx.alpnProtocol,
						encrypted: ctx.encrypted,
						serverName: ctx.serverName,
						family: ctx.remoteAddress.family,
						urgency: ctx.clientPriority.urgency,
					});
				case '/trailers': {
					const { request } = ctx;
					const text = await request.text();
					const sent = (await request.trailers).get('x-sum');
					return withTrailers(new Response(`${text} ${sent}`), { 'x-length': String(text.length) });
				}
				case '/deny':
					ctx.deny();
					return;
				case '/goaway':
					ctx.deny(protocolError('ERR_HTTP_GOAWAY', 'enough'));
					return;
				case '/echo':
					return new Response(ctx.request.body);
				default:
					return new Response(`fetch ${ctx.request.headers.get('upgrade')}`);
			}
		},
		async connect(ctx) {
			if (ctx.connectProtocol === 'decline') return ctx.deny(FALL_THROUGH);
			if (ctx.connectProtocol === 'connect-udp') {
				const { readable, writable } = (await ctx.accept({ headers: { 'capsule-protocol': '?1' } })).datagrams();
				const writer = writable.getWriter();
				ctx.waitUntil(
					(async () => {
						for await (const datagram of readable) await writer.write(datagram);
					})(),
				);
				return;
			}
			if (ctx.connectProtocol !== 'websocket' && ctx.connectProtocol !== 'toy' && ctx.connectProtocol !== null) {
				return new Response('no', { status: 403 });
			}
			const tunnel = await ctx.accept({ headers: { 'x-tunnel': 'yes' } });
			ctx.waitUntil(tunnel.readable.pipeTo(tunnel.writable));
		},
		error: (_ctx, error) => new Response(String(error), { status: 500 }),
	},
	{ protocols: ['websocket', 'connect-udp', 'toy', 'other'] },
);

const FORMS: readonly { name: string; made: RichApp }[] = [
	{ name: 'as it is', made: fetchServerToRich(app) },
	{ name: 'down and up again', made: fetchServerToRich(richToFetchServer(fetchServerToRich(app))) },
];

function session({ url }: Served): ClientHttp2Session {
	const client = connect(url, { rejectUnauthorized: false });
	client.on('error', () => {});
	onTestFinished(() => client.destroy());
	return client;
}

/** The code that a stream ended with. */
function ended(stream: ClientHttp2Stream): Promise<number | undefined> {
	stream.on('error', () => {});
	return new Promise((resolve) => stream.once('close', () => resolve(stream.rstCode)));
}

async function text(stream: AsyncIterable<unknown>): Promise<string> {
	let all = '';
	for await (const chunk of stream) all += String(chunk);
	return all;
}

describe.each(FORMS)('FSA-70: HTTP/2, by node:http2, $name', ({ made }) => {
	test('103 before the response, and 100 (Continue) by the first read', async () => {
		const client = session(await served(made));
		const stream = client.request({ ':path': '/hints' });
		const [early] = (await once(stream, 'headers')) as [{ link?: string; ':status'?: number }];
		expect([early[':status'], early.link]).toEqual([103, '</a.css>']);
		expect(await text(stream)).toBe('hinted');
		const upload = client.request({ ':path': '/echo', ':method': 'POST', expect: '100-continue' });
		await once(upload, 'continue');
		upload.end('content');
		expect(await text(upload)).toBe('content');
	});

	test('trailer fields both ways', async () => {
		const client = session(await served(made));
		const stream = client.request({ ':path': '/trailers', ':method': 'POST' }, { waitForTrailers: true });
		stream.on('wantTrailers', () => stream.sendTrailers({ 'x-sum': 'abc' }));
		const trailers = once(stream, 'trailers') as Promise<[{ 'x-length'?: string }]>;
		stream.end('hello');
		expect(await text(stream)).toBe('hello abc');
		expect((await trailers)[0]['x-length']).toBe('5');
	});

	test('facts, and the priority, over TLS', async () => {
		const client = session(await servedTls(made));
		const stream = client.request({ ':path': '/facts', priority: 'u=1' });
		expect(JSON.parse(await text(stream))).toEqual({
			alpn: 'h2',
			encrypted: true,
			// An IP address is no server name (RFC 6066 §3).
			serverName: null,
			family: 'IPv4',
			urgency: 1,
		});
	});

	test('deny is REFUSED_STREAM; with GOAWAY the connection ends too', async () => {
		const client = session(await served(made));
		const stream = client.request({ ':path': '/deny' });
		expect(await ended(stream)).toBe(constants.NGHTTP2_REFUSED_STREAM);
		const goaway = once(client, 'goaway');
		const last = client.request({ ':path': '/goaway' });
		expect(await ended(last)).toBe(constants.NGHTTP2_REFUSED_STREAM);
		expect((await goaway)[0]).toBe(constants.NGHTTP2_NO_ERROR);
	});

	test('extended CONNECT: a tunnel that half-closes, and one that is refused', async () => {
		const client = session(await served(made));
		const [settings] = (await once(client, 'remoteSettings')) as [{ enableConnectProtocol?: boolean }];
		expect(settings.enableConnectProtocol).toBe(true);
		const head = { ':method': 'CONNECT', ':path': '/t', ':scheme': 'http' };
		const stream = client.request({ ...head, ':protocol': 'websocket' }, { endStream: false });
		const [answer] = (await once(stream, 'response')) as [{ ':status': number; 'x-tunnel'?: string }];
		expect([answer[':status'], answer['x-tunnel']]).toEqual([200, 'yes']);
		stream.write('one');
		expect(String((await once(stream, 'data'))[0])).toBe('one');
		stream.end('two');
		expect(await text(stream)).toBe('two');
		expect(stream.rstCode).toBe(0);
		const refused = client.request({ ...head, ':protocol': 'other' }, { endStream: false });
		const [no] = (await once(refused, 'response')) as [{ ':status': number }];
		expect([no[':status'], await text(refused)]).toEqual([403, 'no']);
	});

	test('plain CONNECT', async () => {
		const client = session(await served(made));
		const stream = client.request({ ':method': 'CONNECT', ':authority': 'db:5432' }, { endStream: false });
		const [answer] = (await once(stream, 'response')) as [{ ':status': number }];
		expect(answer[':status']).toBe(200);
		stream.end('bytes');
		expect(await text(stream)).toBe('bytes');
	});

	test('connect-udp: datagrams as capsules', async () => {
		const client = session(await served(made));
		await once(client, 'remoteSettings');
		const stream = client.request(
			{ ':method': 'CONNECT', ':path': '/udp', ':scheme': 'http', ':protocol': 'connect-udp' },
			{ endStream: false },
		);
		const sent = Buffer.from(capsuleBytes(0, utf8('datagram')));
		stream.write(sent);
		expect(Buffer.compare((await once(stream, 'data'))[0] as Buffer, sent)).toBe(0);
		stream.close();
	});

	test('a reset by the client reaches the tunnel', async () => {
		const reasons: unknown[] = [];
		const watched = fetchServer({
			fetch: () => new Response(),
			async connect(ctx) {
				const tunnel = await ctx.accept();
				void tunnel.closed.catch((error: unknown) => reasons.push(error));
			},
		});
		const down = made === FORMS[1]?.made;
		const up = fetchServerToRich(watched);
		const client = session(await served(down ? fetchServerToRich(richToFetchServer(up)) : up));
		await once(client, 'remoteSettings');
		const stream = client.request(
			{ ':method': 'CONNECT', ':path': '/t', ':scheme': 'http', ':protocol': 'websocket' },
			{ endStream: false },
		);
		stream.on('error', () => {});
		await once(stream, 'response');
		stream.close(constants.NGHTTP2_CANCEL);
		await expect.poll(() => reasons).toHaveLength(1);
		expect(reasons[0]).toMatchObject({ code: 'ERR_HTTP_REQUEST_CANCELLED' });
	});
});

describe.each(FORMS)('FSA-71: HTTP/1.1, by undici, $name', ({ made }) => {
	async function client(): Promise<Client> {
		const { url } = await served(made);
		const client = new Client(url);
		onTestFinished(() => client.destroy());
		return client;
	}

	async function talk(socket: Duplex): Promise<string> {
		socket.end('bytes');
		return await text(socket);
	}

	test('Upgrade: a tunnel', async () => {
		const { headers, socket } = await (await client()).upgrade({ path: '/t', protocol: 'toy' });
		expect([headers['x-tunnel'], headers.upgrade]).toEqual(['yes', 'toy']);
		expect(await talk(socket)).toBe('bytes');
	});

	test('Upgrade: refused', async () => {
		const one = await client();
		await expect(one.upgrade({ path: '/t', protocol: 'nobody' })).rejects.toThrow();
	});

	test('CONNECT: a tunnel', async () => {
		const { statusCode, socket } = await (await client()).connect({ path: 'db:5432' });
		expect(statusCode).toBe(200);
		expect(await talk(socket)).toBe('bytes');
	});

	test('trailer fields of the response', async () => {
		const { body, trailers } = await (await client()).request({ path: '/trailers', method: 'POST', body: 'hello' });
		expect(await body.text()).toBe('hello null');
		expect(trailers['x-length']).toBe('5');
	});

	test('deny closes the connection', async () => {
		await expect((await client()).request({ path: '/deny', method: 'GET' })).rejects.toThrow('other side closed');
	});
});

describe.each(FORMS)('FSA-72: curl, $name', ({ made }) => {
	test.each(['--http1.1', '--http2-prior-knowledge'])('%s: hints, an echo, and a fall-through', async (version) => {
		const { url } = await served(made);
		const hinted = await succeed('curl', [...QUIET, version, '--include', `${url}/hints`]);
		expect(hinted).toMatch(/^HTTP\/[\d.]+ 103.*\r\nlink: <\/a\.css>\r\n\r\nHTTP\/[\d.]+ 200/i);
		const posted = await succeed('curl', [...QUIET, version, '--data', 'content', `${url}/echo`]);
		expect(posted).toBe('content');
		if (version !== '--http1.1') return;
		const upgrade = ['--header', 'Connection: Upgrade', '--header', 'Upgrade: decline'];
		expect(await succeed('curl', [...QUIET, version, ...upgrade, url])).toBe('fetch decline');
	});

	test('over TLS, with the name that was asked for', async () => {
		const { port } = await servedTls(made);
		const args = [
			'--insecure',
			'--http2',
			'--resolve',
			`localhost:${port}:127.0.0.1`,
			`https://localhost:${port}/facts`,
		];
		expect(JSON.parse(await succeed('curl', [...QUIET, ...args]))).toMatchObject({
			alpn: 'h2',
			serverName: 'localhost',
		});
	});
});

test('FSA-73: a rich application keeps what it can do under the Fetch Server API', async () => {
	const inner = rich((exchange) => {
		exchange.inform?.(103, ['link', '</x>']);
		exchange.respond(200);
		exchange.end(utf8('rich'), ['x-t', '1']);
	});
	const client = session(await served(fetchServerToRich(richToFetchServer(inner))));
	const stream = client.request({ ':path': '/' });
	const early = once(stream, 'headers') as Promise<[{ link?: string }]>;
	const trailers = once(stream, 'trailers') as Promise<[{ 'x-t'?: string }]>;
	expect(await text(stream)).toBe('rich');
	expect([(await early)[0].link, (await trailers)[0]['x-t']]).toEqual(['</x>', '1']);
});
