/** The contract tried: a middleware that changes the content, streams, and keeps backpressure. */
import { createGzip, type Gzip, gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type RichApp, type RichMiddleware, rich } from '../../../src/rich/app.ts';
import type { Exchange } from '../../../src/rich/exchange.ts';
import type { Handler } from '../../../src/rich/handler.ts';
import type { Outcome } from '../../../src/rich/outcome.ts';
import { WrappedExchange } from '../../../src/rich/wrapped-exchange.ts';
import { BackpressureFault, Misuse } from '../../../src/wire/fault.ts';
import { Fields, type FieldsInit } from '../../../src/wire/fields.ts';
import { utf8 } from '../../../src/wire/utf8.ts';
import { type RecordedClient, recorded } from '../../support/recorded-client.ts';
import { RecordingHandler } from '../../support/recording-handler.ts';

const HARD = 400 * 1024;

class Gzipped extends WrappedExchange {
	#gzip: Gzip | null = null;
	#ended = false;
	#owed = false;
	#handler: Handler | null = null;
	#attached = false;

	override respond(status: number, init: FieldsInit = [], reason?: string): void {
		const fields = Fields.from(init).clone();
		const coded = status !== 204 && status !== 205 && status !== 304 && !fields.has('content-encoding');
		if (!coded) {
			super.respond(status, fields, reason);
			return;
		}
		fields.delete('content-length');
		super.respond(status, fields.append('content-encoding', 'gzip').append('vary', 'accept-encoding'), reason);
		if (this.method === 'HEAD' || this.outcome !== null) return;
		const gzip = createGzip();
		this.#gzip = gzip;
		gzip.on('data', (chunk: Uint8Array) => {
			if (!super.write(chunk)) gzip.pause();
		});
		gzip.on('drain', () => {
			if (!this.#owed || this.#ended) return;
			this.#owed = false;
			this.#handler?.drain?.();
		});
		gzip.on('error', () => super.abort());
	}

	override write(chunk: Uint8Array): boolean {
		if (this.#gzip === null || this.outcome !== null) return super.write(chunk);
		if (this.#ended) throw new Misuse('RICH-12', 'write was called after end.');
		const waiting = this.#gzip.writableLength;
		if (waiting > 0 && waiting + chunk.length > HARD) throw new BackpressureFault('RICH-23', `${waiting} bytes wait.`);
		const more = this.#gzip.write(chunk);
		if (!more) this.#owed = true;
		return more;
	}

	override end(chunk?: Uint8Array | null, trailers?: FieldsInit): void {
		if (this.#gzip === null || this.outcome !== null) {
			super.end(chunk, trailers);
			return;
		}
		if (chunk !== undefined && chunk !== null) this.write(chunk);
		if (this.#ended) throw new Misuse('RICH-12', 'end was called after end.');
		this.#ended = true;
		this.#gzip.on('end', () => super.end(null, trailers));
		this.#gzip.end();
	}

	override attach(handler: Handler): void {
		this.#handler = handler;
		if (this.#attached) return;
		this.#attached = true;
		super.attach({
			data: (chunk) => this.#handler?.data?.(chunk),
			end: (trailers) => this.#handler?.end?.(trailers),
			drain: () => {
				if (this.#gzip === null) this.#handler?.drain?.();
				else this.#gzip.resume();
			},
			closed: (outcome) => {
				this.#gzip?.destroy();
				return this.#handler?.closed?.(outcome);
			},
		});
	}

	/** The application has settled without a handler: the middleware needs `drain` and `closed` all the same. */
	settle(): void {
		if (this.#attached) return;
		this.attach({});
		super.discard();
	}
}

const gzip: RichMiddleware = (app: RichApp) =>
	rich((exchange: Exchange) => {
		if (!exchange.fields.combined('accept-encoding')?.includes('gzip')) return app(exchange);
		const wrapped = new Gzipped(exchange);
		const returned = WrappedExchange.run(app, wrapped);
		if (returned === undefined) {
			wrapped.settle();
			return;
		}
		return returned.then(() => wrapped.settle());
	}, app);

const ASKING = { fields: ['accept-encoding', 'br, gzip'] };

async function finished(client: RecordedClient): Promise<void> {
	for (let turn = 0; turn < 10_000 && !client.log.some((line) => /^(end|reset)/.test(line)); turn++) {
		await new Promise((resolve) => setTimeout(resolve, 1));
	}
}

describe('a gzip middleware', () => {
	test('codes what is sent, drops Content-Length, keeps the order of fields and the trailers', async () => {
		const app = rich((exchange) => {
			exchange.respond(200, ['a', '1', 'Content-Length', '10', 'b', '2']);
			exchange.write(utf8('hello'));
			exchange.end(utf8('world'), ['x-sum', '7']);
		});
		const client = recorded(gzip(app), ASKING);
		await finished(client);
		expect(client.fields.lines).toEqual(['a', '1', 'b', '2', 'content-encoding', 'gzip', 'vary', 'accept-encoding']);
		expect(gunzipSync(client.content).toString()).toBe('helloworld');
		expect(client.trailers?.lines).toEqual(['x-sum', '7']);
		expect(client.faults).toEqual([]);
	});

	test('leaves alone who does not ask for it, and 304', async () => {
		const plain = recorded(
			gzip(
				rich((exchange) => {
					exchange.respond(200);
					exchange.end(utf8('x'));
				}),
			),
		);
		await finished(plain);
		expect(plain.log).toEqual(['respond 200', 'data x', 'end']);
		const unchanged = recorded(
			gzip(
				rich((exchange) => {
					exchange.respond(304, ['content-length', '5']);
					exchange.end();
				}),
			),
			ASKING,
		);
		await finished(unchanged);
		expect(unchanged.log.filter((line) => line !== 'discard')).toEqual(['respond 304 content-length: 5', 'end']);
	});

	test('answers HEAD with the same head and no content', async () => {
		const client = recorded(
			gzip(
				rich((exchange) => {
					exchange.respond(200, ['content-length', '3']);
					exchange.end(utf8('abc'));
				}),
			),
			{ ...ASKING, method: 'HEAD' },
		);
		await finished(client);
		expect(client.fields.lines).toEqual(['content-encoding', 'gzip', 'vary', 'accept-encoding']);
		expect(client.content.length).toBe(0);
		expect(client.faults).toEqual([]);
	});

	test('tells the producer to wait behind a client that does not read, and drains when it does', async () => {
		// Bytes that do not compress, so that as much comes out as goes in.
		const size = 16 * 1024;
		let seed = 1;
		const next = (): Uint8Array =>
			new Uint8Array(size).map(() => {
				seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
				return seed >>> 16;
			});
		const total = 64;
		let sent = 0;
		const app = rich((exchange) => {
			const fill = (): void => {
				while (sent < total) {
					sent++;
					if (!exchange.write(next())) break;
				}
				if (sent === total) exchange.end();
			};
			exchange.respond(200);
			fill();
			return { drain: fill };
		});
		const client = recorded(gzip(app), ASKING);
		client.client.pause();
		for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
		expect(sent).toBeLessThan(20);
		client.client.resume();
		await finished(client);
		expect(sent).toBe(total);
		expect(gunzipSync(client.content).length).toBe(total * size);
		expect(client.faults).toEqual([]);
	});

	test('passes on the request and its events, and lets go when the client resets', async () => {
		const handler = new RecordingHandler();
		let closed: Outcome | null = null;
		const app = rich((exchange) => {
			exchange.respond(200);
			exchange.write(utf8('begun'));
			handler.closed = (outcome) => {
				closed = outcome;
				expect(exchange.write(utf8('late'))).toBe(false);
				exchange.end();
			};
			return handler;
		});
		const client = recorded(gzip(app), { ...ASKING, method: 'POST', hasContent: true });
		client.client.send(utf8('question'));
		await new Promise((resolve) => setTimeout(resolve, 5));
		expect(handler.log).toEqual(['data question']);
		client.client.reset(8);
		await new Promise((resolve) => setTimeout(resolve, 5));
		expect(closed).toEqual({ reason: 'reset', code: 8 });
		expect(client.faults).toEqual([]);
	});
});
