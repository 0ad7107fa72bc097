/** spec/rich.md §2: events, their order, and the end. */
import { describe, expect, test } from 'vitest';
import { rich } from '../../src/rich/app.ts';
import { OUTPUT_MARKS } from '../../src/rich/context.ts';
import { content, duplex } from '../../src/rich/duplex.ts';
import { LiveExchange } from '../../src/rich/live-exchange.ts';
import type { Exchange } from '../../src/rich/exchange.ts';
import type { Handler } from '../../src/rich/handler.ts';
import { ErrorCode, Misuse } from '../../src/wire/fault.ts';
import { Fields } from '../../src/wire/fields.ts';
import { utf8 } from '../../src/wire/utf8.ts';
import { CONNECT, POST, openExchange } from '../support/open-exchange.ts';
import { recorded } from '../support/recorded-client.ts';
import { RecordingHandler } from '../support/recording-handler.ts';
import { ScriptedCarrier, scriptedHead } from '../support/scripted-carrier.ts';
import { settled } from '../support/settled.ts';

function scripted(carrier: ScriptedCarrier, head = scriptedHead()): LiveExchange {
	return new LiveExchange(carrier, head, {
		connection: { id: 1, peer: null, local: null, tls: null },
		marks: OUTPUT_MARKS,
		report: (error) => {
			throw error;
		},
		awaiting() {},
		answered() {},
	});
}

describe('RICH-4: one handler', () => {
	test.each<[string, (exchange: Exchange) => Handler | void | Promise<Handler>]>([
		['attached and returned', (exchange) => {
			exchange.attach({});
			return {};
		}],
		['attached and returned later', async (exchange) => {
			exchange.attach({});
			return {};
		}],
		['content() and returned', (exchange) => {
			content(exchange);
			return {};
		}],
		['attached twice', (exchange) => {
			exchange.attach({});
			exchange.attach({});
		}],
		['content() twice', (exchange) => {
			content(exchange);
			content(exchange);
		}],
		['duplex() beside attach', (exchange) => {
			exchange.attach({});
			duplex(exchange);
		}],
	])('%s is misuse', async (_, run) => {
		const client = recorded(rich(run));
		await settled();
		expect(client.status).toBe(500);
		expect(client.faults).toHaveLength(1);
		expect(client.faults[0]).toBeInstanceOf(Misuse);
		expect(String(client.faults[0])).toContain('attach once, or return it, or use content()');
		expect((client.faults[0] as Misuse).rule).toBe('RICH-4');
	});

	test.each([[7], ['x'], [() => {}]])('a handler is an object, not %s', async (given) => {
		const client = recorded(rich(() => given as never));
		await settled();
		expect(String(client.faults[0])).toContain('A handler is an object');
		expect(client.status).toBe(500);
	});

	test('events come as methods of the handler, and each method is optional', async () => {
		class Counting {
			bytes = 0;
			data(chunk: Uint8Array): void {
				this.bytes += chunk.length;
			}
		}
		const handler = new Counting();
		const client = recorded(rich(() => handler), POST);
		client.client.send(utf8('abc'));
		client.client.end();
		client.client.reprioritize({ urgency: 1, incremental: false });
		await settled();
		expect(handler.bytes).toBe(3);
		client.client.lose();
		await settled();
		expect(client.faults).toEqual([]);
	});

	test('without data, content is dropped as it comes, and credited', async () => {
		let ended = false;
		const client = recorded(rich(() => ({ end: () => void (ended = true) })), POST);
		client.client.send(new Uint8Array(5000));
		client.client.end();
		await settled();
		expect(ended).toBe(true);
		expect(client.credited).toBe(5000);
	});
});

describe('RICH-5: until a handler is attached', () => {
	test('no content is delivered or credited, and all of it comes on attach', async () => {
		const { exchange, client, handler } = await openExchange(POST, false);
		client.client.send(utf8('one'));
		client.client.send(utf8('two'));
		client.client.end(['x', 'y']);
		await settled();
		expect(client.credited).toBe(0);
		exchange.attach(handler);
		expect(handler.log).toEqual([]);
		await settled();
		expect(handler.log).toEqual(['data one', 'data two', 'end x: y']);
		expect(client.credited).toBe(6);
	});

	test('closed is kept, and what was held is not', async () => {
		const { exchange, client, handler } = await openExchange(POST, false);
		client.client.send(utf8('one'));
		await settled();
		client.client.reset(5);
		await settled();
		expect(exchange.outcome).toEqual({ reason: 'reset', code: 5 });
		exchange.attach(handler);
		expect(handler.log).toEqual([]);
		await settled();
		expect(handler.log).toEqual(['closed reset 5']);
	});

	test('a complete that came before attach waits behind the content', async () => {
		const { exchange, client, handler } = await openExchange(POST, false);
		client.client.send(utf8('one'));
		client.client.end();
		await settled();
		exchange.respond(200);
		exchange.end();
		await settled();
		expect(exchange.outcome).toBeNull();
		exchange.attach(handler);
		await settled();
		expect(handler.log).toEqual(['data one', 'end', 'closed complete 0']);
	});

	test('what is held is bounded: the carrier is told to hold at the first chunk, once', async () => {
		const carrier = new ScriptedCarrier();
		const exchange = scripted(carrier);
		exchange.run(rich(() => new Promise<void>(() => {})));
		exchange.content(utf8('one'));
		exchange.content(utf8('two'));
		await settled();
		expect(carrier.log).toEqual(['hold']);
		exchange.attach({});
		expect(carrier.log).toEqual(['hold']);
		await settled();
		expect(carrier.log).toEqual(['hold', 'credit 3', 'credit 3', 'release']);
	});
});

describe('RICH-6: nothing inside a command, or before the call has returned', () => {
	test('attach, resume, discard, end and abort deliver nothing inside', async () => {
		let inside = true;
		const seen: string[] = [];
		const note = (event: string): void => void seen.push(inside ? `${event} inside` : event);
		const handler: Handler = {
			data: () => note('data'),
			end: () => note('end'),
			drain: () => note('drain'),
			closed: () => note('closed'),
		};
		const { exchange, client } = await openExchange(POST, false, { marks: { high: 2, hard: 100 } });
		client.client.send(utf8('a'));
		client.client.send(utf8('b'));
		client.client.end();
		exchange.respond(200);
		exchange.write(utf8('12345'));
		await settled();
		exchange.pause();
		exchange.attach(handler);
		exchange.resume();
		inside = false;
		await settled();
		expect(seen.filter((event) => event !== 'drain')).toEqual(['data', 'data', 'end']);
		expect(seen.filter((event) => event === 'drain')).toHaveLength(1);
		inside = true;
		exchange.write(utf8('12345'));
		exchange.abort();
		expect(exchange.outcome).toEqual({ reason: 'aborted', code: 8 });
		inside = false;
		await settled();
		expect(seen.at(-1)).toBe('closed');
		expect(seen.filter((event) => event.includes('inside'))).toEqual([]);
	});

	test('an application that attaches, aborts and goes on hears nothing until it has returned', async () => {
		const log: string[] = [];
		const client = recorded(rich((exchange) => {
			exchange.attach(new RecordingHandler(log));
			exchange.abort(3);
			log.push('returned');
		}), POST);
		client.client.send(utf8('x'));
		await settled();
		expect(log).toEqual(['returned', 'closed aborted 3']);
		expect(client.log).toEqual(['reset 3']);
	});

	test('closed does not come inside the command that is called inside data', async () => {
		const log: string[] = [];
		const client = recorded(rich((exchange) => ({
			data: () => {
				exchange.abort();
				log.push('data returns');
			},
			closed: () => void log.push('closed'),
		})), POST);
		client.client.send(utf8('x'));
		client.client.send(utf8('y'));
		await settled();
		expect(log).toEqual(['data returns', 'closed']);
		expect(client.credited).toBe(0);
	});
});

describe('RICH-7: settled with nothing attached', () => {
	test('content is unwanted, for a plain and for an async application', async () => {
		for (const app of [rich(() => {}), rich(async () => {})]) {
			const client = recorded(app, POST);
			client.client.send(utf8('x'));
			await settled();
			expect(client.log).toEqual(['discard']);
			expect(client.credited).toBe(0);
		}
	});

	test('not while an async application is pending', async () => {
		const { client, settle } = await openExchange(POST, false);
		client.client.send(utf8('x'));
		await settled();
		expect(client.log).toEqual([]);
		settle();
		await settled();
		expect(client.log).toEqual(['discard']);
	});

	test('an application that has settled may still attach, for closed alone', async () => {
		const { exchange, client, handler, settle } = await openExchange(POST, false);
		settle();
		client.client.send(utf8('x'));
		await settled();
		exchange.attach(handler);
		exchange.respond(200);
		exchange.end();
		await settled();
		expect(handler.log).toEqual(['closed complete 0']);
	});

	test('bytes behind CONNECT wait, whatever is settled or discarded', async () => {
		const { exchange, client, handler, settle } = await openExchange(CONNECT, false);
		client.client.send(utf8('early'));
		settle();
		await settled();
		exchange.discard();
		await settled();
		expect(client.log).toEqual([]);
		exchange.accept?.([], handler);
		await settled();
		expect(handler.log).toEqual(['data early']);
	});
});

describe('RICH-8: the order of events', () => {
	test('data*, end, closed; drain and priority between', async () => {
		const { exchange, client, handler } = await openExchange(POST, true, { marks: { high: 4, hard: 100 } });
		client.client.send(utf8('one'));
		await settled();
		client.client.reprioritize({ urgency: 1, incremental: true });
		await settled();
		exchange.respond(200);
		expect(exchange.write(utf8('12345'))).toBe(false);
		await settled();
		client.client.send(utf8('two'));
		client.client.end(['t', '1']);
		await settled();
		exchange.end();
		await settled();
		expect(handler.log).toEqual([
			'data one',
			'priority 1 true',
			'drain',
			'data two',
			'end t: 1',
			'closed complete 0',
		]);
	});

	test('a change of priority passes content that is held', async () => {
		const { exchange, client, handler } = await openExchange(POST);
		exchange.pause();
		client.client.send(utf8('one'));
		await settled();
		client.client.reprioritize({ urgency: 7, incremental: false });
		await settled();
		expect(handler.log).toEqual(['priority 7 false']);
	});

	test('closed comes once, whatever comes after it', async () => {
		const { exchange, client, handler } = await openExchange(POST);
		exchange.abort();
		exchange.abort(1);
		client.client.reset(2);
		client.client.lose();
		await settled();
		exchange.abort(3);
		exchange.resume();
		await settled();
		expect(handler.log).toEqual(['closed aborted 8']);
	});
});

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
		const exchange = scripted(carrier);
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
		const exchange = scripted(carrier);
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
		const exchange = scripted(new ScriptedCarrier());
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
		const broken = recorded(rich((exchange) => {
			queueMicrotask(() => seen.push(exchange));
			throw new Error('broken');
		}));
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
		['a complete response', ({ exchange }) => {
			exchange.respond(200);
			exchange.end();
		}],
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
		const client = recorded(rich((exchange) => ({
			closed: () => {
				exchange.respond(200);
				exchange.end(utf8('x'));
				log.push('closed');
			},
		})));
		await settled();
		client.client.lose();
		await settled();
		expect(log).toEqual(['closed']);
		expect(client.log).toEqual([]);
		expect(client.faults).toEqual([]);
	});
});
