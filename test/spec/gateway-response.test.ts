/** spec/gateway.md §8: the response. */
import { promiseHooks } from 'node:v8';
import { ExchangeEnded, type Misuse } from 'rsgi';
import { gatewayToRich } from 'rsgi/adapters';
import { type Body, bytes, type FieldPairs, gateway, type StartResponse, type Write } from 'rsgi/gateway';
import { describe, expect, test } from 'vitest';
import type { PairRequest } from '../../src/rich/pair.ts';
import { utf8 } from '../../src/wire/utf8.ts';
import { answering, blocks, requested, turns } from '../support/gateway-request.ts';

const pairs = (...lines: string[]): FieldPairs =>
	Array.from({ length: lines.length / 2 }, (_, at) => [
		bytes(lines[2 * at] as string),
		bytes(lines[2 * at + 1] as string),
	]);

const FAILED = ['respond 500 content-type: text/plain; charset=utf-8', 'data Internal Server Error\n', 'end'];

/** What a client is told of a body, and what went wrong. */
async function told(body: Body, fields: string[] = [], request: PairRequest = {}, status: string = '200 OK') {
	const asked = requested((_environ, startResponse) => {
		startResponse(bytes(status), pairs(...fields));
		return body;
	}, request);
	await turns();
	return { log: asked.log, faults: asked.faults.map(String) };
}

function* generated<T>(...values: T[]): Generator<T> {
	yield* values;
}

async function* streamed<T>(...values: T[]): AsyncGenerator<T> {
	for (const value of values) {
		await null;
		yield value;
	}
}

const KINDS = [
	['an array', (...texts: string[]): Body => blocks(...texts)],
	['a generator', (...texts: string[]): Body => generated(...blocks(...texts))],
	['an async generator', (...texts: string[]): Body => streamed(...blocks(...texts))],
	['a set', (...texts: string[]): Body => new Set(blocks(...texts))],
] as const;

describe.each(KINDS)('GATE-48: the head waits for the first block that is not empty: %s', (_name, bodyOf) => {
	test('empty blocks send nothing', async () => {
		expect(await told(bodyOf('', 'a', '', 'b'), ['x', '1'])).toEqual({
			log: ['respond 200 x: 1', 'data a', 'data b', 'end'],
			faults: [],
		});
	});

	test('a body of nothing is an empty response', async () => {
		expect((await told(bodyOf(), ['x', '1'])).log).toEqual(['respond 200 x: 1 content-length: 0', 'end']);
		expect((await told(bodyOf('', ''), ['x', '1'])).log).toEqual(['respond 200 x: 1 content-length: 0', 'end']);
	});
});

describe('GATE-48: replacing the response', () => {
	test('until the first block', async () => {
		const asked = requested((_environ, startResponse) => {
			startResponse(bytes('200 OK'), pairs('a', '1'));
			return (function* () {
				yield new Uint8Array(0);
				startResponse(bytes('503 Sorry'), pairs('b', '2'), { error: 'late' });
				yield utf8('sorry');
				expect(() => startResponse(bytes('500 No'), [], { error: new Error('too late') })).toThrow('too late');
			})();
		});
		await turns();
		expect(asked.log).toEqual(['respond 503 b: 2', 'data sorry', 'end']);
	});

	test('a head that was refused is not sent, nor the one before it', async () => {
		const asked = requested((_environ, startResponse) => {
			startResponse(bytes('200 OK'), []);
			expect(() => startResponse(bytes('nonsense'), [], { error: 1 })).toThrow('GATE-51');
			return [];
		});
		await turns();
		expect(asked.log).toEqual(FAILED);
		expect(String(asked.faults[0])).toContain(
			'startResponse() refused what it was given last: give what it takes, with { error }.',
		);
	});

	test('the contract holds here too: GATE-7, GATE-9 and GATE-10', async () => {
		const run = async (start: (startResponse: StartResponse) => void) => {
			const asked = requested((_environ, startResponse) => {
				start(startResponse);
				return blocks('a');
			});
			await turns();
			expect(asked.log).toEqual(FAILED);
			return String(asked.faults[0]);
		};
		expect(await run(() => {})).toContain('GATE-10');
		const late = requested((_environ, startResponse) =>
			(function* () {
				yield new Uint8Array(0);
				startResponse(bytes('200 OK'), []);
				yield utf8('a');
			})(),
		);
		await turns();
		expect(late.log).toEqual(FAILED);
		expect(String(late.faults[0])).toContain('GATE-10');
		expect(await run((start) => [start(bytes('200 OK'), []), start(bytes('200 OK'), [])])).toContain('GATE-7');
		expect(await run((start) => start('200 \u0100' as never, []))).toContain('GATE-9');
		expect(await run((start) => start(bytes('200 OK'), null as never))).toContain('GATE-9');
		expect(await run((start) => start(bytes('200 OK'), ['ab'] as never))).toContain('GATE-9');
		expect(await run((start) => start(bytes('200 OK'), [['a', 1]] as never))).toContain('GATE-9');
	});

	test('what is changed in the list of fields afterwards is not sent', async () => {
		const asked = requested((_environ, startResponse) => {
			const fields = [...pairs('a', '1')];
			startResponse(bytes('200 OK'), fields);
			fields.push(...pairs('connection', 'close'));
			return blocks('x');
		});
		await turns();
		expect(asked.log[0]).toBe('respond 200 a: 1 content-length: 1');
	});
});

describe('GATE-49: each block leaves before the next is asked for', () => {
	test.each(['sync', 'async'])('%s', async (kind) => {
		const log: string[] = [];
		const step = (at: number): Uint8Array => {
			log.push(`asked for ${at}`);
			return utf8(String(at));
		};
		const body =
			kind === 'sync'
				? (function* () {
						for (let at = 0; at < 3; at++) yield step(at);
					})()
				: (async function* () {
						for (let at = 0; at < 3; at++) yield step(at);
					})();
		const asked = requested(answering(body));
		const { events } = asked.client;
		asked.client.events = { ...events, data: (chunk) => [log.push('data'), events.data?.(chunk)] };
		await turns();
		expect(log).toEqual(['asked for 0', 'data', 'asked for 1', 'data', 'asked for 2', 'data']);
		expect(asked.text).toBe('012');
	});

	test.each(['array', 'sync', 'async'])('backpressure: %s', async (kind) => {
		let given = 0;
		const all = Array.from({ length: 20 }, () => new Uint8Array(30_000));
		const counted = function* () {
			for (const block of all) {
				given++;
				yield block;
			}
		};
		const body: Body = kind === 'array' ? all : kind === 'sync' ? counted() : streamed(...all);
		const asked = requested(answering(body));
		asked.client.pause();
		await turns();
		if (kind === 'sync') expect(given).toBe(3);
		expect(asked.faults).toEqual([]);
		asked.client.resume();
		await turns(60);
		expect(asked.content.length).toBe(600_000);
		expect(asked.log.at(-1)).toBe('end');
	});
});

test.each(KINDS)('GATE-50: what is no block is refused: %s', async (_name, bodyOf) => {
	const wrong = [...(bodyOf === KINDS[2][1] ? [] : ['text'])];
	const body = (bodyOf === KINDS[2][1] ? streamed('text') : wrong) as never as Body;
	const { log, faults } = await told(body);
	expect(log).toEqual(FAILED);
	expect(faults[0]).toContain('a Uint8Array, not a string: turn text into one by utf8(text). (GATE-50)');
});

describe('GATE-51: the status', () => {
	test.each([
		'200',
		'200OK',
		'99 Low',
		'101 Switching Protocols',
		'600 High',
		'2000 X',
		'OK',
		'',
		'200 a\nb',
		'200 \u0000',
	])('%j is refused', async (status) => {
		const { log, faults } = await told([], [], {}, status);
		expect(log).toEqual(FAILED);
		expect(faults[0]).toContain('GATE-51');
	});

	test('the reason phrase goes out on HTTP/1, and nowhere else', async () => {
		const of = async (httpVersion: '1.1' | '2') => (await told([], [], { httpVersion }, '299 F\u00fcr uns')).log[0];
		expect(await of('1.1')).toBe('respond 299 F\u00fcr uns content-length: 0');
		expect(await of('2')).toBe('respond 299 content-length: 0');
		expect((await told([], [], { httpVersion: '1.0' }, '404 ')).log[0]).toBe('respond 404  content-length: 0');
	});
});

describe('GATE-52, GATE-53, GATE-54: the field lines', () => {
	test('are sent in their order, with duplicates and in their case', async () => {
		const fields = ['B', '1', 'a', '', 'B', '2', 'Set-Cookie', 'x', 'Set-Cookie', 'y\u00fc'];
		const expected = 'respond 200 B: 1 a:  B: 2 Set-Cookie: x Set-Cookie: y\u00fc content-length: 1';
		for (let again = 0; again < 2; again++) expect((await told(blocks('a'), fields)).log[0]).toBe(expected);
	});

	test.each([
		['GATE-52', 'a b', 'x'],
		['GATE-52', '', 'x'],
		['GATE-52', 'a', 'x\ny'],
		['GATE-52', 'a', ' x'],
		['GATE-52', 'a', 'x\t'],
		['GATE-53', 'Connection', 'close'],
		['GATE-53', 'keep-alive', '1'],
		['GATE-53', 'Proxy-Connection', 'x'],
		['GATE-53', 'te', 'trailers'],
		['GATE-53', 'Transfer-Encoding', 'chunked'],
		['GATE-53', 'upgrade', 'h2c'],
		['GATE-54', 'Content-Length', '1x'],
		['GATE-54', 'content-length', ''],
	])('%s: %j: %j is refused by startResponse', async (rule, name, value) => {
		let thrown: unknown = null;
		const asked = requested((_environ, startResponse) => {
			try {
				startResponse(bytes('200 OK'), pairs('good', '1', name, value));
			} catch (error) {
				thrown = error;
				throw error;
			}
			return [];
		});
		await turns();
		expect((thrown as Misuse).rule).toBe(rule);
		expect(asked.log).toEqual(FAILED);
	});

	test('GATE-54: Content-Length twice', async () => {
		const { faults } = await told([], ['content-length', '1', 'Content-Length', '1']);
		expect(faults[0]).toContain('GATE-54');
	});
});

describe('GATE-55: Content-Length is kept to', () => {
	test.each(KINDS)('%s of that length', async (_name, bodyOf) => {
		const { log, faults } = await told(bodyOf('ab', 'c'), ['Content-Length', '3']);
		expect(log).toEqual(['respond 200 Content-Length: 3', 'data ab', 'data c', 'end']);
		expect(faults).toEqual([]);
	});

	test.each([
		[['abcd'], 'octets more'],
		[['ab'], 'octets less'],
		[[], 'octets less'],
	])('what is known before the head is a 500: %j', async (texts, message) => {
		const { log, faults } = await told(blocks(...texts), ['content-length', '3']);
		expect(log).toEqual(FAILED);
		expect(faults[0]).toContain(message);
		expect(faults[0]).toContain(': announce what comes, or leave it out. (GATE-55)');
	});

	test.each(KINDS.slice(0, 3))('what is known later is a reset: %s', async (_name, bodyOf) => {
		expect((await told(bodyOf('ab', 'cd'), ['content-length', '3'])).log.slice(-1)).toEqual(['reset 2']);
		const short = await told(bodyOf('a', 'b'), ['content-length', '3']);
		expect(short.log.at(-1)).toBe('reset 2');
		expect(short.faults).toHaveLength(1);
	});
});

describe('GATE-56: 204, 205 and 304', () => {
	test.each(['204 No Content', '205 Reset Content', '304 Not Modified'])('%s', async (status) => {
		expect((await told(blocks('', ''), ['etag', '"1"'], {}, status)).log).toEqual([
			`respond ${status.slice(0, 3)} etag: "1"`,
			'end',
		]);
		const wrong = await told(blocks('a'), [], {}, status);
		expect(wrong.log).toEqual(FAILED);
		expect(wrong.faults[0]).toContain('GATE-56');
	});

	test('304 may say the length that 200 would have', async () => {
		expect((await told([], ['content-length', '7'], {}, '304 Not Modified')).log).toEqual([
			'respond 304 content-length: 7',
			'end',
		]);
	});
});

describe('GATE-57: Content-Length is added where it is known', () => {
	test.each([
		['GET', blocks('abc'), ' content-length: 3'],
		['GET', blocks('a', 'b'), ''],
		['GET', [], ' content-length: 0'],
		['GET', generated(utf8('abc')), ''],
		['HEAD', blocks('abc'), ' content-length: 3'],
		['HEAD', [], ''],
		['HEAD', blocks(''), ''],
	])('%s %#', async (method, body, added) => {
		expect((await told(body, ['a', 'b'], { method })).log[0]).toBe(`respond 200 a: b${added}`);
	});

	test('of one length and then another', async () => {
		for (const text of ['abc', 'abcd', 'abc']) {
			expect((await told(blocks(text), ['a', 'b'])).log[0]).toBe(`respond 200 a: b content-length: ${text.length}`);
		}
	});
});

describe('GATE-58: write()', () => {
	test('sends at once, before all blocks', async () => {
		const log: string[] = [];
		const asked = requested(async (_environ, startResponse) => {
			const write = startResponse(bytes('200 OK'), pairs('a', '1'));
			await write(utf8(''));
			await turns(2);
			log.push(asked.log.join());
			await write(utf8('one'));
			log.push(asked.log.join());
			await write(utf8('two'));
			return blocks('three');
		});
		await turns();
		expect(log).toEqual(['', 'respond 200 a: 1,data one']);
		expect(asked.log).toEqual(['respond 200 a: 1', 'data one', 'data two', 'data three', 'end']);
	});

	test('without waiting, and a body that is sync', async () => {
		const asked = requested((_environ, startResponse) => {
			const write = startResponse(bytes('200 OK'), []);
			void write(utf8('one'));
			void write(utf8('two'));
			return blocks('three');
		});
		await turns();
		expect(asked.log).toEqual(['respond 200', 'data one', 'data two', 'data three', 'end']);
	});

	test('that is not awaited holds the body back while the client takes nothing', async () => {
		for (const later of [false, true]) {
			let give: (body: Body) => void = () => {};
			const asked = requested((_environ, startResponse) => {
				void startResponse(bytes('200 OK'), [])(new Uint8Array(100_000));
				return later ? new Promise<Body>((resolve) => (give = resolve)) : blocks('x');
			});
			const { events } = asked.client;
			// The body comes in the very turn in which output moves.
			asked.client.events = { ...events, data: (chunk) => [events.data?.(chunk), give(blocks('x'))] };
			asked.client.pause();
			await turns(2);
			asked.client.resume();
			await turns();
			expect(asked.log).toEqual(['respond 200', 'data 100000', 'data x', 'end']);
		}
	});

	test('waits while the client takes nothing', async () => {
		const written: number[] = [];
		const asked = requested(async (_environ, startResponse) => {
			const write = startResponse(bytes('200 OK'), []);
			for (let at = 0; at < 4; at++) {
				await write(new Uint8Array(50_000));
				written.push(at);
			}
			return [];
		});
		asked.client.pause();
		await turns();
		expect(written).toEqual([0]);
		asked.client.resume();
		await turns(30);
		expect(asked.content.length).toBe(200_000);
		expect(asked.log.at(-1)).toBe('end');
	});

	test('is rejected once the body has been begun, and when the exchange has ended', async () => {
		let write: Write = async () => {};
		const begin = (startResponse: StartResponse) => {
			write = startResponse(bytes('200 OK'), []);
		};
		const asked = requested((_environ, startResponse) => {
			begin(startResponse);
			return (async function* () {
				await expect(write(utf8('x'))).rejects.toThrow('GATE-58');
				yield utf8('a');
			})();
		});
		await turns();
		expect(asked.log).toEqual(['respond 200', 'data a', 'end']);
		await expect(write(utf8('x'))).rejects.toThrow(ExchangeEnded);
		const gone = requested((_environ, startResponse) => {
			begin(startResponse);
			return new Promise<Body>(() => {});
		});
		await turns();
		gone.client.lose();
		await turns();
		await expect(write(utf8('x'))).rejects.toThrow(ExchangeEnded);
		expect(gone.faults).toEqual([]);
	});

	test('refuses what is no block, and sends nothing to HEAD', async () => {
		const asked = requested(
			async (_environ, startResponse) => {
				const write = startResponse(bytes('200 OK'), pairs('content-length', '5'));
				await expect(write('text' as never)).rejects.toThrow('GATE-50');
				await write(utf8('a'));
				await write(utf8('b'));
				return blocks('c');
			},
			{ method: 'HEAD' },
		);
		await turns();
		expect(asked.log).toEqual(['respond 200 content-length: 5', 'end']);
		expect(asked.faults).toEqual([]);
	});
});

describe('GATE-59: HEAD', () => {
	test.each(KINDS)('the head as for GET, and no content: %s', async (_name, bodyOf) => {
		const { log, faults } = await told(bodyOf('ab', 'c'), ['content-length', '3'], { method: 'HEAD' });
		expect(log).toEqual(['respond 200 content-length: 3', 'end']);
		expect(faults).toEqual([]);
	});

	test('a body without an end is stopped', async () => {
		const log: string[] = [];
		const endless = (function* () {
			try {
				for (;;) yield utf8('x');
			} finally {
				log.push('return');
			}
		})();
		const body: Body = { [Symbol.iterator]: () => endless, close: () => void log.push('close') };
		expect((await told(body, [], { method: 'HEAD' })).log).toEqual(['respond 200', 'end']);
		expect(log).toEqual(['return', 'close']);
	});
});

describe('GATE-60: a 2xx to CONNECT is 501', () => {
	test.each([
		{ method: 'CONNECT', target: 'a:1' },
		{ method: 'CONNECT', target: '/chat', protocol: 'websocket' },
	])('%j', async (request) => {
		const { log, faults } = await told(blocks('hello'), [], request);
		expect(log).toEqual(['discard', 'respond 501 content-type: text/plain; charset=utf-8', 'data 50', 'end']);
		expect(faults).toEqual([]);
		expect((await told(blocks('no'), [], request, '403 Forbidden')).log).toEqual([
			'discard',
			'respond 403 content-length: 2',
			'data no',
			'end',
		]);
	});
});

test('GATE-64: what is answered at once makes no promise and attaches nothing', () => {
	const calls: string[] = [];
	const exchange = new Proxy(
		{
			method: 'GET',
			scheme: 'http',
			authority: 'a',
			target: '/',
			httpVersion: '2',
			protocol: null,
			fields: { lines: [] },
			connection: { peer: null, local: null, tls: null },
		},
		{
			get(values, name) {
				// Nobody watches it: what an exchange has under a symbol is no command.
				if (name in values || typeof name === 'symbol') return values[name as keyof typeof values];
				return (...args: unknown[]) => calls.push(`${String(name)} ${args.length}`);
			},
		},
	);
	const app = gatewayToRich(gateway(answering(blocks('hello'))));
	let promises = 0;
	const stop = promiseHooks.onInit(() => promises++) as () => void;
	const returned = app(exchange as never);
	stop();
	expect(returned).toBeUndefined();
	expect(promises).toBe(0);
	expect(calls).toEqual(['respond 3', 'end 1']);
});
