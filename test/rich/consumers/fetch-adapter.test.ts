/** The contract tried: standard Request and Response over an exchange, streams both ways, an abort signal. */
import { describe, expect, test } from 'vitest';
import { type RichApp, rich } from '../../../src/rich/app.ts';
import { type Duplex, duplex } from '../../../src/rich/duplex.ts';
import type { Exchange } from '../../../src/rich/exchange.ts';
import { ExchangeEnded } from '../../../src/rich/outcome.ts';
import { utf8 } from '../../../src/wire/utf8.ts';
import { recorded } from '../../support/recorded-client.ts';
import { settled } from '../../support/settled.ts';

type FetchHandler = (request: Request) => Response | Promise<Response>;

function requestOf(exchange: Exchange, both: Duplex, signal: AbortSignal): Request {
	const headers = new Headers();
	for (const [name, value] of exchange.fields) headers.append(name, value);
	const hasBody = exchange.method !== 'GET' && exchange.method !== 'HEAD';
	const body = new ReadableStream<Uint8Array>(
		{
			pull: async (controller) => {
				const { done, value } = await both.content.next();
				if (done === true) controller.close();
				else controller.enqueue(value);
			},
			cancel: async () => {
				await both.content.return?.();
			},
		},
		{ highWaterMark: 0 },
	);
	const url = `${exchange.scheme}://${exchange.authority}${exchange.target}`;
	return new Request(url, {
		method: exchange.method,
		headers,
		signal,
		...(hasBody ? { body, duplex: 'half' } : {}),
	} as RequestInit);
}

function fetchToRich(handler: FetchHandler): RichApp {
	return rich(async (exchange) => {
		const both = duplex(exchange);
		const gone = new AbortController();
		void both.closed.then((outcome) => {
			if (outcome.reason !== 'complete') gone.abort(new ExchangeEnded(outcome));
		});
		const response = await handler(requestOf(exchange, both, gone.signal));
		exchange.respond(response.status, [...response.headers].flat(), response.statusText || undefined);
		const reader = response.body?.getReader();
		if (reader === undefined) {
			both.end();
			return;
		}
		gone.signal.addEventListener('abort', () => void reader.cancel(gone.signal.reason).catch(() => {}));
		for (;;) {
			const { done, value } = await reader.read();
			if (done) break;
			await both.write(value);
		}
		if (exchange.outcome === null) both.end();
	});
}

const POST = { method: 'POST', hasContent: true };

describe('a fetch adapter', () => {
	test('gives a Request and takes a Response', async () => {
		const app = fetchToRich(async (request) => {
			const text = `${request.method} ${request.url} ${request.headers.get('x-a')} ${await request.text()}`;
			return new Response(text, { status: 201, headers: { 'content-type': 'text/plain' } });
		});
		const client = recorded(app, { ...POST, target: '/p?q', fields: ['X-A', '1', 'x-a', '2'] });
		client.client.send(utf8('con'));
		client.client.send(utf8('tent'));
		client.client.end();
		for (let turn = 0; turn < 5; turn++) await settled();
		expect(client.log).toEqual([
			'respond 201 content-type: text/plain',
			'data POST http://localhost/p?q 1, 2 content',
			'end',
		]);
		expect(client.faults).toEqual([]);
	});

	test('streams both ways at once', async () => {
		const app = fetchToRich((request) => new Response(request.body));
		const client = recorded(app, POST);
		for (const word of ['one', 'two']) {
			client.client.send(utf8(word));
			for (let turn = 0; turn < 5; turn++) await settled();
			expect(client.log.at(-1)).toBe(`data ${word}`);
		}
		client.client.end();
		for (let turn = 0; turn < 5; turn++) await settled();
		expect(client.log.at(-1)).toBe('end');
		expect(client.faults).toEqual([]);
	});

	test('pulls no content that the handler does not read, and discards it with the response', async () => {
		const app = fetchToRich(() => new Response('no thanks', { status: 413 }));
		const client = recorded(app, POST);
		client.client.send(new Uint8Array(1000));
		for (let turn = 0; turn < 5; turn++) await settled();
		expect(client.credited).toBe(0);
		expect(client.log).toEqual([
			'respond 413 content-type: text/plain;charset=UTF-8',
			'data no thanks',
			'end',
			'discard',
		]);
	});

	test('a body of the handler is pulled no faster than the client reads', async () => {
		let pulled = 0;
		const app = fetchToRich(
			() =>
				new Response(
					new ReadableStream({
						pull(controller) {
							if (++pulled > 100) controller.close();
							else controller.enqueue(new Uint8Array(1024));
						},
					}),
				),
		);
		const client = recorded(app, {}, { marks: { high: 4096, hard: 8192 } });
		client.client.pause();
		for (let turn = 0; turn < 20; turn++) await settled();
		expect(pulled).toBeLessThan(8);
		client.client.resume();
		for (let turn = 0; turn < 20; turn++) await settled();
		expect(client.content.length).toBe(102_400);
		expect(client.log.at(-1)).toBe('end');
	});

	test('a disconnect aborts the signal and cancels the body', async () => {
		let cancelled: unknown = null;
		let aborted: unknown = null;
		const app = fetchToRich((request) => {
			request.signal.addEventListener('abort', () => {
				aborted = request.signal.reason;
			});
			return new Response(
				new ReadableStream({
					cancel(reason) {
						cancelled = reason;
					},
				}),
			);
		});
		const client = recorded(app);
		for (let turn = 0; turn < 5; turn++) await settled();
		client.client.reset(8);
		for (let turn = 0; turn < 5; turn++) await settled();
		expect(aborted).toBeInstanceOf(ExchangeEnded);
		expect(cancelled).toBe(aborted);
		expect(client.faults).toEqual([]);
	});

	test('a request body that breaks off errors the stream', async () => {
		let caught: unknown = null;
		const app = fetchToRich(async (request) => {
			try {
				await request.text();
			} catch (error) {
				caught = error;
			}
			return new Response(null, { status: 204 });
		});
		const client = recorded(app, POST);
		client.client.send(utf8('half'));
		for (let turn = 0; turn < 5; turn++) await settled();
		client.client.lose();
		for (let turn = 0; turn < 5; turn++) await settled();
		expect(caught).toBeInstanceOf(ExchangeEnded);
		expect(client.faults).toEqual([]);
	});

	test('204 and HEAD have no content', async () => {
		const empty = recorded(fetchToRich(() => new Response(null, { status: 204 })));
		const head = recorded(
			fetchToRich(() => new Response('abc')),
			{ method: 'HEAD' },
		);
		for (let turn = 0; turn < 5; turn++) await settled();
		expect(empty.log).toEqual(['respond 204', 'end']);
		expect(head.log).toEqual(['respond 200 content-type: text/plain;charset=UTF-8', 'end']);
	});
});
