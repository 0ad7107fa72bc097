/** spec/node.md §3: the response. */
import type { ServerResponse } from 'node:http';
import type { Misuse } from 'rsgi';
import { describe, expect, test } from 'vitest';
import type { PairRequest } from '../../src/rich/pair.ts';
import { askedNode, openNode, turns } from '../support/node-request.ts';
import { refusal } from '../support/refusal.ts';

const H1: PairRequest = { httpVersion: '1.1' };

/** The head that an application's response has, and its content. */
async function head(act: (res: ServerResponse) => void, request: PairRequest = H1): Promise<string[]> {
	const asked = askedNode((_req, res) => act(res), request);
	await turns();
	expect(asked.faults).toEqual([]);
	return asked.log;
}

/** The code of the error that is thrown. */
function code(act: () => unknown): unknown {
	try {
		act();
	} catch (error) {
		return (error as { code?: unknown }).code;
	}
	return null;
}

describe('NODE-11: status and fields', () => {
	test('by setHeader, by writeHead, and by both', async () => {
		const ways: ((res: ServerResponse) => void)[] = [
			(res) => void res.setHeader('X-A', 1).setHeader('x-b', ['2', '3']).writeHead(201).end('a'),
			(res) => void res.writeHead(201, { 'X-A': 1, 'x-b': ['2', '3'] }).end('a'),
			(res) => void res.writeHead(201, ['X-A', '1', 'x-b', '2', 'x-b', '3']).end('a'),
			(res) => void res.writeHead(201, [['X-A', '1'] as never, ['x-b', ['2', '3']] as never]).end('a'),
			(res) =>
				void res
					.setHeader('X-A', 0)
					.writeHead(201, { 'X-A': '1', 'x-b': ['2', '3'] })
					.end('a'),
			(res) => {
				res.statusCode = 201;
				res.appendHeader('X-A', '1').appendHeader('x-b', '2').appendHeader('x-b', '3');
				res.write('a');
				res.end();
			},
			(res) => {
				res.statusCode = 201;
				res.setHeaders(
					new Map<string, string | readonly string[]>([
						['X-A', '1'],
						['x-b', ['2', '3']],
					]),
				);
				res.end('a');
			},
		];
		for (const way of ways) {
			expect(await head(way)).toEqual(['respond 201 X-A: 1 x-b: 2 x-b: 3', 'data a', 'end']);
		}
	});

	test('statusMessage, where it is not the usual one', async () => {
		expect((await head((res) => void res.writeHead(200, 'Fine').end()))[0]).toBe('respond 200 Fine');
		expect((await head((res) => void res.writeHead(200, 'OK').end()))[0]).toBe('respond 200');
		expect((await head((res) => void res.writeHead(299).end()))[0]).toBe('respond 299 unknown');
	});

	test('Set-Cookie is a line for each, and Cookie is one', async () => {
		const log = await head((res) => {
			res.setHeader('Set-Cookie', ['a=1', 'b=2']);
			res.setHeader('Cookie', ['a=1', 'b=2']);
			res.end();
		});
		expect(log[0]).toBe('respond 200 Set-Cookie: a=1 Set-Cookie: b=2 Cookie: a=1; b=2');
	});

	test('a length that is known is told on HTTP/2', async () => {
		const h2 = await head((res) => void res.end('é'), {});
		expect(h2).toEqual(['respond 200 content-length: 2', 'data \u00c3\u00a9', 'end']);
		expect((await head((res) => void res.end(), {}))[0]).toBe('respond 200 content-length: 0');
		expect((await head((res) => void res.writeHead(200).end(), {}))[0]).toBe('respond 200');
	});

	test('white space at the edges is left out', async () => {
		expect((await head((res) => void res.setHeader('x-a', ' \ta b ').end()))[0]).toBe('respond 200 x-a: a b');
	});

	test('what cannot be sent throws as Node', async () => {
		const { res, asked } = await openNode();
		expect(code(() => res.setHeader('a b', '1'))).toBe('ERR_INVALID_HTTP_TOKEN');
		expect(code(() => res.setHeader('a', undefined as never))).toBe('ERR_HTTP_INVALID_HEADER_VALUE');
		expect(code(() => res.setHeader('a', 'b\nc'))).toBe('ERR_INVALID_CHAR');
		expect(code(() => res.writeHead(200, { 'a b': '1' }))).toBe('ERR_INVALID_HTTP_TOKEN');
		expect(code(() => res.writeHead(200, { a: undefined }))).toBe('ERR_HTTP_INVALID_HEADER_VALUE');
		expect(code(() => res.writeHead(200, { a: 'b\nc' }))).toBe('ERR_INVALID_CHAR');
		expect(code(() => res.writeHead(200, ['a']))).toBe('ERR_INVALID_ARG_VALUE');
		expect(code(() => res.writeHead(200, 'b\nc'))).toBe('ERR_INVALID_CHAR');
		expect(code(() => res.writeHead(99))).toBe('ERR_HTTP_INVALID_STATUS_CODE');
		expect(res.headersSent).toBe(false);
		res.writeHead(200, 'OK');
		expect(code(() => res.writeHead(200))).toBe('ERR_HTTP_HEADERS_SENT');
		expect(code(() => res.setHeader('a', '1'))).toBe('ERR_HTTP_HEADERS_SENT');
		expect(code(() => res.removeHeader('a'))).toBe('ERR_HTTP_HEADERS_SENT');
		expect(code(() => res.write(7 as never))).toBe('ERR_INVALID_ARG_TYPE');
		expect(code(() => res.write(null as never))).toBe('ERR_STREAM_NULL_VALUES');
		res.end('fine');
		await turns();
		expect([asked.status, asked.text]).toEqual([200, 'fine']);
	});
});

describe('NODE-12: informational responses', () => {
	test('of each kind', async () => {
		for (const httpVersion of ['1.1', '2'] as const) {
			let called = 0;
			const log = await head(
				(res) => {
					res.writeContinue();
					res.writeProcessing();
					res.writeEarlyHints({ link: ['</a>; rel=preload', '</b>; rel=preload'], 'x-a': '1' }, () => called++);
					res.end('a');
				},
				{ httpVersion },
			);
			expect(log.slice(0, 3)).toEqual([
				'inform 100',
				'inform 102',
				'inform 103 Link: </a>; rel=preload, </b>; rel=preload x-a: 1',
			]);
			expect(called).toBe(1);
		}
		const twice = (res: ServerResponse): void => {
			res.writeProcessing();
			res.end();
		};
		const old = await head(twice, { httpVersion: '1.0' });
		expect(old).toEqual(['respond 200', 'end']);
	});

	test('are not what writeHead sends', async () => {
		const { res } = await openNode();
		expect(refusal('NODE-12', () => res.writeHead(101))).toContain("listener of 'upgrade' on nodeServer(app)");
		expect(refusal('NODE-12', () => res.writeHead(103))).toContain('send it by writeContinue');
		res.statusCode = 200;
		res.end();
	});
});

describe('NODE-13: fields of the connection', () => {
	const fields = {
		...{ Connection: 'keep-alive', 'Keep-Alive': 'timeout=5', 'Proxy-Connection': 'x', 'Transfer-Encoding': 'chunked' },
		...{ TE: 'trailers', Upgrade: 'toy', 'x-a': '1' },
	};

	test('are left out', async () => {
		expect(await head((res) => void res.writeHead(426, fields).end('a'))).toEqual([
			'respond 426 TE: trailers Upgrade: toy x-a: 1',
			...['data a', 'end'],
		]);
		expect((await head((res) => void res.writeHead(426, fields).end('a'), {}))[0]).toBe('respond 426 x-a: 1');
	});

	test('so is Content-Length of what has no content', async () => {
		for (const status of [204, 205]) {
			const log = await head((res) => void res.writeHead(status, { 'content-length': '3' }).end('abc'));
			expect(log).toEqual([`respond ${status}`, 'end']);
		}
		const log = await head((res) => void res.writeHead(304, { 'content-length': '3' }).end());
		expect(log).toEqual(['respond 304 content-length: 3', 'end']);
	});

	test('close closes on HTTP/1', async () => {
		const close = (res: ServerResponse): void => void res.setHeader('Connection', 'Close').end('a');
		expect(await head(close)).toEqual(['retire', 'respond 200', 'data a', 'end']);
		expect(await head(close, {})).not.toContain('retire');
		const log = await head((res) => {
			res.shouldKeepAlive = false;
			res.end('a');
		});
		expect(log[0]).toBe('retire');
	});
});

test('NODE-16: methods put in the place of others are called', async () => {
	const called: string[] = [];
	const asked = askedNode((_req, res) => {
		const { writeHead, write, end, setHeader } = res;
		res.writeHead = function (this: ServerResponse, ...args: never[]) {
			called.push('writeHead');
			this.setHeader('x-late', '1');
			return Reflect.apply(writeHead, this, args);
		} as never;
		res.setHeader = function (this: ServerResponse, ...args: never[]) {
			called.push('setHeader');
			return Reflect.apply(setHeader, this, args);
		} as never;
		res.write = function (this: ServerResponse, chunk: string, ...args: never[]) {
			called.push('write');
			return Reflect.apply(write, this, [chunk.toUpperCase(), ...args]);
		} as never;
		res.end = function (this: ServerResponse, ...args: never[]) {
			called.push('end');
			if (args.length > 0) this.write(args[0]);
			return Reflect.apply(end, this, []);
		} as never;
		res.statusCode = 203;
		res.write('a');
		res.end('b');
	}, H1);
	await turns();
	expect(asked.log).toEqual(['respond 203 x-late: 1', 'data A', 'data B', 'end']);
	expect(called).toEqual(['write', 'writeHead', 'setHeader', 'end', 'write']);
});

describe('NODE-18: trailer fields', () => {
	test('are sent where they can be', async () => {
		const trailing = (res: ServerResponse): void => {
			res.write('a');
			res.addTrailers({ 'X-Sum': '1', 'x-b': ['2', '3'] as never });
			res.end();
		};
		for (const request of [H1, {}]) {
			expect((await head(trailing, request)).at(-1)).toBe('end X-Sum: 1 x-b: 2 x-b: 3');
		}
		expect((await head(trailing, { httpVersion: '1.0' })).at(-1)).toBe('end');
		const length = (res: ServerResponse): void => {
			res.setHeader('content-length', 1);
			trailing(res);
		};
		expect((await head(length)).at(-1)).toBe('end');
		expect((await head(length, {})).at(-1)).toBe('end X-Sum: 1 x-b: 2 x-b: 3');
	});

	test('but those that must not be', async () => {
		const asked = askedNode((_req, res) => {
			res.write('a');
			res.addTrailers({ 'content-length': '1' });
			res.end();
		});
		await turns();
		expect(asked.log.at(-1)).toBe('reset 2');
		expect((asked.faults[0] as Misuse).rule).toBe('RICH-20');
	});
});

describe('NODE-19: content that does not fit', () => {
	test('is dropped where there is none', async () => {
		for (const [status, request] of [
			[200, { ...H1, method: 'HEAD' }],
			[204, H1],
			[205, H1],
			[304, {}],
		] as const) {
			const log = await head((res) => {
				res.statusCode = status;
				res.write('a');
				res.end('b');
			}, request);
			expect(log).toEqual([`respond ${status}`, 'end']);
		}
	});

	test('is cut where it is longer or shorter', async () => {
		for (const content of ['abcd', 'ab']) {
			const asked = askedNode((_req, res) => {
				res.setHeader('content-length', '3');
				res.end(content);
			});
			await turns();
			expect(asked.log.at(-1)).toBe('reset 2');
			expect(String(asked.faults[0])).toContain('RICH-19');
		}
	});

	test('throws where it is asked to', async () => {
		for (const content of ['abcd', 'ab']) {
			const { res, asked } = await openNode(H1);
			res.strictContentLength = true;
			res.setHeader('content-length', '3');
			expect(code(() => res.end(content))).toBe('ERR_HTTP_CONTENT_LENGTH_MISMATCH');
			res.destroy();
			await turns();
			expect(asked.log.at(-1)).toContain('reset');
		}
	});
});
