/** spec/fetch.md §3: the response. */
import { ExchangeEnded, type Misuse, utf8 } from 'rsgi';
import { describe, expect, test } from 'vitest';
import { fetched } from '../support/fetch-request.ts';
import { settled } from '../support/settled.ts';

const FAILED = ['respond 500 content-type: text/plain; charset=utf-8', 'data Internal Server Error\n', 'end'];

async function turns(count: number = 8): Promise<void> {
	for (let turn = 0; turn < count; turn++) await settled();
}

/** A body in the test's hands. */
function fed(strategy: QueuingStrategy = { highWaterMark: 0 }) {
	const log: unknown[] = [];
	let controller!: ReadableStreamDefaultController<unknown>;
	const body = new ReadableStream<unknown>(
		{
			start: (given) => {
				controller = given;
			},
			pull: () => void log.push('pull'),
			cancel: (reason) => void log.push(reason),
		},
		strategy,
	) as ReadableStream<Uint8Array>;
	return { log, body, controller };
}

describe('FETCH-20: what is no Response', () => {
	test.each([
		['undefined', undefined, 'not undefined: is there a return missing?'],
		['text', 'hello', 'not a string: write new Response(text).'],
		['an object', { a: 1 }, 'not an object with a: write new Response(…), or Response.json(value).'],
		['an error response', Response.error(), 'throw an error, or give a status'],
	])('%s', async (_name, given, message) => {
		for (const run of [() => given, async () => given]) {
			const asked = fetched(run as never);
			await turns();
			expect(asked.log).toEqual(FAILED);
			expect(String(asked.faults[0])).toContain(message);
			expect((asked.faults[0] as Misuse).rule).toBe('FETCH-20');
		}
	});

	test('that of a library is taken', async () => {
		const { Response: Other } = await import('undici');
		const asked = fetched(() => new Other('hello', { status: 201 }) as unknown as Response);
		await turns();
		expect([asked.status, asked.text, asked.faults]).toEqual([201, 'hello', []]);
	});
});

test('FETCH-21: a Response is returned once; without a body, as often as one likes', async () => {
	const read = new Response('a');
	await read.text();
	const locked = new Response('a');
	locked.body?.getReader();
	for (const response of [read, locked]) {
		const asked = fetched(() => response);
		await turns();
		expect(asked.log).toEqual(FAILED);
		expect(String(asked.faults[0])).toContain('make a Response for each request');
	}
	const twice = new Response('a');
	const empty = new Response(null, { status: 404 });
	const asked = [fetched(() => twice), fetched(() => empty), fetched(() => empty)];
	await turns();
	const again = fetched(() => twice);
	await turns();
	expect([...asked, again].map(({ status }) => status)).toEqual([200, 404, 404, 500]);
});

describe('FETCH-22: chunks of a body', () => {
	test('text is sent as UTF-8', async () => {
		const { body, controller } = fed();
		controller.enqueue('ü ');
		controller.enqueue(utf8('and '));
		controller.enqueue('✓');
		controller.close();
		const asked = fetched(() => new Response(body));
		await turns();
		expect([Buffer.from(asked.content).toString(), asked.log.at(-1)]).toEqual(['ü and ✓', 'end']);
		expect(asked.faults).toEqual([]);
	});

	test('what is neither text nor a Uint8Array breaks the response off', async () => {
		const { body, controller, log } = fed();
		controller.enqueue(1);
		const asked = fetched(() => new Response(body));
		await turns();
		expect(asked.log).toEqual(['respond 200', 'reset 2']);
		expect(String(asked.faults[0])).toContain('FETCH-22');
		expect(log).toEqual([asked.faults[0]]);
	});
});

test('FETCH-23: status, reason phrase, fields, and Set-Cookie a line each', async () => {
	const headers = [
		['X-B', '1'],
		['set-cookie', 'a=1, x'],
		['Set-Cookie', 'b=2'],
		['x-b', '2'],
	] as [string, string][];
	const asked = fetched(() => new Response('a', { status: 418, statusText: 'Teapot', headers }), {
		httpVersion: '1.1',
	});
	await turns();
	expect(asked.log[0]).toBe(
		'respond 418 Teapot content-type: text/plain;charset=UTF-8 set-cookie: a=1, x set-cookie: b=2 x-b: 1, 2',
	);
});

test('FETCH-24: fields that are left out', async () => {
	const headers = {
		connection: 'close',
		'keep-alive': 'timeout=5',
		te: 'trailers',
		'transfer-encoding': 'chunked',
		upgrade: 'x',
		'x-a': '1',
	};
	const hop = fetched(() => new Response(null, { headers }));
	const empty = fetched(() => new Response(null, { status: 204, headers: { 'content-length': '0' } }));
	// As of a library that brings its own Headers, which keep the case.
	const cased = fetched(
		() =>
			({
				...{ [Symbol.toStringTag]: 'Response', status: 204, statusText: '', url: '', body: null, bodyUsed: false },
				headers: new Map([
					['Content-Length', '0'],
					['Keep-Alive', 'timeout=5'],
				]),
			}) as unknown as Response,
	);
	await turns();
	const joined = fetched(
		() =>
			new Response(null, {
				headers: [
					['vary', 'a'],
					['vary', ''],
				] as [string, string][],
			}),
	);
	await turns();
	expect(joined.log[0]).toBe('respond 200 vary: a,');
	expect([hop.log[0], empty.log[0], cased.log[0]]).toEqual(['respond 200 x-a: 1', 'respond 204', 'respond 204']);
	expect([...hop.faults, ...empty.faults, ...cased.faults]).toEqual([]);
});

describe('FETCH-25: chunks', () => {
	test('go as they come', async () => {
		const { body, controller } = fed();
		const asked = fetched(() => new Response(body));
		await turns();
		expect(asked.log).toEqual(['respond 200']);
		controller.enqueue(utf8('one'));
		await turns();
		expect(asked.log).toEqual(['respond 200', 'data one']);
		controller.enqueue(utf8('two'));
		controller.close();
		await turns();
		expect(asked.log).toEqual(['respond 200', 'data one', 'data two', 'end']);
	});

	test('are not asked for while the client takes none', async () => {
		let given = 0;
		const body = new ReadableStream<Uint8Array>(
			{
				pull(controller) {
					given++;
					controller.enqueue(new Uint8Array(40_000));
					if (given === 20) controller.close();
				},
			},
			{ highWaterMark: 0 },
		);
		const asked = fetched(() => new Response(body));
		asked.client.pause();
		await turns(40);
		expect(given).toBe(2);
		asked.client.resume();
		await turns(80);
		expect([given, asked.content.length, asked.log.at(-1)]).toEqual([20, 800_000, 'end']);
	});
});

test('FETCH-26: HEAD', async () => {
	const { body, log } = fed();
	const asked = fetched(() => new Response(body, { headers: { 'content-length': '5' } }), { method: 'HEAD' });
	await turns();
	expect(asked.log).toEqual(['respond 200 content-length: 5', 'end']);
	expect(log).toEqual([undefined]);
});

test('FETCH-27: Content-Length is kept', async () => {
	const of = (length: string) => fetched(() => new Response('hello', { headers: { 'content-length': length } }));
	const [right, short, long] = [of('5'), of('6'), of('4')];
	await turns();
	expect(right.log.at(-1)).toBe('end');
	expect(short.log.at(-1)).toBe('reset 2');
	expect(long.log.at(-1)).toBe('reset 2');
	expect([...right.faults, ...short.faults, ...long.faults].map((fault) => (fault as Misuse).rule)).toEqual([
		'RICH-19',
		'RICH-19',
	]);
});

test('FETCH-28: CONNECT', async () => {
	const connect = { method: 'CONNECT', protocol: 'websocket' } as const;
	const { body, log } = fed();
	const accepted = fetched(() => new Response(body), connect);
	const refused = fetched(() => new Response('no', { status: 403 }), connect);
	await turns();
	expect(accepted.log.filter((line) => line !== 'discard').slice(0, 2)).toEqual([
		'respond 501 content-type: text/plain; charset=utf-8',
		'data 50',
	]);
	expect(accepted.text).toBe('Not Implemented: the application opens no tunnels\n');
	expect(log).toEqual([undefined]);
	expect([refused.status, refused.text]).toEqual([403, 'no']);
});

test('FETCH-29: both directions at once', async () => {
	const asked = fetched((request) => new Response(request.body), { method: 'POST', hasContent: true });
	await turns();
	expect(asked.log).toEqual(['respond 200']);
	for (const text of ['one', 'two']) {
		asked.client.send(utf8(text));
		await turns();
		expect(asked.log.at(-1)).toBe(`data ${text}`);
	}
	asked.client.end();
	await turns();
	expect(asked.log.at(-1)).toBe('end');
	expect(asked.faults).toEqual([]);
});

describe('FETCH-30: the client goes away', () => {
	test.each(['waiting for a chunk', 'waiting for drain'])('%s', async (when) => {
		const { body, controller, log } = fed();
		const asked = fetched(() => new Response(body));
		if (when === 'waiting for drain') {
			asked.client.pause();
			controller.enqueue(new Uint8Array(100_000));
		}
		await turns();
		asked.client.reset(8);
		await turns();
		const reason = log.at(-1);
		expect(reason).toBeInstanceOf(ExchangeEnded);
		expect((reason as ExchangeEnded).outcome).toEqual({ reason: 'reset', code: 8 });
		expect(asked.faults).toEqual([]);
	});

	test('before the response', async () => {
		const { body, log } = fed();
		let answer: (response: Response) => void = () => {};
		const asked = fetched(
			() =>
				new Promise<Response>((resolve) => {
					answer = resolve;
				}),
		);
		await turns();
		asked.client.lose();
		await turns();
		answer(new Response(body));
		await turns();
		expect((log.at(-1) as ExchangeEnded).outcome.reason).toBe('lost');
		expect(asked.faults).toEqual([]);
	});

	test('and whoever waits by the signal fails no more than that', async () => {
		const asked = fetched(
			(request) =>
				new Promise<Response>((_resolve, reject) => {
					const { signal } = request;
					signal.addEventListener('abort', () => reject(signal.reason));
				}),
		);
		await turns();
		asked.client.lose();
		await turns();
		expect(asked.faults).toEqual([]);
	});
});

describe('FETCH-31: failures', () => {
	const error = new Error('broken');
	test.each([
		[
			'thrown',
			() => {
				throw error;
			},
		],
		['rejected', () => Promise.reject(error)],
	])('%s', async (_name, run) => {
		const asked = fetched(run);
		await turns();
		expect([asked.log, asked.faults]).toEqual([FAILED, [error]]);
	});

	test('of the body', async () => {
		const { body, controller } = fed();
		const asked = fetched(() => new Response(body));
		controller.enqueue(utf8('a'));
		await turns();
		controller.error(error);
		await turns();
		expect([asked.log, asked.faults]).toEqual([['respond 200', 'data a', 'reset 2'], [error]]);
	});

	test('a field that cannot be sent, and the body is cancelled', async () => {
		const { body, log } = fed();
		const response = new Response(body, { headers: { 'content-length': 'many' } });
		const asked = fetched(() => response);
		await turns();
		expect(asked.log).toEqual(FAILED);
		expect(log).toEqual([asked.faults[0]]);
	});
});
