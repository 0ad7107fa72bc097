/** spec/node.md §3: the response. */
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { type Misuse, utf8 } from 'rsgi';
import { nodeToRich } from 'rsgi/adapters';
import { node } from 'rsgi/node';
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

describe('NODE-14: backpressure', () => {
	test('write says false at the mark, and drain comes', async () => {
		const { res, asked, events } = await openNode(H1);
		asked.client.pause();
		const half = new Uint8Array(40_000);
		expect([res.write(half), res.writableNeedDrain]).toEqual([true, false]);
		expect(res.writableLength).toBe(0);
		expect([res.write(half), res.writableNeedDrain, res.writableLength]).toEqual([false, true, 40_000]);
		await turns();
		expect(events).toEqual([]);
		asked.client.resume();
		await turns();
		expect(events).toEqual(['res drain']);
		expect([res.writableNeedDrain, res.writableLength]).toEqual([false, 0]);
		res.end();
		await turns();
		expect(asked.content.length).toBe(80_000);
	});

	test('callbacks come when nothing waits any more, in order', async () => {
		const { res, asked } = await openNode(H1);
		const called: string[] = [];
		res.write('a', () => called.push('a'));
		await turns();
		expect(called).toEqual(['a']);
		asked.client.pause();
		res.write(new Uint8Array(70_000), () => called.push('b'));
		res.write(new Uint8Array(70_000), () => called.push('c'));
		await turns();
		expect(called).toEqual(['a']);
		asked.client.resume();
		await turns();
		expect(called).toEqual(['a', 'b', 'c']);
		res.end();
	});

	test('or with an error when it never will', async () => {
		const { res, asked } = await openNode(H1);
		asked.client.pause();
		let error: { code?: string } | null | undefined;
		res.write(new Uint8Array(70_000), (given) => {
			error = given as never;
		});
		await turns();
		asked.client.lose();
		await turns();
		expect(error?.code).toBe('ERR_STREAM_DESTROYED');
	});

	test('pipe stops what it reads from', async () => {
		const { res, asked } = await openNode(H1);
		asked.client.pause();
		let read = 0;
		const source = new Readable({
			read(size) {
				read += size;
				this.push(read > 1_000_000 ? null : new Uint8Array(size));
			},
		});
		source.pipe(res);
		await turns(20);
		expect(read).toBeLessThan(300_000);
		asked.client.resume();
		await turns(100);
		expect(asked.log.at(-1)).toBe('end');
		expect(asked.content.length).toBeGreaterThan(900_000);
	});
});

describe('NODE-15: what is written in spite of it', () => {
	test('is sent in its turn', async () => {
		const { res, asked } = await openNode(H1);
		asked.client.pause();
		for (let at = 0; at < 100; at++) res.write(new Uint8Array(20_000).fill(at));
		res.end('end');
		await turns();
		asked.client.resume();
		await turns(60);
		expect(asked.content.length).toBe(2_000_003);
		for (let at = 0; at < 100; at++) expect(asked.content[at * 20_000]).toBe(at);
		expect([asked.log.at(-1), asked.faults]).toEqual(['end', []]);
	});

	test('also a chunk that is larger than the hard mark, behind a small one', async () => {
		const { res, asked } = await openNode(H1);
		asked.client.pause();
		const large = new Uint8Array(3_000_000);
		for (let at = 0; at < large.length; at++) large[at] = at % 251;
		res.write('small');
		expect(res.write(large)).toBe(false);
		res.end();
		await turns();
		asked.client.resume();
		await turns(100);
		expect(asked.content.length).toBe(3_000_005);
		expect(asked.content.subarray(5).every((octet, at) => octet === at % 251)).toBe(true);
		expect(asked.faults).toEqual([]);
	});

	test('up to the limit', async () => {
		const { res, asked, events } = await openNode(H1, { unsentLimit: 100_000 });
		asked.client.pause();
		for (let at = 0; at < 10; at++) res.write(new Uint8Array(30_000));
		await turns();
		expect(asked.log.at(-1)).toBe('reset 2');
		expect(String(asked.faults[0])).toContain("wait for 'drain' (NODE-15)");
		expect(events).toContain('res close');
		expect(events).not.toContain('res finish');
	});

	test('and a limit is a number', () => {
		for (const limit of [-1, Number.NaN, '7']) {
			expect(
				refusal('NODE-15', () =>
					nodeToRich(
						node(() => {}),
						{ unsentLimit: limit as number },
					),
				),
			).toContain(`not ${limit}`);
		}
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

describe('NODE-17: the end of the response', () => {
	function state(res: ServerResponse): unknown {
		const { headersSent, writableEnded, writableFinished, finished, closed, destroyed, socket } = res;
		return [headersSent, writableEnded, writableFinished, finished, closed, destroyed, socket !== null];
	}

	test('is told in order', async () => {
		const { res, asked, events } = await openNode(H1);
		expect(state(res)).toEqual([false, false, false, false, false, false, true]);
		asked.client.pause();
		res.write('a');
		expect(state(res)).toEqual([true, false, false, false, false, false, true]);
		const states: unknown[] = [];
		res.on('finish', () => states.push(state(res)));
		res.on('close', () => states.push(state(res)));
		res.end('b', () => events.push('called'));
		expect(state(res)).toEqual([true, true, false, true, false, false, true]);
		expect(events).toEqual(['res prefinish']);
		await turns();
		expect(events).toEqual(['res prefinish']);
		asked.client.resume();
		await turns();
		expect(events.toSorted()).toEqual(
			['res prefinish', 'called', 'res finish', 'res close', 'socket close', 'req end', 'req close'].toSorted(),
		);
		expect(states).toEqual([
			[true, true, true, true, false, false, false],
			[true, true, true, true, true, true, false],
		]);
	});

	test('what comes behind it is an error', async () => {
		const { res, events } = await openNode(H1);
		res.end('a');
		res.write('b');
		res.end('c');
		expect(code(() => res.writeHead(200))).toBe('ERR_HTTP_HEADERS_SENT');
		await turns();
		expect(events.filter((event) => event.includes('error'))).toEqual([
			'res error ERR_STREAM_WRITE_AFTER_END',
			'res error ERR_STREAM_WRITE_AFTER_END',
		]);
	});

	test('a head alone is sent by flushHeaders', async () => {
		const { res, asked } = await openNode(H1);
		res.setHeader('x-a', '1');
		res.flushHeaders();
		await turns();
		expect(asked.log).toEqual(['respond 200 x-a: 1']);
		res.end();
	});
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

describe('NODE-20: destroy', () => {
	for (const [name, act] of [
		['of the response', ({ res }) => res.destroy()],
		['of the request', ({ req }) => req.destroy()],
		['of the socket', ({ req }) => req.socket.destroy()],
	] as const satisfies readonly (readonly [string, (open: Awaited<ReturnType<typeof openNode>>) => unknown])[]) {
		test(name, async () => {
			const open = await openNode(H1);
			open.res.write('a');
			await turns();
			act(open);
			await turns();
			expect(open.asked.log).toEqual(['respond 200', 'data a', 'reset 8']);
			expect(open.events).toContain('res close');
			expect(open.events).toContain('req close');
			expect(open.events).toContain('socket close');
			expect(open.events).not.toContain('res finish');
			expect([open.req.destroyed, open.res.destroyed, open.req.socket.destroyed]).toEqual([true, true, true]);
			expect(open.asked.faults).toEqual([]);
		});
	}

	test('with an error', async () => {
		const { req, res, asked, events } = await openNode(H1);
		const error = Object.assign(new Error('mine'), { code: 'MINE' });
		req.destroy(error);
		await turns();
		expect(asked.log).toEqual(['reset 2']);
		expect(events).toContain('req error MINE');
		expect(res.closed).toBe(true);
	});
});

describe('NODE-21: failures', () => {
	const failed = ['respond 500 content-type: text/plain; charset=utf-8', 'data Internal Server Error\n', 'end'];
	const error = new Error('mine');

	test('before the response', async () => {
		const ways: Parameters<typeof askedNode>[0][] = [
			() => {
				throw error;
			},
			async () => {
				throw error;
			},
			(req) => {
				req.on('data', () => {
					throw error;
				});
			},
		];
		for (const way of ways) {
			for (const request of [{ ...H1, fields: ['content-length', '1'] }, { fields: ['content-length', '1'] }, {}]) {
				const asked = askedNode(way, { ...request, method: 'POST', hasContent: true });
				await turns();
				asked.client.send(utf8('a'));
				await turns();
				expect(asked.log.filter((line) => line !== 'discard')).toEqual(failed);
				expect(asked.faults).toEqual([error]);
			}
		}
	});

	test('after its beginning', async () => {
		for (const run of [
			(res: ServerResponse) => {
				res.write('a');
				throw error;
			},
			async (res: ServerResponse) => {
				res.write('a');
				await turns(1);
				throw error;
			},
		]) {
			const asked = askedNode((_req, res) => run(res));
			await turns();
			expect(asked.log.at(-1)).toBe('reset 2');
			expect(asked.faults).toEqual([error]);
		}
	});

	test('of a listener of the end goes to the log', async () => {
		const asked = askedNode((_req, res) => {
			res.on('finish', () => {
				throw error;
			});
			res.end('a');
		});
		await turns();
		expect(asked.log.at(-1)).toBe('end');
		expect(asked.faults).toEqual([error]);
	});

	test('whoever listens is told of the end', async () => {
		let closed = 0;
		askedNode((_req, res) => {
			res.on('close', () => closed++);
			throw error;
		});
		await turns();
		expect(closed).toBe(1);
	});
});
