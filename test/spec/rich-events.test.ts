/** spec/rich.md §2: who is told of events, when, and in which order. */
import { describe, expect, test } from 'vitest';
import { rich } from '../../src/rich/app.ts';
import { content, duplex } from '../../src/rich/duplex.ts';
import type { Exchange } from '../../src/rich/exchange.ts';
import type { Handler } from '../../src/rich/handler.ts';
import { Misuse } from '../../src/wire/fault.ts';
import { utf8 } from '../../src/wire/utf8.ts';
import { CONNECT, openExchange, POST } from '../support/open-exchange.ts';
import { recorded } from '../support/recorded-client.ts';
import { RecordingHandler } from '../support/recording-handler.ts';
import { ScriptedCarrier } from '../support/scripted-carrier.ts';
import { scriptedExchange } from '../support/scripted-exchange.ts';
import { settled } from '../support/settled.ts';

describe('RICH-4: one handler', () => {
	test.each<[string, (exchange: Exchange) => Handler | void | Promise<Handler>]>([
		[
			'attached and returned',
			(exchange) => {
				exchange.attach({});
				return {};
			},
		],
		[
			'attached and returned later',
			async (exchange) => {
				exchange.attach({});
				return {};
			},
		],
		[
			'content() and returned',
			(exchange) => {
				content(exchange);
				return {};
			},
		],
		[
			'attached twice',
			(exchange) => {
				exchange.attach({});
				exchange.attach({});
			},
		],
		[
			'content() twice',
			(exchange) => {
				content(exchange);
				content(exchange);
			},
		],
		[
			'duplex() beside attach',
			(exchange) => {
				exchange.attach({});
				duplex(exchange);
			},
		],
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

	test.each([
		['a Response', new Response('hello')],
		['an object with status, body', { status: 200, body: 'hello' }],
		['an Array', []],
	])('a handler is not %s, which the client would wait behind for ever', async (name, given) => {
		const client = recorded(rich(() => given as never));
		await settled();
		expect(String(client.faults[0])).toContain(`each optional, not ${name}. The response goes out by respond`);
		expect(client.status).toBe(500);
	});

	test('a handler without methods is empty, and nothing else', async () => {
		const client = recorded(
			rich((exchange) => {
				exchange.respond(204);
				exchange.end();
				return {};
			}),
		);
		await settled();
		expect(client.faults).toEqual([]);
	});

	test('events come as methods of the handler, and each method is optional', async () => {
		class Counting {
			bytes = 0;
			data(chunk: Uint8Array): void {
				this.bytes += chunk.length;
			}
		}
		const handler = new Counting();
		const client = recorded(
			rich(() => handler),
			POST,
		);
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
		const client = recorded(
			rich(() => ({
				end: () => {
					ended = true;
				},
			})),
			POST,
		);
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
		const exchange = scriptedExchange(carrier);
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
		const client = recorded(
			rich((exchange) => {
				exchange.attach(new RecordingHandler(log));
				exchange.abort(3);
				log.push('returned');
			}),
			POST,
		);
		client.client.send(utf8('x'));
		await settled();
		expect(log).toEqual(['returned', 'closed aborted 3']);
		expect(client.log).toEqual(['reset 3']);
	});

	test('closed does not come inside the command that is called inside data', async () => {
		const log: string[] = [];
		const client = recorded(
			rich((exchange) => ({
				data: () => {
					exchange.abort();
					log.push('data returns');
				},
				closed: () => void log.push('closed'),
			})),
			POST,
		);
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
		expect(handler.log).toEqual(['data one', 'priority 1 true', 'drain', 'data two', 'end t: 1', 'closed complete 0']);
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
