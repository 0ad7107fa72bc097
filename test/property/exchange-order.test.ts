/** The legal order of an exchange (RICH-12), as a model of its own: any commands and any client, over the pair and both engines. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rich } from '../../src/rich/app.ts';
import type { Exchange } from '../../src/rich/exchange.ts';
import { pair } from '../../src/rich/pair.ts';
import { Misuse } from '../../src/wire/fault.ts';
import { latin1Decode } from '../../src/wire/latin1.ts';
import { utf8 } from '../../src/wire/utf8.ts';
import { ConnectionTalk } from '../support/connection-talk.ts';
import { bytes, data, END_STREAM, PREFACE, post, rst, SETTINGS_ACK, settings } from '../support/http2-frames.ts';
import { RecordingHandler } from '../support/recording-handler.ts';
import { settled } from '../support/settled.ts';

/** What the model knows. */
interface Model {
	stage: 'head' | 'content' | 'ended';
	/** The application has ended it, or the client has. */
	aborted: boolean;
	gone: boolean;
	requestEnded: boolean;
	discarded: boolean;
}

/** A client of one POST, and the exchange that the application has of it. */
interface Real {
	readonly exchange: Exchange;
	readonly handler: RecordingHandler;
	send(): void;
	end(): void;
	reset(): void;
	lose(): void;
}

function app(handler: RecordingHandler, opened: (exchange: Exchange) => void): ReturnType<typeof rich> {
	return rich((exchange) => {
		opened(exchange);
		return handler;
	});
}

async function overPair(): Promise<Real> {
	const handler = new RecordingHandler();
	let exchange: Exchange | null = null;
	const application = app(handler, (opened) => {
		exchange = opened;
	});
	const client = pair(application, { method: 'POST', hasContent: true });
	await settled();
	return {
		exchange: exchange as unknown as Exchange,
		handler,
		send: () => void client.send(utf8('abc')),
		end: () => client.end(),
		reset: () => client.reset(8),
		lose: () => client.lose(),
	};
}

async function over(protocol: 'http/1.1' | 'h2'): Promise<Real> {
	const handler = new RecordingHandler();
	let exchange: Exchange | null = null;
	const application = app(handler, (opened) => {
		exchange = opened;
	});
	const talk = new ConnectionTalk(application, protocol);
	const feed = (input: Uint8Array): void => talk.feed(latin1Decode(input, 0, input.length));
	const isHttp2 = protocol === 'h2';
	if (isHttp2) feed(bytes(PREFACE, settings(), SETTINGS_ACK, post(1)));
	else talk.feed('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
	await settled();
	return {
		exchange: exchange as unknown as Exchange,
		handler,
		send: () => (isHttp2 ? feed(data(1, 0, 'abc')) : talk.feed('3\r\nabc\r\n')),
		end: () => (isHttp2 ? feed(data(1, END_STREAM)) : talk.feed('0\r\n\r\n')),
		reset: () => (isHttp2 ? feed(rst(1, 8)) : talk.connection.lost()),
		lose: () => talk.connection.lost(),
	};
}

/** A command: what the model says of it, and what the exchange does. */
class Step implements fc.AsyncCommand<Model, Real> {
	readonly #name: string;
	constructor(name: string) {
		this.#name = name;
	}

	check(model: Readonly<Model>): boolean {
		// A client that has ended sends no more, nor one that has gone; nor one that was told that nothing is wanted.
		if (['send', 'finish'].includes(this.#name)) return !model.requestEnded && !model.gone && !model.aborted;
		if (['reset', 'lose'].includes(this.#name)) return !model.gone;
		return true;
	}

	async run(model: Model, real: Real): Promise<void> {
		const { exchange, handler } = real;
		const over = exchange.outcome !== null;
		const name = this.#name;
		if (name === 'send' || name === 'finish') {
			if (!over) real[name === 'send' ? 'send' : 'end']();
			model.requestEnded ||= name === 'finish';
		} else if (name === 'reset' || name === 'lose') {
			real[name]();
			model.gone = true;
		} else {
			const legal = over || this.#isLegal(model);
			const events = handler.log.length;
			let error: unknown = null;
			try {
				this.#do(exchange);
			} catch (thrown) {
				error = thrown;
			}
			if (legal) expect(error, name).toBeNull();
			else expect(error, name).toBeInstanceOf(Misuse);
			// RICH-6: no event inside a command.
			expect(handler.log.length).toBe(events);
			if (legal && !over) this.#happened(model);
		}
		await settled();
		this.#laws(model, real);
	}

	#isLegal({ stage }: Model): boolean {
		switch (this.#name) {
			case 'inform':
			case 'respond':
			case 'refuse':
				return stage === 'head';
			case 'write':
			case 'end':
				return stage === 'content';
			default:
				return true;
		}
	}

	#do(exchange: Exchange): void {
		switch (this.#name) {
			case 'inform':
				exchange.inform?.(103, ['a', 'b']);
				break;
			case 'respond':
				exchange.respond(200, ['a', 'b']);
				break;
			case 'write':
				exchange.write(utf8('hello'));
				break;
			case 'end':
				exchange.end(utf8('bye'));
				break;
			case 'refuse':
				exchange.refuse();
				break;
			case 'abort':
				exchange.abort(8);
				break;
			case 'pause':
				exchange.pause();
				break;
			case 'resume':
				exchange.resume();
				break;
			case 'discard':
				exchange.discard();
				break;
			case 'retire':
				exchange.retire();
				break;
			default:
				throw new Error(`no command ${this.#name}`);
		}
	}

	#happened(model: Model): void {
		if (this.#name === 'respond') model.stage = 'content';
		if (this.#name === 'end') model.stage = 'ended';
		if (this.#name === 'discard') model.discarded = true;
		if (this.#name === 'refuse' || this.#name === 'abort') model.aborted = true;
	}

	#laws(model: Model, { exchange, handler }: Real): void {
		const { log } = handler;
		const closes = log.filter((line) => line.startsWith('closed'));
		expect(closes.length).toBe(exchange.outcome === null ? 0 : 1);
		if (closes.length > 0) expect(log.at(-1)).toBe(closes[0]);
		const end = log.indexOf('end');
		if (end >= 0) expect(log.slice(end).some((line) => line.startsWith('data'))).toBe(false);
		switch (exchange.outcome?.reason) {
			case undefined:
				expect(model.aborted || model.gone).toBe(false);
				expect(model.stage === 'ended' && model.discarded).toBe(false);
				break;
			case 'complete':
				expect(model.stage).toBe('ended');
				expect(model.requestEnded || model.discarded).toBe(true);
				break;
			case 'aborted':
				expect(model.aborted).toBe(true);
				break;
			case 'reset':
			case 'lost':
				// An HTTP/1 connection is also closed by us, when the request's rest is dropped for too long.
				expect(model.gone || model.stage === 'ended').toBe(true);
				break;
			default:
				expect.fail(`${exchange.outcome?.reason}`);
		}
	}

	toString(): string {
		return this.#name;
	}
}

const NAMES = 'inform respond write end refuse abort pause resume discard retire send finish reset lose'.split(' ');
/** Those that end it early are seldom. */
const commands = fc.commands(
	[...NAMES, 'respond', 'respond', 'write', 'write', 'end', 'send', 'send', 'finish', 'resume'].map((name) =>
		fc.constant(new Step(name)),
	),
	{ maxCommands: 25 },
);

describe('RICH-6, RICH-8, RICH-10, RICH-11, RICH-12: any order of commands is as the model says', () => {
	const ways: readonly (readonly [string, () => Promise<Real>])[] = [
		['over the pair', overPair],
		['over HTTP/1.1', () => over('http/1.1')],
		['over HTTP/2', () => over('h2')],
	];
	test.each(ways)('%s', async (_, open) => {
		await fc.assert(
			fc.asyncProperty(commands, async (steps) => {
				const model = { stage: 'head', aborted: false, gone: false, requestEnded: false, discarded: false } as const;
				const real = await open();
				await fc.asyncModelRun(() => ({ model: { ...model } as Model, real }), steps);
				// Whatever has happened, it ends with its connection, once.
				real.lose();
				await settled();
				expect(real.handler.log.filter((line) => line.startsWith('closed'))).toHaveLength(1);
			}),
			{ numRuns: 300 },
		);
	});
});
