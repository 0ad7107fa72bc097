/** spec/rich.md §10: content() and duplex(). What they do in an application is in test/rich/consumers/iterator-echo. */
import { describe, expect, test } from 'vitest';
import { rich } from '../../src/rich/app.ts';
import { content, duplex } from '../../src/rich/duplex.ts';
import { ExchangeEnded } from '../../src/rich/outcome.ts';
import { Misuse } from '../../src/wire/fault.ts';
import { utf8 } from '../../src/wire/utf8.ts';
import { openExchange, POST } from '../support/open-exchange.ts';
import { recorded } from '../support/recorded-client.ts';
import { settled } from '../support/settled.ts';

describe('RICH-47: content()', () => {
	test('reads nothing before it is asked, and one chunk for each next()', async () => {
		const { exchange, client } = await openExchange(POST, false);
		const reader = content(exchange);
		for (const word of ['one', 'two', 'three']) client.client.send(utf8(word));
		await settled();
		expect(client.credited).toBe(0);
		expect((await reader.next()).value).toEqual(utf8('one'));
		await settled();
		expect(client.credited).toBe(3);
		expect((await reader.next()).value).toEqual(utf8('two'));
		await settled();
		expect(client.credited).toBe(6);
	});

	test('ends with the request, and stays ended', async () => {
		const { exchange, client } = await openExchange(POST, false);
		const both = duplex(exchange);
		client.client.send(utf8('one'));
		client.client.end(['t', '1']);
		await both.content.next();
		expect(await both.content.next()).toEqual({ done: true, value: undefined });
		expect(await both.content.next()).toEqual({ done: true, value: undefined });
		expect(both.trailers?.lines).toEqual(['t', '1']);
		client.client.lose();
		await settled();
		expect(await both.content.next()).toEqual({ done: true, value: undefined });
	});

	test('a pending read fails with the outcome, and so does one that comes after', async () => {
		const { exchange, client } = await openExchange(POST, false);
		const reader = content(exchange);
		const pending = reader.next();
		client.client.reset(5);
		await expect(pending).rejects.toThrow('The exchange ended: reset with code 5.');
		await expect(reader.next()).rejects.toBeInstanceOf(ExchangeEnded);
	});

	test('a pending read fails when the application aborts', async () => {
		const { exchange } = await openExchange(POST, false);
		const pending = content(exchange).next();
		exchange.abort();
		await expect(pending).rejects.toMatchObject({ outcome: { reason: 'aborted', code: 8 } });
	});

	test('has one reader', async () => {
		const { exchange } = await openExchange(POST, false);
		const reader = content(exchange);
		const first = reader.next();
		await expect(reader.next()).rejects.toThrow('Content has one reader');
		exchange.abort();
		await expect(first).rejects.toBeInstanceOf(ExchangeEnded);
	});

	test('leaving it early discards the rest', async () => {
		const { exchange, client } = await openExchange(POST, false);
		client.client.send(utf8('one'));
		for await (const _ of content(exchange)) break;
		await settled();
		expect(client.log).toEqual(['discard']);
	});
});

describe('RICH-47: duplex()', () => {
	test('a pending write resolves at drain, and at end', async () => {
		const { exchange, client } = await openExchange({}, false);
		client.client.pause();
		const both = duplex(exchange);
		exchange.respond(200);
		await both.write(utf8('small'));
		let done = 0;
		void both.write(new Uint8Array(100_000)).then(() => done++);
		await settled();
		expect(done).toBe(0);
		client.client.resume();
		await settled();
		expect(done).toBe(1);
		client.client.pause();
		void both.write(new Uint8Array(100_000)).then(() => done++);
		both.end();
		await settled();
		expect(done).toBe(2);
	});

	test('a pending write fails with the outcome, and so does one that comes after', async () => {
		const { exchange, client } = await openExchange({}, false);
		client.client.pause();
		const both = duplex(exchange);
		exchange.respond(200);
		const pending = both.write(new Uint8Array(100_000));
		client.client.lose();
		await expect(pending).rejects.toThrow('The exchange ended: lost.');
		await expect(both.write(utf8('x'))).rejects.toMatchObject({ outcome: { reason: 'lost' } });
		expect(await both.closed).toEqual({ reason: 'lost', code: 0 });
	});

	test('a write while one is pending is refused; then the response cannot be ended as if it were whole', async () => {
		const client = recorded(
			rich(async (exchange) => {
				const both = duplex(exchange);
				exchange.respond(200);
				// Nobody awaits these: a client that is slow makes the first one pend.
				for (let count = 0; count < 5; count++) void both.write(new Uint8Array(100_000));
				both.end();
			}),
		);
		client.client.pause();
		await settled();
		expect(client.faults).toHaveLength(1);
		expect(client.faults[0]).toBeInstanceOf(Misuse);
		expect(String(client.faults[0])).toContain('await each write. (RICH-22)');
		expect(client.log.at(-1)).toBe('reset 2');
	});

	test('nothing that is refused and not awaited ends the process', async () => {
		const unhandled: unknown[] = [];
		const note = (error: unknown): void => void unhandled.push(error);
		process.on('unhandledRejection', note);
		try {
			const { exchange, client } = await openExchange({}, false);
			const both = duplex(exchange);
			void both.write(utf8('before respond'));
			void both.content.next();
			void both.content.next();
			client.client.lose();
			await settled();
			void both.content.next();
			void both.write(utf8('late'));
			await new Promise((resolve) => setTimeout(resolve, 5));
		} finally {
			process.off('unhandledRejection', note);
		}
		expect(unhandled).toEqual([]);
	});

	test('a write out of order is misuse, by rejection', async () => {
		const { exchange } = await openExchange({}, false);
		await expect(duplex(exchange).write(utf8('x'))).rejects.toBeInstanceOf(Misuse);
	});

	test('end discards content that nobody has begun to read, and not what somebody reads', async () => {
		const unread = recorded(
			rich((exchange) => {
				const { end } = duplex(exchange);
				exchange.respond(200);
				end(utf8('x'));
			}),
			POST,
		);
		let text = '';
		const read = recorded(
			rich(async (exchange) => {
				const both = duplex(exchange);
				exchange.respond(200);
				const first = both.content.next();
				both.end();
				text += String.fromCharCode(...((await first).value ?? []));
				for await (const chunk of both.content) text += String.fromCharCode(...chunk);
			}),
			POST,
		);
		for (const client of [unread, read]) {
			client.client.send(utf8('one '));
			client.client.send(utf8('two'));
			client.client.end();
		}
		await settled();
		expect(unread.log).toContain('discard');
		expect(read.log).not.toContain('discard');
		expect(text).toBe('one two');
		expect(await openExchange(POST, false).then(({ exchange }) => duplex(exchange).trailers)).toBeNull();
	});

	test('closed tells the outcome and never rejects', async () => {
		const { exchange, client } = await openExchange(POST, false);
		const both = duplex(exchange);
		client.client.reset(2);
		expect(await both.closed).toEqual({ reason: 'reset', code: 2 });
	});
});
