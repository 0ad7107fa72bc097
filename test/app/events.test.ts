import fc from 'fast-check';
import { type EventStream, type EventStreamOptions, eventStream, type ServerEvent } from 'rsgi/events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { rich } from '../../src/rich/app.ts';
import { duplex } from '../../src/rich/duplex.ts';
import type { Exchange } from '../../src/rich/exchange.ts';
import type { PairOptions, PairRequest } from '../../src/rich/pair.ts';
import { ErrorCode, Misuse } from '../../src/wire/fault.ts';
import { utf8 } from '../../src/wire/utf8.ts';
import { parseEventStream } from '../support/event-source.ts';
import { type RecordedClient, recorded } from '../support/recorded-client.ts';
import { settled } from '../support/settled.ts';

beforeEach(() => {
	vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
});

afterEach(() => {
	vi.useRealTimers();
});

interface Opened {
	readonly stream: EventStream;
	readonly exchange: Exchange;
	readonly client: RecordedClient;
	/** How it ended, once it has. */
	readonly outcome: { reason: string | null };
}

/** Opens a stream. */
async function opened(
	options: EventStreamOptions = {},
	request: PairRequest = {},
	pairOptions: Omit<PairOptions, 'report'> = {},
): Promise<Opened> {
	const { promise, resolve } = Promise.withResolvers<Omit<Opened, 'client'>>();
	const app = rich((exchange) => {
		const stream = eventStream(exchange, options);
		const outcome = { reason: null as string | null };
		void stream.closed.then(({ reason }) => {
			outcome.reason = reason;
		});
		resolve({ stream, exchange, outcome });
	});
	const client = recorded(app, request, pairOptions);
	const rest = await promise;
	await settled();
	return { ...rest, client };
}

/** What the first request of this application is answered with when it misuses the stream. */
async function misuse(options: EventStreamOptions): Promise<string> {
	const client = recorded(rich((exchange) => void eventStream(exchange, options)));
	await settled();
	expect(client.status).toBe(500);
	expect(client.faults[0]).toBeInstanceOf(Misuse);
	return String(client.faults[0]);
}

describe('RICH-49 an event stream', () => {
	it('is a response of its type, that is not stored', async () => {
		const { client } = await opened();
		expect(client.log).toEqual(['respond 200 content-type: text/event-stream cache-control: no-store']);
	});

	it('may have further fields, and another Cache-Control', async () => {
		const { client } = await opened({ fields: ['Cache-Control', 'no-cache, no-transform', 'x-a', 'b'] });
		expect(client.log).toEqual([
			'respond 200 Cache-Control: no-cache, no-transform x-a: b content-type: text/event-stream',
		]);
	});

	it('refuses options that make no sense', async () => {
		expect(await misuse({ fields: ['content-type', 'text/plain'] })).toContain('RICH-49');
		for (const retry of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 1e21]) {
			expect(await misuse({ retry })).toContain('RICH-49');
		}
		for (const keepAlive of [-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31]) {
			expect(await misuse({ keepAlive })).toContain('RICH-49');
		}
		expect(vi.getTimerCount()).toBe(0);
	});

	it('ends when it is closed, once', async () => {
		const { stream, client, outcome } = await opened();
		stream.send({ data: 'a' });
		expect(stream.open).toBe(true);
		stream.close();
		stream.close();
		expect(stream.open).toBe(false);
		await settled();
		expect(client.log.slice(1)).toEqual(['data data: a\n\n', 'end']);
		expect([outcome.reason, client.faults]).toEqual(['complete', []]);
	});

	it('sends nothing after its end, and throws nothing', async () => {
		const { stream, client } = await opened();
		stream.close();
		expect(stream.send({ data: 'late' })).toBe(false);
		expect(stream.comment('late')).toBe(false);
		await stream.drained();
		await settled();
		expect(client.text).toBe('');
	});

	it.each([
		['is lost', (client: RecordedClient) => client.client.lose(), 'lost'],
		['resets', (client: RecordedClient) => client.client.reset(ErrorCode.CANCEL), 'reset'],
	])('ends when the client %s', async (_how, leave, reason) => {
		const { stream, client, outcome } = await opened();
		expect(vi.getTimerCount()).toBe(1);
		leave(client);
		await settled();
		expect([stream.open, outcome.reason, stream.send({ data: 'x' })]).toEqual([false, reason, false]);
		stream.close();
		expect([vi.getTimerCount(), client.faults]).toEqual([0, []]);
	});

	it('answers HEAD with the head alone', async () => {
		const { stream, client, outcome } = await opened({ retry: 1 }, { method: 'HEAD' });
		expect(client.log).toEqual(['respond 200 content-type: text/event-stream cache-control: no-store', 'end']);
		expect([stream.open, outcome.reason, vi.getTimerCount()]).toEqual([false, 'complete', 0]);
	});

	it('discards content of the request', async () => {
		const { client, stream, outcome } = await opened({}, { method: 'POST', hasContent: true });
		client.client.send(utf8('unwanted'));
		stream.close();
		await settled();
		expect([client.credited, outcome.reason]).toEqual([0, 'complete']);
	});

	it('attaches itself: beside another handler it is misuse (RICH-4)', async () => {
		const client = recorded(
			rich((exchange) => {
				exchange.attach({});
				eventStream(exchange);
			}),
		);
		await settled();
		expect([client.status, String(client.faults)]).toEqual([500, expect.stringContaining('RICH-4')]);
		expect(vi.getTimerCount()).toBe(0);
	});

	it('on an exchange that has ended is a closed one', async () => {
		const seen: unknown[] = [];
		const client = recorded(
			rich(async (exchange) => {
				await settled();
				const stream = eventStream(exchange, { retry: 5 });
				seen.push(stream.open, (await stream.closed).reason);
			}),
		);
		client.client.lose();
		await vi.waitFor(() => expect(seen).toEqual([false, 'lost']));
		expect(vi.getTimerCount()).toBe(0);
	});
});

describe('RICH-49 HTML §9.2.4 Last-Event-ID', () => {
	it('is null for a client that has none', async () => {
		expect((await opened()).stream.lastEventId).toBeNull();
	});

	it.each([
		['42', '42'],
		['gr\u00c3\u00b6\u00c3\u009fe', 'größe'],
		['\u00ff', '\ufffd'],
		['', ''],
	])('%j is %j', async (value, id) => {
		expect((await opened({}, { fields: ['Last-Event-ID', value] })).stream.lastEventId).toBe(id);
	});
});

describe('RICH-49 HTML §9.2.5 the format', () => {
	/** What is sent for it. */
	async function sent(event: ServerEvent): Promise<string> {
		const { stream, client } = await opened();
		stream.send(event);
		await settled();
		return new TextDecoder().decode(client.content);
	}

	it.each<[ServerEvent, string]>([
		[{ data: 'a' }, 'data: a\n\n'],
		[{ data: '' }, 'data: \n\n'],
		[{ data: ' a' }, 'data:  a\n\n'],
		[{ data: 'a\nb' }, 'data: a\ndata: b\n\n'],
		[{ data: 'a\rb' }, 'data: a\ndata: b\n\n'],
		[{ data: 'a\r\nb' }, 'data: a\ndata: b\n\n'],
		[{ data: 'a\n\rb' }, 'data: a\ndata: \ndata: b\n\n'],
		[{ data: 'a\n' }, 'data: a\ndata: \n\n'],
		[{ data: 'a\n\nevent: x\n\n' }, 'data: a\ndata: \ndata: event: x\ndata: \ndata: \n\n'],
		[{ data: 'größe\u2028' }, 'data: größe\u2028\n\n'],
		[{ event: 'time', data: 'a', id: '7', retry: 10 }, 'event: time\nid: 7\nretry: 10\ndata: a\n\n'],
		[{ data: 'a', id: '' }, 'id: \ndata: a\n\n'],
		[{ data: 'a', retry: 0 }, 'retry: 0\ndata: a\n\n'],
	])('%j', async (event, text) => {
		expect(await sent(event)).toBe(text);
	});

	it.each<[string, ServerEvent]>([
		['a type of two lines', { event: 'a\nb', data: '' }],
		['a type with CR', { event: 'a\rb', data: '' }],
		['an id of two lines', { data: '', id: 'a\nb' }],
		['an id with CR', { data: '', id: 'a\r' }],
		['an id with NUL', { data: '', id: 'a\0' }],
		['a negative retry', { data: '', retry: -1 }],
		['a retry with an exponent', { data: '', retry: 1e21 }],
		['data that is not a string', { data: { a: 1 } as unknown as string }],
		['no data', {} as ServerEvent],
	])('refuses %s, and sends nothing of it', async (_what, event) => {
		const { stream, client } = await opened();
		expect(() => stream.send(event)).toThrow(/RICH-49/);
		await settled();
		expect([client.text, stream.open]).toEqual(['', true]);
	});

	it('has comments, of several lines too', async () => {
		const { stream, client } = await opened();
		stream.comment('');
		stream.comment('a\r\ndata: b');
		await settled();
		expect(client.text).toBe(': \n\n: a\n: data: b\n\n');
	});

	it('begins with the reconnection time, if there is one', async () => {
		const { client } = await opened({ retry: 2500 });
		expect(client.text).toBe('retry: 2500\n\n');
		expect(parseEventStream(client.content)).toEqual({ events: [], comments: [], retry: 2500 });
	});

	it('HTML §9.2.6 any event arrives as it was sent, with line breaks as LF', async () => {
		const text = fc.string({
			unit: fc.constantFrom('a', ' ', ':', '\n', '\r', '\r\n', '\ufeff', 'data: ', '\0', '😀', 'ß'),
		});
		const line = text.map((value) => value.replaceAll(/[\r\n\0]/g, ''));
		const event = fc.record({ event: line, data: text, id: line }, { requiredKeys: ['data'] });
		await fc.assert(
			fc.asyncProperty(fc.array(event, { maxLength: 5 }), async (events) => {
				const { stream, client } = await opened();
				for (const one of events) stream.send(one);
				stream.close();
				await settled();
				let lastEventId = '';
				const expected = events.map(({ event: type, data, id }) => {
					lastEventId = id ?? lastEventId;
					return { type: type || 'message', data: data.replaceAll(/\r\n|\r/g, '\n'), lastEventId };
				});
				expect(parseEventStream(client.content).events).toEqual(expected);
			}),
			{ numRuns: 200 },
		);
	});
});

describe('RICH-49 keeping a stream alive', () => {
	it('sends a comment every 15 seconds', async () => {
		const { client } = await opened();
		vi.advanceTimersByTime(14_999);
		await settled();
		expect(client.text).toBe('');
		vi.advanceTimersByTime(15_001);
		await settled();
		expect(client.text).toBe(': \n\n: \n\n');
	});

	it('does so as often as it is told, or never', async () => {
		const often = await opened({ keepAlive: 100 });
		vi.advanceTimersByTime(1000);
		await settled();
		expect(parseEventStream(often.client.content).comments).toHaveLength(10);
		often.stream.close();
		await opened({ keepAlive: 0 });
		expect(vi.getTimerCount()).toBe(0);
	});

	it('leaves no timer behind when it is closed', async () => {
		const { stream } = await opened();
		expect(vi.getTimerCount()).toBe(1);
		stream.close();
		expect(vi.getTimerCount()).toBe(0);
	});

	it('nor when the application aborts the exchange', async () => {
		const { exchange, stream, outcome } = await opened();
		exchange.abort();
		expect(stream.send({ data: 'x' })).toBe(false);
		await settled();
		expect([vi.getTimerCount(), outcome.reason]).toEqual([0, 'aborted']);
	});

	it('nor, and throws nothing, when the application ends the response behind its back', async () => {
		const { exchange } = await opened({}, { method: 'POST', hasContent: true });
		exchange.end();
		vi.advanceTimersByTime(60_000);
		await settled();
		expect(vi.getTimerCount()).toBe(0);
	});

	it('sends none to a client that has stalled', async () => {
		const { stream, client } = await opened();
		client.client.pause();
		while (stream.send({ data: 'x'.repeat(1000) }));
		vi.advanceTimersByTime(3_600_000);
		client.client.resume();
		await settled();
		expect(parseEventStream(client.content).comments).toEqual([]);
		vi.advanceTimersByTime(15_000);
		await settled();
		expect(parseEventStream(client.content).comments).toEqual(['']);
	});
});

describe('RICH-49 a client that does not keep up', () => {
	it('is told of by false at the high mark, and waited for', async () => {
		const { stream, client } = await opened();
		client.client.pause();
		let sent = 1;
		while (stream.send({ data: 'x'.repeat(992) })) sent++;
		expect(sent).toBe(66);
		let isDrained = false;
		void stream.drained().then(() => {
			isDrained = true;
		});
		await settled();
		expect(isDrained).toBe(false);
		client.client.resume();
		await settled();
		expect(isDrained).toBe(true);
		await stream.drained();
		expect(stream.send({ data: 'more' })).toBe(true);
		await settled();
		expect(parseEventStream(client.content).events).toHaveLength(sent + 1);
	});

	it('is aborted at the hard mark, so that memory is bounded', async () => {
		const { stream, client, outcome } = await opened();
		client.client.pause();
		let accepted = 0;
		while (stream.open) {
			stream.send({ data: 'x'.repeat(992) });
			accepted++;
		}
		expect(accepted).toBeLessThanOrEqual(411);
		expect(vi.getTimerCount()).toBe(0);
		await stream.drained();
		await settled();
		expect([client.log.at(-1), outcome.reason, client.faults]).toEqual([`reset ${ErrorCode.CANCEL}`, 'aborted', []]);
	});

	it('takes one event of any size when nothing waits', async () => {
		const { stream, client } = await opened();
		expect(stream.send({ data: 'x'.repeat(1_000_000) })).toBe(false);
		expect(stream.open).toBe(true);
		await settled();
		expect(parseEventStream(client.content).events[0]?.data).toHaveLength(1_000_000);
	});

	it('that leaves wakes up who waits for it', async () => {
		const { stream, client } = await opened();
		client.client.pause();
		while (stream.send({ data: 'x'.repeat(992) }));
		const drained = stream.drained();
		client.client.lose();
		await drained;
		expect(stream.open).toBe(false);
	});
});

describe('RICH-49 behind a duplex', () => {
	/** Repeats each line of the request as an event, and closes. */
	const repeating = rich(async (exchange) => {
		const request = duplex(exchange);
		const chunks: Uint8Array[] = [];
		for await (const chunk of request.content) chunks.push(chunk);
		const stream = eventStream(exchange, { duplex: request });
		for (const chunk of chunks) {
			for (let i = 0; i < 300 && stream.open; i++) {
				if (!stream.send({ data: new TextDecoder().decode(chunk) })) await stream.drained();
			}
		}
		stream.close();
	});

	it('answers what was read from the request', async () => {
		const client = recorded(repeating, { method: 'POST', hasContent: true });
		client.client.send(utf8('one'));
		client.client.send(utf8('x'.repeat(1000)));
		client.client.end();
		await settled();
		expect(parseEventStream(client.content).events).toHaveLength(600);
		expect([client.log.at(-1), client.faults, vi.getTimerCount()]).toEqual(['end', [], 0]);
	});

	it('waits for drain', async () => {
		const client = recorded(repeating, { method: 'POST', hasContent: true });
		client.client.pause();
		client.client.send(utf8('x'.repeat(1000)));
		client.client.end();
		await settled();
		expect([client.status, vi.getTimerCount()]).toEqual([200, 1]);
		client.client.resume();
		await settled();
		expect(parseEventStream(client.content).events).toHaveLength(300);
		expect([client.log.at(-1), client.faults, vi.getTimerCount()]).toEqual(['end', [], 0]);
	});

	it('ends when the client goes away', async () => {
		const client = recorded(repeating, { method: 'POST', hasContent: true });
		client.client.pause();
		client.client.send(utf8('x'.repeat(1000)));
		client.client.end();
		await settled();
		client.client.lose();
		await settled();
		expect([client.faults, vi.getTimerCount()]).toEqual([[], 0]);
	});
});
