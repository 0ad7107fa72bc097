/** spec/node.md §2: the request. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { utf8 } from 'rsgi';
import { describe, expect, test } from 'vitest';
import { askedNode, openNode, turns } from '../support/node-request.ts';

const H1 = { httpVersion: '1.1' } as const;
const POST = { method: 'POST', hasContent: true, fields: ['content-length', '10'] };

/** As Express does. */
function replacePrototypes(req: IncomingMessage, res: ServerResponse): void {
	Object.setPrototypeOf(req, Object.create(IncomingMessage.prototype));
	Object.setPrototypeOf(res, Object.create(ServerResponse.prototype));
}

test('NODE-4: instances of what Node has, also under other prototypes', async () => {
	for (const replaced of [false, true]) {
		const asked = askedNode((req, res) => {
			if (replaced) replacePrototypes(req, res);
			expect(req).toBeInstanceOf(IncomingMessage);
			expect(res).toBeInstanceOf(ServerResponse);
			expect(res.req).toBe(req);
			res.setHeader('X-A', ['1', '2']);
			res.writeEarlyHints({ link: '</a>; rel=preload' });
			req.on('data', (chunk) => res.write(chunk));
			req.on('end', () => res.end('!'));
		}, POST);
		await turns();
		asked.client.send(utf8('hello'));
		asked.client.send(utf8('world'));
		asked.client.end();
		await turns();
		expect(asked.text).toBe('helloworld!');
		expect(asked.log).toContain('inform 103 Link: </a>; rel=preload');
		expect(asked.fields.all('x-a')).toEqual(['1', '2']);
		expect([asked.faults, asked.log.at(-1)]).toEqual([[], 'end']);
	}
});

test('NODE-32: whoever subscribes to the channels of Node is told', async () => {
	const told: string[] = [];
	const names = ['request.start', 'response.created', 'response.finish'];
	const listeners = names.map((name) => {
		const heard = (message: unknown): void => {
			const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
			told.push(`${name} ${request.url} ${response.statusCode}`);
		};
		subscribe(`http.server.${name}`, heard);
		return heard;
	});
	const { res } = await openNode({ target: '/a' });
	res.statusCode = 201;
	res.end();
	await turns();
	for (const [at, name] of names.entries()) unsubscribe(`http.server.${name}`, listeners[at] as () => void);
	expect(told.at(0)).toMatch(/^response.created/);
	expect(told.slice(1)).toEqual(['request.start /a 200', 'response.finish /a 201']);
});

describe('NODE-5', () => {
	test('on HTTP/1 everything is as it came', async () => {
		const fields = ['Host', 'a', 'X-A', '1', 'x-a', '2', 'Cookie', 'a=1', 'cookie', 'b=2', 'Age', '1', 'Age', '2'];
		const { req } = await openNode({ method: 'PATCH', target: '/a/../b?%zz', httpVersion: '1.1', fields });
		expect([req.method, req.url, req.httpVersion, req.httpVersionMajor, req.httpVersionMinor]).toEqual([
			...['PATCH', '/a/../b?%zz', '1.1'],
			...[1, 1],
		]);
		expect(req.rawHeaders).toEqual(fields);
		expect({ ...req.headers }).toEqual({ host: 'a', 'x-a': '1, 2', cookie: 'a=1; b=2', age: '1' });
		expect({ ...req.headersDistinct }).toEqual({
			...{ host: ['a'], 'x-a': ['1', '2'] },
			...{ cookie: ['a=1', 'b=2'], age: ['1', '2'] },
		});
		const old = await openNode({ httpVersion: '1.0' });
		expect([old.req.httpVersion, old.req.httpVersionMajor, old.req.httpVersionMinor]).toEqual(['1.0', 1, 0]);
	});

	test('what an application does to rawHeaders is its own', async () => {
		const fields = ['x-a', '1'];
		const { req } = await openNode({ httpVersion: '1.1', fields });
		req.rawHeaders.push('x-b', '2');
		expect(fields).toEqual(['x-a', '1']);
	});

	test('on HTTP/2 Host is the authority', async () => {
		const { req } = await openNode({ authority: 'example.org', fields: ['x-a', '1', 'host', 'other'] });
		expect([req.httpVersion, req.httpVersionMajor, req.httpVersionMinor]).toEqual(['2.0', 2, 0]);
		expect(req.rawHeaders).toEqual(['host', 'example.org', 'x-a', '1']);
		const bare = await openNode({ authority: '', fields: ['host', 'other'] });
		expect(bare.req.headers.host).toBe('other');
	});
});

describe('NODE-6: CONNECT', () => {
	const connect = { method: 'CONNECT', protocol: 'websocket', target: '/chat', fields: ['x-a', '1'] };

	test('an extended one is a GET with Upgrade', async () => {
		const { req } = await openNode(connect);
		expect([req.method, req.url, req.headers.connection, req.headers.upgrade]).toEqual([
			...['GET', '/chat', 'Upgrade', 'websocket'],
		]);
		expect(req.headers['sec-websocket-key']).toMatch(/^[+/0-9A-Za-z]{22}==$/);
		const other = await openNode({ ...connect, protocol: 'toy' });
		expect([other.req.headers.upgrade, other.req.headers['sec-websocket-key']]).toEqual(['toy', undefined]);
	});

	test('2xx to it is sent as 501, another status as it is', async () => {
		const asked = askedNode((_req, res) => res.end('hello'), connect);
		const refused = askedNode((_req, res) => {
			res.statusCode = 403;
			res.end('no');
		}, connect);
		await turns();
		expect([asked.status, asked.text]).toEqual([501, 'Not Implemented: the application opens no tunnels\n']);
		expect([refused.status, refused.text]).toEqual([403, 'no']);
	});

	test('a plain one is 501', async () => {
		let called = false;
		const asked = askedNode(
			() => {
				called = true;
			},
			{ method: 'CONNECT', target: 'a:1', authority: 'a:1' },
		);
		await turns();
		expect([asked.status, called]).toEqual([501, false]);
	});
});

test('NODE-7: Transfer-Encoding is made up where content comes on HTTP/2 that no field tells of', async () => {
	for (const [request, expected] of [
		[{ method: 'POST', hasContent: true }, 'chunked'],
		[{ method: 'DELETE', hasContent: true }, 'chunked'],
		[{ method: 'POST' }, undefined],
		[{ method: 'POST', hasContent: true, fields: ['content-length', '3'] }, undefined],
		[{ method: 'GET' }, undefined],
	] as const) {
		const { req } = await openNode(request);
		expect(req.headers['transfer-encoding'], JSON.stringify(request)).toBe(expected);
	}
});

describe('NODE-8: content', () => {
	test('is not taken before it is read, and no more than is read', async () => {
		const { req, res, asked } = await openNode({ ...POST, fields: [] });
		const chunk = new Uint8Array(16 * 1024).fill(97);
		let sent = 0;
		while (asked.client.send(chunk)) sent += chunk.length;
		await turns();
		expect(asked.credited).toBe(0);
		expect(req.readableLength).toBe(0);
		req.read(0);
		await turns();
		expect(req.readableLength).toBeGreaterThanOrEqual(req.readableHighWaterMark);
		expect(asked.credited).toBeLessThanOrEqual(req.readableHighWaterMark + chunk.length);
		let got = 0;
		req.on('data', (data: Buffer) => {
			expect(data).toBeInstanceOf(Buffer);
			got += data.length;
		});
		await turns();
		expect(got).toBe(sent + chunk.length);
		res.end();
	});

	test('100 (Continue) is sent by the first read', async () => {
		const { req, asked } = await openNode({ ...POST, expectsContinue: true });
		expect(asked.log).toEqual([]);
		req.resume();
		await turns();
		expect(asked.log).toEqual(['continue']);
	});

	test('or by writeContinue, once', async () => {
		const { req, res, asked } = await openNode({ ...POST, expectsContinue: true });
		res.writeContinue();
		req.resume();
		await turns();
		expect(asked.log).toEqual(['inform 100']);
	});

	test('pause stops it', async () => {
		const { req, asked } = await openNode({ ...POST, fields: [] });
		const got: string[] = [];
		req.setEncoding('utf8').on('data', (text) => got.push(text));
		asked.client.send(utf8('a'));
		await turns();
		req.pause();
		asked.client.send(utf8('b'));
		await turns();
		expect(got).toEqual(['a']);
		req.resume();
		await turns();
		expect(got).toEqual(['a', 'b']);
	});

	test('that is empty ends for whoever reads', async () => {
		const readers: ((req: IncomingMessage) => PromiseLike<unknown>)[] = [
			(req) => new Promise((resolve) => req.on('end', resolve).resume()),
			(req) => new Promise((resolve) => req.on('end', resolve).on('data', () => {})),
			(req) => new Promise((resolve) => req.on('end', resolve).on('readable', () => req.read())),
			(req) => req.toArray(),
			(req) => text(req),
		];
		for (const httpVersion of ['1.1', '2'] as const) {
			for (const read of readers) {
				for (const late of [false, true]) {
					const asked = askedNode(
						async (req, res) => {
							if (late) await turns();
							await read(req);
							res.end('read');
						},
						{ httpVersion },
					);
					await turns(12);
					expect(asked.text).toBe('read');
				}
			}
		}
	});

	test('goes through pipeline', async () => {
		const asked = askedNode((req, res) => pipeline(req, res), POST);
		await turns();
		asked.client.send(utf8('helloworld'));
		asked.client.end();
		await turns();
		expect([asked.text, asked.log.at(-1), asked.faults]).toEqual(['helloworld', 'end', []]);
	});
});

describe('NODE-9: the end of the request', () => {
	test('with trailer fields', async () => {
		const { req, res, asked, events } = await openNode({ ...POST, fields: [] });
		expect(req.complete).toBe(false);
		req.resume();
		asked.client.send(utf8('a'));
		asked.client.end(['X-Sum', '1', 'x-sum', '2']);
		await turns();
		expect(req.complete).toBe(true);
		expect(req.rawTrailers).toEqual(['X-Sum', '1', 'x-sum', '2']);
		expect({ ...req.trailers }).toEqual({ 'x-sum': '1, 2' });
		expect(events).toEqual(['req end', 'req close']);
		res.end();
		await turns();
		expect(events).toEqual(['req end', 'req close', 'res prefinish', 'res finish', 'socket close', 'res close']);
	});

	test('nobody has read it when the response is ended', async () => {
		const { req, res, asked, events } = await openNode({ ...POST, fields: [] });
		asked.client.send(utf8('a'));
		res.end('bye');
		await turns();
		expect(asked.log).toEqual(['respond 200 content-length: 3', 'data bye', 'end', 'discard']);
		asked.client.end();
		await turns();
		expect(events.toSorted()).toEqual(
			['res prefinish', 'res finish', 'res close', 'socket close', 'req end', 'req close'].toSorted(),
		);
		expect(req.destroyed).toBe(true);
		expect(req.readableEnded).toBe(true);
	});

	test('who has read it leaves it paused when the response is ended', async () => {
		const { req, res, asked, events } = await openNode({ ...POST, fields: [] });
		const got: string[] = [];
		const listener = (chunk: Buffer) => void got.push(String(chunk));
		req.on('data', listener);
		asked.client.send(utf8('too much'));
		await turns();
		// As raw-body does of what is too large.
		req.off('data', listener);
		req.pause();
		res.end('bye');
		await turns();
		expect(asked.log.slice(-2)).toEqual(['end', 'discard']);
		asked.client.send(utf8(' and more'));
		asked.client.end();
		await turns();
		expect(got).toEqual(['too much']);
		expect(events).toEqual(expect.arrayContaining(['res finish', 'res close', 'req close', 'socket close']));
	});

	test('who pauses it, and stays, goes on behind the end of the response', async () => {
		const { req, res, asked } = await openNode({ ...POST, fields: [] });
		const got: string[] = [];
		req.on('data', (chunk) => got.push(String(chunk)));
		asked.client.send(utf8('one'));
		await turns();
		req.pause();
		res.end('bye');
		await turns();
		asked.client.send(utf8('two'));
		asked.client.end();
		await turns();
		req.resume();
		await turns();
		expect(got).toEqual(['one', 'two']);
	});

	test('somebody goes on reading behind the end of the response', async () => {
		const { req, res, asked, events } = await openNode({ ...POST, fields: [] });
		const got: string[] = [];
		req.setEncoding('utf8').on('data', (text) => got.push(text));
		res.end('bye');
		await turns();
		expect(events).toEqual(['res prefinish', 'res finish', 'res close']);
		asked.client.send(utf8('late'));
		asked.client.end();
		await turns();
		expect(got).toEqual(['late']);
		expect(events.slice(3)).toEqual(['socket close', 'req end', 'req close']);
	});
});

describe('NODE-10: the client goes away', () => {
	for (const [how, code] of [
		['lose', 0],
		['reset', 8],
	] as const) {
		test(how, async () => {
			const { req, res, asked, events } = await openNode({ ...POST, fields: [] });
			res.write('a');
			if (how === 'lose') asked.client.lose();
			else asked.client.reset(code);
			await turns();
			expect(events).toEqual(['req aborted', 'res close', 'socket close', 'req error ECONNRESET', 'req close']);
			expect([req.aborted, req.destroyed, res.destroyed, res.closed, res.writableFinished]).toEqual([
				...[true, true, true, true, false],
			]);
			expect(res.write('b')).toBe(false);
			res.end();
			await turns();
			expect(events.slice(5)).toEqual(['res prefinish']);
		});
	}

	test('without listeners nothing is thrown', async () => {
		const { req, asked } = await openNode(POST, { listen: false });
		asked.client.lose();
		await turns();
		expect(req.destroyed).toBe(true);
		expect(asked.faults).toEqual([]);
	});

	test('the signal of the request, where Node has one, is aborted; and not by a good end', async () => {
		const seen: unknown[] = [];
		for (const lose of [false, true]) {
			const { req, res, asked } = await openNode(H1);
			const { signal } = req as { signal?: AbortSignal };
			if (lose) asked.client.lose();
			else res.end();
			await turns();
			seen.push(signal?.aborted ?? lose);
		}
		expect(seen).toEqual([false, true]);
	});

	test('after the request has been read', async () => {
		const { req, res, asked, events } = await openNode(POST);
		req.resume();
		asked.client.send(utf8('helloworld'));
		asked.client.end();
		await turns();
		res.write('a');
		asked.client.lose();
		await turns();
		expect(events).toEqual(['req end', 'req close', 'res close', 'socket close']);
		expect(req.aborted).toBe(false);
	});
});
