/** spec/node.md §3: how a response leaves, and how it ends. */
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { utf8 } from 'rsgi';
import { nodeToRich } from 'rsgi/adapters';
import { node } from 'rsgi/node';
import { describe, expect, test } from 'vitest';
import type { PairRequest } from '../../src/rich/pair.ts';
import { askedNode, openNode, turns } from '../support/node-request.ts';
import { refusal } from '../support/refusal.ts';

const H1: PairRequest = { httpVersion: '1.1' };

/** The code of the error that is thrown. */
function code(act: () => unknown): unknown {
	try {
		act();
	} catch (error) {
		return (error as { code?: unknown }).code;
	}
	return null;
}

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
