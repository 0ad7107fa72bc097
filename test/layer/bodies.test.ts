/** spec/gateway.md §4: bodies. */
import { type Body, BodyReader, requireBody, withClose } from 'rsgi/gateway';
import { expect, test } from 'vitest';
import { refusal } from '../support/refusal.ts';

const A = new Uint8Array([65]);
const B = new Uint8Array([66]);

/** A body that tells what is done with it. */
function told(log: string[], blocks: readonly Uint8Array[], slow = false): Body {
	let at = 0;
	const next = (): IteratorResult<Uint8Array> => {
		log.push('next');
		const value = blocks[at++];
		return value === undefined ? { done: true, value } : { done: false, value };
	};
	const end = (): IteratorResult<Uint8Array> => {
		log.push('return');
		return { done: true, value: undefined };
	};
	if (!slow) return { [Symbol.iterator]: () => ({ next, return: end }), close: () => void log.push('close') };
	return {
		[Symbol.asyncIterator]: () => ({
			next: async () => next(),
			return: async () => {
				await null;
				return end();
			},
		}),
		close: async () => void log.push('close'),
	};
}

test('GATE-11: what cannot be iterated by blocks is no body', () => {
	expect(refusal('GATE-11', () => requireBody('hello'))).toContain('not a string: return [utf8(text)]');
	expect(refusal('GATE-11', () => requireBody(A))).toContain('not a Uint8Array: return [block]');
	expect(refusal('GATE-11', () => requireBody(undefined))).toContain('not undefined: return [] for none');
	expect(refusal('GATE-11', () => new BodyReader({} as never))).toContain('not an object with nothing in it');
	for (const body of [[A], new Set([A]), told([], [A]), told([], [A], true)]) expect(requireBody(body)).toBe(body);
});

test.each([false, true])(
	'GATE-12: a body stopped early has return() and then close(), each once (async: %s)',
	async (slow) => {
		const log: string[] = [];
		const reader = new BodyReader(told(log, [A, B], slow));
		expect(reader.async).toBe(slow);
		expect(await reader.next()).toEqual({ done: false, value: A });
		await reader.stop();
		await reader.stop();
		expect(await reader.next()).toEqual({ done: true, value: undefined });
		expect(log).toEqual(['next', 'return', 'close']);
	},
);

test.each([false, true])(
	'GATE-12: a body read to its end, and one never begun, has close() alone (async: %s)',
	async (slow) => {
		const log: string[] = [];
		const reader = new BodyReader(told(log, [A], slow));
		while ((await reader.next()).done !== true) log.push('block');
		await reader.stop();
		expect(log).toEqual(['next', 'block', 'next', 'close']);
		const other: string[] = [];
		await new BodyReader(told(other, [A], slow)).stop();
		expect(other).toEqual(['close']);
	},
);

test('GATE-12: a body that fails has close() alone; one whose return() fails is closed all the same', async () => {
	const log: string[] = [];
	const error = new Error('no block');
	const fail = (): never => {
		throw error;
	};
	const end = (): IteratorResult<Uint8Array> => {
		log.push('return');
		throw error;
	};
	const close = (): void => void log.push('close');
	const failing = new BodyReader({ [Symbol.iterator]: () => ({ next: fail, return: end }), close });
	expect(() => failing.next()).toThrow(error);
	await failing.stop();
	const slow = new BodyReader({
		[Symbol.asyncIterator]: () => ({ next: async () => fail(), return: end as never }),
		close,
	});
	await expect(slow.next()).rejects.toBe(error);
	await slow.stop();
	expect(log).toEqual(['close', 'close']);
	const next = (): IteratorResult<Uint8Array> => ({ done: false, value: A });
	const stopping = new BodyReader({ [Symbol.iterator]: () => ({ next, return: end }), close });
	stopping.next();
	expect(() => stopping.stop()).toThrow(error);
	const both = new BodyReader({ [Symbol.iterator]: () => ({ next, return: end }), close: async () => fail() });
	both.next();
	await expect(both.stop()).rejects.toThrow(AggregateError);
	expect(log).toEqual(['close', 'close', 'return', 'close', 'return']);
});

test('GATE-12: a sync body is read without a promise', () => {
	const reader = new BodyReader([A]);
	expect(reader.next()).toEqual({ done: false, value: A });
	expect(reader.next()).toEqual({ done: true, value: undefined });
	expect(reader.stop()).toBeUndefined();
});

test.each([false, true])(
	'GATE-13: withClose() closes, whether or not the blocks were begun (async: %s)',
	async (slow) => {
		const log: string[] = [];
		const inner = told(log, [A], slow);
		const outer = withClose(inner, () => inner.close?.());
		const seen: number[] = [];
		for await (const block of outer) seen.push(...block);
		expect(seen).toEqual([65]);
		await outer.close?.();
		expect(log).toEqual(['next', 'next', 'close']);
		await withClose([], () => log.push('unread')).close?.();
		expect(log.at(-1)).toBe('unread');
	},
);
