/** spec/gateway.md §5: the lite form, and lighten(). */
import { utf8 } from 'rsgi';
import {
	type Body,
	bytes,
	type FieldPairs,
	gateway,
	type LiteResponse,
	lighten,
	lite,
	type StartResponse,
	type Write,
} from 'rsgi/gateway';
import { describe, expect, onTestFinished, test } from 'vitest';
import { bodyBlocks } from '../support/body-blocks.ts';
import { environOf } from '../support/environ.ts';
import { refusal } from '../support/refusal.ts';
import { settled } from '../support/settled.ts';

const OK = bytes('200 OK');
const ERROR = bytes('500 Internal Server Error');
const FIELDS: FieldPairs = [[bytes('X-A'), bytes('1')]];
const NONE = new Uint8Array(0);

describe('a lite application', () => {
	test('GATE-20: answers both calls, sync and async', async () => {
		const block = utf8('hello');
		const calls: unknown[][] = [];
		const start: StartResponse = (...call) => {
			calls.push(call);
			return async () => {};
		};
		const body = [block];
		const sync = lite(() => [OK, FIELDS, body]);
		expect(sync(environOf())).toEqual([OK, FIELDS, [block]]);
		expect(sync(environOf(), start)).toBe(body);
		const slow = lite(async () => [OK, FIELDS, body] as const);
		expect(await slow(environOf())).toEqual([OK, FIELDS, [block]]);
		expect(await slow(environOf(), start)).toBe(body);
		expect(calls).toEqual([
			[OK, FIELDS],
			[OK, FIELDS],
		]);
		const wrong = lite((() => [block]) as never);
		expect(refusal('GATE-20', () => wrong(environOf(), start))).toContain(
			'returns [status, fields, body], not an Array',
		);
	});

	test('GATE-21: lite() and lighten() of what is lite give it back', () => {
		const app = lite(() => [OK, [], []]);
		expect(lite(app)).toBe(app);
		expect(lighten(app)).toBe(app);
		const lightened = lighten(gateway(() => []));
		expect(lighten(lightened)).toBe(lightened);
		expect(lite(lightened)).toBe(lightened);
		const start = (): void => {};
		expect({ ...lite(app, { start }) }).toMatchObject({ start });
		expect({ ...lighten(gateway(() => [], { start })) }).toMatchObject({ start });
	});

	test('GATE-31: where nothing is async there is no promise', () => {
		const start: StartResponse = () => async () => {};
		expect(lite({ a: 'my.a' }, () => [OK, [], []])(environOf())).toEqual([OK, [], []]);
		expect(lite(() => [OK, [], []])(environOf(), start)).toEqual([]);
		const array = [utf8('a')];
		const app = gateway((_, begin) => {
			begin(OK, FIELDS);
			return array;
		});
		expect((lighten(app)(environOf()) as LiteResponse)[2]).toBe(array);
		const generated = gateway((_, begin) => {
			begin(OK, FIELDS);
			return (function* () {
				yield NONE;
				yield utf8('a');
			})();
		});
		const [, , body] = lighten(generated)(environOf()) as LiteResponse;
		expect([...(body as Iterable<Uint8Array>)]).toEqual([NONE, utf8('a')]);
	});
});

describe('lighten()', () => {
	test('GATE-23: the head is final at the first block that is not empty', async () => {
		let caught: unknown = null;
		const late = new Error('late');
		const app = gateway((_, start) => ({
			async *[Symbol.asyncIterator]() {
				start(OK, []);
				yield NONE;
				start(ERROR, FIELDS, { error: new Error('early') });
				yield NONE;
				yield utf8('a');
				try {
					start(OK, [], { error: late });
				} catch (error) {
					caught = error;
				}
				yield utf8('b');
			},
		}));
		const [status, fields, body] = await lighten(app)(environOf());
		expect([status, fields]).toEqual([ERROR, FIELDS]);
		expect(caught).toBeNull();
		expect(await bodyBlocks(body)).toEqual(['', '', 'a', 'b']);
		expect(caught).toBe(late);
	});

	test('GATE-23: the head of an empty body is final at its end', async () => {
		const app = gateway((_, start) => ({
			*[Symbol.iterator]() {
				start(OK, []);
				yield NONE;
				start(ERROR, FIELDS, { error: 1 });
			},
		}));
		const [status, , body] = await lighten(app)(environOf());
		expect(status).toBe(ERROR);
		expect(await bodyBlocks(body)).toEqual(['']);
	});

	test('GATE-24: what is written comes first, and each write waits for the block to be taken', async () => {
		const log: string[] = [];
		let write: Write | null = null;
		const app = gateway(async (_, start) => {
			write = start(OK, FIELDS);
			await write(NONE);
			await write(utf8('a'));
			log.push('a taken');
			await write(utf8('b'));
			log.push('b taken');
			return [utf8('c'), utf8('d')];
		});
		const [status, fields, body] = await lighten(app)(environOf());
		expect([status, fields]).toEqual([OK, FIELDS]);
		await settled();
		expect(log).toEqual([]);
		for await (const block of body) log.push(String.fromCharCode(...block));
		expect(log).toEqual(['a', 'a taken', 'b', 'b taken', 'c', 'd']);
		await expect((write as Write | null)?.(utf8('e'))).rejects.toThrow('GATE-24');
		await body.close?.();
	});

	test('GATE-24: a write before the call has returned, sync or not, and one beside a body', async () => {
		const sync = gateway((_, start) => {
			start(OK, [])(utf8('a'));
			return [utf8('b')];
		});
		expect(await bodyBlocks((await lighten(sync)(environOf()))[2])).toEqual(['a', 'b']);
		const unawaited = gateway(async (_, start) => {
			const write = start(OK, []);
			void write(utf8('a'));
			void write(utf8('b'));
			return [];
		});
		expect(await bodyBlocks((await lighten(unawaited)(environOf()))[2])).toEqual(['a', 'b']);
		let refused: Promise<void> | null = null;
		const within = gateway((_, start) => {
			const write = start(OK, []);
			return (function* () {
				refused = write(utf8('x'));
				refused.catch(() => {});
				yield utf8('y');
			})();
		});
		expect(await bodyBlocks((await lighten(within)(environOf()))[2])).toEqual(['y']);
		await expect(refused).rejects.toThrow('GATE-24');
	});

	test('GATE-24: a refused write that nobody awaits does not end the process', async () => {
		const left: unknown[] = [];
		const note = (error: unknown): void => void left.push(error);
		process.on('unhandledRejection', note);
		onTestFinished(() => void process.off('unhandledRejection', note));
		const app = gateway((_, start) => {
			const write = start(OK, []);
			return (function* () {
				void write(utf8('x'));
				yield utf8('y');
			})();
		});
		expect(await bodyBlocks((await lighten(app)(environOf()))[2])).toEqual(['y']);
		await settled();
		expect(left).toEqual([]);
	});

	test.each([false, true])(
		'GATE-25: blocks, empty ones too, return() and close() pass through (async: %s)',
		async (slow) => {
			const log: string[] = [];
			const run = (start: StartResponse): Body => {
				start(OK, []);
				const blocks = (function* () {
					try {
						for (const part of ['', 'a', '', 'b']) yield utf8(part);
					} finally {
						log.push('finally');
					}
				})();
				const close = (): void => void log.push('close');
				if (!slow) return { [Symbol.iterator]: () => blocks, close };
				return {
					[Symbol.asyncIterator]: () =>
						(async function* () {
							yield* blocks;
						})(),
					close,
				};
			};
			const app = lighten(gateway((_, start) => (slow ? Promise.resolve(run(start)) : run(start))));
			const [, , whole] = await app(environOf());
			expect(await bodyBlocks(whole)).toEqual(['', 'a', '', 'b']);
			expect(log.splice(0)).toEqual(['finally', 'close']);
			const [, , stopped] = await app(environOf());
			for await (const block of stopped) if (block.length > 0) break;
			expect(log).toEqual(['finally']);
			await stopped.close?.();
			expect(log).toEqual(['finally', 'close']);
		},
	);

	test('GATE-25: called with startResponse, it is the application it was made of', async () => {
		const start: StartResponse = () => async () => {};
		const seen: unknown[] = [];
		const body = [NONE];
		const app = gateway((environ, given) => {
			seen.push(environ, given);
			return body;
		});
		const environ = environOf();
		expect(lighten(app)(environ, start)).toBe(body);
		expect(seen).toEqual([environ, start]);
	});

	test('GATE-26: a failure after the response was given comes from the body', async () => {
		const error = new Error('too late');
		const app = gateway(async (_, start) => {
			await start(OK, [])(utf8('a'));
			throw error;
		});
		const [, , body] = await lighten(app)(environOf());
		await expect(bodyBlocks(body)).rejects.toBe(error);
		const early = gateway(async () => {
			throw error;
		});
		await expect(lighten(early)(environOf())).rejects.toBe(error);
		const wrong = gateway(async (_, start) => {
			await start(OK, [])(utf8('a'));
			return 'text' as never;
		});
		await expect(bodyBlocks((await lighten(wrong)(environOf()))[2])).rejects.toThrow('GATE-11');
		const inBody = gateway((_, start) => {
			start(OK, []);
			return (function* (): Generator<Uint8Array> {
				yield NONE;
				throw error;
			})();
		});
		expect(() => lighten(inBody)(environOf())).toThrow(error);
	});

	test('GATE-26: a response that is not wanted ends the writes, and closes the body when it comes', async () => {
		const log: string[] = [];
		const app = gateway(async (_, start) => {
			try {
				await start(OK, [])(utf8('a'));
			} catch (error) {
				log.push((error as Error).name);
			}
			return { *[Symbol.iterator]() {}, close: () => void log.push('close') };
		});
		const [, , unread] = await lighten(app)(environOf());
		await unread.close?.();
		expect(log.splice(0)).toEqual(['ExchangeEnded', 'close']);
		const [, , broken] = await lighten(app)(environOf());
		for await (const _ of broken) break;
		await broken.close?.();
		expect(log).toEqual(['ExchangeEnded', 'close']);
	});

	test('GATE-26: a failure that no block has told is told by close(), unless it is only that the response ended', async () => {
		const error = new Error('unsaved');
		let write: Write | null = null;
		const failing = gateway(async (_, start) => {
			write = start(OK, []);
			await write(utf8('a')).catch(() => {
				throw error;
			});
			return [];
		});
		const [, , body] = await lighten(failing)(environOf());
		await expect(body.close?.()).rejects.toBe(error);
		await expect((write as Write | null)?.(utf8('b'))).rejects.toThrow('ended');
		const plain = gateway(async (_, start) => {
			await start(OK, [])(utf8('a'));
			return [];
		});
		const [, , other] = await lighten(plain)(environOf());
		expect(await other.close?.()).toBeUndefined();
		let pending: Promise<void> | null = null;
		const thrown = gateway((_, start) => {
			pending = start(OK, [])(utf8('a'));
			throw error;
		});
		expect(() => lighten(thrown)(environOf())).toThrow(error);
		await expect(pending).rejects.toThrow('ended');
	});
});
