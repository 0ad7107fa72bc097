/** spec/middleware.md §6: compression. */
import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { type CompressionOptions, compression } from 'rsgi/middleware/compression';
import { errorPages } from 'rsgi/middleware/error-pages';
import { describe, expect, test } from 'vitest';
import { type RichFunction, rich } from '../../src/rich/app.ts';
import type { Exchange, Tunnel } from '../../src/rich/exchange.ts';
import type { PairRequest } from '../../src/rich/pair.ts';
import { BackpressureFault } from '../../src/wire/fault.ts';
import { utf8 } from '../../src/wire/utf8.ts';
import { answered, ended } from '../support/answered.ts';
import { type RecordedClient, recorded } from '../support/recorded-client.ts';
import { refusal } from '../support/refusal.ts';
import { settled } from '../support/settled.ts';

const TEXT = ['content-type', 'text/plain'];
const LONG = utf8('all work and no play makes jack a dull boy\n'.repeat(100));

const DECODERS: Readonly<Record<string, (coded: Uint8Array) => Uint8Array>> = {
	gzip: gunzipSync,
	deflate: inflateSync,
	br: brotliDecompressSync,
	zstd: zstdDecompressSync,
};

function asking(accept: string | null, request: PairRequest = {}): PairRequest {
	return {
		...request,
		fields: [
			...((request.fields as string[] | undefined) ?? []),
			...(accept === null ? [] : ['accept-encoding', accept]),
		],
	};
}

/** Answers with {@link LONG} under these fields. */
const long =
	(fields: string[] = TEXT, status = 200): RichFunction =>
	(exchange) => {
		exchange.respond(status, fields);
		exchange.end(LONG);
	};

const ask = (run: RichFunction, request: PairRequest = asking('gzip'), options: CompressionOptions = {}) =>
	answered(compression(options)(rich(run)), request);

function decoded(client: RecordedClient): Uint8Array {
	const coding = client.fields.first('content-encoding') ?? '';
	return new Uint8Array(DECODERS[coding]?.(client.content) ?? client.content);
}

/** Bytes that do not compress, so that as much comes out as goes in. */
function noise(size: number): Uint8Array {
	let seed = size;
	return new Uint8Array(size).map(() => {
		seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
		return seed >>> 16;
	});
}

describe('MW-16: the coding', () => {
	test.each([
		['gzip', 'gzip'],
		['x-gzip', 'gzip'],
		['GZip;Q=0.5', 'gzip'],
		['gzip, deflate, br, zstd', 'zstd'],
		['gzip, deflate, br', 'br'],
		['gzip;q=1.0, br;q=0.9', 'gzip'],
		['deflate;q=0.001', 'deflate'],
		['*', 'zstd'],
		['*;q=0.1, zstd;q=0, br;q=0', 'gzip'],
		['gzip;q=0.5, identity;q=0.4', 'gzip'],
		['identity;q=0, gzip', 'gzip'],
		[', ,gzip,', 'gzip'],
		[null, null],
		['', null],
		['identity', null],
		['gzip;q=0', null],
		['gzip;q=0.000, *;q=0', null],
		['identity, gzip;q=0.9', null],
		['compress, exi', null],
		['gzip;q=2', null],
		['gzip;q=0.1234', null],
	])('%s: %s', async (accept, coding) => {
		const client = await ask(long(), asking(accept));
		expect(client.fields.first('content-encoding')).toBe(coding);
		expect(decoded(client)).toEqual(LONG);
		if (coding !== null) expect(client.content.length).toBeLessThan(LONG.length / 10);
	});

	test('lines of Accept-Encoding are one list', async () => {
		const client = await ask(long(), { fields: ['accept-encoding', 'gzip;q=0.5', 'accept-encoding', 'br'] });
		expect(client.fields.first('content-encoding')).toBe('br');
	});

	test('the server may prefer others, or have fewer', async () => {
		const client = await ask(long(), asking('br, gzip, deflate'), { codings: ['deflate', 'gzip'] });
		expect(client.fields.first('content-encoding')).toBe('deflate');
		expect((await ask(long(), asking('br'), { codings: ['gzip'] })).fields.has('content-encoding')).toBe(false);
	});
});

describe('MW-17: what is left as it is', () => {
	test.each([
		['206 and a range', [...TEXT, 'content-range', 'bytes 0-4/10'], 206],
		['another coding', [...TEXT, 'content-encoding', 'br'], 200],
		['no-transform', [...TEXT, 'cache-control', 'max-age=5, No-Transform'], 200],
		['a digest', [...TEXT, 'repr-digest', 'sha-256=:AA==:'], 200],
	])('%s', async (_, fields, status) => {
		const client = await ask(long([...fields], status));
		expect(client.fields.lines).toEqual(fields);
		expect(client.content).toEqual(LONG);
	});

	test.each([204, 205, 304])('%i', async (status) => {
		const client = await ask((exchange) => {
			exchange.respond(status, ['x-own', '1']);
			exchange.end();
		});
		expect(client.fields.lines).toEqual(status === 304 ? ['x-own', '1', 'vary', 'accept-encoding'] : ['x-own', '1']);
		expect(client.faults).toEqual([]);
	});

	test('a request that says no-transform', async () => {
		const client = await ask(long(), asking('gzip', { fields: ['cache-control', 'no-transform'] }));
		expect(client.fields.lines).toEqual(TEXT);
	});

	test.each(['image/png', 'video/mp4', 'application/zip', 'application/octet-stream', 'font/woff2', ''])(
		'the type %s',
		async (type) => {
			const fields = type === '' ? [] : ['content-type', type];
			expect((await ask(long(fields))).fields.lines).toEqual(fields);
		},
	);

	test.each([
		'application/json',
		'image/svg+xml',
		'TEXT/HTML; charset=utf-8',
		'application/problem+json',
		'text/event-stream',
	])('but not the type %s', async (type) => {
		expect((await ask(long(['content-type', type]))).fields.first('content-encoding')).toBe('gzip');
	});

	test("short content: announced, whole at the end, and at a threshold of one's own", async () => {
		const short = utf8('x'.repeat(1023));
		const whole: RichFunction = (exchange) => {
			exchange.respond(200, TEXT);
			exchange.end(short);
		};
		const announced: RichFunction = (exchange) => {
			exchange.respond(200, [...TEXT, 'content-length', '1023']);
			exchange.write(short);
			exchange.end();
		};
		for (const run of [whole, announced]) {
			const client = await ask(run);
			expect(client.fields.has('content-encoding')).toBe(false);
			expect(client.fields.first('vary')).toBe('accept-encoding');
			expect(client.content).toEqual(short);
			expect((await ask(run, asking('gzip'), { threshold: 1023 })).fields.first('content-encoding')).toBe('gzip');
		}
		const none = await ask((exchange) => {
			exchange.respond(200, TEXT);
			exchange.end();
		});
		expect(none.log).toEqual(['respond 200 content-type: text/plain vary: accept-encoding', 'end']);
	});

	test('what the application says, by the fields and the exchange', async () => {
		const compressible = (fields: { has(name: string): boolean }, exchange: Exchange): boolean =>
			exchange.target !== '/login' && !fields.has('set-cookie');
		const options = { compressible };
		expect((await ask(long([]), asking('gzip'), options)).fields.has('content-encoding')).toBe(true);
		expect((await ask(long(), asking('gzip', { target: '/login' }), options)).fields.lines).toEqual(TEXT);
	});

	test('tunnels', async () => {
		const client = recorded(
			compression()(
				rich((exchange) => {
					const tunnel: Tunnel | undefined = exchange.accept?.([], { end: () => tunnel?.end() });
					tunnel?.write(utf8('as it is'));
				}),
			),
			asking('gzip', { protocol: 'toy' }),
		);
		await settled();
		client.client.end();
		await settled();
		expect(client.log).toEqual(['accept', 'data as it is', 'end']);
	});
});

describe('MW-18: what the head says', () => {
	test('of a coded response', async () => {
		const fields = ['etag', '"1"', 'Content-Length', String(LONG.length), 'accept-ranges', 'bytes', ...TEXT, 'x', '1'];
		const client = await ask(long(fields));
		expect(client.fields.lines).toEqual([
			'etag',
			'W/"1"',
			...TEXT,
			'x',
			'1',
			'content-encoding',
			'gzip',
			'vary',
			'accept-encoding',
		]);
		expect(decoded(client)).toEqual(LONG);
	});

	test.each([
		['*', ['vary', '*']],
		['Accept-Encoding', ['vary', 'Accept-Encoding']],
		['Origin, ACCEPT-encoding', ['vary', 'Origin, ACCEPT-encoding']],
		['origin', ['vary', 'origin', 'vary', 'accept-encoding']],
	])('Vary is there once: %s', async (vary, expected) => {
		const client = await ask(long([...TEXT, 'vary', vary]), asking(null));
		expect(client.fields.lines).toEqual([...TEXT, ...expected]);
	});

	test('a weak tag stays', async () => {
		expect((await ask(long([...TEXT, 'etag', 'W/"1"']))).fields.first('etag')).toBe('W/"1"');
	});

	test.each([
		['W/"1"', 'W/"1"'],
		['"0", W/"1"', 'W/"1"'],
		['"1"', '"1"'],
		['*', '"1"'],
	])('a 304 to If-None-Match: %s', async (asked, etag) => {
		const request = asking('gzip', { fields: ['if-none-match', asked] });
		const client = await ask((exchange) => {
			exchange.respond(304, ['etag', '"1"']);
			exchange.end();
		}, request);
		expect(client.fields.lines).toEqual(['etag', etag, 'vary', 'accept-encoding']);
	});

	test('what cannot be sent is refused where it was said', async () => {
		let opened: Exchange | null = null;
		recorded(
			compression()(
				rich((exchange) => {
					opened = exchange;
					return {};
				}),
			),
			asking('gzip'),
		);
		await settled();
		const exchange = opened as unknown as Exchange;
		refusal('RICH-14', () => exchange.respond(200, [...TEXT, 'bad name', '1']));
		refusal('RICH-12', () => exchange.respond(99, TEXT));
		refusal('RICH-19', () => exchange.respond(200, [...TEXT, 'content-length', 'x']));
		refusal('RFC 9112 §4', () => exchange.respond(200, TEXT, 'a\nb'));
		refusal('RICH-12', () => exchange.write(LONG));
		expect(exchange.responded).toBe(false);
		exchange.respond(200, TEXT);
		expect(exchange.responded).toBe(true);
		refusal('RICH-12', () => exchange.respond(200, TEXT));
		refusal('RICH-22', () => exchange.write('text' as never));
		exchange.end();
		refusal('RICH-12', () => exchange.write(LONG));
		refusal('RICH-12', () => exchange.end());
	});
});

describe.each(Object.keys(DECODERS))('MW-19: nothing is held back, %s', (coding) => {
	test('each event can be read when it was sent', async () => {
		let send: (text: string) => void = () => {};
		let end: () => void = () => {};
		const client = recorded(
			compression()(
				rich((exchange) => {
					exchange.respond(200, ['content-type', 'text/event-stream']);
					send = (text) => exchange.write(utf8(text));
					end = () => exchange.end();
				}),
			),
			asking(coding),
		);
		await settled();
		expect(client.log).toHaveLength(1);
		for (const text of ['data: one\n\n', 'data: two\n\n', 'data: three\n\n']) {
			send(text);
			await expect.poll(() => partial(coding, client.content).endsWith(text)).toBe(true);
		}
		end();
		await ended(client);
		expect(String(Buffer.from(decoded(client)))).toBe('data: one\n\ndata: two\n\ndata: three\n\n');
	});
});

/** What can be decoded of content that has not ended. */
function partial(coding: string, content: Uint8Array): string {
	const finish = coding === 'zstd' ? { finishFlush: 1 } : coding === 'br' ? { finishFlush: 1 } : { finishFlush: 2 };
	const decode = DECODERS[coding] as (coded: Uint8Array, options: object) => Uint8Array;
	try {
		return String(Buffer.from(decode(content, finish)));
	} catch {
		// No more than a part of the coding's own head has come.
		return '';
	}
}

test('MW-19: the head goes out at the end of the turn, and before what must not overtake it', async () => {
	const late = recorded(compression()(rich((exchange) => exchange.respond(200, TEXT))), asking('gzip'));
	await settled();
	expect(late.status).toBe(200);
	const pushing = await ask((exchange) => {
		exchange.respond(200, TEXT);
		exchange.push?.({ target: '/pushed' }, rich(long()));
		exchange.end(LONG);
	});
	expect(pushing.log[0]).toMatch(/^respond/);
	expect(decoded(pushing)).toEqual(LONG);
});

describe('MW-20: backpressure', () => {
	test('a client that does not read stops the producer, and nothing is lost', async () => {
		const blocks = Array.from({ length: 128 }, (_, at) => noise(16_384 + at));
		let sent = 0;
		const app = rich((exchange) => {
			const fill = (): void => {
				while (sent < blocks.length) if (!exchange.write(blocks[sent++] as Uint8Array)) break;
				if (sent === blocks.length) exchange.end();
			};
			exchange.respond(200, TEXT);
			fill();
			return { drain: fill };
		});
		const client = recorded(compression()(app), asking('gzip'));
		client.client.pause();
		await new Promise((resolve) => setTimeout(resolve, 100));
		expect(sent).toBeLessThan(30);
		client.client.resume();
		await ended(client);
		expect(Buffer.compare(decoded(client), Buffer.concat(blocks))).toBe(0);
		expect(client.faults).toEqual([]);
	});

	test('the hard mark throws', async () => {
		let thrown: unknown;
		const client = recorded(
			compression()(
				rich((exchange) => {
					exchange.respond(200, TEXT);
					try {
						for (let i = 0; i < 100; i++) exchange.write(noise(16_384));
					} catch (error) {
						thrown = error;
					}
					exchange.end();
				}),
			),
			asking('gzip'),
		);
		await ended(client);
		expect(thrown).toBeInstanceOf(BackpressureFault);
		expect(decoded(client).length % 16_384).toBe(0);
	});

	test('a drain that throws, or rejects, resets the exchange and is reported', async () => {
		for (const drain of [
			() => {
				throw new Error('in drain');
			},
			() => Promise.reject(new Error('in drain')),
		]) {
			let closed = '';
			const app = rich((exchange) => {
				exchange.respond(200, TEXT);
				while (exchange.write(noise(16_384)));
				return {
					drain,
					closed: ({ reason }) => {
						closed = reason;
					},
				};
			});
			const client = recorded(compression()(app), asking('gzip'));
			await ended(client);
			expect(client.log.at(-1)).toBe('reset 2');
			expect(closed).toBe('aborted');
			expect(client.faults).toEqual([new Error('in drain')]);
		}
	});
});

test('MW-20: memory for a response under way: zstd looks back 256 KiB, not 2 MiB', async () => {
	const { content } = await ask((exchange) => {
		exchange.respond(200, TEXT);
		exchange.write(LONG);
		exchange.end(LONG);
	}, asking('zstd'));
	// RFC 8878 §3.1.1.1: no single segment, so that a window is announced; its exponent, and eighths of it.
	expect((content[4] as number) & 0x20).toBe(0);
	const window = content[5] as number;
	expect((2 ** (10 + (window >> 3)) * (8 + (window & 7))) / 8).toBeLessThanOrEqual(256 * 1024);
});

describe('MW-21: an early end', () => {
	test('by the client: the application hears of it once, and goes on without effect', async () => {
		const log: string[] = [];
		let opened: Exchange | null = null;
		const client = recorded(
			compression()(
				rich((exchange) => {
					opened = exchange;
					exchange.respond(200, TEXT);
					while (exchange.write(noise(16_384)));
					return { closed: ({ reason }) => log.push(reason), drain: () => log.push('drain') };
				}),
			),
			asking('br'),
		);
		client.client.pause();
		await settled();
		client.client.reset(8);
		await new Promise((resolve) => setTimeout(resolve, 20));
		expect(log).toEqual(['reset']);
		const exchange = opened as unknown as Exchange;
		expect(exchange.write(LONG)).toBe(false);
		exchange.end(LONG);
		await new Promise((resolve) => setTimeout(resolve, 20));
		expect(client.faults).toEqual([]);
	});

	test('by the application, while content is being coded', async () => {
		const client = await ask((exchange) => {
			exchange.respond(200, TEXT);
			exchange.write(LONG);
			exchange.abort(2);
			expect(exchange.write(LONG)).toBe(false);
			exchange.end();
		});
		expect(client.log.at(-1)).toBe('reset 2');
		expect(client.faults).toEqual([]);
	});

	test('a failure while the head is held: a page takes its place', async () => {
		const failing = rich((exchange) => {
			exchange.respond(200, TEXT);
			throw new Error('after respond');
		});
		const inner = await answered(compression()(failing), asking('gzip'));
		expect(inner.status).toBe(500);
		const outer = await answered(errorPages()(compression()(failing)), asking('gzip'));
		expect(outer.log).toHaveLength(3);
		expect(outer.text).toBe('Internal Server Error\n');
		expect(outer.faults).toEqual([new Error('after respond')]);
		await settled();
	});
});

describe('MW-22: HEAD and trailer fields', () => {
	test('HEAD has the head of GET', async () => {
		for (const length of [[], ['content-length', String(LONG.length)]]) {
			const run = long([...TEXT, ...length]);
			const get = await ask(run);
			const head = await ask(run, asking('gzip', { method: 'HEAD' }));
			expect(head.fields.lines).toEqual(get.fields.lines);
			expect(head.content.length).toBe(0);
			expect(head.faults).toEqual([]);
		}
	});

	test('trailer fields pass, where there can be some', async () => {
		const run: RichFunction = (exchange) => {
			exchange.respond(200, [...TEXT, 'content-length', String(LONG.length)]);
			exchange.end(LONG, exchange.trailers ? ['x-sum', '7'] : []);
		};
		for (const httpVersion of ['1.1', '2'] as const) {
			const client = await ask(run, asking('gzip', { httpVersion }));
			expect(client.trailers?.lines).toEqual(['x-sum', '7']);
		}
		expect((await ask(run, asking('gzip', { httpVersion: '1.0' }))).trailers?.lines).toEqual([]);
	});

	test('trailer fields that cannot be are refused', async () => {
		const client = await ask((exchange) => {
			exchange.respond(200, TEXT);
			exchange.write(LONG);
			refusal('RICH-20', () => exchange.end(null, ['content-length', '1']));
			exchange.end();
		});
		expect(decoded(client)).toEqual(LONG);
	});
});

describe('MW-23: the announced length holds', () => {
	test('beyond it', async () => {
		const client = await ask((exchange) => {
			exchange.respond(200, [...TEXT, 'content-length', '2000']);
			exchange.write(new Uint8Array(1999));
			refusal('RICH-19', () => exchange.write(new Uint8Array(2)));
			exchange.end(new Uint8Array(1));
		});
		expect(decoded(client)).toEqual(new Uint8Array(2000));
	});

	test('short of it the client sees a response cut off', async () => {
		const client = await ask((exchange) => {
			exchange.respond(200, [...TEXT, 'content-length', '2000']);
			exchange.end(new Uint8Array(1999));
		});
		expect(client.log.at(-1)).toBe('reset 2');
		expect(client.faults).toMatchObject([{ rule: 'RICH-19' }]);
	});
});
