/** What an application returns: the response content, block by block. */
import { described } from '../../rich/described.ts';
import { Misuse } from '../../wire/fault.ts';

/** Blocks of content, one by one. */
export type Blocks = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * A body: blocks, sync or async, and `close()` when something is to be done afterwards. Each block is sent before the
 * next is asked for. Whoever takes a body calls `close()` once, whether or not it read the blocks, and awaits it.
 */
export type Body = Blocks & { readonly close?: (() => unknown) | undefined };

/**
 * Gives blocks a `close()`. Middleware that makes a body of another's needs it: a generator that was never begun does not
 * run its `finally`, so only `close()` is sure to be called.
 *
 * @param blocks what to iterate
 * @param close called by the body's `close()`
 * @example
 * const upper = (body: Body) => withClose(mapped(body), () => body.close?.());
 */
export function withClose(blocks: Blocks, close: () => unknown): Body {
	return Symbol.asyncIterator in blocks
		? { [Symbol.asyncIterator]: () => blocks[Symbol.asyncIterator](), close }
		: { [Symbol.iterator]: () => blocks[Symbol.iterator](), close };
}

/**
 * Passes a body through.
 * @throws Misuse for what cannot be iterated, and for a string or one Uint8Array, whose parts are no blocks (GATE-11)
 */
export function requireBody(body: unknown): Body {
	if (typeof body === 'object' && body !== null && !ArrayBuffer.isView(body)) {
		if (Symbol.iterator in body || Symbol.asyncIterator in body) return body as Body;
	}
	const fix =
		typeof body === 'string'
			? 'return [utf8(text)]'
			: ArrayBuffer.isView(body)
				? 'return [block]'
				: 'return [] for none';
	throw new Misuse('GATE-11', `A body is an iterable of Uint8Array blocks, not ${described(body)}: ${fix}.`);
}
