/** spec/rich.md §2: how an exchange ends, and what its commands do then. */
import { describe, expect, test } from 'vitest';
import { rich } from '../../src/rich/app.ts';
import type { Exchange } from '../../src/rich/exchange.ts';
import type { LiveExchange } from '../../src/rich/live-exchange.ts';
import { ErrorCode } from '../../src/wire/fault.ts';
import { Fields } from '../../src/wire/fields.ts';
import { utf8 } from '../../src/wire/utf8.ts';
import { CONNECT, openExchange, POST } from '../support/open-exchange.ts';
import { recorded } from '../support/recorded-client.ts';
import { RecordingHandler } from '../support/recording-handler.ts';
import { ScriptedCarrier } from '../support/scripted-carrier.ts';
import { scriptedExchange } from '../support/scripted-exchange.ts';
import { settled } from '../support/settled.ts';

describe('RICH-9: a disconnect', () => {
	test('is told at once, though content is unread, and drops it', async () => {
		const { exchange, client, handler } = await openExchange(POST);
		exchange.pause();
		client.client.send(utf8('never'));
		await settled();
		client.client.lose();
		await settled();
		expect(handler.log).toEqual(['closed lost 0']);
		exchange.resume();
		await settled();
		expect(handler.log).toEqual(['closed lost 0']);
	});

	test('is told in the middle of what was held', async () => {
		const { exchange, client } = await openExchange(POST, false);
		client.client.send(utf8('one'));
		client.client.send(utf8('two'));
		await settled();
		const log: string[] = [];
		exchange.attach({
			data: () => {
				log.push('data');
				exchange.pause();
				client.client.reset(8);
			},
			closed: () => void log.push('closed'),
		});
		await settled();
		expect(log).toEqual(['data', 'closed']);
	});

	test('a complete waits for what is held, until it is delivered', async () => {
		const { exchange, client, handler } = await openExchange(POST);
		exchange.pause();
		client.client.send(utf8('one'));
		await settled();
		const carrierDone = (): boolean => client.log.includes('end');
		exchange.respond(200);
		exchange.end();
		client.client.end();
		await settled();
		expect(carrierDone()).toBe(true);
		expect(exchange.outcome).toBeNull();
		exchange.resume();
		await settled();
		expect(handler.log).toEqual(['data one', 'end', 'closed complete 0']);
	});

	test.each<[string, (exchange: LiveExchange) => void, string]>([
		['discarded', (exchange) => exchange.discard(), 'closed complete 0'],
		['aborted', (exchange) => exchange.abort(), 'closed complete 0'],
	])('a complete waits until what is held is %s, and the carrier hears nothing more', async (_, command, expected) => {
		const carrier = new ScriptedCarrier();
		const exchange = scriptedExchange(carrier);
		const handler = new RecordingHandler();
		exchange.run(rich(() => handler));
		exchange.pause();
		exchange.content(utf8('held'));
		exchange.contentEnd(new Fields());
		exchange.respond(200);
		exchange.end();
		exchange.closed('complete', 0);
		await settled();
		expect(handler.log).toEqual([]);
		exchange.retire();
		exchange.priority = { urgency: 1, incremental: false };
		command(exchange);
		await settled();
		expect(handler.log).toEqual([expected]);
		expect(carrier.log).toEqual(['hold', 'respond 200', 'end']);
	});

	test('content delivered after the carrier has closed gives it no credit', async () => {
		const carrier = new ScriptedCarrier();
		const exchange = scriptedExchange(carrier);
		const handler = new RecordingHandler();
		exchange.run(rich(() => handler));
		exchange.pause();
		exchange.content(utf8('held'));
		exchange.contentEnd(new Fields());
		exchange.respond(200);
		exchange.end();
		exchange.closed('complete', 0);
		exchange.resume();
		await settled();
		expect(handler.log).toEqual(['data held', 'end', 'closed complete 0']);
		expect(carrier.log).toEqual(['hold', 'respond 200', 'end']);
	});
});

describe('RICH-10: the outcome says why', () => {
	test('complete: the request ended', async () => {
		const { exchange, client, handler } = await openExchange(POST);
		exchange.respond(200);
		exchange.end();
		await settled();
		expect(handler.outcome).toBeNull();
		client.client.end();
		await settled();
		expect(handler.outcome).toEqual({ reason: 'complete', code: 0 });
		expect(exchange.outcome).toEqual({ reason: 'complete', code: 0 });
	});

	test('complete: the request was discarded', async () => {
		const { exchange, handler } = await openExchange(POST);
		exchange.respond(200);
		exchange.end();
		exchange.discard();
		await settled();
		expect(handler.outcome).toEqual({ reason: 'complete', code: 0 });
	});

	test('complete waits until the response has been handed over', async () => {
		const { exchange, client, handler } = await openExchange();
		client.client.pause();
		exchange.respond(200);
		exchange.end(utf8('x'));
		await settled();
		expect(handler.outcome).toBeNull();
		client.client.resume();
		await settled();
		expect(handler.outcome).toEqual({ reason: 'complete', code: 0 });
	});

	test('reset with the code of the peer, and lost', async () => {
		const reset = await openExchange(POST);
		reset.client.client.reset(ErrorCode.ENHANCE_YOUR_CALM);
		const lost = await openExchange();
		lost.client.client.lose();
		await settled();
		expect(reset.handler.outcome).toEqual({ reason: 'reset', code: 11 });
		expect(lost.handler.outcome).toEqual({ reason: 'lost', code: 0 });
	});

	test('aborted with the code the peer was told', async () => {
		const plain = await openExchange();
		plain.exchange.abort();
		const coded = await openExchange();
		coded.exchange.abort(0xffffffff);
		const refused = await openExchange();
		refused.exchange.refuse();
		await settled();
		expect([plain, coded, refused].map(({ handler }) => handler.outcome)).toEqual([
			{ reason: 'aborted', code: 8 },
			{ reason: 'aborted', code: 0xffffffff },
			{ reason: 'aborted', code: 7 },
		]);
		expect([plain, coded, refused].map(({ client }) => client.log)).toEqual([
			['reset 8'],
			['reset 4294967295'],
			['reset 7'],
		]);
	});

	test.each(['timeout', 'shutdown'] as const)('%s, as the carrier tells it', async (reason) => {
		const exchange = scriptedExchange(new ScriptedCarrier());
		const handler = new RecordingHandler();
		exchange.run(rich(() => handler));
		exchange.closed(reason, 0);
		expect(handler.outcome).toEqual({ reason, code: 0 });
	});

	test('responded tells of a response, not of the end', async () => {
		const lost = await openExchange();
		lost.client.client.lose();
		const answered = await openExchange();
		answered.exchange.respond(200);
		answered.client.client.lose();
		const broken = recorded(
			rich((exchange) => {
				queueMicrotask(() => seen.push(exchange));
				throw new Error('broken');
			}),
		);
		const seen: Exchange[] = [];
		await settled();
		expect(broken.status).toBe(500);
		expect([lost.exchange, answered.exchange, seen[0]].map((exchange) => exchange?.responded)).toEqual([
			false,
			true,
			true,
		]);
	});
});

describe('RICH-11: after the end every command is inert', () => {
	test.each<[string, (open: Awaited<ReturnType<typeof openExchange>>) => void]>([
		['a reset', ({ client }) => client.client.reset(8)],
		['a loss', ({ client }) => client.client.lose()],
		['an abort', ({ exchange }) => exchange.abort()],
		['a refusal', ({ exchange }) => exchange.refuse()],
		[
			'a complete response',
			({ exchange }) => {
				exchange.respond(200);
				exchange.end();
			},
		],
	])('after %s', async (_, end) => {
		const open = await openExchange({ ...CONNECT, method: 'GET', protocol: 'toy' });
		end(open);
		await settled();
		const { exchange, client, handler } = open;
		const before = client.log.length;
		exchange.pause();
		exchange.resume();
		exchange.discard();
		exchange.inform?.(103, ['link', '<x>']);
		exchange.respond(200, ['a', 'b']);
		// A producer that writes until it is told to wait must stop.
		expect(exchange.write(utf8('x'))).toBe(false);
		exchange.end(utf8('x'), ['a', 'b']);
		exchange.end();
		expect(exchange.push).toBeNull();
		exchange.abort();
		exchange.refuse();
		exchange.retire();
		exchange.priority = { urgency: 1, incremental: true };
		const late = new RecordingHandler();
		const tunnel = exchange.accept?.([], late);
		expect(tunnel?.write(utf8('x'))).toBe(false);
		tunnel?.pause();
		tunnel?.resume();
		tunnel?.end(utf8('x'));
		tunnel?.end();
		tunnel?.abort();
		await settled();
		expect(client.log.length).toBe(before);
		expect(client.faults).toEqual([]);
		expect(handler.log.filter((line) => line.startsWith('closed'))).toHaveLength(1);
		// The tunnel is born closed, and its handler hears so: once.
		expect(late.log).toEqual([handler.log.at(-1)]);
	});

	test('respond inside closed does nothing', async () => {
		const log: string[] = [];
		const client = recorded(
			rich((exchange) => ({
				closed: () => {
					exchange.respond(200);
					exchange.end(utf8('x'));
					log.push('closed');
				},
			})),
		);
		await settled();
		client.client.lose();
		await settled();
		expect(log).toEqual(['closed']);
		expect(client.log).toEqual([]);
		expect(client.faults).toEqual([]);
	});
});
