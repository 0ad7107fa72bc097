/** The contract tried: loops instead of events, in both directions at once. */
import { describe, expect, test } from 'vitest';
import { rich } from '../../../src/rich/app.ts';
import { content, duplex } from '../../../src/rich/duplex.ts';
import { ExchangeEnded, type Outcome } from '../../../src/rich/outcome.ts';
import { utf8 } from '../../../src/wire/utf8.ts';
import { recorded } from '../../support/recorded-client.ts';
import { settled } from '../../support/settled.ts';

const echo = rich(async (exchange) => {
	const both = duplex(exchange);
	exchange.respond(200);
	for await (const chunk of both.content) await both.write(chunk);
	both.end(null, both.trailers ?? []);
});

const POST = { method: 'POST', hasContent: true };

describe('an iterator echo', () => {
	test('answers while it is still asked', async () => {
		const client = recorded(echo, POST);
		for (const word of ['one', 'two', 'three']) {
			client.client.send(utf8(word));
			await settled();
			expect(client.log.at(-1)).toBe(`data ${word}`);
		}
		client.client.end(['x-sum', '6']);
		await settled();
		expect(client.log).toEqual(['respond 200', 'data one', 'data two', 'data three', 'end x-sum: 6']);
		expect(client.credited).toBe(11);
		expect(client.faults).toEqual([]);
	});

	test('echoes nothing for nothing', async () => {
		const client = recorded(echo);
		await settled();
		expect(client.log).toEqual(['respond 200', 'end']);
	});

	test('reads no faster than it is asked to', async () => {
		let next: () => Promise<unknown> = async () => undefined;
		const app = rich(async (exchange) => {
			const reader = content(exchange);
			next = () => reader.next();
			exchange.respond(200);
		});
		const client = recorded(app, POST);
		let sent = 0;
		while (client.client.send(new Uint8Array(1024))) sent++;
		await settled();
		expect(sent).toBe(63);
		expect(client.credited).toBe(0);
		expect(await next()).toMatchObject({ done: false });
		await settled();
		expect(client.credited).toBe(1024);
		await next();
		await next();
		await settled();
		expect(client.credited).toBe(3072);
	});

	test('writes no faster than the client reads', async () => {
		let written = 0;
		const app = rich(async (exchange) => {
			const both = duplex(exchange);
			exchange.respond(200);
			for (; written < 100; written++) await both.write(new Uint8Array(1024));
			both.end();
		});
		const client = recorded(app, {}, { marks: { high: 4096, hard: 8192 } });
		client.client.pause();
		await settled();
		expect(written).toBe(3);
		client.client.resume();
		await settled();
		expect(written).toBe(100);
		expect(client.content.length).toBe(102400);
		expect(client.log.at(-1)).toBe('end');
	});

	test('leaving the loop discards the rest', async () => {
		const app = rich(async (exchange) => {
			for await (const chunk of content(exchange)) {
				exchange.respond(413);
				exchange.end(chunk);
				break;
			}
		});
		const client = recorded(app, POST);
		client.client.send(utf8('first'));
		client.client.send(utf8('second'));
		await settled();
		expect(client.log).toContain('discard');
		expect(client.log).toContain('data first');
		expect(client.log).not.toContain('data second');
		expect(client.faults).toEqual([]);
	});

	test('a pending read and a pending write fail with the outcome, and a disconnect is no fault of the application', async () => {
		const caught: unknown[] = [];
		let outcome: Outcome | null = null;
		const app = rich(async (exchange) => {
			const both = duplex(exchange);
			both.closed.then((how) => {
				outcome = how;
			});
			exchange.respond(200);
			await Promise.allSettled([
				both.content.next().catch((error) => caught.push(error)),
				both.write(new Uint8Array(70_000)).catch((error) => caught.push(error)),
			]);
			// As most code does: without a thought of disconnects.
			await both.write(utf8('more'));
		});
		const client = recorded(app, POST);
		client.client.pause();
		await settled();
		client.client.reset(5);
		await settled();
		expect(caught).toHaveLength(2);
		for (const error of caught) {
			expect(error).toBeInstanceOf(ExchangeEnded);
			expect((error as ExchangeEnded).message).toBe('The exchange ended: reset with code 5.');
			expect((error as ExchangeEnded).outcome).toBe(outcome);
		}
		expect(client.faults).toEqual([]);
	});

	test('a write that nobody awaits ends no process when the client goes away', async () => {
		const app = rich((exchange) => {
			const both = duplex(exchange);
			exchange.respond(200);
			void both.write(new Uint8Array(70_000));
			void both.closed.then(() => void both.write(utf8('late')));
		});
		const client = recorded(app, POST);
		client.client.pause();
		await settled();
		client.client.lose();
		await settled();
		expect(client.faults).toEqual([]);
	});

	test('return() ends a read that is pending', async () => {
		let result: unknown;
		const app = rich(async (exchange) => {
			const reader = content(exchange);
			const pending = reader.next();
			await reader.return?.();
			result = await pending;
			exchange.respond(204);
			exchange.end();
		});
		const client = recorded(app, POST);
		await settled();
		expect(result).toEqual({ done: true, value: undefined });
		expect(client.log).toContain('respond 204');
	});

	test('a client that waits for 100 (Continue) gets it at the first read', async () => {
		let go: () => void = () => {};
		const app = rich(async (exchange) => {
			const both = duplex(exchange);
			await new Promise<void>((resolve) => {
				go = resolve;
			});
			for await (const chunk of both.content) exchange.inform?.(102, ['x-read', String(chunk.length)]);
			exchange.respond(200);
			both.end();
		});
		const client = recorded(app, { ...POST, expectsContinue: true });
		await settled();
		expect(client.log).toEqual([]);
		go();
		await settled();
		expect(client.log).toEqual(['continue']);
		client.client.send(utf8('now'));
		client.client.end();
		await settled();
		expect(client.log).toEqual(['continue', 'inform 102 x-read: 3', 'respond 200', 'end']);
	});
});
