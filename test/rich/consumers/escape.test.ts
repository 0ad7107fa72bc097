/** The contract tried: a lower layer whose placeholder, if it reaches the origin, runs a rich application on the same exchange. */
import { randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type RichApp, rich } from '../../../src/rich/app.ts';
import { content } from '../../../src/rich/duplex.ts';
import type { Exchange } from '../../../src/rich/exchange.ts';
import type { Handler, TunnelHandler } from '../../../src/rich/handler.ts';
import type { Outcome } from '../../../src/rich/outcome.ts';
import { WrappedExchange } from '../../../src/rich/wrapped-exchange.ts';
import type { Fields } from '../../../src/wire/fields.ts';
import { latin1Decode } from '../../../src/wire/latin1.ts';
import { utf8 } from '../../../src/wire/utf8.ts';
import { recorded } from '../../support/recorded-client.ts';
import { RecordingHandler } from '../../support/recording-handler.ts';
import { settled } from '../../support/settled.ts';

interface LowerResponse {
	readonly status: number;
	readonly body: string;
}
interface LowerRequest {
	readonly target: string;
	/** The next chunk of content, or null after the last. */
	read(): Promise<Uint8Array | null>;
	/** Registers a rich application; the response is its placeholder. */
	escape(app: RichApp): LowerResponse;
}
type LowerApp = (request: LowerRequest) => Promise<LowerResponse>;

/**
 * The exchange that the lower layer reads from first, and the rich application takes over. What the lower layer has
 * read is gone; everything after it goes to the handler that is attached then.
 */
class TakenOver extends WrappedExchange {
	#reading = false;
	#waiting: ((chunk: Uint8Array | null) => void) | null = null;
	#finished: Fields | null = null;
	#outcome: Outcome | null = null;
	#handler: Handler | null = null;
	#paused = false;

	/** One chunk for the lower layer. */
	read(): Promise<Uint8Array | null> {
		if (!this.#reading) {
			this.#reading = true;
			super.pause();
			super.attach({
				data: (chunk) => {
					if (this.#handler !== null) return this.#handler.data?.(chunk);
					super.pause();
					this.#answer(chunk);
					return undefined;
				},
				end: (trailers) => {
					this.#finished = trailers;
					if (this.#handler !== null) return this.#handler.end?.(trailers);
					this.#answer(null);
					return undefined;
				},
				drain: () => this.#handler?.drain?.(),
				priority: (priority) => this.#handler?.priority?.(priority),
				closed: (outcome) => {
					this.#outcome = outcome;
					this.#answer(null);
					return this.#handler?.closed?.(outcome);
				},
			});
		}
		if (this.#finished !== null || this.#outcome !== null) return Promise.resolve(null);
		return new Promise((resolve) => {
			this.#waiting = resolve;
			super.resume();
		});
	}

	#answer(chunk: Uint8Array | null): void {
		const waiting = this.#waiting;
		this.#waiting = null;
		waiting?.(chunk);
	}

	override attach(handler: Handler): void {
		if (!this.#reading) {
			super.attach(handler);
			return;
		}
		if (this.#handler !== null) throw new Error('attached already');
		this.#handler = handler;
		const finished = this.#finished;
		const outcome = this.#outcome;
		queueMicrotask(() => {
			if (finished !== null) handler.end?.(finished);
			if (outcome !== null) handler.closed?.(outcome);
		});
		if (!this.#paused) super.resume();
	}
	override pause(): void {
		this.#paused = true;
		super.pause();
	}
	override resume(): void {
		this.#paused = false;
		if (!this.#reading || this.#handler !== null) super.resume();
	}
	override get accept(): Exchange['accept'] {
		if (super.accept === null) return null;
		return (fields, handler: TunnelHandler) => {
			// The lower layer's pause was its own.
			if (!this.#paused) super.resume();
			return (super.accept as NonNullable<Exchange['accept']>)(fields, handler);
		};
	}

	/** The rich application has settled: what it has not attached to is unwanted. */
	settle(): void {
		if (this.#reading && this.#handler === null) super.discard();
	}
}

function lowerToRich(lower: LowerApp): RichApp {
	return rich(async (exchange) => {
		const taken = new TakenOver(exchange);
		const registered = new Map<string, RichApp>();
		const response = await lower({
			target: exchange.target,
			read: () => taken.read(),
			escape: (app) => {
				const tag = randomBytes(16).toString('hex');
				registered.set(tag, app);
				return { status: 200, body: tag };
			},
		});
		const escaped = response.status === 200 ? registered.get(response.body) : undefined;
		registered.clear();
		if (escaped !== undefined) {
			await WrappedExchange.run(escaped, taken);
		} else {
			exchange.respond(response.status);
			exchange.end(utf8(response.body));
		}
		taken.settle();
	});
}

const POST = { method: 'POST', hasContent: true };

const echo = rich((exchange) => {
	exchange.respond(200);
	return {
		data: (chunk: Uint8Array) => void exchange.write(chunk),
		end: (trailers: Fields) => exchange.end(utf8('.'), trailers),
	};
});

describe('an escape', () => {
	test('a response that is no placeholder is sent as it is, and content that nobody read is discarded', async () => {
		const client = recorded(
			lowerToRich(async () => ({ status: 404, body: 'nothing' })),
			POST,
		);
		client.client.send(utf8('unread'));
		await settled();
		expect(client.log.filter((line) => line !== 'discard')).toEqual(['respond 404', 'data nothing', 'end']);
		expect(client.log).toContain('discard');
	});

	test('a placeholder that arrives runs the rich application, with all of the content', async () => {
		const client = recorded(
			lowerToRich(async (request) => {
				await settled();
				return request.escape(echo);
			}),
			POST,
		);
		client.client.send(utf8('held '));
		await settled();
		await settled();
		client.client.send(utf8('and live'));
		client.client.end(['x-t', '1']);
		await settled();
		expect(client.text).toBe('held and live.');
		expect(client.trailers?.lines).toEqual(['x-t', '1']);
		expect(client.faults).toEqual([]);
	});

	test('a placeholder that a middleware replaces runs nothing', async () => {
		let ran = false;
		const app: LowerApp = async (request) =>
			request.escape(
				rich(() => {
					ran = true;
				}),
			);
		const denied: LowerApp = async (request) => {
			await app(request);
			return { status: 403, body: 'denied' };
		};
		const rewritten: LowerApp = async (request) => ({ status: 200, body: `<p>${(await app(request)).body}</p>` });
		const other = recorded(lowerToRich(denied));
		const page = recorded(lowerToRich(rewritten));
		await settled();
		expect(other.log).toEqual(['respond 403', 'data denied', 'end']);
		expect(page.status).toBe(200);
		expect(ran).toBe(false);
	});

	test('what the lower layer has not read is still there for the rich application', async () => {
		const first: string[] = [];
		const app = lowerToRich(async (request) => {
			const chunk = await request.read();
			if (chunk !== null) first.push(latin1Decode(chunk, 0, chunk.length));
			return request.escape(echo);
		});
		const client = recorded(app, POST);
		client.client.send(utf8('one '));
		client.client.send(utf8('two '));
		client.client.send(utf8('three'));
		client.client.end();
		await settled();
		expect(first).toEqual(['one ']);
		expect(client.text).toBe('two three.');
		expect(client.credited).toBe(13);
		expect(client.faults).toEqual([]);
	});

	test('the end is told even when the lower layer has read everything', async () => {
		const app = lowerToRich(async (request) => {
			while ((await request.read()) !== null);
			return request.escape(echo);
		});
		const client = recorded(app, POST);
		client.client.send(utf8('all'));
		client.client.end();
		await settled();
		expect(client.log).toEqual(['respond 200', 'data .', 'end']);
	});

	test('a rich application may read in a loop, and pause before it attaches', async () => {
		const app = lowerToRich(async (request) => {
			await request.read();
			return request.escape(
				rich(async (exchange) => {
					let text = '';
					for await (const chunk of content(exchange)) text += latin1Decode(chunk, 0, chunk.length);
					exchange.respond(200);
					exchange.end(utf8(text));
				}),
			);
		});
		const client = recorded(app, POST);
		for (const word of ['a', 'b', 'c']) client.client.send(utf8(word));
		client.client.end();
		await settled();
		expect(client.text).toBe('bc');
		expect(client.faults).toEqual([]);
	});

	test('a disconnect before the placeholder arrives is told to the rich application when it attaches', async () => {
		const handler = new RecordingHandler();
		let go: () => void = () => {};
		const client = recorded(
			lowerToRich(async (request) => {
				await request.read();
				await new Promise<void>((resolve) => {
					go = resolve;
				});
				return request.escape(rich(() => handler));
			}),
			POST,
		);
		client.client.send(utf8('x'));
		await settled();
		client.client.lose();
		await settled();
		go();
		await settled();
		expect(handler.log).toEqual(['closed lost 0']);
	});

	test('a tunnel is opened from deep inside, whether or not the lower layer tried to read', async () => {
		for (const reads of [false, true]) {
			const handler = new RecordingHandler();
			const app = lowerToRich(async (request) => {
				if (reads) void request.read();
				return request.escape(rich((exchange) => void exchange.accept?.([], handler)));
			});
			const client = recorded(app, { method: 'CONNECT', protocol: 'websocket' });
			client.client.send(utf8('early'));
			await settled();
			client.client.send(utf8('late'));
			client.client.end();
			await settled();
			expect(client.log).toEqual(['accept']);
			expect(handler.log).toEqual(['data early', 'data late', 'end']);
			expect(client.faults).toEqual([]);
		}
	});
});
