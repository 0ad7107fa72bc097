/** The contract tried: a tiny gateway in the manner of PEP 3333 on top of it. Reads pull, writes wait, close() always comes. */
import { describe, expect, test } from 'vitest';
import { type RichApp, rich } from '../../../src/rich/app.ts';
import { type Duplex, duplex } from '../../../src/rich/duplex.ts';
import { ExchangeEnded } from '../../../src/rich/outcome.ts';
import { utf8 } from '../../../src/wire/utf8.ts';
import { recorded } from '../../support/recorded-client.ts';
import { settled } from '../../support/settled.ts';

interface Input {
	/** That many bytes, or fewer at the end; all of them without a size. */
	read(size?: number): Promise<Uint8Array>;
}

interface Environ {
	readonly REQUEST_METHOD: string;
	readonly PATH_INFO: string;
	readonly QUERY_STRING: string;
	readonly SERVER_PROTOCOL: string;
	readonly 'wsgi.input': Input;
	readonly [name: `HTTP_${string}`]: string;
}

type Write = (chunk: Uint8Array) => Promise<void>;
type StartResponse = (status: string, headers: readonly (readonly [string, string])[]) => Write;
type Body = (Iterable<Uint8Array> | AsyncIterable<Uint8Array>) & { close?(): void | Promise<void> };
type GatewayApp = (environ: Environ, startResponse: StartResponse) => Body | Promise<Body>;

class PulledInput implements Input {
	readonly #both: Duplex;
	#rest: Uint8Array = new Uint8Array();

	constructor(both: Duplex) {
		this.#both = both;
	}

	async read(size: number = Number.POSITIVE_INFINITY): Promise<Uint8Array> {
		const parts: number[] = [];
		while (parts.length < size) {
			if (this.#rest.length === 0) {
				const { done, value } = await this.#both.content.next();
				if (done === true) break;
				this.#rest = value;
			}
			const taken = this.#rest.subarray(0, size - parts.length);
			parts.push(...taken);
			this.#rest = this.#rest.subarray(taken.length);
		}
		return Uint8Array.from(parts);
	}
}

function gatewayToRich(app: GatewayApp): RichApp {
	return rich(async (exchange) => {
		const both = duplex(exchange);
		const [path = '', query = ''] = exchange.target.split('?');
		const environ: Record<string, unknown> = {
			REQUEST_METHOD: exchange.method,
			PATH_INFO: path,
			QUERY_STRING: query,
			SERVER_PROTOCOL: `HTTP/${exchange.httpVersion}`,
			'wsgi.input': new PulledInput(both),
		};
		for (const [name] of exchange.fields) {
			environ[`HTTP_${name.toUpperCase().replaceAll('-', '_')}`] = exchange.fields.combined(name);
		}
		let head: { readonly status: number; readonly lines: string[]; readonly reason: string } | null = null;
		const begin = (): void => {
			if (head === null) throw new Error('start_response was not called before the first block');
			if (!exchange.responded) exchange.respond(head.status, head.lines, head.reason);
		};
		const body = await app(environ as unknown as Environ, (status, headers) => {
			head = { status: Number.parseInt(status, 10), lines: headers.flat(), reason: status.slice(4) };
			return async (chunk) => {
				begin();
				await both.write(chunk);
			};
		});
		try {
			for await (const block of body) {
				if (block.length === 0) continue;
				begin();
				await both.write(block);
			}
			begin();
			both.end();
		} finally {
			await body.close?.();
		}
	});
}

const POST = { method: 'POST', hasContent: true };

describe('a gateway adapter', () => {
	test('translates the head both ways', async () => {
		const app = gatewayToRich((environ, startResponse) => {
			startResponse('200 Fine', [
				['X-A', '1'],
				['X-A', '2'],
			]);
			return [utf8(`${environ.REQUEST_METHOD} ${environ.PATH_INFO} ${environ.QUERY_STRING} ${environ.HTTP_X_B}`)];
		});
		const client = recorded(app, { target: '/p?q=1', fields: ['x-b', '3', 'X-B', '4'] });
		await settled();
		expect(client.log).toEqual(['respond 200 Fine X-A: 1 X-A: 2', 'data GET /p q=1 3, 4', 'end']);
	});

	test('reads only what the application asks for', async () => {
		const app = gatewayToRich(async (environ, startResponse) => {
			const first = await environ['wsgi.input'].read(3);
			const second = await environ['wsgi.input'].read(3);
			startResponse('200 OK', []);
			return [first, utf8('|'), second];
		});
		const client = recorded(app, { ...POST, expectsContinue: true });
		await settled();
		expect(client.log).toEqual(['continue']);
		client.client.send(utf8('ab'));
		client.client.send(utf8('cdefgh'));
		client.client.send(utf8('never read'));
		await settled();
		expect(client.text).toBe('abc|def');
		expect(client.credited).toBe(8);
		// What was begun and not read to the end holds the exchange open until the client is done or has gone.
		client.client.end();
		await settled();
		expect(client.faults).toEqual([]);
	});

	test('write() precedes the blocks and waits for the client', async () => {
		const order: string[] = [];
		const app = gatewayToRich(async (_, startResponse) => {
			const write = startResponse('200 OK', []);
			await write(new Uint8Array(100));
			order.push('written');
			return [utf8('block')];
		});
		const client = recorded(app, {}, { marks: { high: 64, hard: 128 } });
		client.client.pause();
		await settled();
		expect(order).toEqual([]);
		client.client.resume();
		await settled();
		expect(order).toEqual(['written']);
		expect(client.log).toEqual(['respond 200 OK', 'data 100', 'data block', 'end']);
	});

	test('close() comes after the end, an error, and a disconnect', async () => {
		const closed: string[] = [];
		const app = gatewayToRich((environ, startResponse) => {
			startResponse('200 OK', []);
			return {
				async *[Symbol.asyncIterator]() {
					yield utf8('block');
					if (environ.PATH_INFO === '/throw') throw new Error('broken');
					while (environ.PATH_INFO === '/endless') yield new Uint8Array(100_000);
				},
				close: () => void closed.push(environ.PATH_INFO),
			};
		});
		const fine = recorded(app, { target: '/fine' });
		const broken = recorded(app, { target: '/throw' });
		const endless = recorded(app, { target: '/endless' });
		endless.client.pause();
		await settled();
		expect(closed).toEqual(['/fine', '/throw']);
		expect(fine.log.at(-1)).toBe('end');
		expect(broken.log.at(-1)).toBe('reset 2');
		expect(broken.faults).toEqual([new Error('broken')]);
		endless.client.lose();
		await settled();
		expect(closed).toEqual(['/fine', '/throw', '/endless']);
		expect(endless.faults).toEqual([]);
	});

	test('a read that is pending when the client goes away fails with the outcome', async () => {
		let caught: unknown = null;
		const app = gatewayToRich(async (environ, startResponse) => {
			try {
				await environ['wsgi.input'].read();
			} catch (error) {
				caught = error;
			}
			startResponse('200 OK', []);
			return [];
		});
		const client = recorded(app, POST);
		client.client.send(utf8('half'));
		await settled();
		client.client.reset(8);
		await settled();
		expect(caught).toBeInstanceOf(ExchangeEnded);
		expect(client.faults).toEqual([]);
	});

	test('an application that never starts its response is a 500', async () => {
		const client = recorded(gatewayToRich(() => [utf8('x')]));
		await settled();
		expect(client.status).toBe(500);
		expect(client.faults).toHaveLength(1);
	});
});
