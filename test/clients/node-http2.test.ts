/** node:http2 as a client: full duplex, extended CONNECT, push, resets, pings, graceful stop. */

import { once } from 'node:events';
import {
	type ClientHttp2Session,
	type ClientHttp2Stream,
	connect,
	constants,
	type IncomingHttpHeaders,
} from 'node:http2';
import { type Exchange, type Outcome, rich, utf8 } from 'rsgi';
import { describe, expect, onTestFinished, test } from 'vitest';
import { patterned, routesApp } from '../support/routes-app.ts';
import { served, servedTls } from '../support/served.ts';

function session(url: string, options = {}): ClientHttp2Session {
	const client = connect(url, { rejectUnauthorized: false, ...options });
	client.on('error', () => {});
	onTestFinished(() => client.destroy());
	return client;
}

async function text(stream: ClientHttp2Stream): Promise<string> {
	let all = '';
	for await (const chunk of stream) all += String(chunk);
	return all;
}

describe.each([
	{ name: 'plain', tls: false },
	{ name: 'TLS', tls: true },
])('node:http2, $name', ({ tls }) => {
	async function start(options = {}) {
		const { app, seen } = routesApp();
		const { url, server, log } = tls ? await servedTls(app, options) : await served(app, options);
		return { url, server, log, seen, client: session(url) };
	}

	test('full duplex: each chunk is echoed before the next is sent', async () => {
		const { client } = await start();
		const stream = client.request({ ':path': '/echo', ':method': 'POST' });
		for (const word of ['one', 'two', 'three']) {
			stream.write(word);
			const [chunk] = (await once(stream, 'data')) as [Buffer];
			expect(String(chunk)).toBe(word);
		}
		stream.end();
		await once(stream, 'end');
	});

	test('RICH-34: extended CONNECT is advertised, opens a tunnel, and half-closes', async () => {
		const { client } = await start();
		const [settings] = (await once(client, 'remoteSettings')) as [{ enableConnectProtocol?: boolean }];
		expect(settings.enableConnectProtocol).toBe(true);
		const stream = client.request(
			{ ':method': 'CONNECT', ':protocol': 'echo', ':path': '/upgrade', ':scheme': tls ? 'https' : 'http' },
			{ endStream: false },
		);
		const [head] = (await once(stream, 'response')) as [IncomingHttpHeaders & { ':status': number }];
		expect(head[':status']).toBe(200);
		stream.write('through the tunnel');
		const [chunk] = (await once(stream, 'data')) as [Buffer];
		expect(String(chunk)).toBe('through the tunnel');
		stream.end('and out');
		expect(await text(stream)).toBe('and out');
	});

	test('RICH-34: a protocol that is not declared is answered 501', async () => {
		const { client } = await start();
		await once(client, 'remoteSettings');
		const stream = client.request(
			{ ':method': 'CONNECT', ':protocol': 'unheard-of', ':path': '/', ':scheme': 'https' },
			{ endStream: false },
		);
		const [head] = (await once(stream, 'response')) as [{ ':status': number }];
		expect(head[':status']).toBe(501);
	});

	test('RICH-34: an application that declares none does not advertise it', async () => {
		const app = rich((exchange) => exchange.end());
		const { url } = tls ? await servedTls(app) : await served(app);
		const [settings] = (await once(session(url), 'remoteSettings')) as [{ enableConnectProtocol?: boolean }];
		expect(settings.enableConnectProtocol ?? false).toBe(false);
	});

	test('plain CONNECT is a tunnel', async () => {
		const { client } = await start();
		const stream = client.request({ ':method': 'CONNECT', ':authority': 'example.org:443' }, { endStream: false });
		stream.write('early');
		const [head] = (await once(stream, 'response')) as [{ ':status': number }];
		expect(head[':status']).toBe(200);
		stream.end('late');
		expect(await text(stream)).toBe('earlylate');
	});

	test('pushed streams and their content', async () => {
		const { client } = await start();
		const pushes: Promise<string>[] = [];
		client.on('stream', (pushed, head) => {
			pushes.push(text(pushed).then((content) => `${String(head[':path'])} ${content}`));
		});
		expect(await text(client.request({ ':path': '/push' }))).toBe('pushed two\n');
		expect(await Promise.all(pushes)).toEqual([
			'/pushed/one /* pushed one for /pushed/one */\n',
			'/pushed/two /* pushed two for /pushed/two */\n',
		]);
	});

	test('RICH-37: a promise refused by the client ends in closed', async () => {
		const outcome = Promise.withResolvers<Outcome>();
		const app = rich((exchange) => {
			exchange.push?.(
				{ target: '/pushed' },
				rich((pushed) => {
					pushed.respond(200);
					return { closed: (how) => outcome.resolve(how) };
				}),
			);
			exchange.respond(200);
			exchange.end();
		});
		const { url } = tls ? await servedTls(app) : await served(app);
		const client = session(url);
		client.on('stream', (pushed) => {
			pushed.on('error', () => {});
			pushed.close(constants.NGHTTP2_REFUSED_STREAM);
		});
		await text(client.request({ ':path': '/' }));
		expect(await outcome.promise).toEqual({ reason: 'reset', code: constants.NGHTTP2_REFUSED_STREAM });
	});

	test('RICH-35: a push long after the response began, from outside of the exchange', async () => {
		let held: Exchange | null = null;
		const app = rich((exchange) => {
			held = exchange;
			exchange.respond(200);
			exchange.write(utf8('waiting'));
			return {};
		});
		const { url } = tls ? await servedTls(app) : await served(app);
		const client = session(url);
		const stream = client.request({ ':path': '/subscribe' });
		await once(stream, 'data');
		const pushed = once(client, 'stream') as Promise<[ClientHttp2Stream]>;
		(held as unknown as Exchange).push?.(
			{ target: '/notification/1' },
			rich((exchange) => {
				exchange.respond(200);
				exchange.end(utf8('news'));
			}),
		);
		expect(await text((await pushed)[0])).toBe('news');
	});

	test('RICH-10: a reset by the client is told with its code', async () => {
		const outcome = Promise.withResolvers<Outcome>();
		const app = rich((exchange) => {
			exchange.respond(200);
			exchange.write(utf8('begun'));
			return { closed: (how) => outcome.resolve(how) };
		});
		const { url } = tls ? await servedTls(app) : await served(app);
		const stream = session(url).request({ ':path': '/' });
		stream.on('error', () => {});
		await once(stream, 'data');
		stream.close(constants.NGHTTP2_ENHANCE_YOUR_CALM);
		expect(await outcome.promise).toEqual({ reason: 'reset', code: constants.NGHTTP2_ENHANCE_YOUR_CALM });
	});

	test('RICH-10: a lost connection is told', async () => {
		const outcome = Promise.withResolvers<Outcome>();
		const app = rich((exchange) => {
			exchange.respond(200);
			exchange.write(utf8('begun'));
			return { closed: (how) => outcome.resolve(how) };
		});
		const { url } = tls ? await servedTls(app) : await served(app);
		const client = session(url);
		await once(
			client.request({ ':path': '/' }).on('error', () => {}),
			'data',
		);
		client.destroy();
		expect(await outcome.promise).toEqual({ reason: 'lost', code: 0 });
	});

	test('RICH-38: refuse is REFUSED_STREAM', async () => {
		const app = rich((exchange) => exchange.refuse());
		const { url } = tls ? await servedTls(app) : await served(app);
		const stream = session(url).request({ ':path': '/' });
		const [error] = (await once(stream, 'error')) as [Error];
		expect(stream.rstCode).toBe(constants.NGHTTP2_REFUSED_STREAM);
		expect(error.message).toContain('REFUSED_STREAM');
	});

	test('RICH-38: retire is a GOAWAY; the exchange goes on', async () => {
		const app = rich((exchange) => {
			exchange.retire();
			setTimeout(() => {
				exchange.respond(200);
				exchange.end(utf8('still here'));
			}, 50);
		});
		const { url } = tls ? await servedTls(app) : await served(app);
		const client = session(url);
		const goaway = once(client, 'goaway') as Promise<[number]>;
		expect(await text(client.request({ ':path': '/' }))).toBe('still here');
		expect((await goaway)[0]).toBe(constants.NGHTTP2_NO_ERROR);
		await once(client, 'close');
	});

	test('PING is answered', async () => {
		const { client } = await start();
		await once(client, 'remoteSettings');
		const payload = await new Promise<Buffer>((resolve, reject) => {
			client.ping(Buffer.from('12345678'), (error, _duration, answer) =>
				error === null ? resolve(answer) : reject(error),
			);
		});
		expect(String(payload)).toBe('12345678');
	});

	test('a hundred exchanges at once, half of them slow', async () => {
		const { client } = await start();
		const answers = await Promise.all(
			Array.from({ length: 100 }, (_, at) => text(client.request({ ':path': at % 2 === 0 ? '/hello' : '/async' }))),
		);
		expect(answers.filter((answer) => answer === 'hello, world\n')).toHaveLength(50);
		expect(answers.filter((answer) => answer === 'later\n')).toHaveLength(50);
	});

	test('RICH-25: a paused exchange does not stop its neighbours', async () => {
		const app = rich((exchange) => {
			if (exchange.target === '/paused') {
				exchange.pause();
				return { data() {} };
			}
			exchange.respond(200);
			return { data: (chunk) => void exchange.write(chunk), end: () => exchange.end() };
		});
		const { url } = tls ? await servedTls(app) : await served(app);
		const client = session(url);
		const paused = client.request({ ':path': '/paused', ':method': 'POST' });
		paused.on('error', () => {});
		// More than any window here, less than what node:http2 keeps for a session.
		paused.write(Buffer.alloc(5_000_000));
		const echoed = client.request({ ':path': '/echo', ':method': 'POST' });
		const content = patterned(300_000);
		echoed.end(content);
		const chunks: Buffer[] = [];
		for await (const chunk of echoed) chunks.push(chunk as Buffer);
		expect(Buffer.compare(Buffer.concat(chunks), content)).toBe(0);
	});

	test('RICH-46: a graceful stop lets open exchanges end and takes no new ones', async () => {
		const { client, server, url } = await start();
		expect(await text(client.request({ ':path': '/hello' }))).toBe('hello, world\n');
		const slow = client.request({ ':path': '/echo', ':method': 'POST' });
		slow.write('before');
		await once(slow, 'data');
		const goaway = once(client, 'goaway');
		const closed = server.close();
		await goaway;
		slow.end('after');
		expect(await text(slow)).toBe('after');
		await closed;
		const late = session(url);
		const [error] = (await once(late, 'error')) as [NodeJS.ErrnoException];
		expect(error.code).toBe('ECONNREFUSED');
	});

	test('RICH-46: past its limit a stop closes the rest with shutdown', async () => {
		const outcome = Promise.withResolvers<Outcome>();
		const app = rich((exchange) => {
			exchange.respond(200);
			exchange.write(utf8('for ever'));
			return { closed: (how) => outcome.resolve(how) };
		});
		const options = { timeouts: { stop: 100 } };
		const { url, server } = tls ? await servedTls(app, options) : await served(app, options);
		await once(
			session(url)
				.request({ ':path': '/' })
				.on('error', () => {}),
			'data',
		);
		await server.close();
		expect(await outcome.promise).toEqual({ reason: 'shutdown', code: 0 });
	});
});

describe('TLS facts', () => {
	test('RICH-45: SNI chooses the certificate, and is told', async () => {
		const { makeCertificate } = await import('../support/served.ts');
		const other = await makeCertificate('other.example');
		const { app } = routesApp();
		const { url } = await servedTls(app, {
			tls: { ...(await makeCertificate('localhost')), names: { 'other.example': other } },
		});
		for (const name of ['localhost', 'other.example']) {
			const client = session(url, { servername: name });
			const head = JSON.parse(await text(client.request({ ':path': '/head' }))) as { tls: { serverName: string } };
			expect(head.tls.serverName).toBe(name);
			const socket = client.socket as unknown as { getPeerCertificate(): { subject: { CN: string } } };
			expect(socket.getPeerCertificate().subject.CN).toBe(name);
		}
	});

	test('RICH-45: a client certificate is asked for, verified and told', async () => {
		const { makeCertificate } = await import('../support/served.ts');
		const mine = await makeCertificate('a.client');
		const stranger = await makeCertificate('a.stranger');
		const { app } = routesApp();
		const { url } = await servedTls(app, {
			tls: { ...(await makeCertificate('localhost')), clientAuthorities: mine.cert, clientCertificate: 'required' },
		});
		const head = JSON.parse(await text(session(url, mine).request({ ':path': '/head' }))) as {
			tls: { client: string };
		};
		expect(head.tls.client).toBe('CN=a.client');
		const refused = connect(url, { rejectUnauthorized: false, ...stranger });
		refused.on('error', () => {});
		const answered = refused.request({ ':path': '/head' }).on('error', () => {});
		let answer = false;
		answered.on('response', () => {
			answer = true;
		});
		await once(refused, 'close');
		expect(answer).toBe(false);
	});
});
