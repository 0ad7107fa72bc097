/** spec/validate.md §4: the validator of the rich layer. */
import {
	type Exchange,
	Fields,
	type Handler,
	type Outcome,
	type RichFunction,
	rich,
	utf8,
	WrappedExchange,
} from 'rsgi';
import { validateRich } from 'rsgi/validate';
import { describe, expect, test } from 'vitest';
import type { PairRequest } from '../../src/rich/pair.ts';
import { Findings } from '../support/findings.ts';
import { last } from '../support/last.ts';
import { CONNECT, POST, UPGRADE } from '../support/open-exchange.ts';
import { recorded } from '../support/recorded-client.ts';
import { settled } from '../support/settled.ts';

/** What is told of an application that runs in memory. */
async function told(
	run: RichFunction,
	request: PairRequest = {},
	then?: (client: ReturnType<typeof recorded>) => void,
): Promise<string[]> {
	const findings = new Findings();
	const client = recorded(validateRich(rich(run), findings.options), request, { marks: { high: 8, hard: 64 } });
	await settled();
	then?.(client);
	await settled();
	return findings.lines;
}

const complete: Outcome = { reason: 'complete', code: 0 };

/** What is told of a server that treats the handler of an application so. */
async function toldOfServer(
	serve: (handler: Handler, exchange: Exchange) => void,
	run: RichFunction = () => ({ data() {}, end() {}, drain() {}, closed() {} }),
): Promise<string[]> {
	const findings = new Findings();
	let attached: Handler | null = null;
	class Caught extends WrappedExchange {
		override attach(handler: Handler): void {
			attached = handler;
		}
	}
	let exchange: Exchange | null = null;
	recorded(
		rich((inner) => {
			exchange = inner;
		}),
		POST,
	);
	await settled();
	const caught = new Caught(exchange as unknown as Exchange);
	void validateRich(rich(run), findings.options)(caught);
	serve(attached as unknown as Handler, caught);
	return findings.lines;
}

describe('what the application commands', () => {
	test('VALID-22: in order, nothing is told', async () => {
		const run: RichFunction = (exchange) => {
			exchange.inform?.(103, ['link', '</a>']);
			exchange.respond(200, ['content-length', '2']);
			exchange.write(utf8('a'));
			exchange.end(utf8('b'));
		};
		expect(await told(run)).toEqual([]);
		expect(await told(run, { method: 'HEAD' })).toEqual([]);
	});

	test.each([
		['write before respond', (exchange: Exchange) => void exchange.write(utf8('a')), 'RICH-12'],
		['respond twice', (exchange: Exchange) => [exchange.respond(200), exchange.respond(200)], 'RICH-12'],
		[
			'write after end',
			(exchange: Exchange) => [exchange.respond(200), exchange.end(), exchange.write(utf8('a'))],
			'RICH-12',
		],
		['end twice', (exchange: Exchange) => [exchange.respond(200), exchange.end(), exchange.end()], 'RICH-12'],
		['an informational status', (exchange: Exchange) => exchange.respond(103), 'RICH-12'],
		['inform with 200', (exchange: Exchange) => exchange.inform?.(200), 'RICH-13'],
		['inform after respond', (exchange: Exchange) => [exchange.respond(200), exchange.inform?.(103)], 'RICH-12'],
		['Content-Length in 1xx', (exchange: Exchange) => exchange.inform?.(103, ['content-length', '1']), 'RFC 9110 §8.6'],
		['a bad name', (exchange: Exchange) => exchange.respond(200, ['a b', 'c']), 'RICH-14'],
		['a field of the connection', (exchange: Exchange) => exchange.respond(200, ['connection', 'close']), 'RICH-15'],
		['text as content', (exchange: Exchange) => [exchange.respond(200), exchange.write('a' as never)], 'RICH-22'],
		['content of 204', (exchange: Exchange) => [exchange.respond(204), exchange.write(utf8('a'))], 'RICH-18'],
		[
			'too much',
			(exchange: Exchange) => [exchange.respond(200, ['content-length', '1']), exchange.end(utf8('ab'))],
			'RICH-19',
		],
		[
			'too little',
			(exchange: Exchange) => [exchange.respond(200, ['content-length', '3']), exchange.end(utf8('ab'))],
			'RICH-19',
		],
		[
			'trailers that are none',
			(exchange: Exchange) => [exchange.respond(200), exchange.end(null, ['host', 'a'])],
			'RICH-20',
		],
		[
			'a promise of POST',
			(exchange: Exchange) =>
				exchange.push?.(
					{ method: 'POST' as never, target: '/' },
					rich(() => {}),
				),
			'RICH-36',
		],
		['an unstamped push', (exchange: Exchange) => exchange.push?.({ target: '/' }, (() => {}) as never), 'RICH-3'],
		['refuse after respond', (exchange: Exchange) => [exchange.respond(200), exchange.refuse()], 'RICH-12'],
		['a code that is none', (exchange: Exchange) => exchange.abort(-1), 'RICH-38'],
		['no handler', (exchange: Exchange) => exchange.attach(new Response() as never), 'RICH-4'],
	] as [string, (exchange: Exchange) => unknown, string][])('VALID-22: %s is told', async (_, act, rule) => {
		expect(await told((exchange) => void act(exchange))).toEqual([`application ${rule}`]);
	});

	test('VALID-22: after the end of the exchange nothing is wrong', async () => {
		const late: RichFunction = (exchange) => ({
			closed: () => void [exchange.write(utf8('a')), exchange.respond(100)].length,
		});
		const inert: RichFunction = (exchange) => ({
			closed: () => void [exchange.write(utf8('a')), exchange.end()].length,
		});
		expect(await told(inert, {}, ({ client }) => client.lose())).toEqual([]);
		// The status is looked at by the server in any case.
		expect(await told(late, {}, ({ client }) => client.lose())).toEqual(['application RICH-12']);
	});

	test('VALID-23: a write after write has said false, once, until drain', async () => {
		const greedy: RichFunction = (exchange) => {
			exchange.respond(200);
			for (let at = 0; at < 4; at++) exchange.write(utf8('12345'));
			exchange.end();
		};
		expect(await told(greedy)).toEqual(['application VALID-23']);
		const patient: RichFunction = (exchange) => {
			let left = 4;
			const more = (): void => {
				while (left-- > 0) if (!exchange.write(utf8('123456789'))) return;
				exchange.end();
			};
			exchange.respond(200);
			more();
			return { drain: more };
		};
		expect(await told(patient)).toEqual([]);
		expect(await told(greedy, { method: 'HEAD' })).toEqual([]);
	});

	test('VALID-24: a chunk that is changed while it is the server’s', async () => {
		const chunk = utf8('abc');
		const reused: RichFunction = (exchange) => {
			exchange.respond(200);
			exchange.write(chunk);
			chunk[0] = 0;
			exchange.write(utf8('d'));
			exchange.end();
		};
		expect(await told(reused)).toEqual(['application VALID-24']);
		const atLast: RichFunction = (exchange) => {
			exchange.respond(200);
			exchange.end(chunk);
			chunk[0] = 1;
			return {};
		};
		expect(await told(atLast)).toEqual(['application VALID-24']);
	});

	test('VALID-25: a second handler, and one that comes too late for content', async () => {
		expect(await told((exchange) => last(exchange.attach({}), {}))).toEqual(['application RICH-4']);
		const late: RichFunction = (exchange) => void queueMicrotask(() => exchange.attach({ data() {} }));
		expect(await told(late, POST)).toEqual(['application RICH-7']);
		const listening: RichFunction = (exchange) => void queueMicrotask(() => exchange.attach({ closed() {} }));
		expect(await told(listening, POST)).toEqual([]);
		expect(await told(async () => ({ data() {} }), POST)).toEqual([]);
	});

	test('VALID-27: a pushed application', async () => {
		const run: RichFunction = (exchange) => {
			exchange.push?.(
				{ target: '/b' },
				rich((pushed) => void pushed.write(utf8('a'))),
			);
			exchange.respond(200);
			exchange.end();
		};
		expect(await told(run)).toEqual(['application RICH-12']);
	});

	test('VALID-27: a tunnel', async () => {
		const run: RichFunction = (exchange) => {
			const tunnel = exchange.accept?.([], {});
			tunnel?.write(utf8('a'));
			tunnel?.end();
			tunnel?.write(utf8('b'));
		};
		expect(await told(run, CONNECT)).toEqual(['application RICH-12']);
		expect(await told((exchange) => void exchange.accept?.(['content-length', '1'], {}), CONNECT)).toEqual([
			'application RFC 9110 §9.3.6',
		]);
		expect(await told((exchange) => void exchange.accept?.([], {}), UPGRADE)).toEqual([]);
		expect(await told((exchange) => exchange.respond(200), CONNECT)).toEqual(['application RICH-31']);
	});
});

describe('what the server gives', () => {
	const server = async (values: Readonly<Record<string, unknown>>, request: PairRequest = {}): Promise<string[]> => {
		const findings = new Findings();
		const app = validateRich(
			rich(() => {}),
			findings.options,
		);
		const wrapped = (exchange: Exchange): Exchange => {
			const made = new WrappedExchange(exchange);
			for (const [name, value] of Object.entries(values)) Object.defineProperty(made, name, { value });
			return made;
		};
		recorded(
			rich((exchange) => void app(wrapped(exchange))),
			request,
		);
		await settled();
		return findings.lines;
	};

	test.each([
		[{ method: 'G T' }, 'RICH-1'],
		[{ scheme: 'ftp' }, 'RICH-1'],
		[{ authority: null }, 'RICH-1'],
		[{ target: '' }, 'RICH-1'],
		[{ protocol: 7 }, 'RICH-1'],
		[{ fields: [] }, 'RICH-1'],
		[{ fields: new Fields(['a']) }, 'RICH-1'],
		[{ fields: new Fields(['a b', 'c']) }, 'RICH-1'],
		[{ fields: new Fields(['Accept', 'c']) }, 'RICH-1'],
		[{ httpVersion: '3' }, 'VALID-20'],
		[{ responded: true }, 'VALID-20'],
		[{ accept: () => {} }, 'RICH-29'],
		[{ inform: 7 }, 'RICH-40'],
	])('VALID-20: a head that cannot be is told: %o', async (values, rule) => {
		const given = rule === 'VALID-20' && 'httpVersion' in values ? { ...values, push: null } : values;
		expect(await server(given)).toEqual([`server ${rule}`]);
	});

	test('VALID-20: capabilities that the version does not have', async () => {
		expect(await server({})).toEqual([]);
		expect(await server({ push: () => {} }, { httpVersion: '1.1' })).toEqual(['server RICH-37']);
		expect(await server({ inform: () => {} }, { httpVersion: '1.0' })).toEqual(['server RICH-13']);
		expect(await server({ trailers: true }, { httpVersion: '1.0' })).toEqual(['server RICH-20']);
	});

	test.each([
		['data after end', (handler: Handler) => [handler.end?.(new Fields()), handler.data?.(utf8('a'))], 'RICH-8'],
		['end twice', (handler: Handler) => [handler.end?.(new Fields()), handler.end?.(new Fields())], 'RICH-8'],
		[
			'closed twice',
			(handler: Handler) => [
				handler.closed?.({ reason: 'lost', code: 0 }),
				handler.closed?.({ reason: 'lost', code: 0 }),
			],
			'RICH-8',
		],
		[
			'data after closed',
			(handler: Handler) => [handler.closed?.({ reason: 'lost', code: 0 }), handler.data?.(utf8('a'))],
			'RICH-8',
		],
		['drain that is not owed', (handler: Handler) => handler.drain?.(), 'RICH-22'],
		['an outcome that is none', (handler: Handler) => handler.closed?.('gone' as never), 'RICH-10'],
		['complete without a response', (handler: Handler) => handler.closed?.(complete), 'RICH-10'],
		['text as data', (handler: Handler) => handler.data?.('a' as never), 'VALID-21'],
	] as [string, (handler: Handler) => unknown, string][])('VALID-21: %s is told', async (_, act, rule) => {
		expect(await toldOfServer((handler) => void act(handler))).toEqual([`server ${rule}`]);
	});

	test('VALID-21: chunks in the same memory', async () => {
		const memory = utf8('abcdef');
		const reused = (handler: Handler): void => {
			handler.data?.(memory.subarray(0, 3));
			handler.data?.(memory.subarray(3));
			handler.data?.(memory.subarray(2, 4));
		};
		expect(await toldOfServer(reused)).toEqual(['server RICH-24']);
	});

	test('VALID-21: data while paused, and events after discard()', async () => {
		const paused: RichFunction = (exchange) => last(exchange.pause(), { data() {} });
		expect(await toldOfServer((handler) => handler.data?.(utf8('a')), paused)).toEqual(['server RICH-25']);
		const discarded: RichFunction = (exchange) => last(exchange.discard(), { data() {}, end() {} });
		expect(
			await toldOfServer((handler) => [handler.data?.(utf8('a')), handler.end?.(new Fields())], discarded),
		).toEqual(['server RICH-27', 'server RICH-27']);
	});

	test('VALID-21: an event inside a command, and before the call has returned', async () => {
		const findings = new Findings();
		class Eager extends WrappedExchange {
			override attach(handler: Handler): void {
				handler.data?.(utf8('a'));
			}
		}
		const app = validateRich(
			rich((exchange) => exchange.attach({ data() {} })),
			findings.options,
		);
		recorded(
			rich((exchange) => void app(new Eager(exchange))),
			POST,
		);
		await settled();
		expect(findings.lines).toEqual(['server RICH-6', 'server RICH-6']);
	});

	test('VALID-26: closed that never came, when the server stops', async () => {
		const findings = new Findings();
		const app = validateRich(
			rich((exchange) => last(exchange.respond(200), {})),
			findings.options,
		);
		const ended = recorded(app);
		recorded(app);
		await settled();
		ended.client.lose();
		await settled();
		await app.stop?.();
		expect(findings.lines).toEqual(['server RICH-8']);
	});
});
